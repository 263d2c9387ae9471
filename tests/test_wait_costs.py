"""docs/explanation/waiting.md shows the figures of benchmarks/wait_costs.py."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_page_has_the_figures_of_the_benchmark() -> None:
    page = ROOT / "docs" / "explanation" / "waiting.md"
    printed = subprocess.run(
        [sys.executable, "benchmarks/wait_costs.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert printed in page.read_text(encoding="utf-8")
