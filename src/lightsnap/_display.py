"""How values are shown: as text that is safe in terminals, and as HTML in notebooks.

The HTML is small, escaped, and has no colours of its own, so it suits every theme.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lightsnap.models import Operation, Operations, ResourceLocation, Tag
    from lightsnap.snapshots import InstanceSnapshot

MOST_ROWS = 10
"""Rows of a table that are shown; the rest is counted."""

# Notebooks would have cells on the right, and other pages have them close together.
_CELL = 'style="text-align: left; padding-right: 1em"'


def printable(text: str) -> str:
    """Escape what would command a terminal: the service, or who tagged, may send it."""
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode()
        for each in text
    )


def heading(kind: str, text: str) -> str:
    """A line that says what is shown, and what there is to know first."""
    return f"<div><strong>{_escaped(kind)}</strong> {_escaped(text)}</div>"


def bar(done: int, total: int) -> str:
    """A bar, for figures that are told in words as well; of nothing, nothing."""
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
    from html import escape  # noqa: PLC0415 (only where something is shown)

    if isinstance(value, datetime) and value.tzinfo:
        value = f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    return escape("" if value is None else str(value))


def operation(operation: Operation) -> str:
    """Write an operation as HTML."""
    ended = "ended" if operation.is_terminal else "not ended"
    status = f"{operation.operation_type}: {operation.status} ({ended})"
    return heading("Operation", status) + fields(
        ("Error", _outcome(operation, "") or None),
        ("Resource", f"{operation.resource_name} ({operation.resource_type})"),
        ("Details", operation.operation_details),
        ("Location", _place(operation.location)),
        ("Created", operation.created_at),
        ("Status changed", operation.status_changed_at),
        ("Id", operation.id),
    )


def operations_table(operations: Operations) -> str:
    """Write operations as HTML. Where they are many, those come first that matter."""
    in_order: Sequence[Operation] = operations
    if len(operations) > MOST_ROWS:
        in_order = operations.failed + operations.pending + operations.succeeded
    rows = [
        (
            each.operation_type,
            f"{each.resource_name} ({each.resource_type})",
            _outcome(each, each.status),
            each.id,
        )
        for each in in_order
    ]
    return table(("Operation", "Resource", "Status", "Id"), rows)


def snapshot(snapshot: InstanceSnapshot) -> str:
    """Write a snapshot as HTML."""
    size, disks = snapshot.size_in_gb, snapshot.from_attached_disks
    return heading("Snapshot", f"{snapshot.name}: {snapshot.state}") + fields(
        ("Instance", snapshot.from_instance_name),
        ("Progress", snapshot.progress),
        ("Size", None if size is None else f"{size} GB"),
        ("Disks", len(disks) if disks else None),
        ("Tags", tags_in_words(snapshot.tags) if snapshot.tags else None),
        ("Location", _place(snapshot.location)),
        ("Created", snapshot.created_at),
    )


def tags_in_words(tags: Iterable[Tag]) -> str:
    """Write tags for people: ``env = prod``; a key without a value stands alone."""
    return ", ".join(
        tag.key if tag.value is None else f"{tag.key} = {tag.value}" for tag in tags
    )


def _outcome(operation: Operation, status: str) -> str:
    """The status and the error that there is, if any."""
    parts = (status, operation.error_code, operation.error_details)
    return ": ".join(each for each in parts if each)


def _place(location: ResourceLocation) -> str:
    return f"{location.region_name}, zone {location.availability_zone}"
