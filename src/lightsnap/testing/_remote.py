"""Requests to the pages of a server in another process, at ``/moto-api/lightsail/``."""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

FAULTS_PATH = "/moto-api/lightsail/faults"
CLOCK_PATH = "/moto-api/lightsail/clock"
AGE_PATH = "/moto-api/lightsail/age"
CALLS_PATH = "/moto-api/lightsail/calls"
INSTANCES_PATH = "/moto-api/lightsail/instances"


class PageError(Exception):
    """A page refuses the request.

    Attributes:
        status: The HTTP status.
    """

    def __init__(self, reason: str, status: int) -> None:
        super().__init__(reason)
        self.status = status


def check_url(url: str | None) -> str | None:
    """Return a server's URL.

    Raises:
        ValueError: It is no such URL.
    """
    if url is not None and not re.fullmatch(r"http://[^/?#]+/?", url):
        message = f"{url!r} is no server URL: give one like http://127.0.0.1:5000"
        raise ValueError(message)
    return url


def request(url: str, method: str, path: str, body: object = None) -> Any:
    """Send a request to a page, and return its parsed response.

    Raises:
        PageError: It refuses the request.
        OSError: No server listens at the URL.
    """
    split = urlsplit(url)
    connection = HTTPConnection(split.hostname or "", split.port, timeout=30)
    try:
        connection.request(method, path, json.dumps(body))
        response = connection.getresponse()
        text = response.read()
    finally:
        connection.close()
    try:
        parsed = json.loads(text)
        if response.status == HTTPStatus.OK:
            return parsed
        # The page's own error, or that of a server that refuses the request.
        reason = parsed["error"] if "error" in parsed else parsed["message"]
    except (ValueError, LookupError, TypeError):
        page = path.rpartition("/")[2]
        reason = f"{url} accepts no {page}: it returns {response.status}"
    raise PageError(reason, response.status)
