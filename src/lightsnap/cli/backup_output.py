"""What the commands for backups show: tables for people, responses for programs."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import cast

from attrs import frozen

from lightsnap._backups.plan import Site
from lightsnap._backups.report import BackupOutcome, BackupReport
from lightsnap._backups.retention import Verdict
from lightsnap._escape import printable
from lightsnap._model.instances import InstanceSnapshot
from lightsnap._model.resources import join_tags
from lightsnap.cli.commands import (
    read_connection,
    read_query,
    require_stdout,
    response_printer,
    writing_to_stdout,
)
from lightsnap.cli.connection import Connection
from lightsnap.cli.options import PROGRAM

Row = Sequence[object]


@frozen
class Output:
    """Where a command shows what it found.

    Attributes:
        connection: The settings of the AWS CLI.
    """

    connection: Connection
    _show: Callable[[Mapping[str, object]], None] | None

    @classmethod
    def of(cls, options: Namespace, title: str) -> Output:
        """Choose a table for people, or, with ``--output`` or ``--query``, a response.

        Raises:
            LightsnapError: It cannot be shown, or a setting is wrong.
        """
        query = read_query(options)
        connection = read_connection(options)
        if options.output is None and query is None:
            require_stdout()
            return cls(connection, None)
        return cls(connection, response_printer(connection, query, title))

    def show(self, response: Mapping[str, object], *tables: Iterable[Row]) -> None:
        """Show a response, or tables, each of which begins with its headings.

        Raises:
            LightsnapError: Standard output cannot be written.
        """
        if self._show is not None:
            self._show(response)
            return
        texts = filter(None, map(format_table, tables))
        with writing_to_stdout():
            print(end="\n".join(texts), flush=True)


def format_table(rows: Iterable[Row]) -> str:
    """Align rows in columns; empty if there are only headings.

    Columns without any value are left out.
    """
    headings, *lines = (
        ["" if cell is None else printable(str(cell)) for cell in row] for row in rows
    )
    used = [any(column) for column in zip(*lines, strict=True)]
    cells = [
        [cell for cell, is_used in zip(line, used, strict=True) if is_used]
        for line in (headings, *lines)
        if lines
    ]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    padded = (
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        for line in cells
    )
    return "".join(f"{line.rstrip()}\n" for line in padded)


def report_rows(report: BackupReport) -> Iterable[Row]:
    """Return the table of a backup."""
    yield "INSTANCE", "SITE", "STATUS", "SNAPSHOT", "COPIES", "DELETED", "ERROR"
    for each in report.outcomes:
        yield (
            each.instance_name or "-",
            each.site,
            each.status,
            each.snapshot and each.snapshot.name,
            len(each.copies) or None,
            len(each.deleted) or None,
            each.error,
        )


Placed = tuple[Site | None, Verdict]


def verdict_rows(
    verdicts: Iterable[Placed], outcomes: Iterable[BackupOutcome] = ()
) -> Iterable[Row]:
    """Return the table of a prune: the verdicts, and what became of them."""
    yield "INSTANCE", "REGION", "SNAPSHOT", "CREATED", "VERDICT", "BECAUSE"
    by_arn = {each.snapshot.arn: each for each in outcomes if each.snapshot}
    for site, verdict in sorted(verdicts, key=lambda each: _order(each[1].snapshot)):
        snapshot, because = verdict.snapshot, ", ".join(verdict.reasons)
        outcome = by_arn.get(snapshot.arn)
        word = "keep" if verdict.kept else "delete"
        if outcome is not None:
            word = "deleted" if outcome.succeeded else outcome.status
            because = f"{outcome.error or because}"
        yield (
            snapshot.from_instance_name or "-",
            site or snapshot.location.region_name,
            snapshot.name,
            format_time(snapshot.created_at),
            word,
            because,
        )


def snapshot_rows(snapshot: InstanceSnapshot, *, now: datetime) -> Iterable[Row]:
    """Return a table of all that is known about a snapshot."""
    yield "FIELD", "VALUE"
    age = format_age(now - snapshot.created_at)
    known = {
        **snapshot.to_dict(),
        "createdAt": f"{format_time(snapshot.created_at)} ({age} ago)",
        "tags": join_tags(snapshot.tags or ()),
    }
    yield from _fields(known, "")


def _fields(value: object, path: str) -> Iterable[Row]:
    if isinstance(value, dict):
        for name, member in cast("dict[str, object]", value).items():
            yield from _fields(member, f"{path}.{name}".removeprefix("."))
    elif isinstance(value, list):
        for index, item in enumerate(cast("list[object]", value)):
            yield from _fields(item, f"{path}[{index}]")
    else:
        yield path, format_time(value) if isinstance(value, datetime) else value


def _order(snapshot: InstanceSnapshot) -> tuple[str, float]:
    """Return the key that sorts snapshots by instance, the newest first."""
    return snapshot.from_instance_name or "", -snapshot.created_at.timestamp()


def format_time(time: datetime) -> str:
    """Return a time in UTC, for people."""
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def format_age(age: timedelta) -> str:
    """Return an age for people, such as ``26h``: rounded down."""
    minutes = max(age, timedelta()) // timedelta(minutes=1)
    hours, days = minutes // 60, minutes // (24 * 60)
    # Days say too little about the first two.
    return f"{days}d" if days > 1 else f"{hours}h" if hours else f"{minutes}m"


def placed(site: Site | None, response: dict[str, object]) -> dict[str, object]:
    """Return a response with its site, and without what is None."""
    placed = response if site is None else {"site": site.to_dict(), **response}
    return {name: value for name, value in placed.items() if value is not None}


def say(text: str) -> None:
    """Show a line on standard error."""
    with suppress(OSError):  # nobody is reading
        print(printable(f"{PROGRAM}: {text}"), file=sys.stderr)
