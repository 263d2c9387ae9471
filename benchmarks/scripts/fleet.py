"""Back up all instances of some Regions, and print the figures as JSON.

The arguments are the URL of the server and the names of the Regions.
"""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from botocore.client import BaseClient

import lightsnap
from lightsnap import BackupPlan, Site

busy: list[float] = []
call: Any = BaseClient._make_api_call  # type: ignore[attr-defined]


def timed(*args: Any) -> Any:
    began = time.perf_counter()
    try:
        return call(*args)
    finally:
        busy.append(time.perf_counter() - began)


BaseClient._make_api_call = timed  # type: ignore[attr-defined]


def peak() -> float:
    """Return the highest resident memory so far, in megabytes."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (line,) = (each for each in status.splitlines() if each.startswith("VmHWM:"))
    return int(line.split()[1]) / 1000


url, *region_names = sys.argv[1:]
sites = [Site(each, endpoint_url=url) for each in region_names]
before = peak()
began = time.perf_counter()
with ThreadPoolExecutor(len(sites)) as executor:
    report = lightsnap.back_up(BackupPlan("nightly"), sites, run="1", executor=executor)
print(
    json.dumps(
        {
            "instances": len(report.raise_for_failure().outcomes),
            "wall": time.perf_counter() - began,
            "calls": len(busy),
            "busy": sum(busy) / len(sites),
            "memory": peak() - before,
        }
    )
)
