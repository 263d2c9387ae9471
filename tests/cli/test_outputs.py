"""Responses in each output format.

The expected json, text, yaml and yaml-stream were written by the AWS CLI 2.36.7 for the
same response and query.
"""

import json
import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from io import BytesIO, StringIO, TextIOWrapper

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from lightsnap._model.operations import Operation, Operations
from lightsnap.cli.options import FORMATS
from lightsnap.cli.outputs import (
    TIMESTAMP_FORMATS,
    check_output,
    format_timestamps,
    parse_query,
    write,
)
from lightsnap.errors import ConfigurationError, ConstraintError, LightsnapError

AT = datetime(2019, 9, 30, 18, 0, 38, 480000, tzinfo=UTC)
ISO = "2019-09-30T18:00:38.480000+00:00"


def operation(**changes: str) -> dict[str, object]:
    return {
        "id": "4c3db559",
        "resourceName": "WordPress-Snapshot-1",
        "createdAt": ISO,
        "location": {"availabilityZone": "all", "regionName": "us-west-2"},
        "isTerminal": False,
        "status": "Started",
        **changes,
    }


RESPONSE = {
    "operations": [operation(), operation(id="c04fdc45", resourceName="WordPress-1")]
}


def written(response: object, output: str, query: str | None = None) -> str:
    stream = StringIO()
    compiled = None if query is None else parse_query(query)
    title = "CreateInstanceSnapshot"
    write(response, output=output, query=compiled, title=title, stream=stream)
    return stream.getvalue()


# The formats


def test_json_is_indented_by_four_in_the_order_of_the_response() -> None:
    assert written({"operations": [{"id": "i", "done": True}]}, "json") == (
        "{\n"
        '    "operations": [\n'
        "        {\n"
        '            "id": "i",\n'
        '            "done": true\n'
        "        }\n"
        "    ]\n"
        "}\n"
    )


def test_text_has_a_line_per_record_with_values_sorted_by_key() -> None:
    assert written(RESPONSE, "text") == (
        f"OPERATIONS\t{ISO}\t4c3db559\tFalse\tWordPress-Snapshot-1\tStarted\n"
        "LOCATION\tall\tus-west-2\n"
        f"OPERATIONS\t{ISO}\tc04fdc45\tFalse\tWordPress-1\tStarted\n"
        "LOCATION\tall\tus-west-2\n"
    )


def test_yaml_is_sorted_by_key() -> None:
    assert written(RESPONSE, "yaml") == (
        "operations:\n"
        f"- createdAt: '{ISO}'\n"
        "  id: 4c3db559\n"
        "  isTerminal: false\n"
        "  location:\n"
        "    availabilityZone: all\n"
        "    regionName: us-west-2\n"
        "  resourceName: WordPress-Snapshot-1\n"
        "  status: Started\n"
        f"- createdAt: '{ISO}'\n"
        "  id: c04fdc45\n"
        "  isTerminal: false\n"
        "  location:\n"
        "    availabilityZone: all\n"
        "    regionName: us-west-2\n"
        "  resourceName: WordPress-1\n"
        "  status: Started\n"
    )


def test_a_yaml_stream_is_a_list_of_one_response() -> None:
    assert written({"operations": [{"id": "i"}]}, "yaml-stream") == (
        "- operations:\n  - id: i\n"
    )


def test_a_table_has_a_heading_for_each_nested_value() -> None:
    assert written({"operations": [operation()]}, "table") == (
        "CreateInstanceSnapshot\n"
        "  operations\n"
        "  +-------------------------------------------------+\n"
        "  | createdAt    | 2019-09-30T18:00:38.480000+00:00 |\n"
        "  | id           | 4c3db559                         |\n"
        "  | isTerminal   | False                            |\n"
        "  | resourceName | WordPress-Snapshot-1             |\n"
        "  | status       | Started                          |\n"
        "  +-------------------------------------------------+\n"
        "    location\n"
        "    +------------------------------+\n"
        "    | availabilityZone | all       |\n"
        "    | regionName       | us-west-2 |\n"
        "    +------------------------------+\n"
    )


def test_off_writes_nothing_and_runs_no_query() -> None:
    assert written(RESPONSE, "off") == ""
    assert written(RESPONSE, "off", "length(operations[0].isTerminal)") == ""


@pytest.mark.parametrize("output", FORMATS)
def test_an_empty_response_writes_nothing(output: str) -> None:
    assert written({}, output) == ""


# Results of queries


