"""The throughput of waits for many operations in asyncio.

Each response takes 30 ms. All operations have ended before they are polled, so a wait
makes one call per operation, and what counts is how many are in flight at once. Each
run measures every client once.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from statistics import median

from aiobotocore.session import AioSession

from benchmarks.report import Section
from benchmarks.server import CREDENTIALS, serving
from lightsnap import AsyncClient

COUNT, DELAY, RUNS, WAITS = 2000, 0.030, 5, 256
IDS = [str(number) for number in range(COUNT)]
REGION = "us-west-2"


async def by_aiobotocore(url: str) -> float:
    session = AioSession()
    async with session.create_client(
        "lightsail", region_name=REGION, endpoint_url=url
    ) as client:
        await client.get_operation(operationId="warm-up")
        began = time.perf_counter()
        await asyncio.gather(*(client.get_operation(operationId=each) for each in IDS))
        return time.perf_counter() - began


async def by_one_wait(url: str) -> float:
    async with AsyncClient(region_name=REGION, endpoint_url=url) as client:
        await client.get_operation("warm-up")
        began = time.perf_counter()
        await client.wait(IDS)
        return time.perf_counter() - began


async def by_many_waits(url: str) -> float:
    async with AsyncClient(region_name=REGION, endpoint_url=url) as client:
        await client.get_operation("warm-up")
        began = time.perf_counter()
        await asyncio.gather(
            *(client.wait(IDS[number::WAITS]) for number in range(WAITS))
        )
        return time.perf_counter() - began


AIOBOTOCORE = "aiobotocore client, gather of all calls"
ONE_WAIT = "AsyncClient, one wait"
MANY_WAITS = f"AsyncClient, {WAITS} waits at once"
WAYS: dict[str, Callable[[str], Awaitable[float]]] = {
    AIOBOTOCORE: by_aiobotocore,
    ONE_WAIT: by_one_wait,
    MANY_WAITS: by_many_waits,
}


async def run_all(url: str) -> list[dict[str, float]]:
    return [{name: await way(url) for name, way in WAYS.items()} for _ in range(RUNS)]


def measure() -> Section:
    os.environ |= CREDENTIALS
    with serving(DELAY) as url:
        runs = asyncio.run(run_all(url))
    ratios = {
        name: round(median(run[AIOBOTOCORE] / run[name] for run in runs), 1)
        for name in WAYS
    }
    return {
        "goals": [
            {
                "what": f"throughput of an async wait for {COUNT:,} operations",
                "measured": ratios[ONE_WAIT],
                "goal": 3,
                "at_least": True,
                "form": "{:.1f}",
                "against": "aiobotocore client with its default pool",
            }
        ],
        "tables": [
            {
                "title": "Many operations in asyncio",
                "text": (
                    f"{COUNT:,} operations that have ended, on a server that takes "
                    f"{1000 * DELAY:.0f} ms for each response; {RUNS} runs of each "
                    "client."
                ),
                "columns": {
                    "client": "{}",
                    "calls per second": "{:,.0f}",
                    "relative to the first": "{:.1f}",
                },
                "rows": [
                    [name, round(median(COUNT / run[name] for run in runs)), ratio]
                    for name, ratio in ratios.items()
                ],
            }
        ],
    }
