"""Register the Lightsail emulator with moto, which has no plug-in hook."""

import gc
import inspect
import os
import re
import sys
from threading import Lock
from typing import Any, Self

import moto
from botocore.client import BaseClient
from moto import mock_aws
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


class Mock:
    """moto's ``mock_aws`` with Lightsail. See ``LightsailMock`` for its methods."""

    def __init__(self) -> None:
        register()
        self._mock = mock_aws()
        attributes = vars(self._mock)
        variables: dict[str, str] = {
            **attributes["_fake_creds"],
            # A configured endpoint would bypass the mock.
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
        }
        replaced: list[dict[str, str | None]] = []

        def set_variables() -> None:
            replaced.append({name: os.environ.get(name) for name in variables})
            os.environ.update(variables)

        def restore_variables() -> None:
            for name, value in replaced.pop().items():
                os.environ.pop(name, None)
                if value is not None:
                    os.environ[name] = value

        # moto's own methods lose the original values when a mock is started twice, for
        # example by a decorated method that calls another one.
        attributes["_mock_env_variables"] = set_variables
        attributes["_unmock_env_variables"] = restore_variables

    def __enter__(self) -> Self:
        self._mock.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._mock.stop()

    def __call__(self, decorated: Any) -> Any:
        functions = [decorated]
        if inspect.isclass(decorated):
            members = vars(decorated).items()
            functions = [each for name, each in members if name.startswith("test")]
        if any(map(_runs_later, functions)):
            message = (
                "mock_lightsail cannot decorate an async def or a generator, whose "
                "body runs after the mock ends: use `with mock_lightsail():` inside it"
            )
            raise TypeError(message)
        return self._mock(decorated)

    def start(self) -> None:
        self._mock.start()

    def stop(self) -> None:
        self._mock.stop()


def _runs_later(function: object) -> bool:
    return (
        inspect.iscoroutinefunction(function)
        or inspect.isgeneratorfunction(function)
        or inspect.isasyncgenfunction(function)
    )


def _mock_existing_clients() -> None:
    """Make moto mock the existing clients. It mocks later ones by itself."""
    for each in gc.get_objects():
        # isinstance() would run the __class__ property of arbitrary objects.
        if issubclass(type(each), BaseClient):
            events: Any = each.meta.events
            # Unregistered first, so that it never handles a call twice.
            events.unregister("before-send", botocore_stubber)
            events.register("before-send", botocore_stubber)


_mock_existing_clients()
