"""The edge to botocore: what lightsnap calls of its client, and what comes back.

Everything that botocore raises leaves here as an error of lightsnap's, with botocore's
own as its ``__cause__``. botocore is loaded when the first call needs it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from math import isfinite
from traceback import walk_tb
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, cast

from attrs import frozen

from lightsnap._wire import WireModel
from lightsnap.errors import (
    AccessDeniedError,
    AccountSetupInProgressError,
    ApiError,
    ConfigurationError,
    InvalidInputError,
    LightsnapError,
    MalformedResponseError,
    NotFoundError,
    OperationFailureError,
    RegionSetupInProgressError,
    ServiceError,
    ThrottlingError,
    TransportError,
    UnauthenticatedError,
    in_words,
)
from lightsnap.models import InstanceSnapshot, Operation, Operations

if TYPE_CHECKING:
    from botocore.exceptions import BotoCoreError, ClientError


class LightsailClient(Protocol):
    """What lightsnap calls of a boto3 Lightsail client."""

    def create_instance_snapshot(
        self,
        *,
        instanceSnapshotName: str,  # noqa: N803 (AWS's own name)
        instanceName: str,  # noqa: N803
        tags: Sequence[Any] = ...,
    ) -> Mapping[str, object]:
        """Call CreateInstanceSnapshot."""
        ...

    def get_operation(
        self,
        *,
        operationId: str,  # noqa: N803
    ) -> Mapping[str, object]:
        """Call GetOperation."""
        ...

    def get_instance_snapshot(
        self,
        *,
        instanceSnapshotName: str,  # noqa: N803
    ) -> Mapping[str, object]:
        """Call GetInstanceSnapshot."""
        ...

    def get_operations_for_resource(
        self,
        *,
        resourceName: str,  # noqa: N803
    ) -> Mapping[str, object]:
        """Call GetOperationsForResource."""
        ...


class AsyncLightsailClient(Protocol):
    """What lightsnap calls of an aiobotocore Lightsail client."""

    async def create_instance_snapshot(
        self,
        *,
        instanceSnapshotName: str,  # noqa: N803
        instanceName: str,  # noqa: N803
        tags: Sequence[Any] = ...,
    ) -> Mapping[str, object]:
        """Call CreateInstanceSnapshot."""
        ...

    async def get_operation(
        self,
        *,
        operationId: str,  # noqa: N803
    ) -> Mapping[str, object]:
        """Call GetOperation."""
        ...

    async def get_instance_snapshot(
        self,
        *,
        instanceSnapshotName: str,  # noqa: N803
    ) -> Mapping[str, object]:
        """Call GetInstanceSnapshot."""
        ...

    async def get_operations_for_resource(
        self,
        *,
        resourceName: str,  # noqa: N803
    ) -> Mapping[str, object]:
        """Call GetOperationsForResource."""
        ...


_Answer = TypeVar("_Answer")


@frozen
class ApiCall(Generic[_Answer]):
    """A call of Lightsail's API: what is sent, and how its answer is read.

    Attributes:
        operation_name: The API operation, such as ``GetOperation``.
        method_name: The method of a client that calls it.
        members: The members of the request, under AWS's own names.
        read: From the answer to what is wanted of it; raises MalformedResponseError.
    """

    operation_name: str
    method_name: str
    members: Mapping[str, object]
    read: Callable[[Mapping[str, object]], _Answer]


def call(lightsail: LightsailClient, api_call: ApiCall[_Answer]) -> _Answer:
    """Make a call and read its answer.

    Raises:
        ApiError: The service answered with an error.
        ConfigurationError: There are no credentials, or the like.
        MalformedResponseError: The answer cannot be read.
        TransportError: No answer came.
    """
    with _errors_of(api_call):
        answer = getattr(lightsail, api_call.method_name)(**api_call.members)
        return _read(api_call, answer)


async def call_async(
    lightsail: AsyncLightsailClient, api_call: ApiCall[_Answer]
) -> _Answer:
    """Make a call and read its answer: ``call``, awaitable."""
    with _errors_of(api_call):
        answer = await getattr(lightsail, api_call.method_name)(**api_call.members)
        return _read(api_call, answer)


def create_instance_snapshot(members: Mapping[str, object]) -> ApiCall[Operations]:
    """Ask for a snapshot; the answer is the operations that make it."""
    name = "CreateInstanceSnapshot"
    return ApiCall(name, "create_instance_snapshot", members, _read_created)


def get_operation(operation_id: str) -> ApiCall[Operation]:
    """Look an operation up."""
    members = {"operationId": operation_id}
    return ApiCall("GetOperation", "get_operation", members, _read_operation)


def get_instance_snapshot(instance_snapshot_name: str) -> ApiCall[InstanceSnapshot]:
    """Look a snapshot up."""
    members = {"instanceSnapshotName": instance_snapshot_name}
    name = "GetInstanceSnapshot"
    return ApiCall(name, "get_instance_snapshot", members, _read_instance_snapshot)


@frozen
class ResourceOperations:
    """The operations of a resource.

    Attributes:
        operations: Those on the first page of the answer.
        date: When the service answered, by its own clock, to the second; None where
            the answer does not tell.
    """

    operations: Operations
    date: datetime | None


def get_operations_for_resource(resource_name: str) -> ApiCall[ResourceOperations]:
    """Look up what was done and is being done with a resource."""
    members = {"resourceName": resource_name}
    name, method_name = "GetOperationsForResource", "get_operations_for_resource"
    return ApiCall(name, method_name, members, _read_resource_operations)


@frozen
class _OperationAnswer(WireModel):
    operation: Operation


@frozen
class _InstanceSnapshotAnswer(WireModel):
    instance_snapshot: InstanceSnapshot


def _read_created(answer: Mapping[str, object]) -> Operations:
    operations = Operations.from_dict(answer)
    if not operations:
        raise MalformedResponseError("Operations.operations is empty", payload=answer)
    return operations


def _read_operation(answer: Mapping[str, object]) -> Operation:
    return _OperationAnswer.from_dict(answer).operation


def _read_instance_snapshot(answer: Mapping[str, object]) -> InstanceSnapshot:
    return _InstanceSnapshotAnswer.from_dict(answer).instance_snapshot


def _read_resource_operations(answer: Mapping[str, object]) -> ResourceOperations:
    date = _http_date(_headers(answer).get("date"))
    return ResourceOperations(Operations.from_dict(answer), date)


def _read(api_call: ApiCall[_Answer], answer: Mapping[str, object]) -> _Answer:
    try:
        return api_call.read(answer)
    except MalformedResponseError as error:
        raise _unreadable(api_call.operation_name, str(error), answer) from None


@contextmanager
def _errors_of(api_call: ApiCall[Any]) -> Generator[None, None, None]:
    """Let the errors of a call leave as errors of lightsnap's."""
    from botocore.exceptions import BotoCoreError, ClientError

    operation_name = api_call.operation_name
    try:
        yield
    except LightsnapError:
        raise
    except ClientError as error:
        raise _api_error(error) from error
    except BotoCoreError as error:
        raise _botocore_error(operation_name, error) from error
    except Exception as error:
        told = in_words(error)
        came_through = _botocore_modules(error)
        if "parsers" in came_through:
            raise _unreadable(operation_name, told) from error
        if "credentials" in came_through:
            message = f"{operation_name}: the request cannot be signed: {told}"
            raise ConfigurationError(message) from error
        raise  # from code of the caller's own, such as an event handler


