"""HTML fragments for the display of values in notebooks.

They are escaped and set no colors, so that they suit every theme.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

MOST_ROWS = 10
"""How many rows of a table are shown; the rest are counted."""

# Notebooks align cells to the right; other pages leave no space between them.
_CELL = 'style="text-align: left; padding-right: 1em"'


def heading(kind: str, text: str) -> str:
    """Return a line with the kind of a value and its most important facts."""
    return f"<div><strong>{_escaped(kind)}</strong> {_escaped(text)}</div>"


def bar(done: int, total: int) -> str:
    """Return a progress bar; empty if there is nothing to count."""
    if not total:
        return ""
    return f'<progress value="{done}" max="{total}"></progress>'


def fields(*values: tuple[str, object]) -> str:
    """Return a table of names and values, without those that are None."""
    rows = [
        f"<tr><th {_CELL}>{_escaped(name)}</th><td {_CELL}>{_escaped(value)}</td></tr>"
        for name, value in values
        if value is not None
    ]
    return f"<table><tbody>{''.join(rows)}</tbody></table>"


def table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a table of the first rows; empty if there are none."""
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
    """Return a value as escaped text."""
    from html import escape  # noqa: PLC0415 (its table of names is large)

    if isinstance(value, datetime) and value.tzinfo:
        value = f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    return escape("" if value is None else str(value))
