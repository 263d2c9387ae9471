"""What a warm ``Client.get_operation`` costs beyond the bare call of boto3.

Both ask a server on loopback, each over a connection that stays open. A call takes
about a millisecond and varies by a tenth of that from one to the next, and more from
process to process; two separate processes, as pyperf has them, could not tell the 25
µs that count here. So the calls alternate in one process, the first of a pair now the
one, now the other, and the median is that of the differences within the pairs.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from statistics import median

import boto3

from benchmarks.report import Section
from benchmarks.server import CREDENTIALS, serving
from lightsnap import Client

PAIRS, WARM_UPS = 4000, 200

Call = Callable[[], object]


def microseconds(call: Call) -> float:
    began = time.perf_counter_ns()
    call()
    return (time.perf_counter_ns() - began) / 1000


def compare(ours: Call, bare: Call) -> tuple[float, float, float]:
    """The medians of both, and of the differences."""
    pairs: list[tuple[float, float]] = []
    for number in range(WARM_UPS + PAIRS):
        if number % 2:
            first = microseconds(ours)
            pairs.append((first, microseconds(bare)))
        else:
            first = microseconds(bare)
            pairs.append((microseconds(ours), first))
    pairs = pairs[WARM_UPS:]
    return (
        median(one for one, _ in pairs),
        median(other for _, other in pairs),
        median(one - other for one, other in pairs),
    )


def measure() -> Section:
    os.environ |= CREDENTIALS
    with serving() as url:
        bare = boto3.client("lightsail", region_name="us-west-2", endpoint_url=url)
        built = Client(region_name="us-west-2", endpoint_url=url)
        given = Client(bare)

        def call_bare() -> object:
            return bare.get_operation(operationId="1")

        own = compare(lambda: built.get_operation("1"), call_bare)
        same = compare(lambda: given.get_operation("1"), call_bare)
    return {
        "goals": [
            {
                "what": "a warm Client.get_operation, beyond the bare call",
                "measured": round(own[2]),
                "goal": 25,
                "form": "{:.0f} µs",
                "against": f"the bare call of boto3, {own[1]:.0f} µs",
            }
        ],
        "tables": [
            {
                "title": "A warm call",
                "text": (
                    f"GetOperation over loopback, on an open connection: {PAIRS:,} "
                    "pairs in one process, by turns. More is the median of the "
                    "differences within the pairs."
                ),
                "columns": {
                    "Client.get_operation": "{}",
                    "lightsnap": "{:.0f} µs",
                    "boto3": "{:.0f} µs",
                    "more": "{:.0f} µs",
                },
                "rows": [
                    ["on a client that lightsnap built", *(round(x, 1) for x in own)],
                    ["on that very boto3 client", *(round(x, 1) for x in same)],
                ],
            }
        ],
    }
