"""Make a call in another Region than the client's.

A copy is requested in its target Region, and its operation is there. A given boto3
client shows no credentials from which to build another client, and boto3's default
session may be another account. So the client itself makes the call: a handler of
botocore's ``before-call`` event changes the URL and the Region of the signature.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from lightsnap._aws.attempts import events_of, registered
from lightsnap.errors import ConfigurationError

# The Region of the call that this thread or task is making.
_region: ContextVar[str | None] = ContextVar("lightsnap_region", default=None)

# Other characters in a host name could send a signed request to another host.
_REGION_NAME = re.compile(r"[a-zA-Z0-9-]{1,63}")
_NO_REGION = "global"  # the Region of operations on domains and distributions


def region_of(lightsail: object) -> str | None:
    """Return a client's Region, or None if it is unknown."""
    region_name = getattr(getattr(lightsail, "meta", None), "region_name", None)
    return region_name if isinstance(region_name, str) else None


def require_region(region_name: str) -> None:
    """Check that a text can be the name of a Region.

    Raises:
        ConfigurationError: It cannot.
    """
    if not _REGION_NAME.fullmatch(region_name):
        problem = f"{region_name!r} is not the name of a Region"
        raise ConfigurationError(problem, "give one such as us-west-2")


def other_region(lightsail: object, region_name: str | None) -> str | None:
    """Return the Region of a call if it is not the client's own, otherwise None.

    Raises:
        ConfigurationError: There is no such Region, or the client is not one of
            botocore's, and calls its own only.
    """
    own = region_of(lightsail)
    if own is None or not region_name or region_name in (_NO_REGION, own):
        return None
    require_region(region_name)
    if events_of(lightsail) is None:
        problem = f"the given client calls {own}, but the call is for {region_name}"
        raise ConfigurationError(problem, "give a boto3 client, or one for that Region")
    return region_name


@contextmanager
def calling(
    lightsail: object, operation_name: str, region_name: str | None
) -> Generator[None, None, None]:
    """Make the call within the context in another Region, if one is given."""
    if region_name is None:
        yield
        return
    events = events_of(lightsail)
    token = _region.set(region_name)
    try:
        with registered(events, {f"before-call.lightsail.{operation_name}": _redirect}):
            yield
    finally:
        _region.reset(token)


def _redirect(params: Any, context: Any, **_: object) -> None:
    region_name = _region.get()
    if region_name is None:
        return
    # A custom endpoint, which has no Region in its name, goes by the signature.
    scheme, separator, rest = params["url"].partition("://")
    host, slash, path = rest.partition("/")
    host = host.replace(f".{context['client_region']}.", f".{region_name}.")
    params["url"] = f"{scheme}{separator}{host}{slash}{path}"
    context["signing"] = {**context.get("signing", {}), "region": region_name}
