"""What ``--debug`` shows: what is asked and answered, and by which settings.

botocore's own debug log holds signatures, session tokens and the answers of those who
give credentials, so it is not shown; of botocore, only where credentials come from is.
"""

from __future__ import annotations

import logging as python_logging
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from lightsnap.cli.options import version

_logger = python_logging.getLogger("lightsnap.cli")


@contextmanager
def logging() -> Generator[None, None, None]:
    """Log to standard error for as long as the block runs."""
    handler = python_logging.StreamHandler(sys.stderr)
    form = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    handler.setFormatter(python_logging.Formatter(form))
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
    """Log what a client of botocore's sends and receives."""
    _logger.debug(
        "Region %s, endpoint %s", client.meta.region_name, client.meta.endpoint_url
    )
    events = client.meta.events
    events.register("before-send.lightsail", _log_request)
    events.register("response-received.lightsail", _log_response)


def _log_request(request: Any, **_: object) -> None:
    operation, body = request.headers["X-Amz-Target"], request.body
    _logger.debug("%s %s %s: %s", request.method, request.url, *_texts(operation, body))


def _texts(*values: str | bytes) -> list[str]:
    """What botocore hands over as bytes, or as text."""
    return [each.decode() if isinstance(each, bytes) else each for each in values]


def _log_response(
    response_dict: dict[str, Any] | None, exception: Exception | None, **_: object
) -> None:
    if response_dict is None:
        # Not what it says: that may be a header, and so a token.
        _logger.debug("no answer: %s", type(exception).__name__)
        return
    status, headers = response_dict["status_code"], response_dict["headers"]
    request_id = headers.get("x-amzn-RequestId")
    _logger.debug("HTTP status %s, request id %s", status, request_id)
