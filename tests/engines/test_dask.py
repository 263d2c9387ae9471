"""Back up sites on a real Dask cluster of two worker processes."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from distributed import Client as Dask
from distributed import LocalCluster

import lightsnap
from lightsnap import BackupPlan, BackupProgress, Client, Site
from tests.engines.conftest import Service

pytestmark = pytest.mark.foreign

PLAN = BackupPlan("nightly")


@pytest.fixture(scope="module")
def cluster(profiles: Path) -> Iterator[LocalCluster]:
    del profiles  # the workers inherit its variable
    with LocalCluster(
        n_workers=2,
        threads_per_worker=16,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",  # any port, for there is no dashboard
    ) as cluster:
        yield cluster


@pytest.fixture
def dask(cluster: LocalCluster) -> Iterator[Dask]:
    with Dask(cluster) as dask:
        dask.wait_for_workers(2)
        yield dask


def kill_the_worker_of(service: Service, dask: Dask, operation: str) -> None:
    """Kill a worker that awaits the response to a call; the server delays it."""
    while not service.count(operation):
        time.sleep(0.01)
    addresses = [address for address, tasks in dask.processing().items() if tasks]
    for pid in dask.run(os.getpid, workers=addresses).values():
        os.kill(pid, signal.SIGKILL)


def test_200_sites_with_a_worker_killed_are_in_one_report(
    service: Service, dask: Dask
) -> None:
    sites = service.sites(200)
    pids = list(dask.run(os.getpid).values())
    ended: list[Site | None] = []

    def kill(progress: BackupProgress) -> None:
        if progress.calls == 40:
            ended.extend(each.site for each in progress.outcomes if each.succeeded)
        if progress.calls == 60:
            os.kill(pids[0], signal.SIGKILL)

    report = lightsnap.back_up(
        PLAN, sites, run="1", executor=dask.get_executor(), on_poll=kill
    )

    assert report.summary == "nightly, run 1: 200 of 200 succeeded"
    assert [each.site for each in report.outcomes] == sites
    assert pids[0] not in dask.run(os.getpid).values()
    for site in sites:
        assert service.snapshots(site) == ["web-nightly-1"]
    calls = service.server.calls.of("GetInstances")
    begun = Counter((each.account_id, each.region_name) for each in calls)
    # The tasks of the killed worker ran again, but not those that had ended.
    assert (len(begun), set(begun.values())) == (200, {1, 2})
    assert len(ended) == 40
    for site in filter(None, ended):
        assert begun[f"{site.profile_name}", site.region_name] == 1


def test_equal_backups_both_do_their_work(service: Service, dask: Dask) -> None:
    sites = service.sites(2)
    executor = dask.get_executor(pure=True)

    reports = [
        lightsnap.back_up(PLAN, sites, run="1", executor=executor) for _ in range(2)
    ]

    for report in reports:
        assert len(report.raise_for_failure().succeeded) == 2
    assert service.count("GetInstances") == 4
    assert service.count("CreateInstanceSnapshot") == 2


def test_a_run_that_runs_twice_at_once_makes_one_snapshot(
    service: Service, dask: Dask
) -> None:
    (site,) = service.sites(1)
    service.server.faults.delay("GetInstances", seconds=0.5)

    def back_up(_: int) -> str:
        report = lightsnap.back_up(PLAN, [site], run="1", executor=dask.get_executor())
        return report.raise_for_failure().summary

    with ThreadPoolExecutor(2) as threads:
        summaries = list(threads.map(back_up, range(2)))

    assert summaries == ["nightly, run 1: 1 of 1 succeeded"] * 2
    assert service.snapshots(site) == ["web-nightly-1"]


def test_a_task_that_runs_again_after_its_worker_was_killed_makes_one_snapshot(
    service: Service, dask: Dask
) -> None:
    (site,) = service.sites(1)
    service.server.faults.delay("CreateInstanceSnapshot", seconds=10)
    arguments = (service, dask, "CreateInstanceSnapshot")
    killer = threading.Thread(target=kill_the_worker_of, args=arguments)
    killer.start()

    report = lightsnap.back_up(PLAN, [site], run="1", executor=dask.get_executor())

    killer.join()
    assert report.summary == "nightly, run 1: 1 of 1 succeeded"
    assert service.count("GetInstances") == 2
    assert service.snapshots(site) == ["web-nightly-1"]


def test_a_task_that_dask_gives_up_is_one_failed_outcome(
    service: Service, dask: Dask, cluster: LocalCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster.scheduler, "allowed_failures", 0)
    sites = service.sites(2)
    service.server.faults.delay("CreateInstanceSnapshot", seconds=10)
    killer = threading.Thread(
        target=kill_the_worker_of, args=(service, dask, "CreateInstanceSnapshot")
    )
    killer.start()

    report = lightsnap.back_up(PLAN, sites[:1], run="1", executor=dask.get_executor())

    killer.join()
    (outcome,) = report.failed
    assert (outcome.site, outcome.instance_name) == (sites[0], None)
    assert outcome.error is not None
    assert outcome.error.type == "KilledWorker"
    report = lightsnap.back_up(PLAN, sites, run="1", executor=dask.get_executor())
    assert len(report.raise_for_failure().outcomes) == 2
    assert service.snapshots(sites[0]) == ["web-nightly-1"]


def test_a_cancel_leaves_out_what_dask_has_not_done(
    service: Service, dask: Dask
) -> None:
    sites = service.sites(12)
    service.server.faults.delay("GetInstances", seconds=0.3, times=None)
    cancel = threading.Event()

    report = lightsnap.back_up(
        PLAN,
        sites,
        run="1",
        executor=dask.get_executor(),
        timeout=5,  # what has begun goes on until the server has stopped
        cancel=cancel,
        on_poll=lambda _: cancel.set(),
    )

    assert report.succeeded
    assert report.pending
    assert not report.failed


def test_dasks_client_is_no_executor(service: Service, dask: Dask) -> None:
    with pytest.raises(TypeError, match=r"get_executor\(\)"):
        lightsnap.back_up(PLAN, service.sites(1), executor=dask)


def test_a_closed_client_takes_no_task(service: Service, dask: Dask) -> None:
    executor = dask.get_executor()
    dask.close()

    with pytest.raises(Exception, match="Client is closed"):
        lightsnap.back_up(PLAN, service.sites(1), executor=executor)


def test_a_client_is_an_argument_of_a_task(service: Service, dask: Dask) -> None:
    (site,) = service.sites(1)
    client = Client(
        region_name=site.region_name,
        profile_name=site.profile_name,
        endpoint_url=site.endpoint_url,
    )

    # The workers need lightsnap, but not this module.
    instance = dask.submit(Client.get_instance, client, "web").result()

    assert instance.is_running
