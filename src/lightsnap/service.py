"""The edge to botocore: what lightsnap calls of its client, and what comes back.

Everything that botocore raises leaves here as an error of lightsnap's, with botocore's
own as its ``__cause__``. botocore is loaded when the first call needs it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from traceback import walk_tb
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

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
from lightsnap.models import InstanceSnapshot, Operation

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


@frozen
class GetOperationResult(WireModel):
    """The answer of GetOperation."""

    operation: Operation


@frozen
class GetInstanceSnapshotResult(WireModel):
    """The answer of GetInstanceSnapshot."""

    instance_snapshot: InstanceSnapshot


_Answer = TypeVar("_Answer", bound=WireModel)


def call(
    operation_name: str,
    method: Callable[..., Mapping[str, object]],
    answer_type: type[_Answer],
    **members: object,
) -> _Answer:
    """Call a method of a boto3 client and read its answer.

    Raises:
        ApiError: The service answered with an error.
        ConfigurationError: There are no credentials, or the like.
        MalformedResponseError: The answer cannot be read.
        TransportError: No answer came.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        answer = method(**members)
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
    try:
        return answer_type.from_dict(answer)
    except MalformedResponseError as error:
        raise _unreadable(operation_name, str(error), answer) from None


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
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


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
