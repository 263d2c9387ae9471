"""Long waits for many operations, with random trouble, sync and async alike.

``make soak`` runs many more seeds than ``make test`` does.
"""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Callable
from functools import cache
from typing import TypeAlias

import attrs
import pytest

from lightsnap import (
    AccessDeniedError,
    AsyncOperationWaiter,
    InvalidInputError,
    MalformedResponseError,
    Operation,
    Operations,
    OperationStatus,
    OperationWaiter,
    ServiceError,
    ThrottlingError,
    TransportError,
    WaitCancelledError,
    WaitError,
    WaitFailedError,
    WaitInterruptedError,
    WaitProgress,
    WaitTimeoutError,
)
from lightsnap.testing import FakeAsyncClock, FakeClock
from tests.documented import PENDING

pytestmark = pytest.mark.soak

COUNT = 2000
IDS = tuple(f"operation-{index}" for index in range(COUNT))
SLOWEST_CALL = 0.1
LONGEST_NAP = 0.5  # of a wait that can be cancelled
TROUBLE_RATE = 0.1
FAILURE_RATE = 0.03

DENIED = AccessDeniedError(code="AccessDeniedException", message="not authorized")
TROUBLE: tuple[Callable[[], Exception], ...] = (
    lambda: throttled(None),
    lambda: throttled(0.5),
    lambda: throttled(20),
    lambda: ServiceError(code="ServiceException", message="sorry"),
    lambda: ServiceError(code="ServiceException", message="sorry", retry_after=5),
    lambda: TransportError("no answer"),
    lambda: MalformedResponseError("no id"),
    ConnectionResetError,
    TimeoutError,
    lambda: InvalidInputError(
        code="InvalidInputException", message="Please try again in a few minutes"
    ),
)
RARE_TROUBLE_RATE = 0.01  # of all trouble: more than a wait lets itself be held up by
RARE_TROUBLE_SECONDS = 400

Way: TypeAlias = "type[Operations | WaitError]"


def throttled(retry_after: float | None) -> ThrottlingError:
    return ThrottlingError(
        code="ThrottlingException", message="Rate exceeded", retry_after=retry_after
    )


def trouble(dice: random.Random) -> Exception:
    if dice.random() < RARE_TROUBLE_RATE:
        return throttled(RARE_TROUBLE_SECONDS)
    return dice.choice(TROUBLE)()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    metafunc.parametrize("seed", range(metafunc.config.getoption("seeds")))


@cache
def operation(operation_id: str, status: OperationStatus) -> Operation:
    """An operation, made once for all seeds."""
    is_terminal = status != OperationStatus.STARTED
    return attrs.evolve(
        PENDING, id=operation_id, status=status, is_terminal=is_terminal
    )


@attrs.frozen(kw_only=True)
class Story:
    """What happens in a wait, whichever waiter waits."""

    ends: dict[str, float]
    statuses: dict[str, OperationStatus]
    known: dict[str, Operation]  # these are handed over, of the others the ids alone
    timeout: float | None
    cancelled_at: float  # by these times, or never
    denied_at: float
    pending_per_poll: int
    max_concurrency: int
    way_out: Way

    @property
    def given(self) -> list[Operation | str]:
        return [self.known.get(each, each) for each in IDS]


def story(seed: int) -> Story:
    """Make one up, with a way out that no luck of a waiter can change."""
    dice = random.Random(seed)
    median = dice.choice([60, 180, 420])
    # The last to end is not known yet, and does so later than luck could make a wait.
    ends = {each: dice.lognormvariate(math.log(median), 0.8) for each in IDS}
    last = dice.choice(IDS)
    ends[last] = max(ends.values()) + SLOWEST_CALL * 2 * COUNT
    failure_rate = dice.choice([0, FAILURE_RATE, FAILURE_RATE])
    statuses = {
        each: OperationStatus.FAILED
        if dice.random() < failure_rate
        else OperationStatus.SUCCEEDED
        for each in IDS
    }
    known = {
        each: operation(
            each, statuses[each] if dice.random() < 0.2 else OperationStatus.STARTED
        )
        for each in IDS
        if each != last and dice.random() < 0.1
    }
    too_early = dice.uniform(0.02, 0.9) * max(
        end for each, end in ends.items() if each != last
    )
    timeout: float | None = dice.choice([None, 1e6])
    cancelled_at = denied_at = math.inf
    has_failures = OperationStatus.FAILED in statuses.values()
    way_out: Way = WaitFailedError if has_failures else Operations
    match dice.choice(["end"] * 6 + ["time", "time", "no time", "cancel", "denied"]):
        case "time":
            timeout, way_out = too_early, WaitTimeoutError
        case "no time":
            timeout, way_out = 0, WaitTimeoutError
        case "cancel":
            cancelled_at, way_out = too_early, WaitCancelledError
        case "denied":
            denied_at, way_out = too_early, WaitInterruptedError
    return Story(
        ends=ends,
        statuses=statuses,
        known=known,
        timeout=timeout,
        cancelled_at=cancelled_at,
        denied_at=denied_at,
        pending_per_poll=dice.randint(1, 20),
        max_concurrency=dice.randint(1, 30),
        way_out=way_out,
    )


