"""The edge to botocore: the client that lightsnap calls, and what comes back from it.

Everything that botocore raises leaves here as an error of lightsnap's, with botocore's
own as its ``__cause__``. botocore is loaded when the first call needs it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, cast

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
    from boto3.session import Session
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

# So short that one call, botocore's retries included, cannot outlast a wait by minutes.
_CONNECT_TIMEOUT = 5
_READ_TIMEOUT = 15


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


class ClosableClient(LightsailClient, Protocol):
    """A client of our own making, which we close as well."""

    def close(self) -> None:
        """Close its connections."""
        ...


def build_client(
    *,
    session: Session | None,
    region_name: str | None,
    profile_name: str | None,
    endpoint_url: str | None,
    config: Config | None,
) -> ClosableClient:
    """Build a client from a boto3 session, or from botocore's configuration.

    Raises:
        ConfigurationError: There is no Region, the profile is not known, or the like.
    """
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError
    from botocore.session import Session as BotocoreSession

    from lightsnap import __version__

    defaults = Config(
        connect_timeout=_CONNECT_TIMEOUT,
        read_timeout=_READ_TIMEOUT,
        user_agent_extra=f"lightsnap/{__version__}",
    )
    settings: dict[str, Any] = {
        "region_name": region_name,
        "endpoint_url": endpoint_url,
        "config": defaults.merge(config) if config else defaults,
    }
    try:
        if session is None:
            botocore_session = BotocoreSession(profile=profile_name)
            client = botocore_session.create_client("lightsail", **settings)
        else:
            client = cast("Any", session).client("lightsail", **settings)
    except BotoCoreError as error:
        raise _configuration_error(error) from error
    except ValueError as error:  # botocore's answer to a bad endpoint URL
        raise ConfigurationError(str(error)) from error
    return cast("ClosableClient", client)


def call(
    operation_name: str, method: Callable[..., Mapping[str, object]], **members: object
) -> Mapping[str, object]:
    """Call a method of a boto3 client.

    Raises:
        ApiError: The service answered with an error.
        ConfigurationError: There are no credentials, or the like.
        MalformedResponseError: botocore could not read the answer.
        TransportError: No answer came.
    """
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    try:
        return method(**members)
    except ClientError as error:
        raise _api_error(error) from error
    except BotoCoreError as error:
        raise _botocore_error(operation_name, error) from error
    except (*_UNREADABLE, ResponseParserError) as error:
        if "refreshed credentials are still expired" in str(error):
            raise ConfigurationError(str(error)) from error
        message = f"{operation_name}: the answer cannot be read: {error!r:.200}"
        raise MalformedResponseError(message) from error


# botocore's parsers let these out when an answer is not of the form that they expect.
_UNREADABLE = (
    AttributeError,
    LookupError,
    OverflowError,
    RuntimeError,
    TypeError,
    ValueError,
)

_API_ERRORS: dict[str, type[ApiError]] = {
    "AccessDenied": AccessDeniedError,
    "AccessDeniedException": AccessDeniedError,
    "AccountSetupInProgressException": AccountSetupInProgressError,
    "InvalidInputException": InvalidInputError,
    "NotFoundException": NotFoundError,
    "OperationFailureException": OperationFailureError,
    "RegionSetupInProgressException": RegionSetupInProgressError,
    "ServiceException": ServiceError,
    **dict.fromkeys(
        (
            "RequestLimitExceeded",
            "RequestThrottled",
            "RequestThrottledException",
            "SlowDown",
            "Throttling",
            "ThrottledException",
            "ThrottlingException",
            "TooManyRequestsException",
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
_TOO_MANY_REQUESTS = 429
_FIRST_SERVER_ERROR = 500

_ADVICE = {
    "NoRegionError": "give region_name, or set AWS_DEFAULT_REGION",
    "NoCredentialsError": (
        "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give a profile_name or a "
        "session that has some"
    ),
    "ProfileNotFound": "look for it in the AWS config file, or give another",
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
    elif error_type is ApiError and (status_code or 0) >= _FIRST_SERVER_ERROR:
        error_type = ServiceError
    return error_type(
        code=code,
        message=described.get("Message") or "no message",
        tip=response.get("tip"),
        docs=response.get("docs"),
        status_code=status_code,
        request_id=metadata.get("RequestId"),
        operation_name=error.operation_name,
    )


def _botocore_error(operation_name: str, error: BotoCoreError) -> LightsnapError:
    from botocore.exceptions import ConnectionError as ConnectionFailure
    from botocore.exceptions import HTTPClientError

    if isinstance(error, (ConnectionFailure, HTTPClientError)):
        return TransportError(
            f"{operation_name}: {error}", transient=not _is_certificate_failure(error)
        )
    return _configuration_error(error)


def _configuration_error(error: BotoCoreError) -> ConfigurationError:
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
