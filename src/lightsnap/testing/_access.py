"""Which requests a server accepts: not those of a page of another site in a browser.

A browser lets any page send requests to a server on this machine. Two headers that a
page cannot set show that: ``Origin`` is the site of the page, and ``Host`` the name at
which the browser found the server. A page can make its own name resolve to this machine
(DNS rebinding). Then the two agree, but ``Host`` is a name that is not the server's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from ._call import http_error

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

ANY = "*"
"""Allows every host or origin."""

_NAME = r"[^\[\]:/@?#,\s]+"
_HOST = re.compile(rf"(?:\[([0-9a-f:.]+)\]|({_NAME}))(?::\d*)?")
_ORIGIN = re.compile(r"https?://[^/?#@\s]+|null|\*")


def _lowercase(values: Iterable[str]) -> frozenset[str]:
    if isinstance(values, str):
        message = f"{values!r} is a string: give a list of allowed hosts or origins"
        raise TypeError(message)
    return frozenset(value.lower() for value in values)


def _check_hosts(_access: object, _field: object, hosts: frozenset[str]) -> None:
    for host in hosts:
        if not re.fullmatch(_NAME, host) and _address(host) is None:
            message = f"{host!r} is no host name: give one without a port, like my-host"
            raise ValueError(message)


def _check_origins(_access: object, _field: object, origins: frozenset[str]) -> None:
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            message = f"{origin!r} is no origin: give one like http://localhost:3000"
            raise ValueError(message)


@frozen(kw_only=True)
class Access:
    """The hosts and origins that a server accepts, besides its own.

    Attributes:
        hosts: Names of the server.
        origins: Origins of pages that may use it.
        listening_on: The host that the server was told to listen on.
        is_local: Whether only this machine can reach it.

    Raises:
        TypeError: The hosts or the origins are a string.
        ValueError: One of them can never match.
    """

    hosts: frozenset[str] = field(converter=_lowercase, validator=_check_hosts)
    origins: frozenset[str] = field(converter=_lowercase, validator=_check_origins)
    listening_on: str = "127.0.0.1"
    is_local: bool = True

    def refuse(self, environ: Mapping[str, Any]) -> Response | None:
        """Return the response that refuses a request; None if it is accepted."""
        host = environ.get("HTTP_HOST")  # Only a browser is sure to send it.
        if host is not None:
            name = _name_in(host)
            is_own = name in {"localhost", self.listening_on.lower(), *self.hosts}
            if not (is_own or ANY in self.hosts or self._is_at(name)):
                return _forbidden(
                    "ForeignHost",
                    f"This server is not the host {host}: use its own URL, or allow "
                    f"the host with --allow-host (allowed_hosts in Python)",
                )
        if self._is_foreign(environ):
            origin = environ.get("HTTP_ORIGIN") or "another site"
            return _forbidden(
                "ForeignOrigin",
                f"A page of {origin} may not use this server: allow its origin with "
                "--allow-origin (allowed_origins in Python)",
            )
        return None

    def allows_origin(self, origin: str) -> bool:
        """Return whether the server was told to accept requests from an origin."""
        return ANY in self.origins or origin.lower() in self.origins

    def _is_foreign(self, environ: Mapping[str, Any]) -> bool:
        origin = environ.get("HTTP_ORIGIN")
        if origin is None:
            # Browsers send this one instead for links, images and the like.
            return environ.get("HTTP_SEC_FETCH_SITE") in ("cross-site", "same-site")
        is_own = origin.partition("://")[2] == environ.get("HTTP_HOST")
        return not (is_own or self.allows_origin(origin))

    def _is_at(self, name: str | None) -> bool:
        """Return whether an IP address is given, at which clients find the server.

        That is safe, since DNS rebinding needs a name.
        """
        address = _address(name or "")
        if address is None:
            return False
        return not self.is_local or address.is_loopback or address.is_unspecified


def _name_in(host: str) -> str | None:
    """Return the name or address in a Host header; None if it is malformed."""
    match = _HOST.fullmatch(host.lower())
    return match and (match[1] or match[2]).removesuffix(".")


def _address(text: str) -> Any:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _forbidden(code: str, message: str) -> Response:
    tip = "Start the server with the option that the message names."
    return http_error("AccessDeniedException", message, status=403, code=code, tip=tip)
