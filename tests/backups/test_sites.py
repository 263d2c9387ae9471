"""Back up many sites, on threads and on other executors."""

from __future__ import annotations

import multiprocessing
import pickle
import threading
import time
from collections.abc import Container, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any, ClassVar
from unittest.mock import Mock

import boto3
import pytest
from moto.moto_api import state_manager

import lightsnap
from lightsnap import (
    BackupPlan,
    BackupProgress,
    BackupReport,
    ConfigurationError,
    ConstraintError,
    Retention,
    Selection,
    Site,
)
from lightsnap.testing import LightsailServer
from tests.clocks import skip_pauses
from tests.embedded import INSTANCE_SNAPSHOT, OPERATION, create_instances

REGIONS = ("us-west-2", "us-east-1", "eu-west-1")
PLAN = BackupPlan("nightly", retention=Retention(keep_last=1))

pytestmark = pytest.mark.fake


@pytest.fixture
def server() -> Iterator[LightsailServer]:
    """A server with an instance in each Region, whose snapshots end at once."""
    with LightsailServer(region_name="us-west-2") as server:
        for model in (OPERATION, INSTANCE_SNAPSHOT):
            state_manager.set_transition(model, {"progression": "immediate"})
        for region_name in REGIONS:
            create_instances(client_of(server, region_name), "web", "db")
        yield server
        for model in (OPERATION, INSTANCE_SNAPSHOT):
            state_manager.unset_transition(model)


