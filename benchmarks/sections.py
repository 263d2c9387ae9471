"""The sections of the results, and the modules that measure them."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from multiprocessing import get_context

from benchmarks.report import Section

SECTIONS = {
    "startup": "startup",
    "memory": "memory",
    "waits": "wait_costs",
    "async": "throughput",
    "rounds": "state_machine",
    "backups": "fleet",
    "pytest": "plugin_startup",
}


def measure(module: str) -> Section:
    section: Section = import_module(f"benchmarks.{module}").measure()
    return section


def measure_all(names: Iterable[str]) -> dict[str, Section]:
    """Measure each section in a fresh, small process."""
    sections: dict[str, Section] = {}
    for name in names:
        print(f"Measuring: {name}", flush=True)
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            sections[name] = pool.submit(measure, SECTIONS[name]).result()
    return sections
