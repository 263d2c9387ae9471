"""The cost of a round of a wait in the state machine, by the number of operations.

There are no calls and no pauses. Most rounds end at the first operation that is still
pending; in the last round, all operations have ended.
"""

from __future__ import annotations

import statistics
import time
import tracemalloc

import attrs

from benchmarks.report import Section
from benchmarks.server import operation
from lightsnap import Operation, OperationStatus
from lightsnap._wait.operations import OperationsWait
from lightsnap._wait.options import Schedule
from lightsnap.testing import FakeClock

COUNTS = (1, 100, 10_000)
REPETITIONS = 7
TOLERANCE = 3  # a ratio up to this does not count as growth

EXAMPLE = Operation.from_dict(operation("0", ended=False))


def new_wait(pending: list[Operation]) -> OperationsWait:
    schedule = Schedule(
        timeout=None, poll_interval=5, on_poll=None, cancel=None, clock=FakeClock()
    )
    return OperationsWait(pending, schedule)


def run_round(wait: OperationsWait, results: dict[str, Operation]) -> None:
    wait.begin_round()
    while (subject := wait.next_call()) is not None:
        wait.succeeded(subject, results[subject])
    wait.end_round()


def measure_count(count: int) -> tuple[float, float, float, float]:
    """Return the microseconds of three rounds, and the peak memory in bytes.

    The rounds are a pending one, a pending one with progress, and the last.
    """
    pending = [attrs.evolve(EXAMPLE, id=str(number)) for number in range(count)]
    status = OperationStatus.SUCCEEDED
    still = {each.id: each for each in pending}
    ended = {
        each.id: attrs.evolve(each, is_terminal=True, status=status) for each in pending
    }

    tracemalloc.start()
    wait = new_wait(pending)
    run_round(wait, still)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    rounds = 200
    began = time.perf_counter()
    for _ in range(rounds):
        run_round(wait, still)
    one_pending = (time.perf_counter() - began) / rounds

    began = time.perf_counter()
    for _ in range(10):
        run_round(wait, still)
        wait.progress()
    with_progress = (time.perf_counter() - began) / 10

    began = time.perf_counter()
    run_round(wait, ended)
    all_end = time.perf_counter() - began
    if not wait.is_over:
        raise RuntimeError("the operations have not ended")
    return 1e6 * one_pending, 1e6 * with_progress, 1e6 * all_end, float(peak)


def measure() -> Section:
    runs: dict[int, list[tuple[float, float, float, float]]] = {}
    for _ in range(REPETITIONS):
        for count in COUNTS:
            runs.setdefault(count, []).append(measure_count(count))
    medians = {
        count: [statistics.median(column) for column in zip(*rows, strict=True)]
        for count, rows in runs.items()
    }
    few, many = medians[100], medians[10_000]
    growth = max(more / less / 100 for more, less in zip(many, few, strict=True))
    return {
        "goals": [
            {
                "what": "growth of a round from 100 to 10,000 operations, linear = 1",
                "measured": round(growth, 1),
                "goal": TOLERANCE,
                "form": "{:.1f}",
                "against": "",
            }
        ],
        "tables": [
            {
                "title": "One round of a wait",
                "text": (
                    "The state machine alone, without calls or pauses. Most rounds end "
                    "at the first operation that is still pending; in the last round, "
                    "all operations have ended. The last two columns are per operation."
                ),
                "columns": {
                    "operations": "{:,}",
                    "pending round": "{:.1f} µs",
                    "pending round, with on_poll": "{:,.1f} µs",
                    "last round": "{:.2f} µs",
                    "memory": "{:,.0f} B",
                },
                "rows": [
                    [
                        count,
                        round(one_pending, 2),
                        round(with_progress, 2),
                        round(all_end / count, 3),
                        round(peak / count),
                    ]
                    for count, (one_pending, with_progress, all_end, peak) in (
                        medians.items()
                    )
                ],
            }
        ],
    }
