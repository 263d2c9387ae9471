"""Sets moto's state transitions, and restores them."""

from __future__ import annotations

from typing import Any, Self

from moto.moto_api import state_manager

from .lightsail.operations import OPERATION
from .lightsail.resources import INSTANCE, INSTANCE_SNAPSHOT

_MODELS = {
    name.partition("::")[2]: name for name in (OPERATION, INSTANCE_SNAPSHOT, INSTANCE)
}
_LONGEST = 1e9  # seconds, about 32 years


class Transitions:
    """Sets how operations, snapshots and instances move on, and restores it.

    These are moto's `state transitions
    <https://docs.getmoto.org/en/latest/docs/configuration/state_transition/>`__, which
    neither the end of a mock nor a reset restores. It is also a context manager, which
    restores them at the end of the block.

    >>> import boto3
    >>> from lightsnap.testing import mock_lightsail
    >>> with mock_lightsail() as emulator, Transitions() as transitions:
    ...     transitions.set("instance", seconds=60)
    ...     emulator.create_instances("WordPress-1", region_names=["us-west-2"])
    ...     lightsail = boto3.client("lightsail", region_name="us-west-2")
    ...     for _ in range(2):
    ...         response = lightsail.get_instance(instanceName="WordPress-1")
    ...         print(response["instance"]["state"]["name"])
    ...         time = emulator.clock.advance(seconds=60)
    pending
    running
    """

    def __init__(self) -> None:
        self._before: dict[str, dict[str, Any] | None] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.restore()

    def set(
        self, *models: str, times: int | None = None, seconds: float | None = None
    ) -> None:
        """Set how models move on from each of their states to the next.

        With ``times``, after so many reads; with ``seconds``, after so many seconds of
        the emulator's clock; with neither, at once.

        Args:
            models: ``"operation"``, ``"instance_snapshot"``, ``"instance"``; all if
                there are none.
            times: The number of reads.
            seconds: The number of seconds.

        Raises:
            ValueError: There is no such model, a number is negative or too large, or
                both are given.
        """
        for model in models:
            if model not in _MODELS:
                raise ValueError(
                    f"there is no model {model!r}: give one of {', '.join(_MODELS)}"
                )
        if times is not None and seconds is not None:
            raise ValueError("give either times or seconds")
        transition: dict[str, Any] = {"progression": "immediate"}
        if times is not None:
            transition = {"progression": "manual", "times": times}
        if seconds is not None:
            transition = {"progression": "time", "seconds": seconds}
        if not ((times or 0) >= 0 and 0 <= (seconds or 0) <= _LONGEST):
            raise ValueError(f"the number is negative or too large: {transition}")
        for name in map(_MODELS.__getitem__, models or _MODELS):
            self._before.setdefault(name, _transition_of(name))
            state_manager.set_transition(name, transition)

    def restore(self) -> None:
        """Restore the transitions that were set before."""
        for name, transition in self._before.items():
            if transition is None:
                state_manager.unset_transition(name)
            else:
                state_manager.set_transition(name, transition)
        self._before.clear()


def _transition_of(name: str) -> dict[str, Any] | None:
    """Return the transition that was set; None if it is the default."""
    current = state_manager.get_transition(name)
    state_manager.unset_transition(name)
    default = state_manager.get_transition(name)
    return None if current is default else current
