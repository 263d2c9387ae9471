"""Makes moto know the Lightsail of this package, since moto has no hook for that."""

import re
import sys
from threading import Lock

import moto
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
        from .lightsail import urls

        moto.__dict__["lightsail"] = lightsail
        for name, module in list(sys.modules.items()):
            if f"{name}.".startswith(f"{lightsail.__name__}."):
                submodule = name.removeprefix(lightsail.__name__)
                sys.modules[f"moto.lightsail{submodule}"] = module
        # Last: from here on, another thread may ask for what stands above.
        backend_url_patterns.extend(
            ("lightsail", re.compile(base)) for base in urls.url_bases
        )