class Fleet:
    """The operations of a story as they are asked for, and a record of that."""

    def __init__(
        self, story: Story, clock: FakeClock | FakeAsyncClock, seed: int
    ) -> None:
        self.story = story
        self.clock = clock
        self.deadline = math.inf if story.timeout is None else story.timeout
        self.dice = random.Random(seed)
        self.answers = dict(story.known)
        self.progress: list[WaitProgress] = []
        self.calls = 0
        self.under_way: dict[str, float] = {}  # and since when
        self.most_under_way = 0
        self.late_calls = 0
        self.late_calls_that_ended = 0

    def begin(self, operation_id: str) -> float:
        """A call begins; return the seconds that it takes."""
        assert operation_id not in self.under_way
        if known := self.answers.get(operation_id):
            assert not known.is_terminal, f"{operation_id} had ended, and was asked"
        now = self.clock.monotonic()
        self.calls += 1
        self.under_way[operation_id] = now
        self.most_under_way = max(self.most_under_way, len(self.under_way))
        self.late_calls += now >= self.deadline
        return self.dice.uniform(0, SLOWEST_CALL)

    def end(self, operation_id: str) -> Operation:
        """A call ends, in an answer or in trouble."""
        is_late = self.under_way.pop(operation_id) >= self.deadline
        now = self.clock.monotonic()
        if now >= self.story.denied_at:
            raise DENIED
        if self.dice.random() < TROUBLE_RATE:
            raise trouble(self.dice)
        has_ended = now >= self.story.ends[operation_id]
        self.late_calls_that_ended += has_ended and is_late
        answer = self.answers[operation_id] = operation(
            operation_id,
            self.story.statuses[operation_id] if has_ended else OperationStatus.STARTED,
        )
        return answer

    @property
    def known(self) -> Operations:
        """The operations as they last answered, in the order given."""
        return Operations(self.answers[each] for each in IDS if each in self.answers)

    def on_poll(self, progress: WaitProgress) -> None:
        self.progress.append(progress)
        assert progress.ids == IDS
        assert progress.calls == self.calls
        assert progress.polls == len(self.progress)

    def is_set(self) -> bool:
        """The cancel of the story."""
        return self.clock.monotonic() >= self.story.cancelled_at

    @property
    def cancel(self) -> Fleet | None:
        # With a cancel, every pause is made of short naps.
        return self if self.story.cancelled_at < math.inf else None


@attrs.frozen
class Outcome:
    """How a wait came out, and with what."""

    way_out: Way
    ids: tuple[str, ...]
    operations: Operations
    elapsed: float


def outcome(came_out: Operations | WaitError, fleet: Fleet) -> Outcome:
    if isinstance(came_out, Operations):
        elapsed = fleet.clock.monotonic()
        return Outcome(Operations, came_out.ids, came_out, elapsed)
    assert came_out.elapsed is not None
    way_out = type(came_out)
    return Outcome(way_out, came_out.ids, came_out.operations, came_out.elapsed)


def wait(story: Story, seed: int) -> tuple[Outcome, Fleet]:
    clock = FakeClock()
    fleet = Fleet(story, clock, seed)

    def get_operation(operation_id: str) -> Operation:
        clock.sleep(fleet.begin(operation_id))
        return fleet.end(operation_id)

    waiter = OperationWaiter(
        get_operation,
        timeout=story.timeout,
        pending_per_poll=story.pending_per_poll,
        on_poll=fleet.on_poll,
        cancel=fleet.cancel,
        clock=clock,
    )
    try:
        return outcome(waiter.wait(story.given), fleet), fleet
    except WaitError as error:
        return outcome(error, fleet), fleet


async def wait_async(story: Story, seed: int) -> tuple[Outcome, Fleet]:
    clock = FakeAsyncClock()
    fleet = Fleet(story, clock, seed)

    async def get_operation(operation_id: str) -> Operation:
        await clock.sleep(fleet.begin(operation_id))
        return fleet.end(operation_id)

    waiter = AsyncOperationWaiter(
        get_operation,
        timeout=story.timeout,
        pending_per_poll=story.pending_per_poll,
        on_poll=fleet.on_poll,
        cancel=fleet.cancel,
        max_concurrency=story.max_concurrency,
        clock=clock,
    )
    try:
        return outcome(await waiter.wait(story.given), fleet), fleet
    except WaitError as error:
        return outcome(error, fleet), fleet


def assert_sound(outcome: Outcome, fleet: Fleet, max_concurrency: int) -> None:
    """Assert what holds of every wait, given how many calls it has at once."""
    story = fleet.story
    # Nothing is lost: every id comes out, each operation as it last answered.
    assert outcome.way_out is story.way_out
    assert outcome.ids == IDS
    assert outcome.operations == fleet.known
    assert fleet.progress[-1].operations == fleet.known
    assert outcome.operations.ids == tuple(i for i in IDS if i in fleet.answers)
    has_ended = story.way_out in (Operations, WaitFailedError)
    assert (outcome.operations.is_terminal and len(outcome.operations) == COUNT) is (
        has_ended
    )

    # The deadline holds: from then on, only answers that operations ended lead to more
    # calls, and nothing else takes time.
    assert fleet.late_calls - fleet.late_calls_that_ended <= max_concurrency
    overtime = SLOWEST_CALL * (1 + fleet.late_calls)
    assert outcome.elapsed <= fleet.deadline + overtime
    assert outcome.elapsed <= story.cancelled_at + LONGEST_NAP + SLOWEST_CALL * 2

    # The calls are few, and few at once.
    rounds = fleet.progress[-1].polls
    unsettled = story.pending_per_poll + max_concurrency - 1
    assert fleet.calls <= COUNT + unsettled * rounds
    assert fleet.most_under_way <= max_concurrency
    assert not fleet.under_way


def test_a_long_wait_with_trouble_comes_out_alike_sync_and_async(seed: int) -> None:
    told = story(seed)

    outcome, fleet = wait(told, seed)
    outcome_async, fleet_async = asyncio.run(wait_async(told, seed))

    assert_sound(outcome, fleet, 1)
    assert_sound(outcome_async, fleet_async, told.max_concurrency)
    assert outcome.way_out is outcome_async.way_out
    if outcome.operations.is_terminal:
        assert outcome.operations == outcome_async.operations
