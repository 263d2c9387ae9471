"""How late a wait notices the end, and how many calls it makes.

The benchmark uses the public waiter with a fake clock and simulated operations. Each
operation has a random duration, log-normal around a median that is drawn for each wait:
60, 180 or 420 seconds. Calls take no time. The seeds are fixed, so every run gives the
same figures; docs/explanation/waiting.md shows them.

Source of Terraform's pauses: ``waitOperation`` in ``internal/service/lightsail`` of
terraform-provider-aws (``Delay`` 5 s, ``MinTimeout`` 3 s), and ``StateChangeConf`` in
``helper/retry`` of terraform-plugin-sdk, which doubles them up to 10 s.
"""

from __future__ import annotations

import math
import random
import statistics
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from typing import NamedTuple, TypeAlias

import tenacity

from benchmarks.report import Goal, Section
from benchmarks.server import operation
from lightsnap import Operation, OperationWaiter
from lightsnap.testing import FakeClock

MEDIANS, SIGMA = (60, 180, 420), 0.6
SHORT, SHORT_WAITS = 2, 6000  # operations per wait, and number of waits
LONG, LONG_WAITS = 2000, 30
SHORT_SAMPLE, LONG_SAMPLE = 100, 1  # few enough for a test to recompute

PAUSES: dict[str, float | tenacity.wait.wait_base | None] = {
    "fixed 5 s": 5.0,
    "fixed 15 s": 15.0,
    "Terraform's": tenacity.wait_chain(*map(tenacity.wait_fixed, (5, 3, 6, 10))),
    "doubling, from 1 s to 30 s": tenacity.wait_exponential(max=30),
    "the default": None,
}


class Row(NamedTuple):
    """The settings of a wait."""

    pauses: str
    polled: str
    pending_per_poll: int


DEFAULT = Row("the default", "until one is pending", 1)
SHORT_ROWS = [*(Row(pauses, "both", SHORT) for pauses in PAUSES), DEFAULT]
LONG_ROWS = [
    Row("the default", "all pending operations", LONG),
    Row("the default", "until ten are pending", 10),
    DEFAULT,
]


@cache
def response(operation_id: str, *, ended: bool) -> Operation:
    return Operation.from_dict(operation(operation_id, ended=ended))


class Service:
    """Operations that end at given times."""

    def __init__(self, ends: list[float]) -> None:
        self.clock = FakeClock()
        self.calls = 0
        self.ids = [str(number) for number in range(len(ends))]
        self._ends = dict(zip(self.ids, ends, strict=True))

    def get_operation(self, operation_id: str) -> Operation:
        self.calls += 1
        ended = self.clock.monotonic() >= self._ends[operation_id]
        return response(operation_id, ended=ended)


class Costs(NamedTuple):
    """The duration and lateness of a wait in seconds, and its calls."""

    duration: float
    late: float
    calls: int


class Figures(NamedTuple):
    """Means over many waits, and the 95th percentile of the lateness."""

    late: float
    percent_late: float
    calls: float


Job: TypeAlias = "tuple[Row, int, list[float]]"


def wait(job: Job) -> Costs:
    row, number, ends = job
    random.seed(number)  # for the default's jitter
    service = Service(ends)
    OperationWaiter(
        service.get_operation,
        timeout=None,
        poll_interval=PAUSES[row.pauses],
        pending_per_poll=row.pending_per_poll,
        clock=service.clock,
    ).wait(service.ids)
    duration = max(ends)
    return Costs(duration, service.clock.monotonic() - duration, service.calls)


def jobs(row: Row, operations: int, waits: int) -> Iterator[Job]:
    """Yield waits with these settings; all settings get the same operations."""
    rng = random.Random(3)
    for number in range(waits):
        median = rng.choice(MEDIANS)
        ends = [median * math.exp(SIGMA * rng.gauss(0, 1)) for _ in range(operations)]
        yield row, number, ends


def figures(costs: Iterable[Costs]) -> Figures:
    waits = list(costs)
    shares = sorted(each.late / each.duration for each in waits)
    return Figures(
        late=round(statistics.mean(each.late for each in waits), 2),
        percent_late=round(100 * shares[int(0.95 * len(shares))], 1),
        calls=round(statistics.mean(each.calls for each in waits), 1),
    )


def sample() -> dict[str, list[float]]:
    """Return the figures of the first waits of each row."""
    return {
        f"{operations} operations, {row.pauses}, {row.polled}": list(
            figures(map(wait, jobs(row, operations, waits)))
        )
        for operations, waits, rows in (
            (SHORT, SHORT_SAMPLE, SHORT_ROWS),
            (LONG, LONG_SAMPLE, LONG_ROWS),
        )
        for row in rows
    }


def marked(row: Row, text: str) -> str:
    return f"**{text}**" if row == DEFAULT else text


def goals(short: dict[Row, Figures], long: dict[Row, Figures]) -> list[Goal]:
    """Return the goals of the default, compared with the other rows."""
    default = short[DEFAULT]
    others = {
        row.pauses: each for row, each in short.items() if row.pauses != "the default"
    }
    poll_all = next(iter(long.values()))
    return [
        {
            "what": "lateness of a wait for two operations",
            "measured": round(default.late, 1),
            "goal": 3.4,
            "form": "{:.1f} s",
            "against": "; ".join(
                f"{pauses}: {each.late:.1f} s" for pauses, each in others.items()
            ),
        },
        {
            "what": "lateness, 95th percentile, share of the duration",
            "measured": round(default.percent_late),
            "goal": 4,
            "form": "{:.0f} %",
            "against": "; ".join(
                f"{pauses}: {each.percent_late:.0f} %"
                for pauses, each in others.items()
            ),
        },
        {
            "what": "calls of a wait for two operations",
            "measured": round(default.calls),
            "goal": 75,
            "form": "{:.0f}",
            "against": "; ".join(
                f"{pauses}: {each.calls:.0f}" for pauses, each in others.items()
            ),
        },
        {
            "what": f"calls of a wait for {LONG:,} operations",
            "measured": round(long[DEFAULT].calls),
            "goal": 2200,
            "form": "{:,}",
            "against": f"polling all pending operations: {poll_all.calls:,.0f}",
        },
    ]


def measure() -> Section:
    with ProcessPoolExecutor() as pool:
        long = {
            row: figures(pool.map(wait, jobs(row, LONG, LONG_WAITS)))
            for row in LONG_ROWS
        }
        short = {
            row: figures(pool.map(wait, jobs(row, SHORT, SHORT_WAITS), chunksize=100))
            for row in SHORT_ROWS
        }
    return {
        "goals": goals(short, long),
        "tables": [
            {
                "title": "Waits for two operations",
                "text": (
                    f"Two operations, {SHORT_WAITS:,} waits, on a fake clock. "
                    "[Waiting](explanation/waiting.md#figures) explains the columns."
                ),
                "columns": {
                    "pauses": "{}",
                    "a round polls": "{}",
                    "late": "{:.1f} s",
                    "late, 95th percentile": "{:.0f} % of the duration",
                    "calls": "{:.0f}",
                },
                "rows": [
                    [marked(row, row.pauses), marked(row, row.polled), *each]
                    for row, each in short.items()
                ],
            },
            {
                "title": "Waits for many operations",
                "text": (
                    f"{LONG:,} operations, {LONG_WAITS} waits, with the default pauses."
                ),
                "columns": {"a round polls": "{}", "calls": "{:,.0f}"},
                "rows": [
                    [marked(row, row.polled), each.calls] for row, each in long.items()
                ],
            },
        ],
        "sample": sample(),
    }
