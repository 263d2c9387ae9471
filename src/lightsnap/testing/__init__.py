"""A Lightsail to test against, and a clock that a test need not wait for.

``mock_lightsail`` needs moto, which ``pip install 'lightsnap[testing]'`` brings and
the first call loads. Importing this module does not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, Self, TypeVar, cast, overload

from .clocks import FakeClock

__all__ = ["FakeClock", "LightsailMock", "mock_lightsail"]

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
    ``mock_aws``: credentials are made up, moto's other services answer too, and
    nothing reaches AWS. All is forgotten at the end; where mocks are nested, at the
    end of the outermost.

    It knows CreateInstances, GetInstance, CreateInstanceSnapshot, GetInstanceSnapshot,
    GetOperation and GetOperationsForResource, as the `API reference`_ describes them.
    An operation moves on each time it is read: NotStarted, Started, Succeeded. A
    snapshot is available when it is first read. moto's `state transitions`_ change
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

    A client made before moto was first imported is not caught: make it later, or give
    it to ``moto.core.patch_client``. Do not decorate an ``async def``, whose body runs
    when the mock has ended: use ``with`` inside it.

    Raises:
        ImportError: moto is missing, or too old.

    .. _API reference:
        https://docs.aws.amazon.com/lightsail/2016-11-28/api-reference/Welcome.html
    .. _state transitions:
        https://docs.getmoto.org/en/latest/docs/configuration/state_transition/
    """
    try:
        from moto import mock_aws

        from ._register import register
    except ImportError as error:
        message = (
            "mock_lightsail needs moto 5.1.12 or newer, as in the extra 'testing': "
            "pip install 'moto>=5.1.12'"
        )
        raise ImportError(message, name=error.name) from error
    register()
    moto_mock = mock_aws()
    # moto puts these into the environment as long as it answers. This one has botocore
    # ignore an endpoint in the user's settings, which would slip past moto.
    vars(moto_mock)["_fake_creds"]["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = "true"
    mock = cast("LightsailMock", moto_mock)
    return mock if decorated is None else mock(decorated)
