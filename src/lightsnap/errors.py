"""The tree of errors: everything lightsnap raises by intent.

Those that carry values are defined with them: ``WaitError`` and ``WaitFailedError``
in ``_model/operations.py``, the other wait errors in ``_wait/errors.py``.

::

    LightsnapError
    ├── ConstraintError (ValueError)          the request breaks a known rule
    ├── ConfigurationError                    no region, no credentials, ...
    ├── TransportError (ConnectionError)      no answer from the service
    ├── ApiError                              the service answered with an error
    │   ├── AccessDeniedError
    │   ├── AccountSetupInProgressError
    │   ├── InvalidInputError
    │   ├── NotFoundError
    │   ├── OperationFailureError
    │   ├── RegionSetupInProgressError
    │   ├── ServiceError
    │   ├── ThrottlingError
    │   └── UnauthenticatedError
    ├── MalformedResponseError                an answer that cannot be read
    ├── ResumeError (ValueError)              a stored wait that cannot be taken up
    └── WaitError                             a wait that did not end in success
        ├── WaitFailedError                   an operation failed
        ├── WaitTimeoutError (TimeoutError)   ``timeout`` passed first
        ├── WaitCancelledError                the caller's ``cancel`` was set
        ├── WaitInterruptedError              an error that waiting does not fix
        └── SnapshotFailedError               the snapshot is in state ``error``

Every error pickles with its attributes (a WaitInterruptedError if its ``reason`` does);
as always with pickle, ``__cause__`` and the traceback stay behind.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias, TypeVar

from attrs import frozen

_E = TypeVar("_E", bound="LightsnapError")


class LightsnapError(Exception):
    """The base of all errors of lightsnap."""

    def __reduce__(self) -> tuple[object, ...]:
        # The constructors take keywords, which pickle's default does not know of.
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
"""The kind of rule that was broken."""


@frozen
class Violation:
    """One thing that is wrong with a request.

    Attributes:
        path: Where, like ``tags[3].key`` or ``instance_snapshot_name``.
        rule: The kind of rule that it breaks.
        problem: What is wrong there, to be read after the path: ``is missing``.
        advice: What would be right, like ``give a name``; empty if that is plain.
    """

    path: str
    rule: Rule
    problem: str
    advice: str = ""

    @property
    def message(self) -> str:
        """What is wrong and what would be right, in a sentence with the path."""
        return self.sentence(self.path)

    def sentence(self, path: str, advice: str | None = None) -> str:
        """Return ``message`` for a reader who knows the place by another path.

        Args:
            path: What the reader calls the place, such as ``--tags[3].key``.
            advice: What would be right, in the reader's terms; by default as it is.
        """
        advice = self.advice if advice is None else advice
        sentence = f"{path} {self.problem}"
        return f"{sentence}: {advice}" if advice else sentence


class ConstraintError(LightsnapError, ValueError):
    """Input that the service is known to refuse; nothing was sent.

    Attributes:
        violations: All that is wrong with it, each with its path.
    """

    def __init__(self, violations: Iterable[Violation]) -> None:
        self.violations: tuple[Violation, ...] = tuple(violations)
        super().__init__("; ".join(violation.message for violation in self.violations))


class ConfigurationError(LightsnapError):
    """No Region, no credentials, an unknown profile, a bad endpoint and the like.

    Where botocore raised something, that is the ``__cause__``.

    Attributes:
        problem: What is wrong.
        advice: What to do about it; empty if that is plain.
    """

    def __init__(self, problem: str, advice: str = "") -> None:
        self.problem = problem
        self.advice = advice
        super().__init__(f"{problem}: {advice}" if advice else problem)


class TransportError(LightsnapError, ConnectionError):
    """No answer came from the service, so what it did is unknown.

    botocore's own exception is the ``__cause__``.

    Attributes:
        transient: Whether trying again may help. A certificate that does not verify
            is not transient; a time-out or a dropped connection is.
    """

    def __init__(self, message: str, *, transient: bool = True) -> None:
        self.transient = transient
        super().__init__(message)


class ApiError(LightsnapError):
    """The service answered with an error.

    botocore's ``ClientError`` is the ``__cause__``.

    Attributes:
        code: The error's code, as botocore names it: ``NotFoundException``.
        message: The service's own words.
        tip: The service's advice, or None.
        docs: A link to the service's documentation, or None.
        status_code: The HTTP status, or None. AWS's own sources disagree on these:
            go by the class of the error or its code.
        request_id: What AWS's support asks for, or None.
        operation_name: The API operation, such as ``CreateInstanceSnapshot``, or None.
        retry_after: The seconds that the service asks to be left alone, or None.

    Source: the errors of every action in the Lightsail API reference.
    """

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
    """The credentials are valid and do not permit the call."""


class AccountSetupInProgressError(ApiError):
    """The account is still being set up for Lightsail."""


class InvalidInputError(ApiError):
    """The service refused the input; so it answers a name in use as well."""


class NotFoundError(ApiError):
    """There is no resource or operation of that name or id in this Region."""


class OperationFailureError(ApiError):
    """The service could not carry out the operation."""


class RegionSetupInProgressError(ApiError):
    """The Region is still being set up for the account."""


class ServiceError(ApiError):
    """A fault on the service's side, or a call that it timed out.

    ServiceException, RequestTimeout, and HTTP 408 or 5xx under an unknown code.
    """


class ThrottlingError(ApiError):
    """Too many calls in a short time; also HTTP 429 under an unknown code."""


class UnauthenticatedError(ApiError):
    """The credentials are wrong, expired or not known, or the clock is off."""


class MalformedResponseError(LightsnapError):
    """The service answered with something that cannot be read.

    Attributes:
        payload: What could not be read, or None where botocore could not parse it.
    """

    def __init__(self, message: str, *, payload: object = None) -> None:
        self.payload = payload
        super().__init__(message)


class ResumeError(LightsnapError, ValueError):
    """A stored wait that cannot be taken up.

    It is damaged, from a newer lightsnap, or from another Region than the client's.
    """


# What the service says when it refuses something for the moment only, as in
# "Please try again in a few minutes". Source: Terraform tries again on these texts.
_FOR_THE_MOMENT = (
    "try again in a few minutes",
    "wait for it to complete before trying again",
)


def is_transient(error: Exception) -> bool:
    """Whether the same call may well go through later.

    Python's own ConnectionError and TimeoutError count as well, for callers who look
    operations up by other means than botocore.
    """
    if isinstance(error, TransportError):
        return error.transient
    if isinstance(error, InvalidInputError):
        message = error.message.lower()
        return any(text in message for text in _FOR_THE_MOMENT)
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
