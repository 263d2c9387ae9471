"""Make a call in another Region than the client's.

A copy is requested in its target Region, and its operation is there. A given boto3
client shows no credentials from which to build another client, and boto3's default
session may be another account. So the client itself makes the call: a handler of
botocore's ``before-call`` event changes the URL and the Region of the signature.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from lightsnap._aws.attempts import events_of, registered
from lightsnap.errors import ConfigurationError

# The Region of the call that this thread or task is making.
_region: ContextVar[str | None] = ContextVar("lightsnap_region", default=None)

_NO_REGION = "global"  # the Region of operations on domains and distributions


def region_of(lightsail: object) -> str | None:
    """Return a client's Region, or None if it is unknown."""
    region_name = getattr(getattr(lightsail, "meta", None), "region_name", None)
    return region_name if isinstance(region_name, str) else None


@contextmanager
def calling(
    lightsail: object, operation_name: str, region_name: str | None
) -> Generator[None, None, None]:
    """Make the call within the context in a Region.

    Raises:
        ConfigurationError: The client is not one of botocore's, and calls another
            Region.
    """
    own = region_of(lightsail)
    if own is None or region_name in (None, _NO_REGION, own):
        yield
        return
    events = events_of(lightsail)
    if events is None:
        problem = f"the given client calls {own}, but the call is for {region_name}"
        raise ConfigurationError(problem, "give a boto3 client, or one for that Region")
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
