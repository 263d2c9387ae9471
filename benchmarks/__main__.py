"""Run the benchmarks, print the goals, and write the results and their pages.

``--only startup`` runs one benchmark, prints its tables too, and writes nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.report import fill, render, render_goals, render_section
from benchmarks.sections import SECTIONS, measure_all
from tests.foreign import ROOT, environment

RESULTS = ROOT / "benchmarks" / "results.json"
PAGE = ROOT / "docs" / "performance.md"
EXPLANATION = ROOT / "docs" / "explanation" / "performance.md"

PEERS = ("boto3", "botocore", "aiobotocore", "attrs")
CLIENTS = {"awscli": "awscli", "capo-lightsail": "capo"}


def machine() -> dict[str, str]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return {
        "processor": processor(),
        "CPUs": str(os.cpu_count()),
        "memory": f"{memory:.0f} GB",
        "system": system(),
    }


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        lines = []
    names = (line.partition(":")[2] for line in lines if line.startswith("model name"))
    return next(names, platform.machine()).strip()


def system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        return f"{platform.system()} {platform.release()}"


def versions() -> dict[str, str]:
    found = {
        "Python": platform.python_version(),
        **{each: version(each) for each in PEERS},
    }
    for name, client in CLIENTS.items():
        script = f"from importlib.metadata import version; print(version({name!r}))"
        command = [str(environment(client) / "bin/python"), "-c", script]
        found[name] = subprocess.check_output(command, text=True).strip()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", choices=SECTIONS, action="append")
    only: list[str] | None = parser.parse_args().only
    sections = measure_all(only or SECTIONS)
    print(render_goals([goal for each in sections.values() for goal in each["goals"]]))
    if only:
        print("\n".join(map(render_section, sections.values())))
        return
    results = {
        "date": str(datetime.now(UTC).date()),
        "machine": machine(),
        "versions": versions(),
        "sections": sections,
    }
    text = json.dumps(results, indent=2, ensure_ascii=False)
    RESULTS.write_text(f"{text}\n", encoding="utf-8")
    PAGE.write_text(render(json.loads(text)), encoding="utf-8")
    explanation = fill(EXPLANATION.read_text(encoding="utf-8"), json.loads(text))
    EXPLANATION.write_text(explanation, encoding="utf-8")


if __name__ == "__main__":
    main()
