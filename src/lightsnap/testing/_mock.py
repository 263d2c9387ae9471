"""The mock: moto's ``mock_aws`` with Lightsail."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Self, TypeVar, cast

from moto import mock_aws

from . import _isolation
from ._emulator import Emulator
from ._register import register

Decorated = TypeVar("Decorated", bound=Callable[..., object])


class LightsailMock(Emulator):
    """The return type of ``mock_lightsail()``: a context manager and a decorator.

    It has the attributes and methods of an ``Emulator`` too.
    """

    def __init__(self) -> None:
        super().__init__()
        register()
        self._mock = mock_aws()
        attributes = vars(self._mock)
        # moto's own methods set fake keys and leave the other settings. They lose the
        # original keys when a mock is started twice, for example by a decorated method
        # that calls another one.
        attributes["_mock_env_variables"] = _isolate
        attributes["_unmock_env_variables"] = _end_isolation

    def __repr__(self) -> str:
        return "LightsailMock()"

    def __enter__(self) -> Self:
        """Start the mock."""
        self._mock.start()
        return self

    def __exit__(self, *exception: object) -> None:
        """Stop the mock and discard its state."""
        self._mock.stop()

    def __call__(self, decorated: Decorated, /) -> Decorated:
        """Run the function, or each method of the class, inside the mock."""
        functions: list[Any] = [decorated]
        if inspect.isclass(decorated):
            members = vars(decorated).items()
            functions = [each for name, each in members if name.startswith("test")]
        if any(map(_runs_later, functions)):
            message = (
                "mock_lightsail cannot decorate an async def or a generator, whose "
                "body runs after the mock ends: use `with mock_lightsail():` inside it"
            )
            raise TypeError(message)
        return cast("Decorated", self._mock(cast("Any", decorated)))

    def start(self) -> None:
        """Start the mock, for example in ``setUp``."""
        self._mock.start()

    def stop(self) -> None:
        """Stop the mock and discard its state, for example in ``tearDown``."""
        self._mock.stop()


def _isolate() -> None:
    _isolation.settings.apply()
    _isolation.endpoints.apply()


def _end_isolation() -> None:
    _isolation.endpoints.undo()
    _isolation.settings.undo()


def _runs_later(function: object) -> bool:
    return (
        inspect.iscoroutinefunction(function)
        or inspect.isgeneratorfunction(function)
        or inspect.isasyncgenfunction(function)
    )
