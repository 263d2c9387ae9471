"""A Lightsail to test against, in the process or on a server, and fake clocks.

Most of it needs what ``pip install 'lightsnap[testing]'`` brings, moto above all, and
loads it on first use. Importing this module does not.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Protocol, Self, TypeVar, cast, overload

from .clocks import FakeAsyncClock, FakeClock

__all__ = [
    "FakeAsyncClock",
    "FakeClock",
    "FaultError",
    "Faults",
    "LightsailMock",
    "LightsailServer",
    "faults",
    "mock_lightsail",
]

if TYPE_CHECKING:
    from ._faults import FaultError
    from ._script import Faults, faults
    from .server import LightsailServer
else:
    # In an ``else``, so that a type checker still refuses a misspelt name.

    def __getattr__(name: str) -> object:
        modules = {
            "FaultError": "_faults",
            "Faults": "_script",
            "LightsailServer": "server",
            "faults": "_script",
        }
        if name not in modules:
            message = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(message)
        return globals().setdefault(name, getattr(_load(modules[name]), name))

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})


def _load(module: str) -> ModuleType:
    """Load a module of this package that needs more than lightsnap itself does."""
    try:
        if module == "server":
            import_module("flask_cors")  # and flask; moto would warn as well
        import_module("._register", __name__)  # Before a client slips past moto.
        return import_module(f".{module}", __name__)
    except ImportError as error:
        message = (
            "lightsnap.testing needs moto 5.1.12 or newer, and flask for its server: "
            "pip install 'lightsnap[testing]'"
        )
        raise ImportError(message, name=error.name) from error


Decorated = TypeVar("Decorated", bound=Callable[..., object])


class LightsailMock(Protocol):
    """What ``mock_lightsail()`` returns: enter it, decorate with it, or start it."""

    def __enter__(self) -> Self:
        """Begin to answer."""
        ...

    def __exit__(self, *exception: object) -> None:
        """Answer no longer, and forget."""
        ...

    def __call__(self, decorated: Decorated, /) -> Decorated:
        """Answer while the function runs, or each of the class's methods."""
        ...

    def start(self) -> None:
        """Begin to answer: for ``setUp``."""
        ...

    def stop(self) -> None:
        """Answer no longer, and forget: for ``tearDown``."""
        ...


@overload
def mock_lightsail() -> LightsailMock: ...


@overload
def mock_lightsail(decorated: Decorated, /) -> Decorated: ...


def mock_lightsail(decorated: Decorated | None = None, /) -> LightsailMock | Decorated:
    """Let a Lightsail in this process answer the boto3 clients of this process.

    A context manager, and a decorator with or without parentheses. It is moto's
    ``mock_aws``: credentials are made up, and moto's other services answer too. All is
    forgotten at the end; where mocks are nested, at the end of the outermost.

    It knows instances, their snapshots and operations, tags, Regions, blueprints and
    bundles, as the `API reference
    <https://docs.aws.amazon.com/lightsail/2016-11-28/api-reference/Welcome.html>`__
    describes them, and refuses what AWS refuses. Each other call of the API is an error
    of its model.

    The operations of a snapshot move on each time they are read: NotStarted, Started,
    Succeeded. It is available when it is first read. Instances start and stop at once.
    moto's `state transitions
    <https://docs.getmoto.org/en/latest/docs/configuration/state_transition/>`__ change
    that, for ``lightsail::operation``, ``lightsail::instance_snapshot`` and
    ``lightsail::instance``; what was set there stays after the end.

    >>> import boto3
    >>> with mock_lightsail():
    ...     lightsail = boto3.client("lightsail", region_name="us-west-2")
    ...     created = lightsail.create_instances(
    ...         instanceNames=["WordPress-1"],
    ...         availabilityZone="us-west-2a",
    ...         blueprintId="wordpress",
    ...         bundleId="nano_3_0",
    ...     )
    ...     answer = lightsail.create_instance_snapshot(
    ...         instanceName="WordPress-1",
    ...         instanceSnapshotName="WordPress-Snapshot-1",
    ...     )
    >>> [operation["resourceType"] for operation in answer["operations"]]
    ['InstanceSnapshot', 'Instance']

    Clients of boto3 that were made before are caught as well, those of aiobotocore are
    not: have them talk to a ``LightsailServer``.

    Raises:
        ImportError: moto is missing, or too old.
        TypeError: It decorates an ``async def`` or a generator, whose body runs when
            the mock has ended: use ``with`` inside it.
    """
    mock = cast("LightsailMock", _load("_register").Mock())
    return mock if decorated is None else mock(decorated)