def _unreadable(
    operation_name: str, told: str, payload: object = None
) -> MalformedResponseError:
    message = f"{operation_name}: the answer cannot be read: {told}"
    return MalformedResponseError(message, payload=payload)


def _botocore_modules(error: Exception) -> set[str]:
    """The modules of botocore that an exception came through.

    Of an answer in another form, botocore's parsers let out whatever Python raises, and
    so do its providers of credentials: where it comes from tells what it means.
    """
    names = (
        str(frame.f_globals.get("__name__"))
        for frame, _ in walk_tb(error.__traceback__)
    )
    return {name.rpartition(".")[2] for name in names if "botocore" in name}


_API_ERRORS: dict[str, type[ApiError]] = {
    "AccessDenied": AccessDeniedError,
    "AccessDeniedException": AccessDeniedError,
    "AccountSetupInProgressException": AccountSetupInProgressError,
    "InvalidInputException": InvalidInputError,
    "NotFoundException": NotFoundError,
    "OperationFailureException": OperationFailureError,
    "RegionSetupInProgressException": RegionSetupInProgressError,
    **dict.fromkeys(
        (
            "PriorRequestNotComplete",
            "RequestTimeout",
            "RequestTimeoutException",
            "ServiceException",
        ),
        ServiceError,
    ),
    **dict.fromkeys(
        (
            "BandwidthLimitExceeded",
            "EC2ThrottledException",
            "LimitExceededException",
            "ProvisionedThroughputExceededException",
            "RequestLimitExceeded",
            "RequestThrottled",
            "RequestThrottledException",
            "SlowDown",
            "Throttling",
            "ThrottledException",
            "ThrottlingException",
            "TooManyRequestsException",
            "TransactionInProgressException",
        ),
        ThrottlingError,
    ),
    **dict.fromkeys(
        (
            "AuthFailure",
            "ExpiredToken",
            "ExpiredTokenException",
            "IncompleteSignature",
            "IncompleteSignatureException",
            "InvalidAccessKeyId",
            "InvalidClientTokenId",
            "InvalidSignatureException",
            "InvalidToken",
            "MissingAuthenticationToken",
            "MissingAuthenticationTokenException",
            "RequestExpired",
            "RequestTimeTooSkewed",
            "SignatureDoesNotMatch",
            "TokenRefreshRequired",
            "UnauthenticatedException",
            "UnrecognizedClient",
            "UnrecognizedClientException",
        ),
        UnauthenticatedError,
    ),
}
_REQUEST_TIMEOUT = 408
_TOO_MANY_REQUESTS = 429
_FIRST_SERVER_ERROR = 500

