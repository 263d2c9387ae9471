"""What a round of a wait costs, by the number of operations: the state machine alone.

No call is made and nobody sleeps. One round ends at its first pending answer, as most
do; in the other all operations have ended.
"""

from __future__ import annotations

import statistics
import sys
import time
import tracemalloc

import attrs

from lightsnap import Operation, OperationStatus
from lightsnap.schedule import Schedule
from lightsnap.state import OperationsWait
from lightsnap.testing import FakeClock

COUNTS = (1, 100, 10_000)
REPETITIONS = 7
TOLERANCE = 3  # a cost per operation may differ that much before it counts as growth

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


def new_wait(pending: list[Operation]) -> OperationsWait:
    schedule = Schedule(
        timeout=None, poll_interval=5, on_poll=None, cancel=None, clock=FakeClock()
    )
    return OperationsWait(pending, schedule)


def play_round(wait: OperationsWait, answers: dict[str, Operation]) -> None:
    wait.begin_round()
    while (subject := wait.next_call()) is not None:
        wait.answered(subject, answers[subject])
    wait.end_round()


def measure(count: int) -> tuple[float, float, float, float]:
    """Microseconds of a pending round, of one with progress, of the last; bytes."""
    pending = [attrs.evolve(EXAMPLE, id=str(number)) for number in range(count)]
    status = OperationStatus.SUCCEEDED
    still = {each.id: each for each in pending}
    ended = {
        each.id: attrs.evolve(each, is_terminal=True, status=status) for each in pending
    }

    tracemalloc.start()
    wait = new_wait(pending)
    play_round(wait, still)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    rounds = 200
    began = time.perf_counter()
    for _ in range(rounds):
        play_round(wait, still)
    one_pending = (time.perf_counter() - began) / rounds

    began = time.perf_counter()
    for _ in range(10):
        play_round(wait, still)
        wait.progress()
    with_progress = (time.perf_counter() - began) / 10

    began = time.perf_counter()
    play_round(wait, ended)
    all_end = time.perf_counter() - began
    if not wait.is_over:
        raise RuntimeError("the operations have not ended")
    return 1e6 * one_pending, 1e6 * with_progress, 1e6 * all_end, float(peak)


def main() -> int:
    runs: dict[int, list[tuple[float, float, float, float]]] = {}
    for _ in range(REPETITIONS):
        for count in COUNTS:
            runs.setdefault(count, []).append(measure(count))
    medians = {
        count: [statistics.median(column) for column in zip(*rows, strict=True)]
        for count, rows in runs.items()
    }
    print("operations  pending round  with progress  last round, each  memory, each")
    for count, (one_pending, with_progress, all_end, peak) in medians.items():
        print(
            f"{count:10}  {one_pending:10.1f} us  {with_progress:10.1f} us  "
            f"{all_end / count:13.2f} us  {peak / count:10.0f} B"
        )
    few, many = medians[100], medians[10_000]
    growth = [many[column] / few[column] / 100 for column in range(4)]
    print("growth from 100 to 10,000, linear = 1:", *(f"{each:.2f}" for each in growth))
    is_linear = all(each <= TOLERANCE for each in growth)
    print(f"no faster than linearly: {'yes' if is_linear else 'NO'}")
    return 0 if is_linear else 1


if __name__ == "__main__":
    sys.exit(main())
