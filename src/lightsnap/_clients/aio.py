"""The client for async code: ``Client``, awaitable, over aiobotocore."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, Self, TypeVar

from lightsnap._aws.calls import perform_async, region_of
from lightsnap._aws.connecting import AsyncSettings
from lightsnap._clients._async_methods import AsyncMethods
from lightsnap._flows.steps import Connect, Flow, Poll, Step, Steps
from lightsnap._wait.clocks import AsyncClock, async_clock_or_time
from lightsnap._wait.options import DEFAULT_MAX_CONCURRENCY, Schedule
from lightsnap.errors import ConfigurationError

if TYPE_CHECKING:
    from aiobotocore.session import AioSession
    from botocore.config import Config

    from lightsnap._aws.protocols import AsyncLightsailClient

_Result = TypeVar("_Result")

# So many that a wait over thousands of operations which have ended is not a matter of
# the distance to the service; more would only be held up by this one process.
_MAX_CONCURRENCY = 64


class AsyncClient(AsyncMethods):
    """Takes snapshots of Lightsail instances and tells when they are done, in asyncio.

    It is ``Client``, awaitable. Without a client given, use it in ``async with``, which
    builds one and closes its connections at the end. All its waits share these.

    Args:
        lightsail: An aiobotocore Lightsail client. Without one, ``async with`` builds a
            client from the other arguments, as aiobotocore would: environment, config
            files and the rest count. It has short time-outs (5 seconds to connect, 15
            to read). botocore's retries multiply them: a call that is under way at a
            wait's deadline may take about a minute longer. It has up to 256
            connections.
        session: An aiobotocore session to build it from.
        region_name: Its AWS Region, like ``us-west-2``.
        profile_name: A profile of the AWS config files.
        endpoint_url: The endpoint to call instead of AWS's own.
        config: A botocore Config; its settings take precedence over lightsnap's.
        check: Whether to refuse, before anything is sent, what the service is known to
            refuse. What cannot be sent at all is refused in any case.
        clock: The time for waiting; by default that of the event loop.

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
    of a ``WaitInterruptedError``. ``async with`` raises a ``ConfigurationError`` when
    no client can be built, and every method does where there is none.

    A wait may have up to 64 calls under way at once, but no more than the client has
    connections; they become more than one only while answers say that operations have
    ended.
    """

    def __init__(
        self,
        lightsail: AsyncLightsailClient | None = None,
        *,
        session: AioSession | None = None,
        region_name: str | None = None,
        profile_name: str | None = None,
        endpoint_url: str | None = None,
        config: Config | None = None,
        check: bool = True,
        clock: AsyncClock | None = None,
    ) -> None:
        self._settings = AsyncSettings(
            lightsail=lightsail,
            session=session,
            region_name=region_name,
            profile_name=profile_name,
            endpoint_url=endpoint_url,
            config=config,
        )
        self._lightsail = lightsail
        self._exits = AsyncExitStack()
        self._check = check
        self._clock = async_clock_or_time(clock)

    async def __aenter__(self) -> Self:
        if self._lightsail is None:
            self._lightsail = await self._settings.build(self._exits)
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections, unless the client was given.

        A later ``async with`` opens new ones.
        """
        if self._settings.lightsail is None:
            self._lightsail = None
        await self._exits.aclose()

    async def _run(self, flow: Flow[_Result]) -> _Result:
        with Steps(flow) as steps:
            while (step := steps.step) is not None:
                try:
                    outcome = await self._perform(step)
                except BaseException as error:  # noqa: BLE001 (the flow decides on it)
                    steps.failed(error)
                else:
                    steps.succeeded(outcome)
            return steps.result

    async def _perform(self, step: Step) -> object:
        match step:
            case Connect():
                return region_of(self._connect())
            case Poll(wait, fetch):
                from lightsnap._wait.loops import run_async

                async def ask(subject: str) -> object:
                    return await perform_async(self._connect(), fetch(subject))

                return await run_async(wait, ask, self._clock)
            case call:
                return await perform_async(self._connect(), call)

    def _schedule(self, **options: Any) -> Schedule:
        return Schedule(
            clock=self._clock, max_concurrency=self._max_concurrency, **options
        )

    @property
    def _max_concurrency(self) -> int:
        """No more calls than connections, since to wait for one may time out."""
        config = getattr(getattr(self._lightsail, "meta", None), "config", None)
        connections = getattr(config, "max_pool_connections", None)
        if not isinstance(connections, int):
            return DEFAULT_MAX_CONCURRENCY
        return min(connections, _MAX_CONCURRENCY)

    def _connect(self) -> AsyncLightsailClient:
        """The aiobotocore client: the given one, or the one of ``async with``."""
        if self._lightsail is None:
            message = (
                "this client has no connections: use it in `async with AsyncClient(...)"
                " as client`, or give it an aiobotocore client"
            )
            raise ConfigurationError(message)
        return self._lightsail
