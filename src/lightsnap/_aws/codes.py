"""Which error class an error response belongs to, by its code and HTTP status."""

from __future__ import annotations

from lightsnap.errors import (
    AccessDeniedError,
    AccountSetupInProgressError,
    ApiError,
    InvalidInputError,
    NotFoundError,
    OperationFailureError,
    RegionSetupInProgressError,
    ServiceError,
    ThrottlingError,
    UnauthenticatedError,
)

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
_NOT_IMPLEMENTED = 501


def error_type(code: str, status_code: int | None) -> type[ApiError]:
    """Return the class of an error response. The status decides for unknown codes."""
    if code in _API_ERRORS:
        return _API_ERRORS[code]
    status = status_code or 0
    if status == _TOO_MANY_REQUESTS:
        return ThrottlingError
    if status == _REQUEST_TIMEOUT or (
        status >= _FIRST_SERVER_ERROR and status != _NOT_IMPLEMENTED
    ):
        return ServiceError
    return ApiError
