"""Makes moto know the Lightsail of this package, since moto has no hook for that."""

import re
import sys
from contextlib import AbstractContextManager
from threading import Lock

import moto
from moto import mock_aws
from moto.backend_index import backend_url_patterns

_lock = Lock()


def register() -> None:
    """Make ``mock_aws`` and moto's servers answer for Lightsail from now on.

    Does nothing if they do already, be it from an earlier call or because moto has
    come to ship a Lightsail of its own, which then stands.
    """
    with _lock:
        if any(service == "lightsail" for service, _ in backend_url_patterns):
            return
        # Not before: it registers its state transitions, over those of moto's own.
        from . import lightsail
        from ._edge import EdgeResponse
        from .lightsail import urls

        moto.__dict__["lightsail"] = lightsail
        for name, module in list(sys.modules.items()):
            if f"{name}.".startswith(f"{lightsail.__name__}."):
                submodule = name.removeprefix(lightsail.__name__)
                sys.modules[f"moto.lightsail{submodule}"] = module
        urls.url_paths.update(dict.fromkeys(urls.url_paths, EdgeResponse.dispatch))
        # Last: from here on, another thread may ask for what stands above.
        backend_url_patterns.extend(
            ("lightsail", re.compile(base)) for base in urls.url_bases
        )


def new_mock() -> AbstractContextManager[object]:
    """Make a ``mock_aws`` that answers for Lightsail."""
    register()
    mock = mock_aws()
    # moto puts these into the environment as long as it answers. This one has botocore
    # ignore an endpoint in the user's settings, which would slip past moto.
    vars(mock)["_fake_creds"]["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = "true"
    return mock
