"""Back up many Regions and accounts, on threads or on any executor."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Executor, Future
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import partial
from itertools import chain
from queue import Empty, SimpleQueue
from threading import Event
from time import monotonic
from types import NoneType
from typing import Any, NamedTuple, TypeAlias, cast
from uuid import uuid4

from attrs import evolve

from lightsnap._backups.marks import default_run, run_violations
from lightsnap._backups.plan import BackupPlan, Site
from lightsnap._backups.report import (
    BackupFailure,
    BackupOutcome,
    BackupProgress,
    BackupReport,
)
from lightsnap._clients.client import Client
from lightsnap._text import add_note
from lightsnap._wait.clocks import clock_or_time
from lightsnap._wait.loops import entered
from lightsnap._wait.options import CANCEL_CHECK_INTERVAL, Cancel, Schedule
from lightsnap.errors import (
    ConfigurationError,
    ConstraintError,
    Violation,
    require,
    type_violation,
)

_Outcomes: TypeAlias = tuple[BackupOutcome, ...]
_Future: TypeAlias = Future[_Outcomes]

_MOST_THREADS = 32


def back_up(
    plan: BackupPlan,
    sites: Iterable[Site],
    *,
    run: str | None = None,
    executor: Executor | None = None,
    timeout: float | timedelta | None = 7200.0,
    on_poll: Callable[[BackupProgress], object] | None = None,
    cancel: Cancel | None = None,
) -> BackupReport:
    """Back up many Regions and accounts by one plan, side by side.

    Each site is backed up as by ``Client.back_up``, with a client that is built where
    the work is done. What fails at one site stops no other.

    Args:
        plan: What to back up, how many backups to keep, and where to copy them.
        sites: The Regions, each with a profile or not.
        run: The name of the run, such as a date; by default the time in UTC.
        executor: What runs the sites: a ProcessPoolExecutor, Dask's
            ``client.get_executor()`` or any other. It is not shut down. If it refuses
            all sites, its error is raised. By default, threads of this process.
        timeout: Seconds or a timedelta for each site; None never times out.
        on_poll: Called in this thread with a BackupProgress whenever a site has ended
            and, with the default executor, after each round of a site.
        cancel: If its ``is_set()`` is true, sites that have not begun are left out, and
            with the default executor the others end soon.

    Returns:
        The outcomes of each site, in the order of the sites.

    Raises:
        ConfigurationError: No site has credentials, or similar.
        ConstraintError: The sites or the run are not valid, or the plan copies to the
            Region of a site; nothing was sent.
        TypeError: An argument has a wrong type.
        ValueError: An argument is out of range, such as a negative timeout.
    """
    require("plan", plan, BackupPlan, "a BackupPlan")
    expected = "an Executor, such as a ProcessPoolExecutor or Dask's get_executor()"
    require("executor", executor, (Executor, NoneType), expected)
    run = default_run() if run is None else run
    sites = _valid_sites(plan, sites, run)
    schedule = Schedule(
        timeout=timeout,
        poll_interval=None,
        on_poll=on_poll,
        cancel=cancel,
        clock=clock_or_time(None),
    )
    seconds = None if math.isinf(schedule.timeout) else schedule.timeout
    fleet = _Fleet(plan, run, sites, schedule)
    futures: dict[int, _Future] = {}
    with _running(executor, len(sites)) as (running, stop), fleet.noted():
        for index, site in enumerate(sites):
            task = _Task(plan, site, run, seconds, uuid4().hex)
            put = partial(fleet.put, index)
            local = None if stop is None else _Local(stop, on_poll and put)
            futures[index] = _submit(running, task, local)
            futures[index].add_done_callback(put)
        if all(isinstance(each, _Refused) for each in futures.values()):
            futures[0].result()
        fleet.collect(futures, stop)
    return fleet.report()


def client_at(site: Site) -> Client:
    """Return a client for a site."""
    return Client(
        region_name=site.region_name,
        profile_name=site.profile_name,
        endpoint_url=site.endpoint_url,
    )


def _valid_sites(
    plan: BackupPlan, given: Iterable[Site], run: object
) -> tuple[Site, ...]:
    """Return the sites as a tuple.

    Raises:
        ConstraintError: They or the run are not valid.
    """
    violations = run_violations(run)
    sites: tuple[Any, ...] = ()
    if isinstance(given, str) or not isinstance(cast("object", given), Iterable):
        violations.append(type_violation("sites", given, "a list of Site"))
    else:
        sites = tuple(given)
        if not sites:
            advice = 'give one, such as Site("us-west-2")'
            violations.append(Violation("sites", "required", "is empty", advice))
    for index, site in enumerate(sites):
        path = f"sites[{index}]"
        if not isinstance(site, Site):
            violations.append(type_violation(path, site, "a Site"))
        elif site in sites[:index]:
            violations.append(Violation(path, "duplicate", f"repeats {site}"))
        elif site.region_name in plan.copy_to:
            problem = f"is {site}, which the plan copies to"
            violations.append(Violation(path, "duplicate", problem))
    if violations:
        raise ConstraintError(violations)
    return sites


class _Task(NamedTuple):
    """The backup of a site, for any thread, process or machine.

    Attributes:
        token: Tells it from an equal one: some engines treat equal calls as one.
    """

    plan: BackupPlan
    site: Site
    run: str
    timeout: float | None
    token: str


class _Local(NamedTuple):
    """What a thread of this process can have, and another process cannot."""

    stop: Event
    on_poll: Callable[[BackupProgress], None] | None


class _Refused(_Future):
    """A task that the executor did not take, as it is broken or shut down."""


def _submit(executor: Executor, task: _Task, local: _Local | None) -> _Future:
    try:
        return executor.submit(_back_up_site, task, local)
    except Exception as error:  # noqa: BLE001 (it may have taken other tasks)
        refused = _Refused()
        refused.set_exception(error)
        return refused


@contextmanager
def _running(
    executor: Executor | None, count: int
) -> Generator[tuple[Executor, Event | None], None, None]:
    """Yield the executor, or a new pool of threads and what ends their work."""
    if executor is not None:
        yield executor, None
        return
    stop = Event()
    with pool_of_threads(count) as threads:
        try:
            yield threads, stop
        except BaseException:
            stop.set()
            raise


@contextmanager
def pool_of_threads(count: int) -> Generator[Executor, None, None]:
    """Yield threads for a number of sites; an error does not wait for them."""
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 (not needed else)

    threads = ThreadPoolExecutor(min(count, _MOST_THREADS), "lightsnap")
    try:
        yield threads
        threads.shutdown()
    except BaseException:
        threads.shutdown(wait=False, cancel_futures=True)
        raise


class _Fleet:
    """The sites of a backup, and what became of them."""

    def __init__(
        self,
        plan: BackupPlan,
        run: str,
        sites: tuple[Site, ...],
        schedule: Schedule,
    ) -> None:
        self._plan = plan
        self._run = run
        self._sites = sites
        self._schedule = schedule
        self._began = monotonic()
        self._outcomes: list[_Outcomes] = [
            (BackupOutcome(site=site, is_pending=True),) for site in sites
        ]
        self._calls = [0] * len(sites)
        self._news: SimpleQueue[tuple[int, _Future | BackupProgress]]
        self._news = SimpleQueue()

    def put(self, index: int, news: _Future | BackupProgress) -> None:
        """Take the progress of a site, or its end, from any thread."""
        self._news.put((index, news))

    def collect(self, futures: dict[int, _Future], stop: Event | None) -> None:
        """Wait for the sites; those that have not begun are left out if cancelled.

        A future that has ended is dropped: if its worker is lost later, Dask would do
        its work again.
        """
        interval = CANCEL_CHECK_INTERVAL if self._schedule.cancel else None
        try:
            while futures:
                if self._schedule.is_cancelled:
                    if stop is not None:
                        stop.set()
                    for future in futures.values():
                        future.cancel()
                with suppress(Empty):
                    self._take(futures, *self._news.get(timeout=interval))
        except BaseException:
            for future in futures.values():
                future.cancel()  # unless it has begun
            raise

    def _take(
        self, futures: dict[int, _Future], index: int, news: _Future | BackupProgress
    ) -> None:
        is_current = self._news.empty()
        if isinstance(news, BackupProgress):
            outcomes = news.outcomes
            self._calls[index] = news.calls
        else:
            is_current = True
            del futures[index]
            outcomes = _outcomes_of(news)
            self._calls[index] = self._calls[index] or 1
        if outcomes:
            site = self._sites[index]
            self._outcomes[index] = tuple(evolve(each, site=site) for each in outcomes)
        if self._schedule.on_poll is not None and is_current:
            self._schedule.on_poll(self._progress())

    def _known(self) -> _Outcomes:
        return tuple(chain.from_iterable(self._outcomes))

    def _progress(self) -> BackupProgress:
        return BackupProgress(
            plan=self._plan.name,
            run=self._run,
            outcomes=self._known(),
            elapsed=monotonic() - self._began,
            calls=sum(self._calls),
        )

    def report(self) -> BackupReport:
        """Return what became of all sites.

        Raises:
            ConfigurationError: None of them could be reached.
        """
        outcomes = self._known()
        errors = [each.error for each in outcomes if each.instance_name is None]
        of_settings = [e for e in errors if e and e.type == ConfigurationError.__name__]
        if len(of_settings) == len(outcomes):
            raise ConfigurationError(of_settings[0].message)
        return BackupReport(plan=self._plan.name, run=self._run, outcomes=outcomes)

    @contextmanager
    def noted(self) -> Generator[None, None, None]:
        """Enter ``on_poll``, and add a note to an exception from outside."""
        try:
            with entered(self._schedule.on_poll):
                yield
        except BaseException as error:
            names = ", ".join(map(str, self._sites))
            note = (
                f"lightsnap was backing up {names}: plan {self._plan.name!r}, "
                f"run {self._run!r}, which finishes if it is repeated"
            )
            add_note(error, note)
            raise


def _outcomes_of(future: _Future) -> _Outcomes:
    if future.cancelled():
        return (BackupOutcome(is_pending=True),)
    error = future.exception()
    if error is None:
        return future.result()
    # The engine lost the worker, or similar.
    return (BackupOutcome(error=BackupFailure.from_error(error)),)


def _back_up_site(task: _Task, local: _Local | None) -> _Outcomes:
    """Back up a site, wherever this runs."""
    site = task.site
    try:
        with client_at(site) as client:
            report = client.back_up(
                task.plan,
                run=task.run,
                timeout=task.timeout,
                on_poll=local and local.on_poll,
                cancel=local and local.stop,
            )
    except Exception as error:  # noqa: BLE001 (one site stops no other)
        return (BackupOutcome(error=BackupFailure.from_error(error)),)
    return report.outcomes
