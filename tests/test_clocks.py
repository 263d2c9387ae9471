"""The clock that moves by itself."""

from __future__ import annotations

import pytest

from lightsnap.testing import FakeClock


def test_time_passes_only_while_somebody_sleeps() -> None:
    clock = FakeClock(100)

    assert clock.monotonic() == clock.monotonic() == 100
    clock.sleep(0.5)
    clock.sleep(0)
    assert clock.monotonic() == 100.5
    assert repr(clock) == "FakeClock(100.5)"


def test_a_negative_sleep_is_refused_as_by_time_sleep() -> None:
    with pytest.raises(ValueError, match="negative"):
        FakeClock().sleep(-1)
