"""The script: the faults that have not applied yet, and how tests add to them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from threading import Lock
from typing import Any, Literal

from attrs import define, evolve
from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.models import DEFAULT_ACCOUNT_ID, botocore_stubber

from . import _remote
from ._faults import Fault, FaultError, fault_from
from .lightsail.models import LightsailBackend


@define
class _Entry:
    """A fault that was scripted, and whether it has applied to any call."""

    fault: Fault
    has_applied: bool = False


class Script(BaseBackend):
    """The pending faults, for all accounts and Regions.

    It is a moto backend so that every reset of moto clears it.
    """

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self._lock: AbstractContextManager[bool] = Lock()
        self._entries: list[_Entry] = []

    @property
    def pending(self) -> list[Fault]:
        with self._lock:
            return [entry.fault for entry in self._entries]

    @property
    def never_applied(self) -> list[Fault]:
        with self._lock:
            return [entry.fault for entry in self._entries if not entry.has_applied]

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._entries.append(_Entry(fault))

    def take(self, operation: str, resource_names: Collection[str]) -> Fault | None:
        """Return the fault that applies to this call, if any, and count it as used."""
        with self._lock:
            for index, entry in enumerate(self._entries):
                fault = entry.fault
                if fault.applies_to(operation, resource_names):
                    entry.has_applied = True
                    if fault.times == 1:
                        del self._entries[index]
                    elif fault.times is not None:
                        entry.fault = evolve(fault, times=fault.times - 1)
                    return fault
        return None

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()


_scripts: BackendDict[Script] = BackendDict(
    Script, "lightsail-faults", use_boto3_regions=False, additional_regions=["aws"]
)


def script() -> Script:
    """Return the script of this process."""
    with LightsailBackend.lock:  # which a reset holds too
        return _scripts[DEFAULT_ACCOUNT_ID]["aws"]


class Faults:
    """Scripts faults for a Lightsail emulator.

    Each method adds a fault, which applies to the next ``times`` calls of an API
    operation such as ``"GetOperation"``. If ``operation`` is None, it applies to the
    next calls that it can apply to, whatever their operation. With a ``resource_name``
    it applies only to calls about the instance or snapshot of that name; a GetOperation
    call is about the resource of the operation. With ``times=None`` it applies until
    ``clear()``. At most one fault applies to a call: of those that can, the one
    scripted first. Each retry of an SDK counts as a call, and so does a call that is
    refused.

    All accounts and Regions of a process share one script. It is cleared when a
    ``mock_lightsail()`` starts or ends, and whenever moto is reset.

    Args:
        url: The URL of a ``LightsailServer`` in another process, such as
            ``http://127.0.0.1:5000``. If None, the faults are for this process.

    Every method raises FaultError if the fault can never apply, and OSError if no
    server listens at the URL.

    >>> import boto3
    >>> from lightsnap.testing import faults, mock_lightsail
    >>> with mock_lightsail():
    ...     faults.error("GetRegions", code="AccessDeniedException")
    ...     lightsail = boto3.client("lightsail", region_name="us-east-1")
    ...     try:
    ...         lightsail.get_regions()
    ...     except lightsail.exceptions.AccessDeniedException:
    ...         print("scripted")
    scripted
    """

    def __init__(self, url: str | None = None) -> None:
        self._url = _remote.check_url(url)

    def __repr__(self) -> str:
        return f"Faults({self._url!r})" if self._url else "Faults()"

    def throttle(
        self,
        operation: str | None = None,
        *,
        resource_name: str | None = None,
        times: int | None = 1,
    ) -> None:
        """Respond with ThrottlingException: Rate exceeded."""
        self._add("throttle", operation, resource_name, times)

    def server_error(
        self,
        operation: str | None = None,
        *,
        status: Literal[500, 503] = 500,
        resource_name: str | None = None,
        times: int | None = 1,
    ) -> None:
        """Respond with status 500 (InternalFailure) or 503 (ServiceUnavailable)."""
        self._add("server_error", operation, resource_name, times, status=status)

    def error(
        self,
        operation: str | None = None,
        *,
        code: str,
        message: str = "This error was scripted.",
        status: int | None = None,
        resource_name: str | None = None,
        times: int | None = 1,
    ) -> None:
        """Respond with an error, without performing the call.

        Args:
            operation: The API operation.
            code: The error code: one that the API model has for the operation, such as
                NotFoundException, or any if ``status`` is given.
            message: The error message.
            status: The HTTP status. The default is 500 for ServiceException and 400 for
                all others.
            resource_name: The resource that the calls must be about, if not None.
            times: The number of calls it applies to.
        """
        self._add(
            "error",
            operation,
            resource_name,
            times,
            code=code,
            message=message,
            status=status,
        )

    def delay(
        self,
        operation: str | None = None,
        *,
        seconds: float,
        resource_name: str | None = None,
        times: int | None = 1,
    ) -> None:
        """Perform the call, and send the response that many seconds later.

        The delay is in real time. On a server, a client with a shorter read time-out
        gets an error although the call was performed.
        """
        self._add("delay", operation, resource_name, times, seconds=seconds)

    def drop(
        self,
        operation: str | None = None,
        *,
        when: Literal["before", "after"],
        resource_name: str | None = None,
        times: int | None = 1,
    ) -> None:
        """Close the connection without a response, before or after the call is done."""
        self._add("drop", operation, resource_name, times, when=when)

    def break_off(
        self,
        operation: str | None = None,
        *,
        resource_name: str | None = None,
        times: int | None = 1,
    ) -> None:
        """Perform the call, and close the connection halfway through the response."""
        self._add("break_off", operation, resource_name, times)

    def garble(
        self,
        operation: str | None = None,
        *,
        body: str = '{"operations": [',
        resource_name: str | None = None,
        times: int | None = 1,
    ) -> None:
        """Perform the call, and respond with a body that is not valid JSON."""
        self._add("garble", operation, resource_name, times, body=body)

    def replace(
        self,
        operation: str | None = None,
        *,
        members: Mapping[str, object],
        resource_name: str | None = None,
        times: int | None = 1,
    ) -> None:
        """Replace members of each object in the response.

        Args:
            operation: The API operation.
            members: The new values by the member's name. None removes a member:
                ``{"status": "Paused", "operationDetails": None}``.
            resource_name: The resource that the calls must be about, if not None.
            times: The number of responses it applies to.
        """
        self._add("replace", operation, resource_name, times, members=members)

    def fail_operations(
        self,
        operation: str | None = None,
        *,
        error_code: str,
        error_details: str = "This failure was scripted.",
        after_polls: int | None = None,
        resource_type: str | None = None,
        resource_name: str | None = None,
        times: int | None = 1,
    ) -> None:
        """Make the operations that the call starts fail.

        A snapshot that is being created gets the state ``error``, and a new instance
        stays ``pending``.

        Args:
            operation: The API operation that starts them, such as
                ``"CreateInstanceSnapshot"``.
            error_code: Their ``errorCode``.
            error_details: Their ``errorDetails``.
            after_polls: Which poll of an operation finds it Failed; the first is 1.
                With 0, the response to the call that starts it has that status
                already. If None, it fails when it would have succeeded, by moto's
                state transitions.
            resource_type: Fail only the operations on resources of this type, such as
                ``"InstanceSnapshot"``. The others succeed. If None, all fail.
            resource_name: The resource that the calls must be about, if not None. Of
                instances that are created together, only that one fails.
            times: The number of calls it applies to.
        """
        self._add(
            "fail_operations",
            operation,
            resource_name,
            times,
            error_code=error_code,
            error_details=error_details,
            after_polls=after_polls,
            resource_type=resource_type,
        )

    def leave_unfinished(
        self,
        operation: str | None = None,
        *,
        resource_type: str | None = None,
        resource_name: str | None = None,
        times: int | None = 1,
    ) -> None:
        """Keep the operations that the call starts pending for good.

        A snapshot or instance that is being created stays ``pending``. ``operation``
        and ``resource_type`` are as for ``fail_operations``.
        """
        self._add(
            "leave_unfinished",
            operation,
            resource_name,
            times,
            resource_type=resource_type,
        )

    @property
    def pending(self) -> Sequence[Mapping[str, object]]:
        """The faults still in the script, first to last, in a server's JSON form."""
        if self._url is not None:
            pending: list[Mapping[str, object]] = self._request("GET")["faults"]
            return pending
        return [fault.to_dict() for fault in script().pending]

    @property
    def never_applied(self) -> Sequence[Mapping[str, object]]:
        """Those of the pending faults that have not applied to any call yet."""
        if self._url is not None:
            faults: list[Mapping[str, object]] = self._request("GET")["never_applied"]
            return faults
        return [fault.to_dict() for fault in script().never_applied]

    def assert_all_applied(self) -> None:
        """Check that each fault has applied to a call, at least once.

        Faults that were removed with ``clear()`` do not count.

        Raises:
            AssertionError: Some have not.
        """
        if never_applied := self.never_applied:
            faults = "; ".join(map(_describe, never_applied))
            raise AssertionError(f"these faults never applied to a call: {faults}")

    def clear(self) -> None:
        """Remove all faults from the script."""
        if self._url is not None:
            self._request("DELETE")
        else:
            script().clear()

    def _add(
        self,
        name: str,
        operation: str | None,
        resource_name: str | None,
        times: int | None,
        **arguments: Any,
    ) -> None:
        arguments |= {
            "operation": operation,
            "resource_name": resource_name,
            "times": times,
        }
        if self._url is not None:
            self._request("POST", {"fault": name, **arguments})
            return
        fault = fault_from(name, arguments)
        if not is_running():
            raise FaultError(
                "no Lightsail emulator is running in this process: script faults "
                "inside mock_lightsail(), which clears them when it starts, or "
                "with lightsail_client or lightsail_server"
            )
        script().add(fault)

    def _request(self, method: str, body: object = None) -> Any:
        try:
            return _remote.request(str(self._url), method, _remote.FAULTS_PATH, body)
        except _remote.PageError as error:
            raise FaultError(str(error)) from None


def _describe(fault: Mapping[str, object]) -> str:
    """Return a fault as the call that scripted it."""
    members = {name: value for name, value in fault.items() if value is not None}
    name = members.pop("fault")
    return f"{name}({', '.join(f'{key}={value!r}' for key, value in members.items())})"


faults: Faults = Faults()
"""Scripts faults for this process."""

running_servers: set[object] = set()
"""The running servers of this process."""


def is_running() -> bool:
    """Return whether an emulator runs in this process, as a mock or a server."""
    return botocore_stubber.enabled or bool(running_servers)
