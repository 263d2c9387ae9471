"""The emulator's clock and the ages of its resources, in process and on a server."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, cast

import boto3
import pytest
import requests
from moto.core.base_backend import BackendDict
from moto.server import ThreadedMotoServer

from lightsnap import Client
from lightsnap.testing import (
    Emulator,
    EmulatorClock,
    LightsailServer,
    Transitions,
    faults,
    mock_lightsail,
)
from tests.embedded import (
    create_instances,
    create_snapshot,
    get_instance,
    get_snapshot,
    new_client,
    read,
    statuses,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from types_boto3_lightsail import LightsailClient

REGION = "us-west-2"
A_SECOND = timedelta(seconds=1)


@pytest.fixture
def server() -> Iterator[LightsailServer]:
    with LightsailServer(region_name=REGION) as server:
        yield server


def client_of(server: LightsailServer) -> LightsailClient:
    return boto3.client("lightsail", **server.client_kwargs)


def near(time: datetime, other: datetime) -> bool:
    """Return whether two times differ by less than the time that a test may take."""
    return abs(time - other) < timedelta(minutes=1)


def date_of(response: Any) -> datetime:
    headers = response["ResponseMetadata"]["HTTPHeaders"]
    return parsedate_to_datetime(headers["date"])


# The clock


def test_the_clock_starts_at_real_time(emulator: Emulator) -> None:
    assert near(emulator.clock.now(), datetime.now(UTC))
    assert emulator.clock.now().tzinfo is UTC


@pytest.mark.parametrize(
    "advance",
    [
        lambda clock: clock.advance(days=1, hours=6),
        lambda clock: clock.advance(timedelta(hours=30)),
        lambda clock: [clock.advance(days=1), clock.advance(hours=6)][-1],
        lambda clock: clock.move_to(clock.now() + timedelta(hours=30)),
    ],
)
def test_the_clock_can_be_moved(
    emulator: Emulator, advance: Callable[[EmulatorClock], datetime]
) -> None:
    before = emulator.clock.now()

    now = advance(emulator.clock)

    assert near(now, before + timedelta(hours=30))
    assert timedelta() <= emulator.clock.now() - now < timedelta(minutes=1)


@pytest.mark.parametrize(
    "time",
    [
        "2026-03-01 05:59",
        "2026-03-01T05:59:00Z",
        "2026-03-01T06:59:00+01:00",
        datetime(2026, 3, 1, 5, 59),  # noqa: DTZ001 -- it is taken as UTC
        datetime(2026, 3, 1, 5, 59, tzinfo=UTC),
        datetime(2026, 3, 1, 0, 59, tzinfo=timezone(timedelta(hours=-5))),
    ],
)
def test_the_clock_can_be_set(emulator: Emulator, time: str | datetime) -> None:
    expected = datetime(2026, 3, 1, 5, 59, tzinfo=UTC)

    now = emulator.clock.move_to(time)

    assert A_SECOND > now - expected >= timedelta()
    assert near(emulator.clock.now(), expected)


def test_what_is_created_has_the_time_of_the_clock(
    emulator: Emulator, emulated: LightsailClient
) -> None:
    emulator.clock.move_to("2031-05-06 07:08:09")
    (operation, _) = create_snapshot(emulated)

    expected = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
    assert near(operation["createdAt"], expected)
    assert near(operation["statusChangedAt"], expected)
    assert near(get_snapshot(emulated)["createdAt"], expected)


def test_responses_have_the_date_of_the_clock(
    emulator: Emulator, emulated: LightsailClient
) -> None:
    emulator.clock.advance(days=400)

    response = emulated.get_regions()

    assert near(date_of(response), emulator.clock.now())


def test_what_is_no_call_has_the_date_of_the_clock_too(server: LightsailServer) -> None:
    server.clock.advance(days=400)

    response = requests.get(server.url, timeout=10)

    assert near(parsedate_to_datetime(response.headers["Date"]), server.clock.now())


def test_transitions_by_time_follow_the_clock(
    emulator: Emulator, emulated: LightsailClient
) -> None:
    with Transitions() as transitions:
        get_instance(emulated)
        transitions.set(seconds=60)
        operations = create_snapshot(emulated)
        emulated.stop_instance(instanceName="WordPress-1")
        seen = []
        for _ in range(3):
            seen.append(
                [
                    read(emulated, operations)[0]["status"],
                    get_snapshot(emulated)["state"],
                    get_instance(emulated)["state"]["name"],
                ]
            )
            emulator.clock.advance(seconds=60)

    assert seen == [
        ["NotStarted", "pending", "stopping"],
        ["Started", "available", "stopped"],
        ["Succeeded", "available", "stopped"],
    ]


def test_a_read_catches_up_with_the_clock(
    emulator: Emulator, emulated: LightsailClient
) -> None:
    with Transitions() as transitions:
        transitions.set("operation", seconds=60)
        created = create_snapshot(emulated)
        emulator.clock.advance(days=1)
        (ended, _) = read(emulated, created)

    assert statuses([ended]) == [("Succeeded", True)]
    assert ended["statusChangedAt"] - ended["createdAt"] == timedelta(minutes=2)


def test_a_read_that_changes_nothing_keeps_the_time_of_the_status(
    emulator: Emulator, emulated: LightsailClient
) -> None:
    with Transitions() as transitions:
        transitions.set("operation", times=2)
        seen = create_snapshot(emulated)[:1]
        for _ in range(3):
            emulator.clock.advance(hours=1)
            seen += read(emulated, seen[:1])

    hours = [
        round((each["statusChangedAt"] - each["createdAt"]) / timedelta(hours=1))
        for each in seen
    ]
    assert [each["status"] for each in seen] == [
        "NotStarted",
        "NotStarted",
        "Started",
        "Started",
    ]
    assert hours == [0, 0, 2, 2]


def test_a_scripted_failure_has_the_time_of_the_clock(
    emulator: Emulator, emulated: LightsailClient
) -> None:
    emulator.faults.fail_operations(
        "CreateInstanceSnapshot", error_code="OutOfSpace", after_polls=1
    )
    seen = create_snapshot(emulated)[:1]
    for _ in range(2):
        emulator.clock.advance(hours=1)
        seen += read(emulated, seen[:1])

    assert [each["status"] for each in seen] == ["NotStarted", "Failed", "Failed"]
    hour = timedelta(hours=1)
    assert near(seen[1]["statusChangedAt"], seen[0]["createdAt"] + hour)
    assert seen[2]["statusChangedAt"] == seen[1]["statusChangedAt"]


def test_a_client_can_wait_on_the_clock(
    emulator: Emulator, emulated: LightsailClient
) -> None:
    client = Client(emulated, clock=emulator.clock)
    started, real = emulator.clock.now(), time.monotonic()
    with Transitions() as transitions:
        transitions.set("operation", "instance_snapshot", seconds=300)
        snapshot = client.snapshot_instance("WordPress-1")

    assert snapshot.state == "available"
    assert emulator.clock.now() - started >= timedelta(minutes=10)
    assert time.monotonic() - real < 60


def test_accounts_and_regions_share_the_clock(server: LightsailServer) -> None:
    server.clock.advance(days=30)
    other = boto3.client("lightsail", region_name="eu-west-1", endpoint_url=server.url)
    (operation,) = create_instances(other, "Web")

    assert near(operation["createdAt"], server.clock.now())


# Resets


def test_the_clock_can_be_reset(emulator: Emulator) -> None:
    emulator.clock.advance(days=30)

    emulator.clock.reset()

    assert near(emulator.clock.now(), datetime.now(UTC))


@pytest.mark.parametrize(
    "reset",
    [
        LightsailServer.reset,
        lambda _: BackendDict.reset(),
        lambda server: requests.post(f"{server.url}/moto-api/reset", timeout=10),
    ],
)
def test_every_reset_resets_the_clock(
    server: LightsailServer, reset: Callable[[LightsailServer], object]
) -> None:
    server.clock.advance(days=30)

    reset(server)

    assert near(server.clock.now(), datetime.now(UTC))


def test_the_clock_is_reset_when_a_mock_ends() -> None:
    with mock_lightsail() as emulator:
        emulator.clock.advance(days=30)

    assert near(emulator.clock.now(), datetime.now(UTC))


def test_the_clock_is_reset_when_the_last_server_stops() -> None:
    with LightsailServer() as server:
        server.clock.advance(days=30)

    assert near(EmulatorClock().now(), datetime.now(UTC))


# Ages


def test_a_snapshot_can_be_made_older(
    emulator: Emulator, emulated: LightsailClient
) -> None:
    created = create_snapshot(emulated)
    before = get_snapshot(emulated)["createdAt"]

    returned = emulator.age("WordPress-Snapshot-1", days=8)

    after = get_snapshot(emulated)["createdAt"]
    assert before - after == timedelta(days=8)
    assert abs(returned - after) < A_SECOND  # Older moto truncates.
    for old, new in zip(created, read(emulated, created), strict=True):
        assert old["createdAt"] - new["createdAt"] == timedelta(days=8)
        assert new["statusChangedAt"] >= new["createdAt"]


def test_ages_add_up(emulator: Emulator, emulated: LightsailClient) -> None:
    create_snapshot(emulated)
    before = get_snapshot(emulated)["createdAt"]

    emulator.age("WordPress-Snapshot-1", timedelta(days=1))
    emulator.age("WordPress-Snapshot-1", hours=12)

    assert before - get_snapshot(emulated)["createdAt"] == timedelta(days=1.5)


def test_an_instance_can_be_made_older_without_its_snapshots(
    emulator: Emulator, emulated: LightsailClient
) -> None:
    before = get_instance(emulated)
    on_both = create_snapshot(emulated)

    emulator.age("WordPress-1", days=8)

    after = get_instance(emulated)
    assert before["createdAt"] - after["createdAt"] == timedelta(days=8)
    assert after["hardware"]["disks"][0]["createdAt"] == after["createdAt"]
    assert near(get_snapshot(emulated)["createdAt"], datetime.now(UTC))
    for old, new in zip(on_both, read(emulated, on_both), strict=True):
        assert old["createdAt"] == new["createdAt"]
    response = emulated.get_operations_for_resource(resourceName="WordPress-1")
    first = response["operations"][0]
    assert near(first["createdAt"], datetime.now(UTC) - timedelta(days=8))


def test_listings_stay_in_the_order_of_creation(
    emulator: Emulator, emulated: LightsailClient
) -> None:
    for name in ("One", "Two", "Three"):
        create_snapshot(emulated, name)
    emulator.age("Three", days=3)
    emulator.age("Two", days=2)

    snapshots = emulated.get_instance_snapshots()["instanceSnapshots"]
    operations = emulated.get_operations()["operations"]
    on_one = emulated.get_operations_for_resource(resourceName="WordPress-1")
    emulated.delete_instance_snapshot(instanceSnapshotName="Two")
    left = emulated.get_instance_snapshots()["instanceSnapshots"]

    assert [each["name"] for each in snapshots] == ["Three", "Two", "One"]
    assert [each["name"] for each in left] == ["Three", "One"]
    for listed in (operations, on_one["operations"]):
        times = [each["createdAt"] for each in listed]
        assert times == sorted(times)


def test_a_resource_of_several_regions_needs_its_region(emulator: Emulator) -> None:
    emulator.create_instances("Web", region_names=["us-east-1", "eu-west-1"])

    with pytest.raises(ValueError, match=r"several resources are named 'Web'.*eu-w"):
        emulator.age("Web", days=1)
    created_at = emulator.age("Web", days=1, region_name="eu-west-1")

    assert near(created_at, emulator.clock.now() - timedelta(days=1))


def test_a_resource_of_several_accounts_needs_its_account() -> None:
    with mock_lightsail() as emulator:
        for account in ("111122223333", "444455556666"):
            create_instances(new_client(account_id=account), "Web")

        with pytest.raises(ValueError, match="of account 111122223333"):
            emulator.age("Web", days=1, region_name=REGION)
        emulator.age("Web", days=1, account_id="444455556666")

        created = get_instance(new_client(account_id="111122223333"), "Web")
        aged = get_instance(new_client(account_id="444455556666"), "Web")
        assert created["createdAt"] - aged["createdAt"] > timedelta(hours=23)


# What is refused

DURATIONS: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"days": -1}, ValueError, "must not be negative"),
    ({"days": float("nan")}, ValueError, "days is nan: give a finite number"),
    ({"days": float("inf")}, ValueError, "days is inf: give a finite number"),
    ({"days": 1e12}, ValueError, "too long"),
    ({"days": 10**400}, ValueError, "too long"),
    ({"days": 3_000_000}, ValueError, "not in the years 1970 to 9998"),
    ({"days": "1"}, TypeError, "days is '1': give a number"),
    ({"days": True}, TypeError, "days is True: give a number"),
    ({"years": 1}, TypeError, "no unit 'years': give one of weeks, days"),
    ({}, TypeError, "give a duration, such as days=1"),
]


@pytest.mark.parametrize(("units", "error", "message"), DURATIONS)
def test_an_invalid_duration_is_refused(
    emulator: Emulator, units: dict[str, Any], error: type[Exception], message: str
) -> None:
    before = emulator.clock.now()

    with pytest.raises(error, match=message):
        emulator.clock.advance(**units)
    with pytest.raises(error, match=message):
        emulator.age("WordPress-1", **units)

    assert near(emulator.clock.now(), before)


def test_a_duration_is_given_once(emulator: Emulator) -> None:
    day = timedelta(days=1)

    with pytest.raises(TypeError, match="give either a timedelta or its arguments"):
        emulator.clock.advance(day, days=1)
    with pytest.raises(TypeError, match="1 is no duration"):
        emulator.age("WordPress-1", cast("Any", 1))


@pytest.mark.parametrize(
    ("time", "error", "message"),
    [
        ("tomorrow", ValueError, "'tomorrow' is no time in ISO 8601"),
        ("1969-12-31", ValueError, "not in the years 1970 to 9998"),
        ("9999-12-31", ValueError, "not in the years 1970 to 9998"),
        ("0001-01-01T00:00:00+14:00", ValueError, "not in the years 1970 to 9998"),
        (1_700_000_000, TypeError, "1700000000 is no time: give a datetime"),
    ],
)
def test_an_invalid_time_is_refused(
    emulator: Emulator, time: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        emulator.clock.move_to(time)


def test_a_resource_that_does_not_exist_cannot_be_made_older(
    emulator: Emulator,
) -> None:
    with pytest.raises(LookupError, match=r"has no resource 'Nemo'$"):
        emulator.age("Nemo", days=1)
    with pytest.raises(LookupError, match=r"'WordPress-1' in eu-west-1$"):
        emulator.age("WordPress-1", days=1, region_name="eu-west-1")


def test_without_an_emulator_nothing_can_be_moved() -> None:
    for emulator in (Emulator(), LightsailServer(), mock_lightsail()):
        with pytest.raises(RuntimeError, match="no Lightsail emulator is running"):
            emulator.clock.advance(days=1)
        with pytest.raises(RuntimeError, match="no Lightsail emulator is running"):
            emulator.age("WordPress-1", days=1)
        with pytest.raises(RuntimeError, match="no Lightsail emulator is running"):
            emulator.create_instances("WordPress-1")


def test_only_the_url_of_a_server_is_accepted() -> None:
    for create in (Emulator, EmulatorClock):
        with pytest.raises(ValueError, match="'localhost:5000' is no server URL"):
            create("localhost:5000")


# Instances in several Regions


def test_instances_are_created_in_several_regions(emulator: Emulator) -> None:
    emulator.create_instances("Web", "Jobs", region_names=["us-east-1", "eu-west-1"])

    for region in ("us-east-1", "eu-west-1"):
        for name in ("Web", "Jobs"):
            emulator.age(name, days=1, region_name=region)


def test_instances_are_created_in_the_region_of_the_server(
    server: LightsailServer,
) -> None:
    server.create_instances("Web")
    Emulator(server.url).create_instances("Jobs")

    assert get_instance(client_of(server), "Web")["location"]["regionName"] == REGION
    assert get_instance(client_of(server), "Jobs")["location"]["regionName"] == REGION


def test_instances_are_created_in_the_region_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with mock_lightsail() as emulator:
        monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
        emulator.create_instances("One")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        emulator.create_instances("Two")

        assert get_instance(new_client("us-east-1"), "One")
        assert get_instance(new_client("eu-west-1"), "Two")


@pytest.mark.parametrize(
    ("names", "regions", "message"),
    [
        (["-"], ["us-east-1"], "- is not a valid resource name"),
        (["Web"], ["us-east-1", "mars-1"], "region does not exist: mars-1"),
        (["Web"], ["us-east-1", REGION], "already in use: Web"),
    ],
)
def test_instances_that_cannot_be_created_are_refused_together(
    emulator: Emulator, names: list[str], regions: list[str], message: str
) -> None:
    emulator.create_instances("Web", region_names=[REGION])

    with pytest.raises(ValueError, match=message):
        emulator.create_instances(*names, region_names=regions)
    with pytest.raises(LookupError):
        emulator.age(names[0], days=1, region_name="us-east-1")


def test_the_regions_are_a_list(emulator: Emulator) -> None:
    with pytest.raises(TypeError, match="'us-east-1': give a list of Regions"):
        emulator.create_instances("Web", region_names="us-east-1")


def test_creating_instances_is_not_recorded_and_has_no_faults() -> None:
    with mock_lightsail() as emulator:
        faults.throttle(times=None)
        emulator.create_instances("Web")

        assert emulator.calls == []
        assert [each["fault"] for each in emulator.faults.never_applied] == ["throttle"]


# The pages of a server, as curl uses them


def test_the_page_of_the_clock(server: LightsailServer) -> None:
    url = f"{server.url}/moto-api/lightsail/clock"

    real = requests.get(url, timeout=10).json()["now"]
    advanced = requests.post(url, data='{"advance": {"days": 2}}', timeout=10).json()
    moved = requests.post(url, data='{"move_to": "2026-03-01"}', timeout=10).json()
    reset = requests.delete(url, timeout=10).json()

    times = [datetime.fromisoformat(t["now"]) for t in (advanced, moved, reset)]
    assert near(times[0], datetime.fromisoformat(real) + timedelta(days=2))
    assert near(times[1], datetime(2026, 3, 1, tzinfo=UTC))
    assert near(times[2], datetime.fromisoformat(real))


def test_the_page_of_ages(server: LightsailServer) -> None:
    server.create_instances("Web")
    url = f"{server.url}/moto-api/lightsail/age"

    response = requests.post(url, data='{"name": "Web", "days": 8}', timeout=10)

    assert response.status_code == 200
    assert response.json()["name"] == "Web"
    created_at = datetime.fromisoformat(response.json()["created_at"])
    assert near(created_at, datetime.now(UTC) - timedelta(days=8))


@pytest.mark.parametrize(
    ("page", "body", "status", "reason"),
    [
        ("clock", "", 400, "the body is not JSON"),
        ("clock", "[]", 400, 'give a JSON object like {"advance": {"days": 1}}'),
        ("clock", "{}", 400, 'give a JSON object like {"advance": {"days": 1}}'),
        ("clock", '{"advance": 1}', 400, "give a JSON object like"),
        ("clock", '{"advance": {"days": 1}, "x": 1}', 400, "give a JSON object like"),
        ("clock", '{"advance": {"days": -1}}', 400, "must not be negative"),
        ("clock", '{"advance": {"days": NaN}}', 400, "days is nan"),
        ("clock", '{"advance": {"days": 1e999}}', 400, "days is inf"),
        ("clock", '{"advance": {"days": null}}', 400, "days is None: give a number"),
        ("clock", '{"advance": {"": 1}}', 400, "there is no unit ''"),
        ("clock", '{"move_to": 1}', 400, "1 is no time"),
        ("age", "[1]", 400, 'give a JSON object like {"name": "nightly-1"'),
        ("age", '{"days": 1}', 400, 'give a JSON object like {"name": "nightly-1"'),
        ("age", '{"name": 1, "days": 1}', 400, "give a JSON object like"),
        ("age", '{"name": "Web"}', 400, "give a duration, such as days=1"),
        ("age", '{"name": "Web", "self": 1}', 400, "self"),
        ("age", '{"name": "Nemo", "days": 1}', 404, "no resource 'Nemo'"),
        ("instances", "{}", 400, 'give a JSON object like {"names": ['),
        ("instances", '{"names": "Web"}', 400, "give a JSON object like"),
        ("instances", '{"names": [1]}', 400, "give a JSON object like"),
        ("instances", '{"names": ["Web"], "x": 1}', 400, "give a JSON object like"),
        (
            "instances",
            '{"names": ["Web"], "region_names": "us-east-1"}',
            400,
            "give a JSON object like",
        ),
        ("instances", '{"names": ["-"]}', 400, "- is not a valid resource name"),
    ],
)
def test_a_page_refuses_what_is_invalid(
    server: LightsailServer, page: str, body: str, status: int, reason: str
) -> None:
    url = f"{server.url}/moto-api/lightsail/{page}"

    response = requests.post(url, data=body, timeout=10)

    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/json"
    assert reason in response.json()["error"]


@pytest.mark.parametrize(
    ("page", "method", "reason"),
    [
        ("clock", "PUT", "use GET, POST or DELETE"),
        ("calls", "POST", "use GET or DELETE"),
        ("age", "GET", "use POST"),
        ("instances", "GET", "use POST"),
        ("faults", "PUT", "use GET, POST or DELETE"),
    ],
)
def test_a_page_refuses_other_methods(
    server: LightsailServer, page: str, method: str, reason: str
) -> None:
    url = f"{server.url}/moto-api/lightsail/{page}"

    response = requests.request(method, url, timeout=10)

    assert (response.status_code, response.json()) == (405, {"error": reason})


@pytest.mark.parametrize("page", ["clock", "age", "calls", "instances", "faults"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Host": "evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_the_pages_are_closed_to_other_sites(
    server: LightsailServer, page: str, headers: dict[str, str]
) -> None:
    url = f"{server.url}/moto-api/lightsail/{page}"
    before = server.clock.now()

    response = requests.post(
        url, data='{"advance": {"days": 1}}', headers=headers, timeout=10
    )

    assert response.status_code == 403
    assert near(server.clock.now(), before)


def test_a_server_of_something_else_is_reported() -> None:
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        emulator = Emulator(f"http://{host}:{port}")
        with pytest.raises(LookupError, match="accepts no clock: it returns 404"):
            emulator.clock.advance(days=1)
    finally:
        server.stop()


def test_another_process_can_move_the_clock_of_a_server(
    server: LightsailServer,
) -> None:
    server.create_instances("Web")
    code = f"""
from lightsnap.testing import Emulator
emulator = Emulator({server.url!r})
emulator.clock.advance(days=30)
print(emulator.clock.now() - emulator.age("Web", days=8))
"""
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert ended.stdout.startswith("38 days")
    assert near(server.clock.now(), datetime.now(UTC) + timedelta(days=30))


def test_the_controls_are_shown_with_their_url(server: LightsailServer) -> None:
    assert repr(Emulator()) == "Emulator()"
    assert repr(Emulator("http://127.0.0.1:1")) == "Emulator('http://127.0.0.1:1')"
    assert repr(EmulatorClock()) == "EmulatorClock()"
    assert repr(EmulatorClock(server.url)) == f"EmulatorClock({server.url!r})"
    assert repr(mock_lightsail()) == "LightsailMock()"
