"""Map botocore's exceptions to lightsnap's.

botocore's exception becomes the ``__cause__``, unless its text would reveal a secret.
botocore is imported on first use.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from math import isfinite
from shlex import quote
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from lightsnap._aws.attempts import (
    Attempts,
    causes_of,
    has_invalid_url,
    responding_regions,
)
from lightsnap._aws.codes import error_type
from lightsnap._text import describe
from lightsnap.errors import (
    ApiError,
    ConfigurationError,
    LightsnapError,
    MalformedResponseError,
    TransportError,
)

if TYPE_CHECKING:
    from botocore.exceptions import BotoCoreError, ClientError


class FailedCall(NamedTuple):
    """A call that raised an exception, and what is known about it.

    The Region is None if it is the client's own.
    """

    operation_name: str
    error: Exception
    attempts: Attempts
    lightsail: object
    region_name: str | None
    profile_name: str | None


def translate_error(call: FailedCall) -> Exception:
    """Return the lightsnap error for an exception that a call raised.

    An exception from the caller's code, such as an event handler, is returned as is.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    error, modules = call.error, _botocore_modules(call.error)
    if modules & {"credentials", "auth"}:  # which signs requests
        call.attempts.not_signed()
        return _credentials_error(call)
    if isinstance(error, ClientError):
        return _api_error(error)
    if isinstance(error, BotoCoreError):
        return _botocore_error(call, error)
    if call.attempts.has_unparsed_response or "parsers" in modules:
        return malformed_response(call.operation_name, describe(error))
    return error


def malformed_response(
    operation_name: str, reason: str, payload: object = None
) -> MalformedResponseError:
    """Return the error for a response that cannot be read."""
    message = f"{operation_name}: the response cannot be read: {reason}"
    return MalformedResponseError(message, payload=payload)


def wrong_subject(asked: str, about: str, payload: object) -> MalformedResponseError:
    """Return the error for a response that is about something else."""
    message = f"the response for {asked!r} is about {about!r}"
    return MalformedResponseError(message, payload=payload)


def _botocore_modules(error: Exception) -> set[str]:
    """Return the names of the botocore modules in an exception's traceback.

    botocore's parsers, credential providers and signers let exceptions of any type
    through, so only the traceback shows what failed.
    """
    from traceback import walk_tb

    names = (
        str(frame.f_globals.get("__name__"))
        for frame, _ in walk_tb(error.__traceback__)
    )
    return {name.rpartition(".")[2] for name in names if "botocore" in name}


# botocore masks the password of a proxy in most cases.
_PASSWORD = re.compile(r"://(?!\*\*\*:\*\*\*@)\S+@")


def shows_secret(error: Exception) -> bool:
    """Whether an exception may show a secret key, or the password of a proxy."""
    return (
        isinstance(error, UnicodeError)
        or has_invalid_url(error)
        or _PASSWORD.search(str(error)) is not None
    )


def _without_passwords(text: str) -> str:
    return _PASSWORD.sub("://***@", text)


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
    code = _text(described.get("Code")) or "Unknown"
    status_code = metadata.get("HTTPStatusCode")
    is_redirect = status_code in _REDIRECTS
    no_message = "a redirect, which is not followed" if is_redirect else "no message"
    return error_type(code, status_code)(
        code=code,
        message=_text(described.get("Message")) or no_message,
        tip=_text(response.get("tip")),
        docs=_text(response.get("docs")),
        status_code=status_code,
        request_id=metadata.get("RequestId"),
        operation_name=error.operation_name,
        retry_after=_retry_after(headers_of(response)),
    )


_REDIRECTS = range(300, 400)


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


def _credentials_error(call: FailedCall) -> LightsnapError:
    """Return the error for credentials that could not be fetched or refreshed."""
    from botocore.exceptions import BotoCoreError, ClientError

    error, had_worked = call.error, bool(responding_regions(call.lightsail))
    if isinstance(error, ClientError) and not had_worked:
        return _api_error(error)  # of AWS STS or similar
    if isinstance(error, BotoCoreError) and not _is_connection_error(error):
        return configuration_error(error, call.profile_name, transient=had_worked)
    reason = _without_passwords(describe(error))
    problem = f"{call.operation_name}: the request cannot be signed: {reason}"
    return ConfigurationError(problem, transient=had_worked)


def _botocore_error(call: FailedCall, error: BotoCoreError) -> LightsnapError:
    if not _is_connection_error(error):
        return configuration_error(error, call.profile_name)
    if has_invalid_url(error):
        reason = "the URL of a proxy or of the endpoint is not valid"
        return TransportError(f"{call.operation_name}: {reason}", transient=False)
    message = _without_passwords(f"{call.operation_name}: {error}")
    if _is_unknown_host(error):
        advice = _region_advice(call)
        message = f"{message}: {advice}" if advice else message
        return TransportError(message, transient=_host_had_worked(call))
    is_permanent = _is_permanent(error, sent=call.attempts.were_sent)
    return TransportError(message, transient=not is_permanent)


