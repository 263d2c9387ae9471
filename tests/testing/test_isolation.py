"""Accounts, Regions and threads do not affect each other, and a reset is complete."""

from __future__ import annotations

import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
import requests
from moto.core.utils import utcnow
from moto.moto_api import state_manager

from tests.embedded import (
    INSTANCE_SNAPSHOT,
    OPERATION,
    create_instances,
    create_snapshot,
    get_instance,
    get_snapshot,
    new_client,
    not_found,
    read,
    statuses,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from types_boto3_lightsail import LightsailClient
    from types_boto3_lightsail.literals import RegionNameType

ACCOUNTS = ("111122223333", "444455556666")
REGIONS = ("us-west-2", "eu-west-1")


class Interruption:
    """Stand-ins for moto's time and transitions that yield to other threads."""

    def now(self) -> datetime:
        time.sleep(0)
        return utcnow()

    class Transition(dict[str, Any]):
        def __getitem__(self, key: str) -> Any:
            time.sleep(0)
            return super().__getitem__(key)


@pytest.fixture
def interruptions(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make threads switch in the middle of what must be atomic."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    monkeypatch.setattr("lightsnap.testing.lightsail.clock.utcnow", Interruption().now)
    yield
    sys.setswitchinterval(before)


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run the calls at the same time, each in its own thread."""
    barrier = Barrier(len(calls))

    def start(call: Callable[[], Any]) -> Any:
        barrier.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as executor:
        futures = [executor.submit(start, call) for call in calls]
        return [future.result(timeout=60) for future in futures]


def test_regions_are_separate(wordpress: LightsailClient) -> None:
    operations = create_snapshot(wordpress)
    ireland = new_client("eu-west-1")

    with not_found():
        get_instance(ireland)
    with not_found():
        read(ireland, operations)
    create_instances(ireland, "WordPress-1")
    instance = get_instance(ireland)
    assert instance["location"]["regionName"] == "eu-west-1"
    assert instance["arn"] != get_instance(wordpress)["arn"]


@pytest.mark.parametrize("by", ["header", "environment"])
def test_accounts_are_separate(
    wordpress: LightsailClient, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    operations = create_snapshot(wordpress)
    if by == "header":
        other = new_client(account_id=ACCOUNTS[0])
    else:
        other = new_client()
        monkeypatch.setenv("MOTO_ACCOUNT_ID", ACCOUNTS[0])

    with not_found():
        get_instance(other)
    with not_found():
        read(other, operations)
    with not_found():
        other.copy_snapshot(
            sourceSnapshotName="WordPress-Snapshot-1",
            targetSnapshotName="Copy",
            sourceRegion="us-west-2",
        )
    create_instances(other, "WordPress-1")
    instance = get_instance(other)
    assert instance["arn"].startswith(f"arn:aws:lightsail:us-west-2:{ACCOUNTS[0]}:")
    assert instance["supportCode"].startswith(f"{ACCOUNTS[0]}/")


def test_a_reset_discards_everything(lightsail: LightsailClient) -> None:
    del lightsail
    clients = [
        new_client(region, account_id=account)
        for account, region in product(ACCOUNTS, REGIONS)
    ]
    started = []
    for client in clients:
        started.append(create_instances(client, "WordPress-1"))
        started[-1] += create_snapshot(client)

    requests.post("http://motoapi.amazonaws.com/moto-api/reset", timeout=60)

    for client, operations in zip(clients, started, strict=True):
        assert client.get_instances()["instances"] == []
        assert client.get_instance_snapshots()["instanceSnapshots"] == []
        assert client.get_operations()["operations"] == []
        for operation in operations:
            with not_found():
                read(client, [operation])
        create_instances(client, "WordPress-1", "WordPress-Snapshot-1")


@pytest.mark.usefixtures("lightsail", "interruptions")
def test_eight_threads_in_two_accounts_and_two_regions() -> None:
    sites = list(product(ACCOUNTS, REGIONS))
    for account, region in sites:
        create_instances(new_client(region, account_id=account), "WordPress-1")

    def work(client: LightsailClient, thread: str) -> list[str]:
        ids = []
        for number in range(10):
            name = f"{thread}-{number}"
            operations = create_snapshot(client, name)
            assert statuses(read(client, operations)) == [("Started", False)] * 2
            assert statuses(read(client, operations)) == [("Succeeded", True)] * 2
            snapshot = get_snapshot(client, name)
            assert snapshot["location"]["regionName"] == client.meta.region_name
            ids += [operation["id"] for operation in operations]
            ids += [snapshot["arn"], snapshot["supportCode"]]
        return ids

    def worker(account: str, region: str, thread: str) -> Callable[[], list[str]]:
        client = new_client(region, account_id=account)
        return lambda: work(client, thread)

    # Every site uses the same names.
    ids = at_once(
        [worker(*site, thread) for site in sites for thread in ("One", "Two")]
    )

    assert len({id_ for some in ids for id_ in some}) == 8 * 10 * 4
    for account, region in sites:
        client = new_client(region, account_id=account)
        listed = client.get_instance_snapshots()["instanceSnapshots"]
        assert {snapshot["name"] for snapshot in listed} == {
            f"{thread}-{number}" for thread in ("One", "Two") for number in range(10)
        }
        for snapshot in listed:
            assert snapshot["arn"].split(":")[3:5] == [region, account]
        assert len(client.get_operations()["operations"]) == 1 + 2 * 20


@pytest.mark.usefixtures("interruptions")
def test_only_one_thread_gets_a_name(wordpress: LightsailClient) -> None:
    names = [f"Contested-{number}" for number in range(20)]

    def work(client: LightsailClient) -> list[str]:
        taken = []
        for name in names:
            try:
                create_snapshot(client, name)
            except client.exceptions.InvalidInputException:
                continue
            taken.append(name)
        return taken

    def worker() -> Callable[[], list[str]]:
        client = new_client()
        return lambda: work(client)

    taken = at_once([worker() for _ in range(8)])

    assert sorted(name for some in taken for name in some) == sorted(names)
    listed = wordpress.get_instance_snapshots()["instanceSnapshots"]
    assert sorted(snapshot["name"] for snapshot in listed) == sorted(names)


@pytest.mark.usefixtures("interruptions")
def test_reads_of_an_operation_in_several_threads_all_count(
    wordpress: LightsailClient,
) -> None:
    transition = Interruption.Transition(progression="manual", times=40)
    state_manager.set_transition(OPERATION, transition)
    operations = create_snapshot(wordpress)[:1]

    def worker() -> Callable[[], list[str]]:
        client = new_client()
        return lambda: [read(client, operations)[0]["status"] for _ in range(11)]

    seen = at_once([worker() for _ in range(8)])

    counts = Counter(status for some in seen for status in some)
    assert counts == {"NotStarted": 39, "Started": 40, "Succeeded": 9}


@pytest.mark.usefixtures("interruptions")
def test_copies_in_both_directions_at_once_do_not_deadlock(
    wordpress: LightsailClient,
) -> None:
    state_manager.set_transition(INSTANCE_SNAPSHOT, {"progression": "immediate"})
    ireland = new_client("eu-west-1")
    create_instances(ireland, "WordPress-1")
    for client in (wordpress, ireland):
        create_snapshot(client)

    def worker(client: LightsailClient, source: RegionNameType) -> Callable[[], None]:
        def copy() -> None:
            for number in range(50):
                client.copy_snapshot(
                    sourceSnapshotName="WordPress-Snapshot-1",
                    targetSnapshotName=f"Copy-{number}",
                    sourceRegion=source,
                )

        return copy

    at_once([worker(wordpress, "eu-west-1"), worker(ireland, "us-west-2")])

    for client in (wordpress, ireland):
        listed = client.get_instance_snapshots()["instanceSnapshots"]
        assert len(listed) == 51
