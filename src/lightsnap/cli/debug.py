"""The log of ``--debug``: requests, responses and the settings they are sent with.

botocore's own debug log is left out, since it contains signatures, session tokens and
the responses of credential providers. Only its messages about where credentials were
found are shown.
"""

from __future__ import annotations

import json
import logging as python_logging
import re
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, cast

from lightsnap._log import escape_record
from lightsnap.cli.options import version

_SECRET = re.compile("password|secret|privatekey|userdata|environment", re.IGNORECASE)

_logger = python_logging.getLogger("lightsnap.cli")


@contextmanager
def logging() -> Generator[None, None, None]:
    """Log to standard error while the block runs."""
    handler = python_logging.StreamHandler(sys.stderr)
    line = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    handler.setFormatter(python_logging.Formatter(line))
    handler.addFilter(escape_record)
    levels = {
        "lightsnap": python_logging.DEBUG,
        "botocore.credentials": python_logging.INFO,
    }
    for name, level in levels.items():
        logger = python_logging.getLogger(name)
        logger.addHandler(handler)
        logger.setLevel(level)
    _logger.debug("%s", version())
    try:
        yield
    finally:
        for name in levels:
            logger = python_logging.getLogger(name)
            logger.removeHandler(handler)
            logger.setLevel(python_logging.NOTSET)


def log_traffic(client: Any) -> None:
    """Log the requests and responses of a botocore client."""
    _logger.debug(
        "Region %s, endpoint %s", client.meta.region_name, client.meta.endpoint_url
    )
    events = client.meta.events
    events.register("before-send.lightsail", _log_request)
    events.register("response-received.lightsail", _log_response)


def _log_request(request: Any, **_: object) -> None:
    target = request.headers["X-Amz-Target"]
    operation = target.decode() if isinstance(target, bytes) else target
    body = json.dumps(_without_secrets(json.loads(request.body)), ensure_ascii=False)
    _logger.debug("%s %s %s: %s", request.method, request.url, operation, body)


def _without_secrets(value: Any) -> Any:
    """Replace what may be secret: passwords, launch scripts, environment variables."""
    match value:
        case dict():
            members = cast("dict[str, Any]", value)
            return {
                name: "***" if _SECRET.search(name) else _without_secrets(each)
                for name, each in members.items()
            }
        case [*items]:
            return [_without_secrets(each) for each in items]
        case _:
            return value


def _log_response(
    response_dict: dict[str, Any] | None, exception: Exception | None, **_: object
) -> None:
    if response_dict is None:
        # Only the type: the message may quote a header, and so a token.
        _logger.debug("no response: %s", type(exception).__name__)
        return
    status, headers = response_dict["status_code"], response_dict["headers"]
    request_id = headers.get("x-amzn-RequestId")
    _logger.debug("HTTP status %s, request id %s", status, request_id)
