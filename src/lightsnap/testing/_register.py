"""Register the Lightsail emulator with moto, which has no plug-in hook."""

import gc
import re
import sys
from collections.abc import Mapping
from threading import Lock
from typing import Any

import moto
from botocore.client import BaseClient
from botocore.handlers import BUILTIN_HANDLERS
from moto.backend_index import backend_url_patterns
from moto.core.models import botocore_stubber

_lock = Lock()


def register() -> None:
    """Make ``mock_aws`` and moto's servers include Lightsail.

    Does nothing if they already do, whether from an earlier call or because a later
    moto ships its own Lightsail, which is left in place.
    """
    with _lock:
        if any(service == "lightsail" for service, _ in backend_url_patterns):
            return
        # Imported late: it registers state transitions, which would replace those of
        # moto's own Lightsail.
        from . import lightsail
        from ._edge import EdgeResponse
        from .lightsail import urls

        moto.__dict__["lightsail"] = lightsail
        for name, module in list(sys.modules.items()):
            if f"{name}.".startswith(f"{lightsail.__name__}."):
                submodule = name.removeprefix(lightsail.__name__)
                sys.modules[f"moto.lightsail{submodule}"] = module
        urls.url_paths.update(dict.fromkeys(urls.url_paths, EdgeResponse.dispatch))
        # Last: from here on, other threads can use all that is set up above.
        backend_url_patterns.extend(
            ("lightsail", re.compile(base)) for base in urls.url_bases
        )


def _refuse_asynchronous(
    params: Mapping[str, Any], request_signer: object, **_: object
) -> None:
    """Refuse a call of aiobotocore to the mock, whose responses it cannot await."""
    is_asynchronous = type(request_signer).__module__.startswith("aiobotocore.")
    if is_asynchronous and botocore_stubber.enabled and _is_mocked(params["url"]):
        from lightsnap.errors import ConfigurationError

        raise ConfigurationError(
            "mock_lightsail() cannot mock AsyncClient and other clients of aiobotocore",
            "use LightsailServer, or the pytest fixture lightsail_server",
        )


def _is_mocked(url: str) -> bool:
    return any(pattern.match(url) for _, pattern in backend_url_patterns)


def _mock_existing_clients() -> None:
    """Make moto mock the existing clients. It mocks later ones by itself."""
    for each in gc.get_objects():
        # isinstance() would run the __class__ property of arbitrary objects.
        if issubclass(type(each), BaseClient):
            events: Any = each.meta.events
            for event, handler in _HANDLERS:
                # Unregistered first, so that it never handles a call twice.
                events.unregister(event, handler)
                events.register(event, handler)


_REFUSAL = ("before-call.lightsail", _refuse_asynchronous)
_HANDLERS = (("before-send", botocore_stubber), _REFUSAL)

BUILTIN_HANDLERS.append(_REFUSAL)
_mock_existing_clients()
