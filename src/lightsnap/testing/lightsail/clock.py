"""The clock of the backend, which tests can move, and the states that follow it."""

from datetime import datetime, timedelta
from typing import ClassVar

from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.utils import utcnow
from moto.moto_api import state_manager
from moto.moto_api._internal.managed_state_model import ManagedState


class Clock(BaseBackend):
    """How far the clock of all accounts and Regions is ahead of this machine's.

    It is a moto backend so that every reset of moto restores it. It is kept on the
    class so that reading it needs no lock.
    """

    offset: ClassVar[timedelta] = timedelta()

    def reset(self) -> None:
        Clock.offset = timedelta()


_clocks: BackendDict[Clock] = BackendDict(
    Clock, "lightsail-clock", use_boto3_regions=False, additional_regions=["aws"]
)


def now() -> datetime:
    """Return the time in UTC, without a time zone, as moto's utcnow() does."""
    return utcnow() + Clock.offset


def set_offset(offset: timedelta) -> None:
    """Move the clock. Call it under the backend's lock, which a reset holds too."""
    # moto resets only the backends that have been used.
    _clocks[DEFAULT_ACCOUNT_ID]["aws"]
    Clock.offset = offset


class TimedState(ManagedState):
    """A state whose transitions follow the clock of the backend.

    moto's own moves on by one state per read, however much time has passed. Here a read
    catches up, since a test can move the clock by days.
    """

    def __init__(
        self, model_name: str, transitions: list[tuple[str | None, str]]
    ) -> None:
        super().__init__(model_name, transitions)
        self._time_progressed = now()

    @property
    def status(self) -> str | None:
        before = self._status
        transition = state_manager.get_transition(self.model_name)
        if transition["progression"] == "time":
            self._catch_up(timedelta(seconds=transition["seconds"]))
        elif super().status != before:
            self._time_progressed = now()
        return self._status

    @status.setter
    def status(self, value: str) -> None:
        self._status = value
        self._time_progressed = now()

    @property
    def status_changed_at(self) -> datetime:
        return self._time_progressed

    def make_older(self, by: timedelta) -> None:
        self._time_progressed -= by

    def _catch_up(self, step: timedelta) -> None:
        current = now()
        while self._time_progressed + step <= current:
            following = self._get_next_status(self._status)
            if following == self._status:
                break
            self._status = following
            self._time_progressed += step
