"""The client: snapshots of instances, and waiting for them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from lightsnap._aws.calls import perform, region_of
from lightsnap._aws.connecting import Settings
from lightsnap._clients._methods import Methods
from lightsnap._flows.steps import Connect, Flow, Poll, Step, Steps
from lightsnap._wait.clocks import Clock, clock_or_time
from lightsnap._wait.options import Schedule

if TYPE_CHECKING:
    from boto3.session import Session
    from botocore.config import Config

    from lightsnap._aws.protocols import ClosableClient, LightsailClient

_Result = TypeVar("_Result")


class Client(Methods):
    """Takes snapshots of Lightsail instances and tells when they are done.

    It may be shared between threads. ``with`` closes its connections at the end; it
    works without as well.

    Args:
        lightsail: A boto3 Lightsail client. Without one, a client is built when the
            first call needs it, from the other arguments, as boto3 would: environment,
            config files and the rest count. It has short time-outs (5 seconds to
            connect, 15 to read). botocore's retries multiply them: a call that is under
            way at a wait's deadline may take about a minute longer. It keeps up to 64
            connections, for the threads that share it.
        session: A boto3 Session to build it from.
        region_name: Its AWS Region, like ``us-west-2``.
        profile_name: A profile of the AWS config files.
        endpoint_url: The endpoint to call instead of AWS's own.
        config: A botocore Config; its settings take precedence over lightsnap's.
        check: Whether to refuse, before anything is sent, what the service is known to
            refuse. What cannot be sent at all is refused in any case.
        clock: The time for waiting; by default the module ``time``.

    Raises:
        ConfigurationError: A setting has a wrong type, or two contradict each other.
        TypeError: ``clock`` is no clock.

    A method that calls the service once raises:

    * ``ApiError`` and its kin when the service answers with an error,
    * ``TransportError`` when no answer comes,
    * ``MalformedResponseError`` when the answer cannot be read,
    * ``ConfigurationError`` without a Region or credentials, with an unknown profile,
      and the like.

    A wait goes on through those that may pass, and carries the others as the ``reason``
    of a ``WaitInterruptedError``; only when no client can be built does it raise a
    ``ConfigurationError`` itself.
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
        self._built: ClosableClient | None = None
        self._lock = threading.Lock()
        self._check = check
        self._clock = clock_or_time(clock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections, unless the client was given.

        A later call opens new ones.
        """
        with self._lock:
            built, self._built = self._built, None
        if built is not None:
            built.close()

    def _run(self, flow: Flow[_Result]) -> _Result:
        with Steps(flow) as steps:
            while (step := steps.step) is not None:
                try:
                    outcome = self._perform(step)
                except BaseException as error:  # noqa: BLE001 (the flow decides on it)
                    steps.failed(error)
                else:
                    steps.succeeded(outcome)
            return steps.result

    def _perform(self, step: Step) -> object:
        match step:
            case Connect():
                return region_of(self._connect())
            case Poll(wait, fetch):
                from lightsnap._wait.loops import run

                def ask(subject: str) -> object:
                    return perform(self._connect(), fetch(subject))

                return run(wait, ask, self._clock)
            case call:
                return perform(self._connect(), call)

    def _schedule(self, **options: Any) -> Schedule:
        return Schedule(clock=self._clock, **options)

    def _connect(self) -> LightsailClient:
        """The boto3 client: the given one, or one that is built at the first call."""
        if self._settings.lightsail is not None:
            return cast("LightsailClient", self._settings.lightsail)
        with self._lock:
            if self._built is None:
                self._built = self._settings.build()
            return self._built
