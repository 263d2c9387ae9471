"""The HTML that values are composed of in notebooks.

It is small, escaped, and has no colours of its own, so it suits every theme.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

MOST_ROWS = 10
"""Rows of a table that are shown; the rest is counted."""

# Notebooks would have cells on the right, and other pages have them close together.
_CELL = 'style="text-align: left; padding-right: 1em"'


def heading(kind: str, text: str) -> str:
    """A line that says what is shown, and what there is to know first."""
    return f"<div><strong>{_escaped(kind)}</strong> {_escaped(text)}</div>"


def bar(done: int, total: int) -> str:
    """Return a bar for counts that the text gives as well; empty if there are none."""
    if not total:
        return ""
    return f'<progress value="{done}" max="{total}"></progress>'


def fields(*values: tuple[str, object]) -> str:
    """A table of names and values. What is None is left out."""
    rows = [
        f"<tr><th {_CELL}>{_escaped(name)}</th><td {_CELL}>{_escaped(value)}</td></tr>"
        for name, value in values
        if value is not None
    ]
    return f"<table><tbody>{''.join(rows)}</tbody></table>"


def table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table with a row of names on top. Of many rows the first, of none nothing."""
    if not rows:
        return ""
    head = _row("th", columns)
    body = "".join(_row("td", row) for row in rows[:MOST_ROWS])
    left_out = len(rows) - MOST_ROWS
    foot = f"<div>and {left_out:,} more</div>" if left_out > 0 else ""
    return f"<table><thead>{head}</thead><tbody>{body}</tbody></table>{foot}"


def _row(cell: str, values: Iterable[object]) -> str:
    cells = (f"<{cell} {_CELL}>{_escaped(value)}</{cell}>" for value in values)
    return f"<tr>{''.join(cells)}</tr>"


def _escaped(value: object) -> str:
    """Write a value as text that means nothing to HTML."""
    from html import escape  # noqa: PLC0415 (it has a large table of names)

    if isinstance(value, datetime) and value.tzinfo:
        value = f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    return escape("" if value is None else str(value))
