"""How late a wait notices the end, and at how many calls: real waits on a fake clock.

Every row is from the waiter that users have; only the clock and the operations are made
up. Each operation ends after a time of its own, log-normal around a median that is
drawn for the wait: 60, 180 or 420 seconds. Calls take no time. The seeds are fixed, so
the figures are the same each time; docs/explanation/waiting.md shows them.
"""

from __future__ import annotations

import math
import random
import statistics
from typing import NamedTuple

import attrs
import tenacity

from lightsnap import Operation, OperationStatus, OperationWaiter
from lightsnap.testing import FakeClock

_SUCCEEDED = OperationStatus.SUCCEEDED
MEDIANS, SIGMA = (60, 180, 420), 0.6
WAITS = 300

EXAMPLE = Operation.from_dict(
    {
        "id": "0",
        "resourceName": "Snapshot-1",
        "resourceType": "InstanceSnapshot",
        "createdAt": 1569866438.48,
        "location": {"availabilityZone": "all", "regionName": "us-west-2"},
        "isTerminal": False,
        "operationType": "CreateInstanceSnapshot",
        "status": "Started",
        "statusChangedAt": 1569866438.48,
    }
)


class Service:
    """Operations that end when their time has come."""

    def __init__(self, ends: list[float]) -> None:
        self.clock = FakeClock()
        self.calls = 0
        pending = [attrs.evolve(EXAMPLE, id=str(number)) for number in range(len(ends))]
        self.ids = [each.id for each in pending]
        self._stages = {
            each.id: (
                end,
                each,
                attrs.evolve(each, is_terminal=True, status=_SUCCEEDED),
            )
            for each, end in zip(pending, ends, strict=True)
        }

    def get_operation(self, operation_id: str) -> Operation:
        self.calls += 1
        end, pending, ended = self._stages[operation_id]
        return pending if self.clock.monotonic() < end else ended


class Costs(NamedTuple):
    duration: float
    late: float
    calls: int


def durations(count: int, dice: random.Random) -> list[float]:
    median = dice.choice(MEDIANS)
    return [median * math.exp(SIGMA * dice.gauss(0, 1)) for _ in range(count)]


def wait(
    ends: list[float],
    poll_interval: float | tenacity.wait.wait_base | None,
    pending_per_poll: int,
) -> Costs:
    service = Service(ends)
    OperationWaiter(
        service.get_operation,
        timeout=None,
        poll_interval=poll_interval,
        pending_per_poll=pending_per_poll,
        clock=service.clock,
    ).wait(service.ids)
    duration = max(ends)
    late = service.clock.monotonic() - duration
    return Costs(duration, late, service.calls)


def main() -> None:
    random.seed(1)  # the default's jitter
    print(f"Two operations, {WAITS} waits:\n")
    print("| pauses | a round asks for | late | late, 95th percentile | calls |")
    print("| --- | --- | --- | --- | --- |")
    for pauses, poll_interval, pending_per_poll in (
        ("5 s", 5.0, 2),
        ("15 s", 15.0, 2),
        ("doubling, from 1 s to 30 s", tenacity.wait_exponential(max=30), 2),
        ("the default", None, 2),
        ("**the default**", None, 1),
    ):
        asked = "**until one is pending**" if pending_per_poll == 1 else "both"
        dice = random.Random(3)
        costs = [
            wait(durations(2, dice), poll_interval, pending_per_poll)
            for _ in range(WAITS)
        ]
        late = statistics.mean(each.late for each in costs)
        shares = [each.late / each.duration for each in costs]
        percentile = 100 * statistics.quantiles(shares, n=20)[-1]
        calls = statistics.mean(each.calls for each in costs)
        print(
            f"| {pauses} | {asked} | {late:.1f} s | {percentile:.0f} % of the duration "
            f"| {calls:.0f} |"
        )
    print("\n2,000 operations, one wait, the default pauses:\n")
    print("| a round asks for | calls |")
    print("| --- | --- |")
    for asked, pending_per_poll in (
        ("all that are pending", 2000),
        ("until ten are pending", 10),
        ("**until one is pending**", 1),
    ):
        cost = wait(durations(2000, random.Random(3)), None, pending_per_poll)
        print(f"| {asked} | {cost.calls:,} |")


if __name__ == "__main__":
    main()
