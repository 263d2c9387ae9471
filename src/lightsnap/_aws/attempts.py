"""Record what happens to each attempt at a call, by botocore's public events.

botocore retries within a call and raises the last exception only, which says nothing
about the attempts before it. ``recording`` registers handlers on the client for the
duration of a call and removes them again.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from enum import Enum, auto
from typing import Any, NamedTuple, cast
from weakref import WeakKeyDictionary

from lightsnap._aws.codes import error_type
from lightsnap.errors import ConfigurationError, LightsnapError, ServiceError


class Moment(NamedTuple):
    """A moment by two clocks: one may stand still in a suspend, the other may jump."""

    monotonic: float
    wall: float

    @classmethod
    def now(cls) -> Moment:
        return cls(time.monotonic(), time.time())


class Outcome(Enum):
    """What became of an attempt."""

    NOT_SENT = auto()  # the service cannot have received it
    LOST = auto()  # the service may have accepted it
    REFUSED = auto()  # the service did not accept it
    ACCEPTED = auto()  # the response is a success


class Attempt(NamedTuple):
    """An attempt, when it was sent, and what became of it."""

    sent: Moment
    outcome: Outcome


class Attempts:
    """The attempts at one call.

    Attributes:
        are_recorded: Whether the client has botocore's events.
        finished: The attempts with a known outcome, in order.
        response: The last successful response, as botocore parsed it.
        has_unparsed_response: Whether a response arrived that botocore did not parse.
    """

    def __init__(self) -> None:
        self.are_recorded = False
        self.finished: list[Attempt] = []
        self.response: Mapping[str, Any] | None = None
        self.has_unparsed_response = False
        self._sent: Moment | None = None

    def __iter__(self) -> Iterator[Attempt]:
        """Iterate over all attempts; one in flight counts as lost."""
        yield from self.finished
        if self._sent is not None:
            yield Attempt(self._sent, Outcome.LOST)

    @property
    def were_sent(self) -> bool:
        """Whether the service may have received an attempt."""
        return any(each.outcome is not Outcome.NOT_SENT for each in self)

    @property
    def possibly_accepted(self) -> Moment | None:
        """When the first attempt was sent that the service may have accepted."""
        maybe = (Outcome.LOST, Outcome.ACCEPTED)
        return next((each.sent for each in self if each.outcome in maybe), None)

    def begin(self) -> None:
        self._sent = Moment.now()
        self.has_unparsed_response = False

    def end(self, outcome: Outcome) -> None:
        self.finished.append(Attempt(self._sent or Moment.now(), outcome))
        self._sent = None
        self.has_unparsed_response = False

    def not_signed(self) -> None:
        """Record that an attempt was not sent since the request could not be signed."""
        self.end(Outcome.NOT_SENT)


# The attempts at the call that this thread or task is making.
_current: ContextVar[Attempts | None] = ContextVar("lightsnap_attempts", default=None)
# For the events of a client, the Regions whose calls got a response; None is its own.
_responded: WeakKeyDictionary[Any, set[str | None]] = WeakKeyDictionary()

# Reentrant, since a signal handler may make calls. It is not held during a fork, or the
# child could never acquire it.
_registering = threading.RLock()
getattr(os, "register_at_fork", dict)(  # not on Windows
    before=_registering.acquire,
    after_in_parent=_registering.release,
    after_in_child=_registering.release,
)


def responding_regions(lightsail: object) -> set[str | None]:
    """Return the Regions in which a call of this client got a response.

    None is the client's own Region. If there are any, its configuration works.
    """
    events = events_of(lightsail)
    return set() if events is None else _responded.get(events, set())


def events_of(lightsail: object) -> Any:
    """Return the event hooks of a client of botocore, or of a wrapper around one."""
    hooks = sys.modules.get("botocore.hooks")
    events = getattr(getattr(lightsail, "meta", None), "events", None)
    if hooks is None or not isinstance(events, hooks.BaseEventHooks):
        return None
    return events


@contextmanager
def recording(
    lightsail: object,
    operation_name: str,
    attempts: Attempts,
    region_name: str | None = None,
) -> Generator[None, None, None]:
    """Record the attempts at the call that is made within the context.

    The Region is None if it is the client's own.

    Nothing is recorded for a client without botocore's events, nor if a wrapper around
    a client makes the call in another thread.
    """
    events = events_of(lightsail)
    if events is None:
        yield
        return
    from botocore.client import BaseClient

    attempts.are_recorded = isinstance(lightsail, BaseClient)
    handlers = {
        # The handlers of the most specific events run first.
        f"{event}.lightsail.{operation_name}": handler
        for event, handler in _HANDLERS.items()
    }
    token = _current.set(attempts)
    try:
        with registered(events, handlers):
            yield
    finally:
        _current.reset(token)
        if any(each.outcome in _RESPONSES for each in attempts.finished):
            _responded.setdefault(events, set()).add(region_name)


@contextmanager
def registered(
    events: Any, handlers: Mapping[str, Callable[..., None]]
) -> Generator[None, None, None]:
    """Register handlers of botocore's events within the context.

    Concurrent calls share them, and the last one removes them.
    """
    with _registering:
        for event in handlers.items():
            events.register_first(*event, unique_id=event, unique_id_uses_count=True)
    try:
        yield
    finally:
        with _registering:
            for event in handlers.items():
                events.unregister(*event, unique_id=event, unique_id_uses_count=True)


_RESPONSES = (Outcome.REFUSED, Outcome.ACCEPTED)


def _before_send(request: Any, **_: object) -> None:
    attempts = _current.get()
    if attempts is None:
        return
    attempts.begin()
    # Here, since the exceptions of HTTP libraries would show the value: a session token
    # or the signature.
    for value in request.headers.values():
        text = value.decode("latin-1") if isinstance(value, bytes) else value
        # It is no text if it has characters that cannot be encoded.
        if not isinstance(text, str) or any(each in text for each in "\r\n\0"):
            raise ConfigurationError(
                "the credentials contain a line break or similar",
                "no HTTP header can hold that",
            )


def _before_parse(**_: object) -> None:
    attempts = _current.get()
    if attempts is not None:
        attempts.has_unparsed_response = True


def _response_received(
    parsed_response: Any = None, exception: Exception | None = None, **_: object
) -> None:
    attempts = _current.get()
    if attempts is None:
        return
    if exception is not None:
        attempts.end(Outcome.NOT_SENT if _is_unsent(exception) else Outcome.LOST)
        return
    if "Error" not in parsed_response:
        attempts.response = parsed_response
        attempts.end(Outcome.ACCEPTED)
        return
    code = parsed_response["Error"].get("Code")
    status = parsed_response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    is_unclear = issubclass(error_type(str(code), status), ServiceError)
    attempts.end(Outcome.LOST if is_unclear else Outcome.REFUSED)


_HANDLERS: dict[str, Callable[..., None]] = {
    "before-send": _before_send,
    "before-parse": _before_parse,
    "response-received": _response_received,
}


def _is_unsent(error: Exception) -> bool:
    """Whether an attempt failed before any of the request was sent."""
    from botocore.exceptions import (
        ConnectTimeoutError,
        EndpointConnectionError,
        ProxyConnectionError,
    )

    if isinstance(error, LightsnapError):
        return True  # from _before_send
    causes = list(causes_of(error))
    if not causes:
        unsent = (ConnectTimeoutError, EndpointConnectionError, ProxyConnectionError)
        return isinstance(error, unsent)
    return has_invalid_url(error) or any(
        library in _LIBRARIES and function in _BEFORE_THE_REQUEST
        for each in causes
        for library, function in _frames_of(each)
    )


# By name in a traceback, what the HTTP libraries do before they send any of a request.
# An exception from anywhere else counts as lost.
_LIBRARIES = ("botocore", "aiobotocore", "urllib3", "aiohttp", "httpcore")
_BEFORE_THE_REQUEST = (
    "proxy_url_for",  # read the proxy settings
    "_get_connection_manager",
    "connection_from_url",
    "_get_session",  # of aiobotocore, which reads the CA bundle
    "connect",  # resolve the host name, connect to the proxy, negotiate TLS
    "_connect",
)


def has_invalid_url(error: BaseException) -> bool:
    """Whether an HTTP library could not parse a URL, which its exception shows."""
    # Of aiohttp and http.client, and of urllib3.
    names = ("InvalidURL", "LocationParseError")
    return any(type(each).__name__ in names for each in causes_of(error))


def causes_of(error: BaseException) -> Iterator[BaseException]:
    """Yield the exceptions that explicitly caused an exception of botocore's.

    Not its ``__context__``, which may be what the caller was handling.
    """
    left: list[object] = [_error_argument(error)]
    seen = {id(error)}
    while left:
        cause = left.pop()
        if isinstance(cause, BaseException) and id(cause) not in seen:
            seen.add(id(cause))
            yield cause
            left += [*cause.args, cause.__cause__, _error_argument(cause)]


def _error_argument(error: BaseException) -> object:
    """Return the exception that one of botocore's was made from."""
    arguments: Any = getattr(error, "kwargs", None)
    is_dict = isinstance(arguments, dict)
    return cast("dict[str, object]", arguments).get("error") if is_dict else None


def _frames_of(error: BaseException) -> Iterator[tuple[str, str]]:
    """Yield the library and the function of each frame in a traceback."""
    from traceback import walk_tb

    for frame, _ in walk_tb(error.__traceback__):
        library = str(frame.f_globals.get("__name__")).partition(".")[0]
        yield library, frame.f_code.co_name
