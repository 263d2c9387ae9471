"""The async client, and the driver that performs its flows."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from lightsnap._aws.calls import Call, perform_async
from lightsnap._aws.connecting import AsyncSettings
from lightsnap._aws.protocols import AsyncLightsailClient
from lightsnap._aws.regions import region_of
from lightsnap._clients._async_methods import AsyncMethods
from lightsnap._flows.steps import Connect, Flow, Poll, Step, Steps
from lightsnap._wait.clocks import AsyncClock, async_clock_or_time
from lightsnap._wait.options import DEFAULT_MAX_CONCURRENCY, Schedule
from lightsnap.errors import ConfigurationError

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

    from aiobotocore.session import AioSession
    from botocore.config import Config
else:
    AioSession = Config = Any  # hints can be evaluated without loading aiobotocore

_Result = TypeVar("_Result")

# Enough that the latency of the service does not limit a wait for thousands of terminal
# operations. Beyond that, this process is the limit.
_MAX_CONCURRENCY = 64


class _Connections:
    """The aiobotocore client of an event loop, and how often it was entered."""

    def __init__(self) -> None:
        from asyncio import Lock

        self.lightsail: AsyncLightsailClient | None = None
        self.exits = AsyncExitStack()
        self.entered = 0
        self.opening = Lock()


def _running_loop() -> AbstractEventLoop | None:
    from asyncio import get_running_loop

    try:
        return get_running_loop()
    except RuntimeError:
        return None


class AsyncClient(AsyncMethods):
    """Creates, copies, restores and deletes snapshots of Lightsail instances.

    The awaitable twin of ``Client``, for asyncio. Without an aiobotocore client, use it
    in ``async with``, which builds one and closes its connections at the end. It is
    copied and pickled as a ``Client`` is.

    Args:
        lightsail: An aiobotocore Lightsail client. Without one, ``async with`` builds a
            client from the other arguments, as aiobotocore would, with short time-outs
            (5 seconds to connect, 15 to read) and up to 256 connections. It does not
            follow redirects.
        session: An aiobotocore session to build the client from.
        region_name: The AWS Region, such as ``us-west-2``.
        profile_name: A profile of the AWS config files.
        endpoint_url: An endpoint other than AWS's.
        config: A botocore Config, which takes precedence over lightsnap's settings.
        check: Whether to validate requests against the known constraints before
            sending them. What cannot be sent at all is rejected in any case.
        clock: The clock of waits; by default that of the event loop.

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
    ``reason`` of a ``WaitInterruptedError``. ``async with`` raises a
    ``ConfigurationError`` if no client can be built, and so does every method outside
    of it.

    A wait has up to 64 calls in flight at once, but no more than the client has
    connections. It has more than ``pending_per_poll`` only while responses report
    terminal operations.
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
        self._opened: dict[AbstractEventLoop | None, _Connections] = {}
        self._check = check
        self._clock = async_clock_or_time(clock)

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_opened": {}}  # a copy opens connections of its own

    async def __aenter__(self) -> Self:
        if self._settings.lightsail is None:
            await self._open()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        opened = self._opened.get(_running_loop())
        if opened is not None:
            opened.entered -= 1
            if not opened.entered:
                await self.aclose()

    async def aclose(self) -> None:
        """Close the connections, unless an aiobotocore client was given.

        A later ``async with`` opens new ones.
        """
        opened = self._opened.pop(_running_loop(), None)
        if opened is not None:
            await opened.exits.aclose()

    async def close(self) -> None:
        """Do the same as ``aclose``."""
        await self.aclose()

    async def _open(self) -> None:
        """Build the aiobotocore client of this event loop, unless there is one."""
        for loop in list(self._opened):
            if loop is not None and loop.is_closed():
                del self._opened[loop]  # its connections cannot be closed any more
        opened = self._opened.setdefault(_running_loop(), _Connections())
        opened.entered += 1
        try:
            async with opened.opening:
                built = opened.lightsail or await self._settings.build(opened.exits)
                opened.lightsail = built
        except BaseException:
            await self.__aexit__()
            raise

    async def _run(self, flow: Flow[_Result]) -> _Result:
        with Steps(flow) as steps:
            while (step := steps.step) is not None:
                try:
                    outcome = await self._perform(step)
                except BaseException as error:  # noqa: BLE001 (the flow handles it)
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

                async def fetch_one(target: str) -> object:
                    fetching = fetch(target)
                    if isinstance(fetching, Call):
                        return await self._call(fetching)
                    return await self._run(fetching)

                return await run_async(wait, fetch_one, self._clock)
            case call:
                return await self._call(call)

    async def _call(self, call: Call[_Result]) -> _Result:
        lightsail, profile_name = self._connect(), self._settings.profile
        return await perform_async(lightsail, call, profile_name)

    def _schedule(self, **options: Any) -> Schedule:
        return Schedule(
            clock=self._clock,
            max_concurrency=self._max_concurrency,
            is_async=True,
            **options,
        )

    @property
    def _max_concurrency(self) -> int:
        """At most one call per connection: to wait for a connection may time out."""
        config = getattr(getattr(self._lightsail, "meta", None), "config", None)
        connections = getattr(config, "max_pool_connections", None)
        if not isinstance(connections, int):
            return DEFAULT_MAX_CONCURRENCY
        return min(connections or _MAX_CONCURRENCY, _MAX_CONCURRENCY)

    @property
    def _lightsail(self) -> AsyncLightsailClient | None:
        """The given client, or that of this event loop, or None."""
        if self._settings.lightsail is not None:
            return cast("AsyncLightsailClient", self._settings.lightsail)
        opened = self._opened.get(_running_loop())
        return opened.lightsail if opened else None

    def _connect(self) -> AsyncLightsailClient:
        """Return the aiobotocore client: the given one, or that of ``async with``.

        Connections belong to an event loop, and cannot be used in another.
        """
        lightsail = self._lightsail
        if lightsail is None:
            problem = "this client has no connections in this event loop"
            advice = (
                "use it in `async with AsyncClient(...) as client`, or give it an "
                "aiobotocore client"
            )
            raise ConfigurationError(problem, advice)
        return lightsail
