"""A Lightsail emulator for tests, in the process or as a server, and fake clocks.

All but the fake clocks needs moto, which ``pip install 'lightsnap[testing]'`` installs.
It is loaded on first use, not when this module is imported.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, TypeVar, overload

import lightsnap.testing

from .clocks import FakeAsyncClock, FakeClock

__all__ = [
    "Calls",
    "Emulator",
    "EmulatorClock",
    "FakeAsyncClock",
    "FakeClock",
    "FaultError",
    "Faults",
    "LightsailMock",
    "LightsailServer",
    "RecordedCall",
    "Transitions",
    "faults",
    "mock_lightsail",
]

if TYPE_CHECKING:
    from ._emulator import Emulator, EmulatorClock
    from ._faults import FaultError
    from ._mock import LightsailMock
    from ._record import Calls, RecordedCall
    from ._script import Faults, faults
    from ._transitions import Transitions
    from .server import LightsailServer
else:
    # In an ``else`` so that a type checker still reports a misspelled name.

    def __getattr__(name: str) -> object:
        modules = {
            "Calls": "_record",
            "Emulator": "_emulator",
            "EmulatorClock": "_emulator",
            "FaultError": "_faults",
            "Faults": "_script",
            "LightsailMock": "_mock",
            "LightsailServer": "server",
            "RecordedCall": "_record",
            "Transitions": "_transitions",
            "faults": "_script",
        }
        if name not in modules:
            message = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(message)
        return globals().setdefault(name, getattr(_load(modules[name]), name))

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})


def _load(module: str) -> ModuleType:
    """Load a module of this package that needs the extra ``testing``."""
    try:
        if module == "server":
            # It needs flask too. Without it moto would also print a warning.
            import_module("flask_cors")
        # First: it makes moto intercept the clients that exist already.
        import_module("._register", __name__)
        return import_module(f".{module}", __name__)
    except ImportError as error:
        message = (
            "lightsnap.testing needs moto 5.1.12 or newer, and flask for its server: "
            "pip install 'lightsnap[testing]'"
        )
        raise ImportError(message, name=error.name) from error


Decorated = TypeVar("Decorated", bound=Callable[..., object])


@overload
def mock_lightsail() -> lightsnap.testing.LightsailMock: ...


@overload
def mock_lightsail(decorated: Decorated, /) -> Decorated: ...


def mock_lightsail(
    decorated: Decorated | None = None, /
) -> lightsnap.testing.LightsailMock | Decorated:
    """Make a Lightsail emulator respond to the boto3 clients of this process.

    Use it as a context manager, or as a decorator with or without parentheses. It is
    moto's ``mock_aws`` with Lightsail added: it sets fake credentials and mocks moto's
    other services too. In addition, it removes the AWS settings of this machine, such
    as the profile, from ``os.environ``; only the Region stays. When the mock ends, its
    state is discarded; nested mocks share one state, which is discarded when the
    outermost one ends.

    The emulator supports instances, their manual and automatic snapshots and
    operations, tags, Regions, blueprints and bundles, as the `API reference
    <https://docs.aws.amazon.com/lightsail/2016-11-28/api-reference/Welcome.html>`__
    describes them, and refuses what AWS refuses. Every other API call gets an error
    response.

    A snapshot's operations advance each time they are read, from NotStarted to Started
    to Succeeded. The snapshot is available when it is first read. Instances start and
    stop at once. To change this, use ``Transitions``.

    As a context manager its value controls the emulator: ``clock`` moves its time,
    ``age()`` makes a resource older, ``calls`` are the calls so far, and ``faults``
    scripts faults.

    >>> import boto3
    >>> with mock_lightsail():
    ...     lightsail = boto3.client("lightsail", region_name="us-west-2")
    ...     created = lightsail.create_instances(
    ...         instanceNames=["WordPress-1"],
    ...         availabilityZone="us-west-2a",
    ...         blueprintId="wordpress",
    ...         bundleId="nano_3_0",
    ...     )
    ...     response = lightsail.create_instance_snapshot(
    ...         instanceName="WordPress-1",
    ...         instanceSnapshotName="WordPress-Snapshot-1",
    ...     )
    >>> [operation["resourceType"] for operation in response["operations"]]
    ['InstanceSnapshot', 'Instance']

    boto3 clients that were created earlier are mocked too. aiobotocore clients, such as
    that of an ``AsyncClient``, are not: their calls raise a ``ConfigurationError`` that
    says to connect them to a ``LightsailServer``.

    Raises:
        ImportError: moto is missing or too old.
        TypeError: It decorates an ``async def`` or a generator, whose body runs after
            the mock has ended. Use ``with`` inside it instead.
    """
    mock: LightsailMock = _load("_mock").LightsailMock()
    return mock if decorated is None else mock(decorated)
