"""Write a response in one of the AWS CLI's formats, filtered by a query.

The output is byte for byte that of the AWS CLI v2, except for ``table``, which has the
same headings and values in a different layout. YAML needs libyaml (ruamel.yaml.clib) to
be the same. The caller chooses format, query and stream, and handles a closed stream.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from io import BytesIO, StringIO
from textwrap import indent
from typing import Any, Protocol, TextIO, TypeAlias, cast

from attrs import Factory, frozen

from lightsnap._escape import printable
from lightsnap._text import requiring
from lightsnap.errors import (
    ConstraintError,
    LightsnapError,
    Violation,
)

TIMESTAMP_FORMATS: tuple[str, ...] = ("iso8601", "wire")
"""Values of ``cli_timestamp_format`` in AWS config files; the first is the default."""

_Record: TypeAlias = Mapping[str, object]


class Query(Protocol):
    """A compiled JMESPath expression."""

    def search(self, value: object, /) -> object:
        """Return what the expression finds in a value."""


def parse_query(expression: str) -> Query:
    """Compile a JMESPath expression.

    Raises:
        ConstraintError: The expression is invalid.
        ConfigurationError: jmespath is not installed.
    """
    with requiring("--query", "jmespath"):
        import jmespath
    try:
        return jmespath.compile(expression)
    except (RecursionError, ValueError) as error:
        index = getattr(error, "lex_position", None)
        where = "" if index is None else f": see column {index + 1}"
        problem = f"is not a valid JMESPath expression{where}"
        raise ConstraintError([Violation("--query", "syntax", problem)]) from error


def format_timestamps(
    response: Mapping[str, object], timestamp_format: str
) -> dict[str, object]:
    """Copy a response, with its datetimes in one of ``TIMESTAMP_FORMATS``.

    ``iso8601`` is text in the local time zone, as in the AWS CLI v2. ``wire`` is the
    number of seconds since 1970, an int if it is whole. Datetimes without a zone, as in
    the AWS CLI's sample response, are left to the formats.
    """
    return {key: _formatted(value, timestamp_format) for key, value in response.items()}


def _formatted(value: object, timestamp_format: str) -> object:
    if isinstance(value, Mapping):
        return format_timestamps(cast("_Record", value), timestamp_format)
    if isinstance(value, list):
        items = cast("list[object]", value)
        return [_formatted(item, timestamp_format) for item in items]
    if isinstance(value, datetime) and value.tzinfo:
        if timestamp_format == "iso8601":
            return value.astimezone().isoformat()
        seconds = value.timestamp()
        return int(seconds) if seconds.is_integer() else seconds
    return value


def check_output(output: str) -> None:
    """Check that a format can be written, before there is a response to write.

    Raises:
        ConfigurationError: A package that the format needs is not installed.
    """
    write({"a": "b"}, output=output, query=None, title="", stream=StringIO())


def write(
    response: object, *, output: str, query: Query | None, title: str, stream: TextIO
) -> None:
    """Write a response, or what a query finds in it, and flush the stream.

    If it cannot be formatted, nothing is written.

    Args:
        response: Dicts and lists of plain values, without datetimes.
        output: One of ``options.FORMATS``. ``off`` writes nothing and runs no query.
        query: What to find in the response; None for all of it.
        title: The heading of a table, such as ``CreateInstanceSnapshot``.
        stream: Where to write.

    Raises:
        LightsnapError: The query cannot be applied to this response.
        ConfigurationError: A package that the format needs is not installed.
        OSError: The stream is closed, or full.
        UnicodeEncodeError: The stream's encoding lacks a character.
    """
    if output == "off":
        return
    found = response if query is None else _search(query, response)
    if output == "text":
        text = "".join(f"{line}\n" for line in _text(found))
    elif output == "table":
        text = _table(title, found)
    elif found == {}:
        text = ""
    elif output == "yaml":
        text = _yaml(found)
    elif output == "yaml-stream":
        text = _yaml([found])
    else:
        text = f"{_json(found, indent=4)}\n"
    stream.write(text)
    stream.flush()


def _search(query: Query, response: object) -> object:
    try:
        found = query.search(response)
        _json(found)  # fails if it is not a value
    except Exception as error:  # the user's query can fail in any way
        raise LightsnapError(f"--query cannot be applied: {error}") from error
    return found


def _json(value: object, *, indent: int | None = None) -> str:
    return json.dumps(value, indent=indent, ensure_ascii=False, default=_isoformat)


def _isoformat(value: object) -> str:
    if not isinstance(value, datetime):
        raise TypeError("an expression is not JSON serializable")
    return value.isoformat()


def _is_nested(value: object) -> bool:
    return isinstance(value, (dict, list))


def _plain_keys(records: Iterable[_Record]) -> list[str]:
    """Return the keys of plain values in any of the records, sorted."""
    return sorted(
        {key for record in records for key in record if not _is_nested(record[key])}
    )


def _records(items: list[object]) -> list[_Record]:
    return [cast("_Record", item) for item in items if isinstance(item, dict)]


# ----------------------------------------------------------------------- yaml


def _yaml(value: object) -> str:
    if not _is_nested(value):
        # ruamel.yaml would add a line of three dots.
        return f"{_json(value)}\n"
    with requiring("--output yaml", "ruamel.yaml"):
        from ruamel.yaml import YAML
    # Without ruamel.yaml.clib, quotes and line breaks may differ.
    yaml = cast("Any", YAML(typ="safe"))  # its type hints are incomplete
    yaml.default_flow_style = False
    written = BytesIO()
    yaml.dump(value, written)
    return written.getvalue().decode()


# ----------------------------------------------------------------------- text


def _text(
    value: object, label: str | None = None, columns: list[str] | None = None
) -> Iterator[str]:
    """Yield the lines of a value. Those of a nested value start with its label."""
    prefix = [] if label is None else [label.upper()]
    if isinstance(value, dict):
        record = cast("_Record", value)
        if columns is None:
            columns = _plain_keys([record])
        if columns:
            cells = (str(record.get(column, "")) for column in columns)
            yield "\t".join([*prefix, *cells])
        for key in sorted(record.keys() - set(columns)):
            yield from _text(record[key], key)
    elif isinstance(value, list):
        items = cast("list[object]", value)
        plain = [str(item) for item in items if not _is_nested(item)]
        if prefix:
            yield from ("\t".join([*prefix, cell]) for cell in plain)
        elif plain:
            yield "\t".join(plain)
        columns = _plain_keys(_records(items))
        for item in filter(_is_nested, items):
            yield from _text(item, label, columns)
    else:
        yield str(value)


# ---------------------------------------------------------------------- table


@frozen
class _Section:
    """A heading with its rows; ``level`` is the depth of nesting."""

    heading: str
    level: int
    rows: list[list[str]]
    headers: list[str] = Factory(list[str])


def _table(title: str, value: object) -> str:
    with requiring("--output table", "rich"):
        from rich.box import ASCII
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text
    written = ""
    for section in _sections(title, value, 0):
        table = Table(box=ASCII, show_header=bool(section.headers))
        for header in section.headers:
            table.add_column(Text(printable(header)))
        for row in section.rows:
            table.add_row(*(Text(printable(cell)) for cell in row))
        lines = StringIO()
        lines.write(f"{printable(section.heading)}\n")
        if section.rows:
            # Wider than any table, so that no cell is cut or wrapped.
            console = Console(
                file=lines, color_system=None, force_terminal=False, width=10**9
            )
            console.print(table)
        written += indent(lines.getvalue(), "  " * section.level)
    return written


def _sections(heading: str, value: object, level: int) -> Iterator[_Section]:
    """Yield the sections of a value's table; none if the value is empty."""
    if not value:
        return
    if isinstance(value, dict):
        yield from _record_sections(heading, [cast("_Record", value)], level)
    elif isinstance(value, list):
        leaves = list(_leaves(cast("list[object]", value)))
        rows = [leaf for leaf in leaves if isinstance(leaf, list)]
        records = [leaf for leaf in leaves if not isinstance(leaf, list)]
        if rows or not records:
            yield _Section(heading, level, rows)
        yield from _record_sections(heading, records, level)
    else:
        # For a plain value, the AWS CLI shows only the heading.
        yield _Section(heading, level, [])


