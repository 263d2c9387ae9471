"""Map botocore's exceptions to lightsnap's.

botocore's exception becomes the ``__cause__``, unless its text would reveal a secret.
botocore is imported on first use.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from math import isfinite
from typing import TYPE_CHECKING, Any, NoReturn, cast

from lightsnap._text import describe
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
)

if TYPE_CHECKING:
    from botocore.exceptions import BotoCoreError, ClientError


def translate_error(operation_name: str, error: Exception) -> NoReturn:
    """Raise the lightsnap error for an exception that a call raised.

    An exception from the caller's own code, such as an event handler, is raised as is.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    if isinstance(error, ClientError):
        raise _api_error(error) from error
    if isinstance(error, BotoCoreError):
        if type(error.kwargs.get("error")) is ValueError:
            # A value is not valid as an HTTP header. The cause is left out because it
            # shows that value: a session token, or the signature.
            message = (
                f"{operation_name}: the credentials contain a line break or similar"
            )
            raise ConfigurationError(message) from None
        raise _botocore_error(operation_name, error) from error
    reason = describe(error)
    modules = _botocore_modules(error)
    if "parsers" in modules:
        raise malformed_response(operation_name, reason) from error
    if "credentials" in modules:
        message = f"{operation_name}: the request cannot be signed: {reason}"
        raise ConfigurationError(message) from error
    raise error


def malformed_response(
    operation_name: str, reason: str, payload: object = None
) -> MalformedResponseError:
    """Return the error for a response that cannot be read."""
    message = f"{operation_name}: the response cannot be read: {reason}"
    return MalformedResponseError(message, payload=payload)


def _botocore_modules(error: Exception) -> set[str]:
    """Return the names of the botocore modules in an exception's traceback.

    botocore's parsers and credential providers let exceptions of any type through, so
    only the traceback shows what failed.
    """
    from traceback import walk_tb

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
        retry_after=_retry_after(headers_of(response)),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def headers_of(response: Mapping[str, object]) -> Mapping[str, str]:
    """Return the HTTP headers of a response, by their lower-case names."""
    metadata: Any = response.get("ResponseMetadata") or {}
    return cast("Mapping[str, str]", metadata.get("HTTPHeaders") or {})


def http_date(text: str | None) -> datetime | None:
    """Parse an HTTP date, or return None if it is not one."""
    from email.utils import parsedate_to_datetime

    try:
        date = parsedate_to_datetime(text or "")
    except (OverflowError, ValueError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Return how long the service asks to wait before a retry, in seconds."""
    milliseconds, text = headers.get("x-amz-retry-after"), headers.get("retry-after")
    seconds: float | None = None
    try:
        if milliseconds is not None:
            seconds = float(milliseconds) / 1000
        elif text is not None:
            seconds = float(text)
    except ValueError:
        # A date, by the same clock as the Date header.
        until, date = http_date(text), http_date(headers.get("date"))
        if until and date:
            seconds = (until - date).total_seconds()
    return (
        seconds if seconds is not None and seconds >= 0 and isfinite(seconds) else None
    )


def was_retried(error: ApiError) -> bool:
    """Whether botocore retried the call before this error response."""
    response: Mapping[str, Any] = getattr(error.__cause__, "response", {})
    return bool(response.get("ResponseMetadata", {}).get("RetryAttempts"))


def was_not_sent(error: Exception) -> bool:
    """Whether a call failed before botocore sent the request."""
    from botocore.exceptions import NoCredentialsError, ParamValidationError

    if isinstance(error, TransportError):
        return not error.transient  # no TLS connection, so no request
    if isinstance(error, ConfigurationError) and error.__cause__ is None:
        return True  # raised by lightsnap, such as for a client without the method
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
    """Return botocore's message about the configuration, with advice if any."""
    advice = _ADVICE.get(type(error).__name__, "")
    return ConfigurationError(str(error).rstrip("."), advice)


def _is_certificate_failure(error: BaseException | None) -> bool:
    from ssl import SSLCertVerificationError

    while error is not None:
        if isinstance(error, SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
