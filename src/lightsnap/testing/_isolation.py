"""Keep the settings of this machine away from the clients of an emulator.

While a mock or a server runs in this process, ``os.environ`` has none of the settings
that AWS's SDKs read: a profile that does not exist, a CA bundle or a proxy would
otherwise decide whether a test passes. Only the Region stays: tests set it that way.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from threading import Lock

from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES

NEUTRAL: Mapping[str, str] = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    # Otherwise a client without keys would look for them in the network.
    "AWS_EC2_METADATA_DISABLED": "true",
}
"""Settings under which a client needs nothing of this machine."""

# Read by the SDKs or the AWS CLI, but not as settings of a botocore session.
_OTHERS = (
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_CREDENTIAL_FILE",
    "AWS_DEFAULT_OUTPUT",
    "AWS_PAGER",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_SECURITY_TOKEN",
    "AWS_SESSION_TOKEN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "BOTO_CONFIG",
)
_OTHERS_START = ("AWS_BEARER_TOKEN_", "AWS_CLI_")
# The Region is chosen by tests. The endpoint is overridden where it matters: a mock
# ignores it, and a client of a server is given one.
_KEPT = {"AWS_DEFAULT_REGION", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"}

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Override:
    """Changes environment variables, from the first ``apply`` to the last ``undo``.

    Args:
        changes: Computes the new values from the environment; None removes a variable.
    """

    def __init__(
        self, changes: Callable[[Mapping[str, str]], Mapping[str, str | None]]
    ) -> None:
        self._changes = changes
        self._lock = Lock()
        self._count = 0
        self._originals: dict[str, str | None] = {}

    def apply(self) -> None:
        """Make the changes, unless they are made already."""
        with self._lock:
            self._count += 1
            if self._count == 1:
                changes = self._changes(os.environ)
                self._originals = {name: os.environ.get(name) for name in changes}
                _update(os.environ, changes)

    def undo(self) -> None:
        """Restore the original values, if this ends the last ``apply``."""
        with self._lock:
            self._count -= 1
            if self._count == 0:
                _update(os.environ, self._originals)


def _update(
    environ: MutableMapping[str, str], changes: Mapping[str, str | None]
) -> None:
    for name, value in changes.items():
        if value is None:
            environ.pop(name, None)
        else:
            environ[name] = value


def _without_settings(environ: Mapping[str, str]) -> Mapping[str, str | None]:
    removed = {*_session_variables(), *_OTHERS}
    removed |= {name for name in environ if name.startswith(_OTHERS_START)}
    return {**dict.fromkeys(removed - _KEPT, None), **NEUTRAL}


def _session_variables() -> Iterator[str]:
    """Yield the variables that hold settings of a botocore session."""
    for _, names, *_ in BOTOCORE_DEFAUT_SESSION_VARIABLES.values():
        yield from [names] if isinstance(names, str) else names or ()


def without_proxies(environ: Mapping[str, str], *hosts: str) -> dict[str, str]:
    """Return variables that exclude hosts from any proxy, in addition to the others."""
    excluded = environ.get("NO_PROXY") or environ.get("no_proxy") or ""
    entries = [entry.strip() for entry in excluded.split(",") if entry.strip()]
    for host in hosts if entries != ["*"] else ():
        # Python compares an IPv6 address in brackets, as in the URL; others without.
        for entry in [host, f"[{host}]"] if ":" in host else [host]:
            if entry not in entries:
                entries.append(entry)
    return dict.fromkeys(("NO_PROXY", "no_proxy"), ",".join(entries))


settings = Override(_without_settings)
"""Removes the settings of this machine."""

endpoints = Override(lambda _: {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"})
"""Makes clients ignore configured endpoints, which would bypass a mock."""

proxies = Override(lambda environ: without_proxies(environ, *_LOOPBACK))
"""Excludes this machine from any proxy."""
