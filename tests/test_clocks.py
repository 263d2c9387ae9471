"""The fake clocks."""

from __future__ import annotations

import asyncio

import pytest

from lightsnap.testing import FakeAsyncClock, FakeClock


def test_time_passes_only_during_a_sleep() -> None:
    clock = FakeClock(100)

    assert clock.monotonic() == clock.monotonic() == 100
    clock.sleep(0.5)
    clock.sleep(0)
    assert clock.monotonic() == 100.5
    assert repr(clock) == "FakeClock(100.5)"


def test_a_negative_sleep_raises_like_time_sleep() -> None:
    with pytest.raises(ValueError, match="negative"):
        FakeClock().sleep(-1)


def test_async_time_passes_only_during_a_sleep() -> None:
    clock = FakeAsyncClock(100)

    async def sleep() -> None:
        await asyncio.sleep(0.001)  # does not advance this clock
        assert clock.monotonic() == clock.monotonic() == 100
        await clock.sleep(0.5)
        await clock.sleep(0)

    asyncio.run(sleep())

    assert clock.monotonic() == 100.5
    assert repr(clock) == "FakeAsyncClock(100.5)"
    assert repr(FakeAsyncClock()) == "FakeAsyncClock(0.0)"


def test_a_negative_async_sleep_raises_and_does_not_advance_the_clock() -> None:
    clock = FakeAsyncClock()

    with pytest.raises(ValueError, match="negative"):
        asyncio.run(clock.sleep(-1))

    assert clock.monotonic() == 0


def test_concurrent_sleeps_end_in_order_and_do_not_add_up() -> None:
    clock = FakeAsyncClock()
    woken: list[tuple[float, float]] = []

    async def sleep(seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append((seconds, clock.monotonic()))

    async def sleep_concurrently() -> None:
        await asyncio.gather(*map(sleep, (30, 10, 20, 10, 0)))

    asyncio.run(sleep_concurrently())

    assert woken == [(0, 0), (10, 10), (10, 10), (20, 20), (30, 30)]


def test_a_sleep_counts_from_when_it_starts() -> None:
    clock = FakeAsyncClock()
    woken: list[tuple[str, float]] = []

    async def sleep(name: str, *pauses: float) -> None:
        for seconds in pauses:
            await clock.sleep(seconds)
            woken.append((name, clock.monotonic()))

    async def sleep_concurrently() -> None:
        await asyncio.gather(sleep("long", 25), sleep("short", 10, 10, 10))

    asyncio.run(sleep_concurrently())

    assert woken == [("short", 10), ("short", 20), ("long", 25), ("short", 30)]


def test_a_sleep_lets_other_tasks_run() -> None:
    clock = FakeAsyncClock()
    seen: list[float] = []

    async def look() -> None:
        seen.append(clock.monotonic())

    async def sleep() -> None:
        looking = asyncio.create_task(look())
        await clock.sleep(10)
        assert looking.done()

    asyncio.run(sleep())

    assert seen == [0]


def test_a_cancelled_sleep_has_no_effect() -> None:
    clock = FakeAsyncClock()

    async def sleep() -> None:
        soon = asyncio.create_task(clock.sleep(5))
        late = asyncio.create_task(clock.sleep(40))
        await asyncio.sleep(0)
        soon.cancel()
        await clock.sleep(30)
        assert clock.monotonic() == 30
        late.cancel()
        for task in (soon, late):
            with pytest.raises(asyncio.CancelledError):
                await task
        assert clock.monotonic() == 30
        await clock.sleep(1)

    asyncio.run(sleep())

    assert clock.monotonic() == 31
