"""Long waits for many operations with random errors, sync and async.

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
LONGEST_SLEEP = 0.5  # in a wait with cancel
ERROR_RATE = 0.1
FAILURE_RATE = 0.03

DENIED = AccessDeniedError(code="AccessDeniedException", message="not authorized")
TRANSIENT_ERRORS: tuple[Callable[[], Exception], ...] = (
    lambda: throttled(None),
    lambda: throttled(0.5),
    lambda: throttled(20),
    lambda: ServiceError(code="ServiceException", message="sorry"),
    lambda: ServiceError(code="ServiceException", message="sorry", retry_after=5),
    lambda: TransportError("no response"),
    lambda: MalformedResponseError("no id"),
    ConnectionResetError,
    TimeoutError,
    lambda: InvalidInputError(
        code="InvalidInputException", message="Please try again in a few minutes"
    ),
)
LONG_RETRY_AFTER_RATE = 0.01  # of all errors
LONG_RETRY_AFTER = 400  # seconds, which a wait shortens

OutcomeType: TypeAlias = "type[Operations | WaitError]"


def throttled(retry_after: float | None) -> ThrottlingError:
    return ThrottlingError(
        code="ThrottlingException", message="Rate exceeded", retry_after=retry_after
    )


def transient_error(rng: random.Random) -> Exception:
    if rng.random() < LONG_RETRY_AFTER_RATE:
        return throttled(LONG_RETRY_AFTER)
    return rng.choice(TRANSIENT_ERRORS)()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    metafunc.parametrize("seed", range(metafunc.config.getoption("seeds")))


@cache
def operation(operation_id: str, status: OperationStatus) -> Operation:
    """Return an operation, built once for all seeds."""
    terminal = status != OperationStatus.STARTED
    return attrs.evolve(PENDING, id=operation_id, status=status, is_terminal=terminal)


@attrs.frozen(kw_only=True)
class Scenario:
    """What happens during a wait, sync or async."""

    ends: dict[str, float]
    final_statuses: dict[str, OperationStatus]
    known: dict[str, Operation]  # given as operations, the others as ids
    timeout: float | None
    cancelled_at: float  # math.inf for never
    denied_at: float
    pending_per_poll: int
    max_concurrency: int
    outcome_type: OutcomeType

    @property
    def given(self) -> list[Operation | str]:
        return [self.known.get(each, each) for each in IDS]


def random_scenario(seed: int) -> Scenario:
    """Return a random scenario whose outcome does not depend on random delays."""
    rng = random.Random(seed)
    median = rng.choice([60, 180, 420])
    # The last operation is given as an id. It ends later than slow calls can delay the
    # others.
    ends = {each: rng.lognormvariate(math.log(median), 0.8) for each in IDS}
    last = rng.choice(IDS)
    ends[last] = max(ends.values()) + SLOWEST_CALL * 2 * COUNT
    failure_rate = rng.choice([0, FAILURE_RATE, FAILURE_RATE])
    final_statuses = {
        each: OperationStatus.FAILED
        if rng.random() < failure_rate
        else OperationStatus.SUCCEEDED
        for each in IDS
    }
    known = {
        each: operation(
            each,
            final_statuses[each] if rng.random() < 0.2 else OperationStatus.STARTED,
        )
        for each in IDS
        if each != last and rng.random() < 0.1
    }
    too_early = rng.uniform(0.02, 0.9) * max(
        end for each, end in ends.items() if each != last
    )
    timeout: float | None = rng.choice([None, 1e6])
    cancelled_at = denied_at = math.inf
    has_failures = OperationStatus.FAILED in final_statuses.values()
    outcome_type: OutcomeType = WaitFailedError if has_failures else Operations
    match rng.choice(["end"] * 6 + ["time", "time", "no time", "cancel", "denied"]):
        case "time":
            timeout, outcome_type = too_early, WaitTimeoutError
        case "no time":
            timeout, outcome_type = 0, WaitTimeoutError
        case "cancel":
            cancelled_at, outcome_type = too_early, WaitCancelledError
        case "denied":
            denied_at, outcome_type = too_early, WaitInterruptedError
    return Scenario(
        ends=ends,
        final_statuses=final_statuses,
        known=known,
        timeout=timeout,
        cancelled_at=cancelled_at,
        denied_at=denied_at,
        pending_per_poll=rng.randint(1, 20),
        max_concurrency=rng.randint(1, 30),
        outcome_type=outcome_type,
    )


class Fleet:
    """The operations of a scenario, and a record of the calls."""

    def __init__(
        self, scenario: Scenario, clock: FakeClock | FakeAsyncClock, seed: int
    ) -> None:
        self.scenario = scenario
        self.clock = clock
        self.deadline = math.inf if scenario.timeout is None else scenario.timeout
        self.rng = random.Random(seed)
        self.fetched = dict(scenario.known)
        self.progress: list[WaitProgress] = []
        self.calls = 0
        self.in_flight: dict[str, float] = {}  # from id to start time
        self.most_in_flight = 0
        self.late_calls = 0
        self.late_terminal_responses = 0

    def begin(self, operation_id: str) -> float:
        """Begin a call, and return how long it takes."""
        assert operation_id not in self.in_flight
        if known := self.fetched.get(operation_id):
            assert not known.is_terminal, f"{operation_id} was terminal"
        now = self.clock.monotonic()
        self.calls += 1
        self.in_flight[operation_id] = now
        self.most_in_flight = max(self.most_in_flight, len(self.in_flight))
        self.late_calls += now >= self.deadline
        return self.rng.uniform(0, SLOWEST_CALL)

    def end(self, operation_id: str) -> Operation:
        """End a call: return the operation, or raise an error."""
        is_late = self.in_flight.pop(operation_id) >= self.deadline
        now = self.clock.monotonic()
        if now >= self.scenario.denied_at:
            raise DENIED
        if self.rng.random() < ERROR_RATE:
            raise transient_error(self.rng)
        is_terminal = now >= self.scenario.ends[operation_id]
        self.late_terminal_responses += is_terminal and is_late
        response = self.fetched[operation_id] = operation(
            operation_id,
            self.scenario.final_statuses[operation_id]
            if is_terminal
            else OperationStatus.STARTED,
        )
        return response

    @property
    def known(self) -> Operations:
        """The operations as last fetched, in the order given."""
        return Operations(self.fetched[each] for each in IDS if each in self.fetched)

    def on_poll(self, progress: WaitProgress) -> None:
        self.progress.append(progress)
        assert progress.ids == IDS
        assert progress.calls == self.calls
        assert progress.polls == len(self.progress)

    def is_set(self) -> bool:
        """Act as the ``cancel`` of the wait."""
        return self.clock.monotonic() >= self.scenario.cancelled_at

    @property
    def cancel(self) -> Fleet | None:
        # Only if it is needed, since it splits every pause into short sleeps.
        return self if self.scenario.cancelled_at < math.inf else None


@attrs.frozen
class Outcome:
    """The outcome of a wait."""

    outcome_type: OutcomeType
    ids: tuple[str, ...]
    operations: Operations
    elapsed: float


def outcome(result: Operations | WaitError, fleet: Fleet) -> Outcome:
    if isinstance(result, Operations):
        elapsed = fleet.clock.monotonic()
        return Outcome(Operations, result.ids, result, elapsed)
    assert result.elapsed is not None
    outcome_type = type(result)
    return Outcome(outcome_type, result.ids, result.operations, result.elapsed)


def wait(scenario: Scenario, seed: int) -> tuple[Outcome, Fleet]:
    clock = FakeClock()
    fleet = Fleet(scenario, clock, seed)

    def get_operation(operation_id: str) -> Operation:
        clock.sleep(fleet.begin(operation_id))
        return fleet.end(operation_id)

    waiter = OperationWaiter(
        get_operation,
        timeout=scenario.timeout,
        pending_per_poll=scenario.pending_per_poll,
        on_poll=fleet.on_poll,
        cancel=fleet.cancel,
        clock=clock,
    )
    try:
        return outcome(waiter.wait(scenario.given), fleet), fleet
    except WaitError as error:
        return outcome(error, fleet), fleet


async def wait_async(scenario: Scenario, seed: int) -> tuple[Outcome, Fleet]:
    clock = FakeAsyncClock()
    fleet = Fleet(scenario, clock, seed)

    async def get_operation(operation_id: str) -> Operation:
        await clock.sleep(fleet.begin(operation_id))
        return fleet.end(operation_id)

    waiter = AsyncOperationWaiter(
        get_operation,
        timeout=scenario.timeout,
        pending_per_poll=scenario.pending_per_poll,
        on_poll=fleet.on_poll,
        cancel=fleet.cancel,
        max_concurrency=scenario.max_concurrency,
        clock=clock,
    )
    try:
        return outcome(await waiter.wait(scenario.given), fleet), fleet
    except WaitError as error:
        return outcome(error, fleet), fleet


def assert_sound(outcome: Outcome, fleet: Fleet, max_concurrency: int) -> None:
    """Assert what holds for every wait with that many calls in flight."""
    scenario = fleet.scenario
    # Nothing is lost: the outcome has every id, and each operation as last fetched.
    assert outcome.outcome_type is scenario.outcome_type
    assert outcome.ids == IDS
    assert outcome.operations == fleet.known
    assert fleet.progress[-1].operations == fleet.known
    assert outcome.operations.ids == tuple(i for i in IDS if i in fleet.fetched)
    is_terminal = scenario.outcome_type in (Operations, WaitFailedError)
    assert (outcome.operations.is_terminal and len(outcome.operations) == COUNT) is (
        is_terminal
    )

    # The deadline holds: after it, only terminal operations allow more calls, and there
    # are no more pauses.
    assert fleet.late_calls - fleet.late_terminal_responses <= max_concurrency
    overtime = SLOWEST_CALL * (1 + fleet.late_calls)
    assert outcome.elapsed <= fleet.deadline + overtime
    assert outcome.elapsed <= scenario.cancelled_at + LONGEST_SLEEP + SLOWEST_CALL * 2

    # Both the calls and the calls in flight are bounded.
    rounds = fleet.progress[-1].polls
    pending_per_round = scenario.pending_per_poll + max_concurrency - 1
    assert fleet.calls <= COUNT + pending_per_round * rounds
    assert fleet.most_in_flight <= max_concurrency
    assert not fleet.in_flight


def test_a_long_wait_with_errors_has_the_same_outcome_sync_and_async(seed: int) -> None:
    scenario = random_scenario(seed)

    outcome, fleet = wait(scenario, seed)
    outcome_async, fleet_async = asyncio.run(wait_async(scenario, seed))

    assert_sound(outcome, fleet, 1)
    assert_sound(outcome_async, fleet_async, scenario.max_concurrency)
    assert outcome.outcome_type is outcome_async.outcome_type
    if outcome.operations.is_terminal:
        assert outcome.operations == outcome_async.operations
