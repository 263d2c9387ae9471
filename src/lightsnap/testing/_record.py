"""The record of the calls to an emulator, and how tests read it."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from threading import Lock
from typing import Any, cast, overload

from attrs import frozen
from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.models import DEFAULT_ACCOUNT_ID

from . import _remote
from ._shapes import unknown_operation
from .lightsail.models import LightsailBackend

LONGEST = 100_000
"""The number of calls that are recorded. After that, the oldest are dropped."""


@frozen(kw_only=True)
class RecordedCall:
    """A call that an emulator received, whether it was performed or refused.

    Attributes:
        operation: The API operation, such as ``"CreateInstanceSnapshot"``.
        members: The members of the request, as sent: ``{"instanceName": "Web"}``. Empty
            if the request was not a JSON object.
        region_name: The Region it was sent to.
        account_id: The account it was sent from.
        time: When it was received, by the emulator's clock, in UTC.
    """

    operation: str
    members: Mapping[str, Any]
    region_name: str
    account_id: str
    time: datetime

    def to_dict(self) -> dict[str, Any]:
        """Return the call as a server's page shows it."""
        return {
            "operation": self.operation,
            "members": dict(self.members),
            "region_name": self.region_name,
            "account_id": self.account_id,
            "time": self.time.isoformat(),
        }

    @classmethod
    def from_dict(cls, call: Mapping[str, Any]) -> RecordedCall:
        """Read a call from a server's page."""
        members: Any = {**call, "time": datetime.fromisoformat(call["time"])}
        return cls(**members)


class Record(BaseBackend):
    """The calls of all accounts and Regions.

    It is a moto backend so that every reset of moto clears it.
    """

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self._lock: AbstractContextManager[bool] = Lock()
        self._calls: deque[RecordedCall] = deque(maxlen=LONGEST)

    @property
    def calls(self) -> list[RecordedCall]:
        with self._lock:
            return list(self._calls)

    def add(self, call: RecordedCall) -> None:
        with self._lock:
            self._calls.append(call)

    def clear(self) -> None:
        with self._lock:
            self._calls.clear()


_records: BackendDict[Record] = BackendDict(
    Record, "lightsail-calls", use_boto3_regions=False, additional_regions=["aws"]
)


def record() -> Record:
    """Return the record of this process."""
    with LightsailBackend.lock:  # which a reset holds too
        return _records[DEFAULT_ACCOUNT_ID]["aws"]


class Calls(Sequence[RecordedCall]):  # noqa: PLW1641 -- it is mutable
    """The calls that an emulator has received so far, oldest first.

    It is a live view: each use reads the record. All accounts and Regions of a process
    share one record of the last 100,000 calls. It has every call, also those that were
    refused or that a fault applied to, and each retry of an SDK. It has neither headers
    nor credentials. It is cleared when a ``mock_lightsail()`` starts or ends, and
    whenever moto is reset.

    Args:
        url: The URL of a ``LightsailServer`` in another process. If None, the calls are
            those of this process.

    >>> import boto3
    >>> from lightsnap.testing import mock_lightsail
    >>> with mock_lightsail() as emulator:
    ...     lightsail = boto3.client("lightsail", region_name="us-east-1")
    ...     response = lightsail.get_regions(includeAvailabilityZones=True)
    ...     print(emulator.calls.names)
    ...     print(emulator.calls[0].members)
    ['GetRegions']
    {'includeAvailabilityZones': True}
    """

    def __init__(self, url: str | None = None) -> None:
        self._url = _remote.check_url(url)

    def __repr__(self) -> str:
        return f"Calls({self._read()!r})"

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Sequence) and not isinstance(other, (str, bytes)):
            return self._read() == list(cast("Sequence[object]", other))
        return NotImplemented

    def __len__(self) -> int:
        return len(self._read())

    @overload
    def __getitem__(self, index: int) -> RecordedCall: ...

    @overload
    def __getitem__(self, index: slice) -> list[RecordedCall]: ...

    def __getitem__(self, index: int | slice) -> RecordedCall | list[RecordedCall]:
        return self._read()[index]

    @property
    def names(self) -> list[str]:
        """The API operation of each call."""
        return [call.operation for call in self._read()]

    def of(self, *operations: str, **members: object) -> list[RecordedCall]:
        """Return the calls of some API operations, with some members.

        ``calls.of("DeleteInstanceSnapshot", instanceSnapshotName="nightly-1")``

        Args:
            operations: The API operations; any if there are none.
            members: What these members of the request must be.

        Raises:
            ValueError: Lightsail has no such API operation.
        """
        for operation in operations:
            if problem := unknown_operation(operation):
                raise ValueError(problem)
        return [
            call
            for call in self._read()
            if (not operations or call.operation in operations)
            and members.items() <= {**call.members}.items()
        ]

    def clear(self) -> None:
        """Forget the calls so far."""
        if self._url is not None:
            _remote.request(self._url, "DELETE", _remote.CALLS_PATH)
        else:
            record().clear()

    def _read(self) -> list[RecordedCall]:
        if self._url is not None:
            response = _remote.request(self._url, "GET", _remote.CALLS_PATH)
            return [RecordedCall.from_dict(call) for call in response["calls"]]
        return record().calls
