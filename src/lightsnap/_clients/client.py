"""The client, and the driver that performs its flows."""

from __future__ import annotations

import logging  # noqa: F401 # pyright: ignore[reportUnusedImport] (its fork hooks first)
import os
import threading
import time
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast
from weakref import WeakSet

from lightsnap._aws.calls import Call, perform
from lightsnap._aws.connecting import Settings
from lightsnap._aws.protocols import ClosableClient, LightsailClient
from lightsnap._aws.regions import region_of
from lightsnap._clients._methods import Methods
from lightsnap._flows.steps import Connect, Flow, Poll, Step, Steps
from lightsnap._wait.clocks import Clock, clock_or_time
from lightsnap._wait.options import Schedule

if TYPE_CHECKING:
    from boto3.session import Session
    from botocore.config import Config
else:
    Session = Config = Any  # hints can be evaluated without loading boto3

_Result = TypeVar("_Result")

_clients: WeakSet[Client] = WeakSet()
_forking = threading.RLock()  # held while a thread forks, or adds a client
_held: list[Client] = []  # during a fork
_LONGEST_BUILD = 30  # seconds; a fork by the thread that is building must not deadlock


def _before_fork() -> None:
    """Wait until no thread is building a client.

    In the child, that thread is gone, and the import locks that it held stay locked.
    """
    _forking.acquire()
    _held.extend(
        client
        for client in list(_clients)
        if client._lock.acquire(timeout=_LONGEST_BUILD)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    )


def _after_fork() -> None:
    while _held:
        _held.pop()._lock.release()  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    _forking.release()


def _after_fork_in_child() -> None:
    """Let the child open connections of its own, and not share its parent's."""
    for client in _clients:
        client._built = None  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    _after_fork()


getattr(os, "register_at_fork", dict)(  # not on Windows
    before=_before_fork,
    after_in_parent=_after_fork,
    after_in_child=_after_fork_in_child,
)


class Client(Methods):
    """Creates, copies, restores and deletes snapshots of Lightsail instances.

    It also waits for operations, snapshots and instances. It can be shared between
    threads. Use it in a ``with`` statement to close its connections at the end, or
    without one.

    A copy has connections of its own. A client that was built from settings can be
    pickled, without credentials: where it is unpickled, it finds those of that process.
    One that was given a boto3 client or session raises a TypeError.

    Args:
        lightsail: A boto3 Lightsail client. Without one, the first call builds a client
            from the other arguments, as ``boto3.client`` would. If your program has
            imported boto3, it is ``boto3.client`` that builds it, from boto3's default
            session. The client has short time-outs (5 seconds to connect, 15 to read)
            and up to 64 connections for the threads that share it.
        session: A boto3 Session to build the client from.
        region_name: The AWS Region, such as ``us-west-2``.
        profile_name: A profile of the AWS config files.
        endpoint_url: An endpoint other than AWS's.
        config: A botocore Config, which takes precedence over lightsnap's settings.
        check: Whether to validate requests against the known constraints before
            sending them. What cannot be sent at all is rejected in any case.
        clock: The clock of waits; by default the module ``time``.

    Raises:
        ConfigurationError: A setting has a wrong type, or two contradict each other.
        TypeError: ``clock`` is not a clock.

    Every method that makes a single call may raise:

    * ``ApiError`` or a subclass, if the service returns an error response,
    * ``TransportError``, if no response arrives,
    * ``MalformedResponseError``, if the response cannot be parsed,
    * ``ConfigurationError``, for a missing Region, missing credentials, an unknown
      profile and the like.

    A wait continues through transient errors. It raises a permanent one as the
    ``reason`` of a ``WaitInterruptedError``, except for a ``ConfigurationError`` if no
    client can be built.
    """

    def __init__(
        self,
        lightsail: LightsailClient | None = None,
        *,
        session: Session | None = None,
        region_name: str | None = None,
        profile_name: str | None = None,
        endpoint_url: str | None = None,
        config: Config | None = None,
        check: bool = True,
        clock: Clock | None = None,
    ) -> None:
        self._settings = Settings(
            lightsail=lightsail,
            session=session,
            region_name=region_name,
            profile_name=profile_name,
            endpoint_url=endpoint_url,
            config=config,
        )
        self._check = check
        self._clock = clock_or_time(clock)
        self._start()

    def _start(self) -> None:
        """Add what a copy does not share: the connections, and what guards them."""
        self._built: ClosableClient | None = None
        self._lock = threading.Lock()
        with _forking:
            _clients.add(self)

    def __getstate__(self) -> dict[str, Any]:
        state = {**vars(self)}
        del state["_built"], state["_lock"]
        if self._clock is time:
            del state["_clock"]  # a module cannot be pickled
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update({"_clock": time, **state})
        self._start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections, unless a boto3 client was given.

        A later call opens new ones.
        """
        with self._lock:
            built, self._built = self._built, None
        close: Any = getattr(built, "close", None)
        if close is not None:  # a test's replacement of a boto3 client may have none
            close()

    def _run(self, flow: Flow[_Result]) -> _Result:
        with Steps(flow) as steps:
            while (step := steps.step) is not None:
                try:
                    outcome = self._perform(step)
                except BaseException as error:  # noqa: BLE001 (the flow handles it)
                    steps.failed(error)
                else:
                    steps.succeeded(outcome)
            return steps.result

    def _perform(self, step: Step) -> object:
        match step:
            case Connect():
                return region_of(self._connect())
            case Poll(wait, fetch):
                from lightsnap._wait.limits import call_within
                from lightsnap._wait.loops import run

                def fetch_one(target: str) -> object:
                    fetching = fetch(target)
                    if isinstance(fetching, Call):
                        return self._call(fetching)
                    return self._run(fetching)

                def fetch_within(target: str) -> object:
                    return call_within(lambda: fetch_one(target), wait, target)

                return run(wait, fetch_within, self._clock)
            case call:
                return self._call(call)

    def _call(self, call: Call[_Result]) -> _Result:
        return perform(self._connect(), call, self._settings.profile)

    def _schedule(self, **options: Any) -> Schedule:
        return Schedule(clock=self._clock, **options)

    def _connect(self) -> LightsailClient:
        """Return the boto3 client: the given one, or one built at the first call."""
        if self._settings.lightsail is not None:
            return cast("LightsailClient", self._settings.lightsail)
        with self._lock:
            if self._built is None:
                self._built = self._settings.build()
            return self._built
