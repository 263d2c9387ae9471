"""The examples run, and show what they say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import lightsnap
from lightsnap import errors

ROOT = Path(__file__).parent.parent


def test_the_demo_shows_the_main_job() -> None:
    ran = subprocess.run(
        [sys.executable, ROOT / "examples" / "demo.py"],
        capture_output=True,
        text=True,
        check=True,
    )

    lines = [" ".join(line.split()[:2]) for line in ran.stdout.splitlines()]
    for resource in ("InstanceSnapshot", "Instance"):
        seen = [line.split()[1] for line in lines if line.split()[:1] == [resource]]
        assert list(dict.fromkeys(seen)) == ["NotStarted", "Started", "Succeeded"]
    assert "The snapshot is available" in ran.stdout
    assert "Tag(key='env', value='demo')" in ran.stdout
    assert "reserved-prefix tags[0].key" in lines


def test_every_error_stands_in_both_trees() -> None:
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")

    for name in lightsnap.__all__:
        if name.endswith("Error"):
            assert f" {name}" in str(errors.__doc__)
            assert f"─ {name}" in page or name == "LightsnapError"
