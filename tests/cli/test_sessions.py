"""docs/reference/sessions.md shows what the CLI shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.sessions import page

pytestmark = pytest.mark.page

ROOT = Path(__file__).parents[2]


def test_the_page_is_up_to_date() -> None:
    committed = ROOT / "docs" / "reference" / "sessions.md"

    assert committed.read_text(encoding="utf-8") == page()
