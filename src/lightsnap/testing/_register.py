"""Makes moto know the Lightsail of this package, since moto has no hook for that."""

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


class Mock:
    """moto's ``mock_aws`` with a Lightsail, as ``LightsailMock`` describes it."""

    def __init__(self) -> None:
        register()
        self._mock = mock_aws()
        attributes = vars(self._mock)
        variables: dict[str, str] = {
            **attributes["_fake_creds"],
            # botocore is to ignore an endpoint in the user's settings, past the mock.
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

        # moto's own forget what was there before when a mock is started twice, as by a
        # decorated method that calls another.
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
                "mock_lightsail cannot decorate an async def or a generator, as its "
                "body runs when the mock has ended: use `with mock_lightsail():` inside"
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


def _catch_clients() -> None:
    """Let moto answer the clients there are: it hooks into later ones only."""
    for each in gc.get_objects():
        # By its type: some objects do not like to be asked what they are.
        if issubclass(type(each), BaseClient):
            events: Any = each.meta.events
            # So that it answers once, whether it did before or not.
            events.unregister("before-send", botocore_stubber)
            events.register("before-send", botocore_stubber)


_catch_clients()