_ADVICE = {
    "NoRegionError": "give region_name, or set AWS_DEFAULT_REGION",
    "NoCredentialsError": (
        "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give a profile_name or a "
        "session that has some"
    ),
    "ProfileNotFound": "correct profile_name, AWS_PROFILE, or the AWS config file",
}


def _api_error(error: ClientError) -> ApiError:
    response: Mapping[str, Any] = error.response
    described = response.get("Error", {})
    metadata = response.get("ResponseMetadata", {})
    code = described.get("Code") or "Unknown"
    status_code = metadata.get("HTTPStatusCode")
    error_type = _API_ERRORS.get(code, ApiError)
    if error_type is ApiError and status_code == _TOO_MANY_REQUESTS:
        error_type = ThrottlingError
    elif error_type is ApiError and (
        status_code == _REQUEST_TIMEOUT or (status_code or 0) >= _FIRST_SERVER_ERROR
    ):
        error_type = ServiceError
    return error_type(
        code=code,
        message=_text(described.get("Message")) or "no message",
        tip=_text(response.get("tip")),
        docs=_text(response.get("docs")),
        status_code=status_code,
        request_id=metadata.get("RequestId"),
        operation_name=error.operation_name,
        retry_after=_retry_after(_headers(response)),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _headers(answer: Mapping[str, object]) -> Mapping[str, str]:
    """The HTTP headers of an answer, under their names in lower case."""
    metadata: Any = answer.get("ResponseMetadata") or {}
    return cast("Mapping[str, str]", metadata.get("HTTPHeaders") or {})


def _http_date(text: str | None) -> datetime | None:
    from email.utils import parsedate_to_datetime

    try:
        date = parsedate_to_datetime(text or "")
    except (OverflowError, ValueError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds that the service asks to be left alone."""
    milliseconds, text = headers.get("x-amz-retry-after"), headers.get("retry-after")
    seconds: float | None = None
    try:
        if milliseconds is not None:
            seconds = float(milliseconds) / 1000
        elif text is not None:
            seconds = float(text)
    except ValueError:
        # A time instead, by the service's clock; so is the Date.
        until, date = _http_date(text), _http_date(headers.get("date"))
        if until and date:
            seconds = (until - date).total_seconds()
    return (
        seconds if seconds is not None and seconds >= 0 and isfinite(seconds) else None
    )


def region_of(lightsail: object) -> str | None:
    """The Region that a client asks, or None where it does not tell."""
    return getattr(getattr(lightsail, "meta", None), "region_name", None)


def was_retried(error: ApiError) -> bool:
    """Whether botocore had made the call before, and got no answer that it took."""
    response: Mapping[str, Any] = getattr(error.__cause__, "response", {})
    return bool(response.get("ResponseMetadata", {}).get("RetryAttempts"))


def was_not_sent(error: Exception) -> bool:
    """Whether a call failed before botocore could send anything."""
    from botocore.exceptions import NoCredentialsError, ParamValidationError

    if isinstance(error, TransportError):
        return not error.transient  # no TLS, no request
    return isinstance(error.__cause__, (NoCredentialsError, ParamValidationError))


def _botocore_error(operation_name: str, error: BotoCoreError) -> LightsnapError:
    from botocore.exceptions import ConnectionError as ConnectionFailure
    from botocore.exceptions import HTTPClientError

    if isinstance(error, (ConnectionFailure, HTTPClientError)):
        return TransportError(
            f"{operation_name}: {error}", transient=not _is_certificate_failure(error)
        )
    return configuration_error(error)


def configuration_error(error: BotoCoreError) -> ConfigurationError:
    """Say what botocore says of the settings, and what to do about it."""
    advice = _ADVICE.get(type(error).__name__)
    message = str(error).rstrip(".")
    return ConfigurationError(f"{message}: {advice}" if advice else message)


def _is_certificate_failure(error: BaseException | None) -> bool:
    from ssl import SSLCertVerificationError

    while error is not None:
        if isinstance(error, SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
