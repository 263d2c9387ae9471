"""The wait over many resources, as far as the tests of backups do not show it."""

from __future__ import annotations

from lightsnap import Operations
from lightsnap._wait.clocks import Stopwatch
from lightsnap._wait.fleet import FleetWait
from lightsnap._wait.options import Schedule
from lightsnap.testing import FakeClock


def test_it_has_no_operations_of_its_own() -> None:
    clock = FakeClock()
    schedule = Schedule(
        timeout=1, poll_interval=None, on_poll=None, cancel=None, clock=clock
    )
    wait = FleetWait(
        ["0"],
        schedule,
        Stopwatch(clock),
        is_write=lambda target: target == "1",
        progress=lambda _: None,  # type: ignore[arg-type, return-value]
        description=lambda: "plan 'nightly'",
    )

    assert wait.operations == Operations(())
    assert wait.ids == ()
    assert wait.description == wait._unfinished == "plan 'nightly'"
    assert (wait.limits("0"), wait.limits("1")) == (True, False)
