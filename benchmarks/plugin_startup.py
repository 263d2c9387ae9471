"""What our pytest plugin costs a test run that does not use it.

Whole processes of pytest that collect nothing, with this plugin alone and with none, by
turns.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from statistics import median

PAIRS = 40
PYTEST = [sys.executable, "-m", "pytest", "--quiet", "-p", "no:cacheprovider"]
WITH = ["-p", "lightsnap.testing.pytest_plugin"]
ENVIRONMENT = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


def seconds(options: list[str], folder: str) -> float:
    began = time.perf_counter()
    subprocess.run(
        [*PYTEST, *options],
        cwd=folder,
        env=ENVIRONMENT,
        stdout=subprocess.DEVNULL,
        check=False,
    )
    return time.perf_counter() - began


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for options in (WITH, []):
            seconds(options, folder)
        pairs = [(seconds(WITH, folder), seconds([], folder)) for _ in range(PAIRS)]
    with_plugin, without = (median(column) for column in zip(*pairs, strict=True))
    ratio = median(one / other for one, other in pairs)
    print(
        f"pytest that collects nothing, {PAIRS} pairs of runs, medians: "
        f"{with_plugin * 1000:.0f} ms with the plugin, {without * 1000:.0f} ms "
        f"without, ratio {ratio:.3f}"
    )


if __name__ == "__main__":
    main()