@pytest.mark.parametrize(
    ("query", "output", "expected"),
    [
        ("operations[].id", "json", '[\n    "4c3db559",\n    "c04fdc45"\n]\n'),
        ("operations[].id", "text", "4c3db559\tc04fdc45\n"),
        ("operations[].id", "yaml", "- 4c3db559\n- c04fdc45\n"),
        ("operations[].id", "yaml-stream", "- - 4c3db559\n  - c04fdc45\n"),
        ("operations[0].status", "json", '"Started"\n'),
        ("operations[0].status", "text", "Started\n"),
        ("operations[0].status", "yaml", '"Started"\n'),
        ("operations[0].status", "yaml-stream", "- Started\n"),
        ("operations[0].isTerminal", "json", "false\n"),
        ("operations[0].isTerminal", "text", "False\n"),
        ("operations[0].isTerminal", "yaml", "false\n"),
        ("nothing", "json", "null\n"),
        ("nothing", "text", "None\n"),
        ("nothing", "yaml", "null\n"),
        ("nothing", "yaml-stream", "- null\n"),
        ("operations[?id=='x']", "json", "[]\n"),
        ("operations[?id=='x']", "text", ""),
        ("operations[?id=='x']", "yaml", "[]\n"),
        ("operations[?id=='x']", "yaml-stream", "- []\n"),
        ("length(operations)", "text", "2\n"),
        ("operations[].[id, status]", "text", "4c3db559\tStarted\nc04fdc45\tStarted\n"),
        (
            "operations[].{id: id, s: status}",
            "yaml",
            "- id: 4c3db559\n  s: Started\n- id: c04fdc45\n  s: Started\n",
        ),
        ("{x: operations[].id}", "text", "X\t4c3db559\nX\tc04fdc45\n"),
        ("{x: operations[].[id]}", "text", "X\t4c3db559\nX\tc04fdc45\n"),
        ("{x: operations[0].location}", "text", "X\tall\tus-west-2\n"),
        ("{x: nothing, y: `[]`, z: `{}`}", "text", "None\n"),
        (
            "[operations[0].id, operations[].status]",
            "text",
            "4c3db559\nStarted\tStarted\n",
        ),
    ],
)
def test_a_query_selects_what_is_written(
    query: str, output: str, expected: str
) -> None:
    assert written(RESPONSE, output, query) == expected


def test_a_repeated_value_is_an_alias_in_yaml() -> None:
    assert written(RESPONSE, "yaml", "operations[0].[location, location]") == (
        "- &id001\n  availabilityZone: all\n  regionName: us-west-2\n- *id001\n"
    )


def test_a_missing_key_leaves_a_gap_in_a_line_of_text() -> None:
    tags = [{"key": "env", "value": "prod"}, {"key": "keep"}, {"value": "x"}]
    assert written(tags, "text") == "env\tprod\nkeep\t\n\tx\n"


def test_records_without_plain_values_have_no_line_in_text() -> None:
    assert written([{"a": {"b": "c"}}, {"a": ["d"]}], "text") == "A\tc\nA\td\n"


def test_plain_values_come_before_records_in_text() -> None:
    # The AWS CLI fails on these.
    assert written([{"id": "i"}, "x", ["y"]], "text") == "x\ni\ny\n"


def test_letters_of_all_scripts_are_unchanged() -> None:
    assert written({"name": "Größe 日本"}, "json") == '{\n    "name": "Größe 日本"\n}\n'
    assert written({"name": "Größe 日本"}, "text") == "Größe 日本\n"
    assert written({"name": "Größe 日本"}, "yaml") == "name: Größe 日本\n"
    assert written("Größe", "yaml") == '"Größe"\n'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("yes", "yes"),
        ("true", "'true'"),
        ("1", "'1'"),
        ("1e3", "'1e3'"),
        ("null", "'null'"),
        ("~", "'~'"),
        ("", "''"),
        (" x", "' x'"),
        ("a: b", "'a: b'"),
        ("#", "'#'"),
        ("a #b", "'a #b'"),
        ("- a", "'- a'"),
        ("it's", "it's"),
        ('say "x"', 'say "x"'),
        ("2019-09-30", "'2019-09-30'"),
        ("tab\tx", '"tab\\tx"'),
        ("a\r\nb", '"a\\r\\nb"'),
        ("\x1b[0m", '"\\e[0m"'),
    ],
)
def test_yaml_quotes_text_that_needs_it(text: str, expected: str) -> None:
    assert written({"k": text}, "yaml") == f"k: {expected}\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x" * 100, "x" * 100),
        ("word " * 20, f"'{'word ' * 15}word\n  {'word ' * 4}'"),
        ("word " * 20 + "end", f"{'word ' * 15}word\n  {'word ' * 4}end"),
        ("'x'", "'''x'''"),
        ("one\ntwo", "'one\n\n  two'"),
        ("\N{GRINNING FACE}", '"\\U0001F600"'),
    ],
)
def test_libyaml_breaks_and_quotes_text(text: str, expected: str) -> None:
    assert written({"k": text}, "yaml") == f"k: {expected}\n"