def _leaves(items: list[object]) -> Iterator[_Record | list[str]]:
    """Yield the records and the rows of plain values in a list of any depth."""
    for item in items:
        if isinstance(item, dict):
            yield cast("_Record", item)
        elif not isinstance(item, list):
            yield [str(item)]
        else:
            inner = cast("list[object]", item)
            if any(map(_is_nested, inner)):
                yield from _leaves(inner)
            elif inner:
                yield [str(cell) for cell in inner]


def _record_sections(
    heading: str, records: list[_Record], level: int
) -> Iterator[_Section]:
    """Yield one table for flat records; otherwise one for each, then its contents."""
    values = (value for record in records for value in record.values())
    if any(map(_is_nested, values)):
        groups = [[record] for record in records]
    else:
        groups = [records] if records else []
    for group in groups:
        yield _record_table(heading, group, level)
        for record in group:
            for key in sorted(record):
                if _is_nested(record[key]):
                    yield from _sections(key, record[key], level + 1)


def _record_table(heading: str, records: list[_Record], level: int) -> _Section:
    """Return records as rows under their keys, or one record as key-value rows."""
    keys = _plain_keys(records)
    rows = [[str(record.get(key, "")) for key in keys] for record in records]
    if len(rows) == 1:
        return _Section(
            heading, level, [list(pair) for pair in zip(keys, *rows, strict=True)]
        )
    return _Section(heading, level, rows if keys else [], keys)
