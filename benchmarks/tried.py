"""What was tried and dropped, beside what lightsnap does, by turns in one process.

The others of this kind stand where their like is measured: among the values, and among
the imports.
"""

from __future__ import annotations

import os
from functools import partial
from statistics import median

from botocore.session import Session

from benchmarks.report import Section
from benchmarks.server import CREDENTIALS, serving
from benchmarks.warm_call import Call, microseconds
from lightsnap import Client

REPETITIONS = 12
REGION = "us-west-2"

OURS = "lightsnap"


def second_clients(url: str) -> list[list[str | float]]:
    """Clients after the first: on a session of their own, or on one for all."""
    create = partial(
        Session.create_client,
        service_name="lightsail",
        region_name=REGION,
        endpoint_url=url,
    )
    session = Session()
    ways: dict[str, Call] = {
        OURS: lambda: Client(region_name=REGION, endpoint_url=url)._connect(),
        "one botocore session for all clients": lambda: create(session),
        "a bare botocore session for each client": lambda: create(Session()),
    }
    _, *rounds = [
        {name: microseconds(way) for name, way in ways.items()}
        for _ in range(1 + REPETITIONS)
    ]
    ours = median(each[OURS] for each in rounds)
    return [
        [
            f"a second client: {name}",
            round(median(each[name] for each in rounds)),
            round(ours),
            round(median(each[name] - each[OURS] for each in rounds)),
        ]
        for name in ways
        if name != OURS
    ]


def measure() -> Section:
    os.environ |= CREDENTIALS
    with serving() as url:
        rows = second_clients(url)
    return {
        "goals": [],
        "tables": [
            {
                "title": "Tried and dropped",
                "text": (
                    "By turns in one process, medians: "
                    f"{REPETITIONS} clients each. The difference is the median of "
                    "those within the rounds. The second row is what a user has "
                    "without lightsnap."
                ),
                "columns": {
                    "what": "{}",
                    "so": "{:,.0f} µs",
                    "lightsnap": "{:,.0f} µs",
                    "difference": "{:+,.0f} µs",
                },
                "rows": rows,
            }
        ],
    }