def _is_connection_error(error: BotoCoreError) -> bool:
    from botocore.exceptions import ConnectionError as ConnectionFailure
    from botocore.exceptions import HTTPClientError

    return isinstance(error, (ConnectionFailure, HTTPClientError))


def configuration_error(
    error: BotoCoreError, profile_name: str | None = None, *, transient: bool = False
) -> ConfigurationError:
    """Return botocore's message about the configuration, with advice if any."""
    name = type(error).__name__
    advice = _ADVICE.get(name, "")
    if "SSO" in name or "Login" in name or name == "TokenRetrievalError":
        profile_name = profile_name or os.environ.get("AWS_PROFILE")
        profile = f" --profile {quote(profile_name)}" if profile_name else ""
        command = "login" if "Login" in name else "sso login"
        advice = f"run `aws {command}{profile}`"
    text = " ".join(str(error).split())  # botocore breaks the lines of some
    problem = _without_passwords(text.rstrip("."))
    return ConfigurationError(problem, advice, transient=transient)


def _is_unknown_host(error: BotoCoreError) -> bool:
    """Whether DNS has no such name, as opposed to no answer."""
    import socket

    no_such_host = (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", None))
    return any(
        isinstance(each, socket.gaierror) and each.errno in no_such_host
        for each in causes_of(error)
    )


def _host_had_worked(call: FailedCall) -> bool:
    """Whether the client has had a response from the host of a call."""
    regions = responding_regions(call.lightsail)
    meta = getattr(call.lightsail, "meta", None)
    return call.region_name in regions if _follows_from_region(meta) else bool(regions)


def _is_permanent(error: BotoCoreError, *, sent: bool) -> bool:
    """Whether a connection fails for a reason that will not go away."""
    import ssl

    from botocore.exceptions import ConnectionError as ConnectionFailure
    from botocore.exceptions import SSLError as BotocoreSSLError

    # The network may refuse a connection with a PermissionError.
    is_network = isinstance(error, ConnectionFailure) and not isinstance(
        error, BotocoreSSLError
    )
    for cause in causes_of(error):
        # The last is, for example, a closed event loop.
        if isinstance(cause, (ssl.SSLCertVerificationError, RuntimeError)):
            return True
        if sent:
            continue
        if isinstance(cause, ValueError):
            return True  # a proxy setting or a host name that is not one
        # A CA bundle, or the client's own certificate.
        if isinstance(cause, _FILE_ERRORS) and not is_network:
            return True
        if isinstance(cause, ssl.SSLError) and (
            cause.library in ("PEM", "X509") or "PEM lib" in str(cause)
        ):
            return True
    return False


_FILE_ERRORS = (
    FileNotFoundError,
    IsADirectoryError,
    NotADirectoryError,
    PermissionError,
)

_ZONE = re.compile(r"[a-z]+(-[a-z]+)+-\d[a-z]")


def zone_advice(meta: Any) -> str:
    """Return what to do about a zone in place of a client's Region; empty if none is.

    An endpoint that does not follow from the Region may accept anything.
    """
    return _zone_advice(meta.region_name) if _follows_from_region(meta) else ""


def _zone_advice(region_name: str) -> str:
    if _ZONE.fullmatch(region_name):
        return f"{region_name} is a zone: did you mean the Region {region_name[:-1]}?"
    return ""


def _follows_from_region(meta: Any) -> bool:
    """Whether the host name of a client's endpoint contains its Region."""
    region_name = getattr(meta, "region_name", None)
    return f"lightsail.{region_name}." in str(getattr(meta, "endpoint_url", None))


def _region_advice(call: FailedCall) -> str:
    """Return what to do about a host name that follows from the Region, if it does."""
    from botocore.loaders import Loader
    from botocore.regions import EndpointResolver

    meta: Any = getattr(call.lightsail, "meta", None)
    if not _follows_from_region(meta):
        return ""
    region_name = call.region_name or str(meta.region_name)
    if advice := _zone_advice(region_name):
        return advice
    # Not from a session, which fails if AWS_PROFILE does not exist.
    resolver = EndpointResolver(Loader().load_data("endpoints"))
    regions = resolver.get_available_endpoints("lightsail")
    if region_name in regions:
        return ""
    return (
        f"there is no Lightsail in {region_name}; its Regions are {', '.join(regions)}"
    )
