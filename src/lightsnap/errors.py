"""The exceptions that lightsnap raises.

Exceptions that carry values are defined beside them: ``WaitError`` and
``WaitFailedError`` in ``_model/operations.py``, the other wait errors in
``_wait/errors.py``, and ``BackupError`` in ``_backups/report.py``.

::

    LightsnapError
    ├── ConstraintError (ValueError)          the request breaks a known rule
    ├── ConfigurationError                    no region, no credentials, ...
    ├── TransportError (ConnectionError)      no response from the service
    ├── ApiError                              the service returned an error
    │   ├── AccessDeniedError
    │   ├── AccountSetupInProgressError
    │   ├── InvalidInputError
    │   ├── NotFoundError
    │   ├── OperationFailureError
    │   ├── RegionSetupInProgressError
    │   ├── ServiceError
    │   ├── ThrottlingError
    │   └── UnauthenticatedError
    ├── MalformedResponseError                a response that cannot be parsed
    ├── ResumeError (ValueError)              a stored wait that cannot be resumed
    ├── SnapshotChangedError                  the name belongs to another snapshot
    ├── BackupError                           a backup that did not succeed everywhere
    └── WaitError                             a wait that did not succeed
        ├── WaitFailedError                   an operation failed
        ├── WaitTimeoutError (TimeoutError)   ``timeout`` passed
        ├── WaitCancelledError                the caller's ``cancel`` was set
        ├── WaitInterruptedError              a permanent error
        └── SnapshotFailedError               the snapshot is in state ``error``

Every error can be pickled with its attributes (a WaitInterruptedError if its ``reason``
can). As always with pickle, ``__cause__`` and the traceback are lost.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import NoneType
from typing import Literal, TypeAlias, TypeVar

from attrs import frozen

from lightsnap._escape import printable

_E = TypeVar("_E", bound="LightsnapError")


class LightsnapError(Exception):
    """The base class of lightsnap's exceptions.

    As text (``str``), an error is one line that is safe to log and to print: control
    characters, which a response or a name may contain, are escaped. Attributes, such as
    the ``message`` of an ``ApiError``, hold the text unchanged.
    """

    def __str__(self) -> str:
        return printable(super().__str__())

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions pickle by positional arguments; these constructors have keywords.
        return _restore, (type(self), self.args, self.__dict__)


def _restore(
    error_type: type[_E], args: tuple[object, ...], attributes: dict[str, object]
) -> _E:
    error = error_type.__new__(error_type)
    error.args = args
    error.__dict__.update(attributes)
    return error


Rule: TypeAlias = Literal[
    "length",
    "characters",
    "reserved-prefix",
    "duplicate",
    "count",
    "type",
    "required",
    "syntax",
]
"""The kind of a constraint."""


@frozen
class Violation:
    """One way in which a request breaks a constraint."""

    path: str
    """The path of the wrong value, such as ``tags[3].key`` or ``instance_name``."""
    rule: Rule
    """The kind of constraint that it breaks."""
    problem: str
    """What is wrong, to follow the path in a sentence, such as ``is missing``."""
    advice: str = ""
    """What to do, such as ``give a name``; empty if that is obvious."""

    @property
    def message(self) -> str:
        """The path, the problem and the advice as one sentence, safe to print."""
        return self.sentence(self.path)

    def sentence(self, path: str, advice: str | None = None) -> str:
        """Return ``message`` with another path, for readers who know the value by it.

        Args:
            path: The path for those readers, such as ``--tags[3].key``.
            advice: The advice for those readers; by default ``self.advice``.
        """
        advice = self.advice if advice is None else advice
        sentence = f"{path} {self.problem}"
        return printable(f"{sentence}: {advice}" if advice else sentence)


def type_violation(path: str, value: object, expected: str) -> Violation:
    """Return the violation for a value of the wrong type.

    It names the type, never the value, which may be secret.
    """
    problem = f"is of type {type(value).__name__}"
    return Violation(path, "type", problem, f"give {expected}")


def wrong_type(name: str, value: object, expected: str) -> str:
    """Return the message for an argument of the wrong type."""
    return type_violation(name, value, expected).message


def require(
    name: str, value: object, types: type | tuple[type, ...], expected: str
) -> None:
    """Raise a TypeError unless an argument is of one of the types."""
    if not isinstance(value, types):
        raise TypeError(wrong_type(name, value, expected))


_TEXT_OR_NONE = (str, NoneType)


class ConstraintError(LightsnapError, ValueError):
    """The input breaks known constraints of the service; nothing was sent.

    Args:
        violations: Every violation.

    Raises:
        TypeError: ``violations`` contains something other than a Violation.
    """

    violations: tuple[Violation, ...]
    """Every violation, with its path."""

    def __init__(self, violations: Iterable[Violation]) -> None:
        self.violations = tuple(violations)
        for each in self.violations:
            require("violations", each, Violation, "an iterable of Violation")
        super().__init__("; ".join(violation.message for violation in self.violations))


class ConfigurationError(LightsnapError):
    """The configuration is wrong: no Region, no credentials, an unknown profile.

    If botocore raised an exception, it is the ``__cause__``, unless its text would show
    a secret.

    Args:
        problem: What is wrong.
        advice: What to do about it.
        transient: Whether a retry may succeed.

    Raises:
        TypeError: An argument has a wrong type.
    """

    problem: str
    """What is wrong."""
    advice: str
    """What to do about it; empty if that is obvious."""

    transient: bool
    """Whether a retry may succeed, as when credentials that had worked could not be
    refreshed."""

    def __init__(
        self, problem: str, advice: str = "", *, transient: bool = False
    ) -> None:
        require("problem", problem, str, "text")
        require("advice", advice, str, "text")
        require("transient", transient, bool, "a bool")
        self.problem = problem
        self.advice = advice
        self.transient = transient
        super().__init__(f"{problem}: {advice}" if advice else problem)


class TransportError(LightsnapError, ConnectionError):
    """No response arrived. The service may have received the request.

    A create, a copy and a restore say so if nothing was sent. botocore's exception is
    the ``__cause__``, unless its text would show a secret.

    Args:
        message: What went wrong.
        transient: Whether a retry may succeed.

    Raises:
        TypeError: ``message`` is not text, or ``transient`` not a bool.
    """

    transient: bool
    """Whether a retry may succeed, as after a time-out or a dropped connection, but not
    after a certificate that cannot be verified."""

    def __init__(self, message: str, *, transient: bool = True) -> None:
        require("message", message, str, "text")
        require("transient", transient, bool, "a bool")
        self.transient = transient
        super().__init__(message)


class ApiError(LightsnapError):
    """The service returned an error response.

    botocore's ``ClientError`` is the ``__cause__``. The arguments are the attributes.

    Raises:
        TypeError: An argument has a wrong type.

    Source: the errors of every API operation in the Lightsail API reference.
    """

    code: str
    """The error code as botocore names it, such as ``NotFoundException``."""
    message: str
    """The service's message."""
    tip: str | None
    """The service's advice."""
    docs: str | None
    """A link to the service's documentation."""
    status_code: int | None
    """The HTTP status. AWS's documents disagree on it; prefer the class or the code."""
    request_id: str | None
    """The request ID to give to AWS Support."""
    operation_name: str | None
    """The API operation, such as ``CreateInstanceSnapshot``."""
    retry_after: float | None
    """The number of seconds after which the service asks to retry."""

    def __init__(
        self,
        *,
        code: str,
        message: str,
        tip: str | None = None,
        docs: str | None = None,
        status_code: int | None = None,
        request_id: str | None = None,
        operation_name: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        require("code", code, str, "text")
        require("message", message, str, "text")
        require("tip", tip, _TEXT_OR_NONE, "text or None")
        require("docs", docs, _TEXT_OR_NONE, "text or None")
        require("status_code", status_code, (int, NoneType), "an int or None")
        require("request_id", request_id, _TEXT_OR_NONE, "text or None")
        require("operation_name", operation_name, _TEXT_OR_NONE, "text or None")
        require("retry_after", retry_after, (int, float, NoneType), "seconds or None")
        self.code = code
        self.message = message
        self.tip = tip
        self.docs = docs
        self.status_code = status_code
        self.request_id = request_id
        self.operation_name = operation_name
        self.retry_after = retry_after
        where = f"{operation_name}: " if operation_name else ""
        advice = f" ({tip})" if tip else ""
        super().__init__(f"{where}{code}: {message}{advice}")


class AccessDeniedError(ApiError):
    """The credentials are valid but do not permit the call."""


class AccountSetupInProgressError(ApiError):
    """The account is still being set up for Lightsail."""


class InvalidInputError(ApiError):
    """The service refused the input. A name already in use is reported so too."""


class NotFoundError(ApiError):
    """The Region has no resource or operation of that name or id."""


class OperationFailureError(ApiError):
    """The service could not carry out the operation."""


class RegionSetupInProgressError(ApiError):
    """The Region is still being set up for the account."""


class ServiceError(ApiError):
    """The service failed, or the call timed out there.

    ServiceException, RequestTimeout, and HTTP 408 or 5xx with an unknown code.
    """


class ThrottlingError(ApiError):
    """Too many calls in a short time; also HTTP 429 with an unknown code."""


class UnauthenticatedError(ApiError):
    """The credentials are wrong, expired or unknown, or the clock is wrong."""


class MalformedResponseError(LightsnapError):
    """The service returned a response that cannot be parsed.

    Args:
        message: What is wrong with the response.
        payload: The response.

    Raises:
        TypeError: ``message`` is not text.
    """

    payload: object
    """The response, or None if botocore could not parse it."""

    def __init__(self, message: str, *, payload: object = None) -> None:
        require("message", message, str, "text")
        self.payload = payload
        super().__init__(message)


class ResumeError(LightsnapError, ValueError):
    """A stored wait cannot be resumed.

    It is damaged, or from a newer lightsnap.
    """


# Messages of the service for errors that pass. Source: Terraform's provider retries on
# the same texts.
_TRANSIENT_MESSAGES = (
    "try again in a few minutes",
    "wait for it to complete before trying again",
)


def is_transient(error: Exception) -> bool:
    """Whether the same call may succeed later.

    Includes Python's ConnectionError and TimeoutError, which functions given to an
    ``OperationWaiter`` may raise.
    """
    if isinstance(error, (ConfigurationError, TransportError)):
        return error.transient
    if isinstance(error, InvalidInputError):
        message = error.message.lower()
        return any(text in message for text in _TRANSIENT_MESSAGES)
    return isinstance(
        error,
        (
            ConnectionError,
            MalformedResponseError,
            ServiceError,
            ThrottlingError,
            TimeoutError,
        ),
    )