_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
_RESPONSES = st.dictionaries(
    _TEXT,
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _TEXT,
        lambda inner: st.lists(inner) | st.dictionaries(_TEXT, inner),
        max_leaves=5,
    ),
    min_size=1,
)


@given(_RESPONSES)
def test_output_can_be_read_back(response: dict[str, object]) -> None:
    yaml = YAML(typ="safe", pure=True)
    assert json.loads(written(response, "json")) == response
    assert yaml.load(written(response, "yaml")) == response
    assert yaml.load(written(response, "yaml-stream")) == [response]
    assert written(response, "table").startswith("CreateInstanceSnapshot\n")


# Invalid queries


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("", ""),
        ("operations[", ": see column 12"),
        ("a b", ": see column 3"),
        ("a ^ b", ": see column 3"),
        pytest.param("(" * 5000, "", id="too-deep"),
        pytest.param("[" + "9" * 5000 + "]", "", id="a-long-number"),
    ],
)
def test_an_invalid_expression_is_rejected(query: str, where: str) -> None:
    with pytest.raises(ConstraintError) as caught:
        parse_query(query)
    (violation,) = caught.value.violations
    assert (violation.path, violation.rule) == ("--query", "syntax")
    assert violation.message == f"--query is not a valid JMESPath expression{where}"


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("length(operations[0].isTerminal)", "invalid type for value: False"),
        ("nofunction(operations)", "Unknown function: nofunction()"),
        ("operations[::0]", "slice step cannot be zero"),
        ("contains('abc', `1`)", "requires string"),
        ("&operations", "not JSON serializable"),
    ],
)
def test_a_query_that_fails_is_an_error_and_writes_nothing(
    query: str, reason: str
) -> None:
    stream = StringIO()
    with pytest.raises(LightsnapError, match=r"^--query cannot be applied: ") as caught:
        write(
            RESPONSE, output="text", query=parse_query(query), title="", stream=stream
        )
    assert reason in str(caught.value)
    assert stream.getvalue() == ""


# Tables


def test_flat_records_are_rows_under_their_keys() -> None:
    assert written(RESPONSE, "table", "operations[].{id: id, s: status}") == (
        "CreateInstanceSnapshot\n"
        "+--------------------+\n"
        "| id       | s       |\n"
        "|----------+---------|\n"
        "| 4c3db559 | Started |\n"
        "| c04fdc45 | Started |\n"
        "+--------------------+\n"
    )


def test_a_missing_key_is_an_empty_cell() -> None:
    assert written([{"key": "a", "value": "b"}, {"key": "c"}], "table") == (
        "CreateInstanceSnapshot\n"
        "+-------------+\n"
        "| key | value |\n"
        "|-----+-------|\n"
        "| a   | b     |\n"
        "| c   |       |\n"
        "+-------------+\n"
    )


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("operations[].id", ["| 4c3db559 |", "| c04fdc45 |"]),
        ("operations[].[id]", ["| 4c3db559 |", "| c04fdc45 |"]),
        ("[operations[].id]", ["| 4c3db559 | c04fdc45 |"]),
        (
            "[operations[].[id], `null`]",
            ["| 4c3db559 |", "| c04fdc45 |", "| None     |"],
        ),
        # The AWS CLI fails on rows of different lengths.
        ("[`[1, 2]`, `[3]`]", ["| 1 | 2 |", "| 3 |   |"]),
    ],
)
def test_lists_are_rows(query: str, rows: list[str]) -> None:
    heading, top, *middle, bottom = written(RESPONSE, "table", query).splitlines()
    assert heading == "CreateInstanceSnapshot"
    assert middle == rows
    assert top == bottom


def test_records_among_plain_values_get_their_own_table() -> None:
    # The AWS CLI fails on this.
    assert written(RESPONSE, "table", "operations[].[id, location]") == (
        "CreateInstanceSnapshot\n"
        "+----------+\n"
        "| 4c3db559 |\n"
        "| c04fdc45 |\n"
        "+----------+\n"
        "CreateInstanceSnapshot\n"
        "+-------------------------------+\n"
        "| availabilityZone | regionName |\n"
        "|------------------+------------|\n"
        "| all              | us-west-2  |\n"
        "| all              | us-west-2  |\n"
        "+-------------------------------+\n"
    )


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (None, ""),
        (False, ""),
        ([], ""),
        ("Started", "CreateInstanceSnapshot\n"),  # as in the AWS CLI
        ([[]], "CreateInstanceSnapshot\n"),
        ([{}, {}], "CreateInstanceSnapshot\n"),
        ({"tags": []}, "CreateInstanceSnapshot\n"),
    ],
)
def test_a_table_without_rows_is_at_most_its_heading(
    response: object, expected: str
) -> None:
    assert written(response, "table") == expected


