"""The script of faults: those still to come, and how they get onto it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from http import HTTPStatus
from http.client import HTTPConnection
from threading import Lock
from typing import Any, Literal
from urllib.parse import urlsplit

from attrs import evolve
from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.models import DEFAULT_ACCOUNT_ID, botocore_stubber

from ._faults import Fault, FaultError, fault_from
from .lightsail.models import LightsailBackend

FAULTS_PATH = "/moto-api/lightsail/faults"
"""Where a server takes faults over HTTP."""


class Script(BaseBackend):
    """The faults still to come, for all accounts and Regions.

    A backend of moto's, so that whatever resets moto clears it.
    """

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self._lock: AbstractContextManager[bool] = Lock()
        self._faults: list[Fault] = []

    @property
    def pending(self) -> list[Fault]:
        with self._lock:
            return list(self._faults)

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._faults.append(fault)

    def take(self, operation: str) -> Fault | None:
        """Take the fault that strikes a call of that operation now, if there is one."""
        with self._lock:
            for index, fault in enumerate(self._faults):
                if fault.can_strike(operation):
                    if fault.times == 1:
                        del self._faults[index]
                    elif fault.times is not None:
                        self._faults[index] = evolve(fault, times=fault.times - 1)
                    return fault
        return None

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()


_scripts: BackendDict[Script] = BackendDict(
    Script, "lightsail-faults", use_boto3_regions=False, additional_regions=["aws"]
)


def script() -> Script:
    """The one script of this process. A reset takes the lock as well."""
    with LightsailBackend.lock:
        return _scripts[DEFAULT_ACCOUNT_ID]["aws"]


class Faults:
    """Scripts faults for an embedded Lightsail.

    Each method adds a fault that strikes the next ``times`` calls of an operation of
    Lightsail's API (``"GetOperation"``), or of any that it can strike if that is None.
    ``times=None`` means: until ``clear()``. A call meets one fault at most, the one
    scripted first of those that can strike it. An SDK's retries are calls too, and so
    are calls that are refused.

    The script is one for all accounts and Regions of a process. It is empty when a
    ``mock_lightsail()`` begins or ends, and after each reset of moto.

    Args:
        url: Where a ``LightsailServer`` answers in another process, like
            ``http://127.0.0.1:5000``. None stands for this process.

    Every method raises FaultError if the fault cannot apply, and with a URL OSError if
    nobody answers there.

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
        if url is not None and not re.fullmatch(r"http://[^/?#]+/?", url):
            message = f"{url!r} is no URL of a server: it is like http://127.0.0.1:5000"
            raise ValueError(message)
        self._url = url

    def __repr__(self) -> str:
        return f"Faults({self._url!r})" if self._url else "Faults()"

    def throttle(self, operation: str | None = None, *, times: int | None = 1) -> None:
        """Answer ThrottlingException: Rate exceeded."""
        self._add("throttle", operation, times)

    def server_error(
        self,
        operation: str | None = None,
        *,
        status: Literal[500, 503] = 500,
        times: int | None = 1,
    ) -> None:
        """Answer with HTTP status 500 (InternalFailure) or 503 (ServiceUnavailable)."""
        self._add("server_error", operation, times, status=status)

    def error(
        self,
        operation: str | None = None,
        *,
        code: str,
        message: str = "This error was scripted.",
        status: int | None = None,
        times: int | None = 1,
    ) -> None:
        """Answer with an error, and do nothing of what was asked.

        Args:
            operation: The operation whose calls it strikes.
            code: One that the model has for the operation (NotFoundException), or
                another if ``status`` is given (ExpiredTokenException).
            message: Its text.
            status: Its HTTP status. None: 500 for ServiceException, 400 for others.
            times: How many calls it strikes.
        """
        self._add("error", operation, times, code=code, message=message, status=status)

    def delay(
        self, operation: str | None = None, *, seconds: float, times: int | None = 1
    ) -> None:
        """Do what was asked, and answer that many seconds later.

        They pass for real. On a server, a client that waits less sees a read time-out,
        although what it asked for was done.
        """
        self._add("delay", operation, times, seconds=seconds)

    def drop(
        self,
        operation: str | None = None,
        *,
        when: Literal["before", "after"],
        times: int | None = 1,
    ) -> None:
        """Close the connection without an answer, before or after the work is done."""
        self._add("drop", operation, times, when=when)

    def break_off(self, operation: str | None = None, *, times: int | None = 1) -> None:
        """Do what was asked, and close the connection in the middle of the answer."""
        self._add("break_off", operation, times)

    def garble(
        self,
        operation: str | None = None,
        *,
        body: str = '{"operations": [',
        times: int | None = 1,
    ) -> None:
        """Do what was asked, and answer with a body that is not JSON."""
        self._add("garble", operation, times, body=body)

    def replace(
        self,
        operation: str | None = None,
        *,
        members: Mapping[str, object],
        times: int | None = 1,
    ) -> None:
        """Replace members in each object of the answer.

        Args:
            operation: The operation whose answers it changes.
            members: From the names of members to their new values, None to leave one
                out: ``{"status": "Paused", "operationDetails": None}`` in operations.
            times: How many answers it changes.
        """
        self._add("replace", operation, times, members=members)

    def fail_operations(
        self,
        operation: str | None = None,
        *,
        error_code: str,
        error_details: str = "This failure was scripted.",
        after_polls: int | None = None,
        resource_type: str | None = None,
        times: int | None = 1,
    ) -> None:
        """Let the operations that the call starts end as Failed.

        A snapshot in the making comes to the state ``error``, a new instance stays
        ``pending``.

        Args:
            operation: The operation of the API that starts them
                (``"CreateInstanceSnapshot"``).
            error_code: Their ``errorCode``.
            error_details: Their ``errorDetails``.
            after_polls: The number of answers about one, the answer of the call that
                started it not counted, with which it turns Failed. None: it fails when
                it would have succeeded, by moto's state transitions.
            resource_type: Only the operations on resources of that type fail
                (``"InstanceSnapshot"``), the others succeed. None: all fail.
            times: How many calls it strikes.
        """
        self._add(
            "fail_operations",
            operation,
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
        times: int | None = 1,
    ) -> None:
        """Let the operations that the call starts never end.

        A snapshot or an instance in the making stays ``pending``. ``operation`` and
        ``resource_type`` are those of ``fail_operations``.
        """
        self._add("leave_unfinished", operation, times, resource_type=resource_type)

    @property
    def pending(self) -> Sequence[Mapping[str, object]]:
        """The faults that are still to come, first to last, as a server tells them."""
        if self._url is not None:
            answer: list[Mapping[str, object]] = self._request("GET")["faults"]
            return answer
        return [fault.to_dict() for fault in script().pending]

    def clear(self) -> None:
        """Forget the faults that are still to come."""
        if self._url is not None:
            self._request("DELETE")
        else:
            script().clear()

    def _add(
        self, name: str, operation: str | None, times: int | None, **arguments: Any
    ) -> None:
        arguments |= {"operation": operation, "times": times}
        if self._url is not None:
            self._request("POST", {"fault": name, **arguments})
            return
        fault = fault_from(name, arguments)
        if not is_running():
            raise FaultError(
                "no embedded Lightsail is running in this process: script faults "
                "inside mock_lightsail(), whose beginning clears them, or beside "
                "lightsail_client or lightsail_server"
            )
        script().add(fault)

    def _request(self, method: str, body: object = None) -> Any:
        url = urlsplit(str(self._url))
        connection = HTTPConnection(url.hostname or "", url.port, timeout=30)
        try:
            connection.request(method, FAULTS_PATH, json.dumps(body))
            response = connection.getresponse()
            text = response.read()
        finally:
            connection.close()
        try:
            answer = json.loads(text)
            if response.status == HTTPStatus.OK:
                return answer
            reason = answer["error"]
        except (ValueError, LookupError, TypeError):
            reason = f"{self._url} takes no faults: it answers with {response.status}"
        raise FaultError(reason)


faults: Faults = Faults()
"""Scripts faults in this process."""

running_servers: set[object] = set()
"""The servers of this process that are running."""


def is_running() -> bool:
    """Whether a Lightsail answers in this process, through a mock or a server."""
    return botocore_stubber.enabled or bool(running_servers)