@pytest.fixture
def skipped_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Skip the pauses between the rounds of a backup, in this process."""
    monkeypatch.setattr(time, "sleep", lambda _: None)


@pytest.fixture
def sites(server: LightsailServer) -> list[Site]:
    return [Site(region_name, endpoint_url=server.url) for region_name in REGIONS]


def client_of(server: LightsailServer, region_name: str) -> Any:
    settings = server.client_kwargs | {"region_name": region_name}
    return boto3.client("lightsail", **settings)


def names(server: LightsailServer, region_name: str) -> list[str]:
    response = client_of(server, region_name).get_instance_snapshots()
    return sorted(each["name"] for each in response["instanceSnapshots"])


@pytest.mark.usefixtures("skipped_pauses")
def test_all_sites_are_backed_up_in_one_report(
    server: LightsailServer, sites: list[Site]
) -> None:
    for run in ("1", "2"):
        report = lightsnap.back_up(PLAN, sites, run=run)

    assert [(each.site, each.instance_name) for each in report.outcomes] == [
        (site, name) for site in sites for name in ("web", "db")
    ]
    assert report.raise_for_failure().run == "2"
    for region_name in REGIONS:
        assert names(server, region_name) == ["db-nightly-2", "web-nightly-2"]
    assert BackupReport.from_json(report.to_json()) == report


class Inline(Executor):
    """Runs each task in the calling thread, after a pickle round trip.

    Attributes:
        lost: The numbers of tasks whose worker is lost.
        refused: Those that it does not take.
        idle: Those that it never begins.
    """

    def __init__(
        self,
        *,
        lost: Container[int] = (),
        refused: Container[int] = (),
        idle: Container[int] = (),
    ) -> None:
        self.lost = lost
        self.refused = refused
        self.idle = idle
        self.tasks: list[bytes] = []
        self.futures: list[Future[Any]] = []
        self.was_shut_down = False

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        assert not kwargs
        self.tasks.append(pickle.dumps((fn, args)))
        number = len(self.tasks)
        if number in self.refused:
            message = f"task {number} is refused"
            raise RuntimeError(message)
        future: Future[Any] = Future()
        self.futures.append(future)
        if number in self.lost:
            future.set_exception(OSError("the worker is gone"))
        elif number not in self.idle:
            function, arguments = pickle.loads(self.tasks[-1])
            future.set_result(function(*arguments))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        del wait, cancel_futures
        self.was_shut_down = True


@pytest.mark.usefixtures("skipped_pauses")
def test_any_executor_runs_the_sites_and_a_lost_worker_is_one_failed_outcome(
    sites: list[Site],
) -> None:
    executor = Inline(lost=[2])

    report = lightsnap.back_up(PLAN, sites, run="1", executor=executor)

    assert len(report.succeeded) == 4
    (lost,) = report.failed
    assert (lost.site, lost.instance_name) == (sites[1], None)
    assert lost.error is not None
    assert (lost.error.type, lost.error.message) == (
        "OSError",
        "OSError: the worker is gone",
    )
    assert not executor.was_shut_down
    assert len(set(executor.tasks)) == 3


def test_a_site_that_the_executor_refuses_loses_no_other(sites: list[Site]) -> None:
    seen: list[BackupProgress] = []

    report = lightsnap.back_up(
        PLAN, sites, run="1", executor=Inline(refused=[2]), on_poll=seen.append
    )

    assert len(report.succeeded) == 4
    (refused,) = report.failed
    assert (refused.site, f"{refused.error}") == (
        sites[1],
        "RuntimeError: task 2 is refused",
    )
    assert len(seen) == 3


def test_an_executor_that_refuses_all_sites_raises_its_own_error(
    sites: list[Site],
) -> None:
    executor = ThreadPoolExecutor(1)
    executor.shutdown()

    with pytest.raises(RuntimeError, match="after shutdown"):
        lightsnap.back_up(PLAN, sites, executor=executor)


def test_a_cancel_does_not_depend_on_the_executor(sites: list[Site]) -> None:
    cancel = threading.Event()

    report = lightsnap.back_up(
        PLAN,
        sites,
        run="1",
        executor=Inline(idle=[2, 3]),
        cancel=cancel,
        on_poll=lambda _: cancel.set(),
    )

    assert [each.site for each in report.pending] == sites[1:]
    assert len(report.succeeded) == 2


def test_an_exception_of_on_poll_cancels_the_sites_that_have_not_begun(
    sites: list[Site],
) -> None:
    executor = Inline(idle=[2, 3])

    with pytest.raises(ZeroDivisionError):
        lightsnap.back_up(PLAN, sites, executor=executor, on_poll=lambda _: 1 // 0)

    assert [each.cancelled() for each in executor.futures] == [False, True, True]


@pytest.mark.usefixtures("skipped_pauses")
def test_equal_calls_are_different_tasks(sites: list[Site]) -> None:
    executor = Inline()

    for _ in range(2):
        lightsnap.back_up(PLAN, sites[:1], run="1", executor=executor)

    assert len(set(executor.tasks)) == 2


def test_spawned_processes_run_the_sites(
    server: LightsailServer, sites: list[Site]
) -> None:
    with spawned_processes() as executor:
        report = lightsnap.back_up(PLAN, sites, run="1", executor=executor)

    assert len(report.raise_for_failure().outcomes) == 6
    assert names(server, "eu-west-1") == ["db-nightly-1", "web-nightly-1"]


@contextmanager
def spawned_processes() -> Iterator[ProcessPoolExecutor]:
    """Run two processes, with credentials for the server."""
    context = multiprocessing.get_context("spawn")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ACCESS_KEY_ID", "testing")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        environment.setenv("NO_PROXY", "127.0.0.1")
        with ProcessPoolExecutor(
            2, mp_context=context, initializer=skip_pauses
        ) as executor:
            yield executor


def test_killed_processes_fail_their_sites_and_the_same_run_finishes_them(
    server: LightsailServer, sites: list[Site]
) -> None:
    create_instances(client_of(server, REGIONS[0]), "slow")
    server.faults.delay(
        "CreateInstanceSnapshot", resource_name="slow-nightly-1", seconds=5
    )

    def kill() -> None:
        while not server.calls.of("CreateInstanceSnapshot", instanceName="slow"):
            time.sleep(0.01)
        for process in multiprocessing.active_children():
            process.kill()

    killer = threading.Thread(target=kill)
    with spawned_processes() as executor:
        killer.start()
        report = lightsnap.back_up(PLAN, sites, run="1", executor=executor)
        killer.join()
        with pytest.raises(BrokenProcessPool) as caught:
            lightsnap.back_up(PLAN, sites, run="1", executor=executor)

    assert report.failed[0].site == sites[0]
    for each in report.failed:
        assert each.error is not None
        assert (each.instance_name, each.error.type) == (None, "BrokenProcessPool")
    assert "which finishes if it is repeated" in caught.value.__notes__[0]
    with spawned_processes() as executor:
        report = lightsnap.back_up(PLAN, sites, run="1", executor=executor)
    assert len(report.raise_for_failure().outcomes) == 7
    assert names(server, REGIONS[0]) == [
        "db-nightly-1",
        "slow-nightly-1",
        "web-nightly-1",
    ]


@pytest.mark.usefixtures("skipped_pauses")
def test_a_site_that_cannot_be_reached_stops_no_other(sites: list[Site]) -> None:
    wrong = Site("us-west-2", profile_name="no-such-profile")

    report = lightsnap.back_up(PLAN, [wrong, *sites], run="1")

    assert report.outcomes[0].site == wrong
    assert report.outcomes[0].error is not None
    assert report.outcomes[0].error.type == "ConfigurationError"
    assert len(report.succeeded) == 6


def test_if_no_site_can_be_reached_it_raises() -> None:
    sites = [Site(name, profile_name="no-such-profile") for name in REGIONS]

    with pytest.raises(ConfigurationError, match="no-such-profile"):
        lightsnap.back_up(PLAN, sites)


@pytest.mark.usefixtures("skipped_pauses")
def test_threads_report_the_progress_of_each_instance(
    server: LightsailServer, sites: list[Site]
) -> None:
    seen: list[BackupProgress] = []
    threads: set[int] = set()

    def on_poll(progress: BackupProgress) -> None:
        seen.append(progress)
        threads.add(threading.get_ident())

    server.faults.delay("CreateInstanceSnapshot", seconds=0.2)

    report = lightsnap.back_up(PLAN, sites, run="1", on_poll=on_poll)

    assert threads == {threading.get_ident()}
    assert seen[-1].outcomes == report.outcomes
    assert [each.calls for each in seen] == sorted(each.calls for each in seen)
    assert seen[-1].calls > 6
    # An instance is seen before its site has ended.
    rows = [each for one in seen for each in one.outcomes if each.is_pending]
    assert {None, "web", "db"} <= {each.instance_name for each in rows}
    assert {each.site for each in rows} <= {*sites}


def test_other_executors_report_whenever_a_site_has_ended(sites: list[Site]) -> None:
    seen: list[BackupProgress] = []
    with ThreadPoolExecutor(1) as executor:
        report = lightsnap.back_up(
            PLAN, sites, run="1", executor=executor, on_poll=seen.append
        )

    assert seen[-1].outcomes == report.outcomes
    assert seen[-1].calls == 3
    pending = [sum(each.is_pending for each in one.outcomes) for one in seen]
    assert pending == sorted(pending, reverse=True)


def test_a_bar_is_entered_and_left(sites: list[Site]) -> None:
    class Bar:
        calls: ClassVar[list[str]] = []

        def __enter__(self) -> None:
            self.calls.append("enter")

        def __exit__(self, *_: object) -> None:
            self.calls.append("exit")

        def __call__(self, progress: BackupProgress) -> None:
            del progress
            self.calls.append("poll")

    lightsnap.back_up(PLAN, sites[:1], on_poll=Bar())

    assert (Bar.calls[0], Bar.calls[-1]) == ("enter", "exit")
    assert "poll" in Bar.calls


@pytest.mark.usefixtures("skipped_pauses")
def test_sites_that_have_not_begun_are_left_out_when_cancelled(
    server: LightsailServer, sites: list[Site]
) -> None:
    cancel = threading.Event()
    server.faults.delay("GetInstances", seconds=0.5)
    with ThreadPoolExecutor(1) as executor:
        report = lightsnap.back_up(
            PLAN,
            sites,
            executor=executor,
            cancel=cancel,
            on_poll=lambda _: cancel.set(),
        )

    assert len(report.succeeded) + 2 * len(report.pending) == 6
    assert report.pending
    assert [each.site for each in report.pending] == sites[-len(report.pending) :]


def test_a_cancel_ends_the_threads_soon(
    server: LightsailServer, sites: list[Site]
) -> None:
    server.faults.throttle("GetInstances", times=None)
    cancel = threading.Event()
    threading.Timer(0.3, cancel.set).start()

    report = lightsnap.back_up(PLAN, sites, cancel=cancel)

    assert len(report.failed) == 3


@pytest.mark.usefixtures("skipped_pauses")
def test_an_exception_of_on_poll_ends_the_threads_and_names_the_run(
    server: LightsailServer, sites: list[Site]
) -> None:
    server.faults.throttle("GetInstances", times=2)

    def fail(_: BackupProgress) -> None:
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop") as caught:
        lightsnap.back_up(PLAN, sites, run="2026-11-30", on_poll=fail)

    (note,) = caught.value.__notes__
    assert note == (
        "lightsnap was backing up us-west-2, us-east-1, eu-west-1: plan 'nightly', "
        "run '2026-11-30', which finishes if it is repeated"
    )


@pytest.mark.parametrize(
    ("sites", "message"),
    [
        ([], "sites is empty"),
        ("us-west-2", "sites is of type str"),
        (Site("us-west-2"), "sites is of type Site"),
        (5, "sites is of type int"),
        (["us-west-2"], r"sites\[0\] is of type str"),
        ([Site("us-west-2")] * 2, r"sites\[1\] repeats us-west-2"),
        ([Site("us-east-2")], r"sites\[0\] is us-east-2, which the plan copies to"),
    ],
)
def test_wrong_sites_are_rejected(sites: Any, message: str) -> None:
    plan = BackupPlan("nightly", copy_to=["us-east-2"])

    with pytest.raises(ConstraintError, match=message):
        lightsnap.back_up(plan, sites)


def test_other_wrong_arguments_are_rejected() -> None:
    sites = [Site("us-west-2")]
    wrong: Any = "nightly"

    with pytest.raises(TypeError, match="plan is of type str"):
        lightsnap.back_up(wrong, sites)
    with pytest.raises(TypeError, match=r"executor is of type Mock.* get_executor\(\)"):
        lightsnap.back_up(PLAN, sites, executor=Mock())  # Dask's client has submit too
    with pytest.raises(ConstraintError, match="run is blank"):
        lightsnap.back_up(PLAN, sites, run="")
    with pytest.raises(ValueError, match="timeout"):
        lightsnap.back_up(PLAN, sites, timeout=-1)


@pytest.mark.usefixtures("skipped_pauses")
def test_a_site_where_nothing_matches_is_one_failed_outcome(
    sites: list[Site],
) -> None:
    plan = BackupPlan("nightly", select=Selection(names=["wbe"]))

    report = lightsnap.back_up(plan, sites, timeout=None)

    assert [each.site for each in report.failed] == sites