def test_a_table_is_never_cut_wrapped_or_colored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    monkeypatch.setenv("FORCE_COLOR", "1")
    record = {"a": "x " * 3000, "b" * 300: "y" * 3000, "c": "日本"}
    table = written([record, record], "table")
    assert len(table.splitlines()) == 7
    assert table.count("x " * 3000) == 2
    assert table.count("b" * 300) == 1
    assert table.count("y" * 3000) == 2
    assert "\x1b" not in table


def test_a_table_shows_markup_literally() -> None:
    table = written({"a": "[bold]x[/bold] :smile: [/]", "[b]": 1}, "table")
    assert "| [b] | 1                          |\n" in table
    assert "| a   | [bold]x[/bold] :smile: [/] |\n" in table


def test_a_table_escapes_control_characters() -> None:
    response = {"a\nb": "\x1b[31m\tx\r\n\u2028\u202e", "c\x07": {"d": "e"}}
    assert written(response, "table") == (
        "CreateInstanceSnapshot\n"
        "+------------------------------------+\n"
        "| a\\nb | \\x1b[31m\\tx\\r\\n\\u2028\\u202e |\n"
        "+------------------------------------+\n"
        "  c\\x07\n"
        "  +-------+\n"
        "  | d | e |\n"
        "  +-------+\n"
    )


# Timestamps


@pytest.fixture
def central_europe(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
        time.tzset()
        yield
    time.tzset()


def shown(at: datetime, timestamp_format: str) -> object:
    return format_timestamps({"at": at}, timestamp_format)["at"]


@pytest.mark.usefixtures("central_europe")
def test_iso8601_is_in_the_local_time_zone() -> None:
    assert shown(AT, "iso8601") == "2019-09-30T20:00:38.480000+02:00"
    winter = datetime(2019, 12, 30, 18, tzinfo=UTC)
    assert shown(winter, "iso8601") == "2019-12-30T19:00:00+01:00"


@pytest.mark.parametrize(
    ("at", "seconds"),
    [
        (AT, "1569866438.48"),
        (AT.replace(microsecond=0), "1569866438"),
        (AT.replace(microsecond=123456), "1569866438.123456"),
        (datetime.fromtimestamp(0, UTC) - timedelta(seconds=5.5), "-5.5"),
    ],
)
def test_wire_is_seconds_since_1970(at: datetime, seconds: str) -> None:
    assert repr(shown(at, "wire")) == seconds


@pytest.mark.usefixtures("central_europe")
def test_only_datetimes_are_formatted_at_any_depth() -> None:
    kept = {
        "id": "i",
        "resourceName": "snap",
        "resourceType": "InstanceSnapshot",
        "location": {"availabilityZone": "all", "regionName": "us-west-2"},
        "isTerminal": True,
        "operationType": "CreateInstanceSnapshot",
        "status": "Succeeded",
    }
    times = {"createdAt": AT, "statusChangedAt": AT}
    operations = Operations([Operation.from_dict(kept | times)])
    shown = "2019-09-30T20:00:38.480000+02:00"
    assert format_timestamps(operations.to_dict(), TIMESTAMP_FORMATS[0]) == {
        "operations": [kept | {"createdAt": shown, "statusChangedAt": shown}]
    }


# Streams and missing packages


def test_a_closed_pipe_raises_broken_pipe_error() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    stream = os.fdopen(writer, "w")
    with pytest.raises(BrokenPipeError):
        write(RESPONSE, output="json", query=None, title="", stream=stream)
    with suppress(BrokenPipeError):
        stream.close()


def test_nothing_is_written_if_the_encoding_lacks_a_letter() -> None:
    stream = TextIOWrapper(BytesIO(), encoding="ascii")
    with pytest.raises(UnicodeEncodeError):
        write({"a": "b", "c": "é"}, output="json", query=None, title="", stream=stream)
    stream.flush()
    assert isinstance(stream.buffer, BytesIO)
    assert stream.buffer.getvalue() == b""


@pytest.mark.parametrize("output", FORMATS)
def test_every_format_can_be_written_if_all_is_installed(output: str) -> None:
    check_output(output)


@pytest.mark.parametrize(
    ("output", "module", "message"),
    [
        ("table", "rich.table", "--output table needs rich"),
        ("yaml", "ruamel.yaml", "--output yaml needs ruamel.yaml"),
        ("yaml-stream", "ruamel.yaml", "--output yaml needs ruamel.yaml"),
    ],
)
def test_a_format_without_its_package_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, output: str, module: str, message: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    expected = f"^{re.escape(message)}: pip install 'lightsnap\\[cli\\]'$"
    with pytest.raises(ConfigurationError, match=expected) as caught:
        check_output(output)
    assert isinstance(caught.value.__cause__, ImportError)


def test_a_query_without_jmespath_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "jmespath", None)
    with pytest.raises(ConfigurationError, match=r"^--query needs jmespath: pip "):
        parse_query("a")
