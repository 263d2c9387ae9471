"""What is written for an answer.

All that is expected of json, text, yaml and yaml-stream was written by the AWS CLI
2.36.7, for the same answer and query.
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
    parse_query,
    with_timestamps,
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


ANSWER = {
    "operations": [operation(), operation(id="c04fdc45", resourceName="WordPress-1")]
}


def written(answer: object, output: str, query: str | None = None) -> str:
    stream = StringIO()
    compiled = None if query is None else parse_query(query)
    title = "CreateInstanceSnapshot"
    write(answer, output=output, query=compiled, title=title, stream=stream)
    return stream.getvalue()


# The formats


def test_json_is_indented_by_four_in_the_order_of_the_answer() -> None:
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


def test_text_has_a_line_a_record_with_its_values_sorted_by_key() -> None:
    assert written(ANSWER, "text") == (
        f"OPERATIONS\t{ISO}\t4c3db559\tFalse\tWordPress-Snapshot-1\tStarted\n"
        "LOCATION\tall\tus-west-2\n"
        f"OPERATIONS\t{ISO}\tc04fdc45\tFalse\tWordPress-1\tStarted\n"
        "LOCATION\tall\tus-west-2\n"
    )


def test_yaml_is_sorted_by_key() -> None:
    assert written(ANSWER, "yaml") == (
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


def test_a_yaml_stream_is_a_list_of_the_one_answer() -> None:
    assert written({"operations": [{"id": "i"}]}, "yaml-stream") == (
        "- operations:\n  - id: i\n"
    )


def test_a_table_has_a_heading_for_all_that_is_nested() -> None:
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
    assert written(ANSWER, "off") == ""
    assert written(ANSWER, "off", "length(operations[0].isTerminal)") == ""


@pytest.mark.parametrize("output", FORMATS)
def test_an_empty_answer_writes_nothing(output: str) -> None:
    assert written({}, output) == ""


# What a query finds


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
def test_a_query_tells_what_is_written(query: str, output: str, expected: str) -> None:
    assert written(ANSWER, output, query) == expected


def test_what_is_found_twice_is_an_alias_in_yaml() -> None:
    assert written(ANSWER, "yaml", "operations[0].[location, location]") == (
        "- &id001\n  availabilityZone: all\n  regionName: us-west-2\n- *id001\n"
    )


def test_records_with_other_keys_leave_a_gap_in_their_line_of_text() -> None:
    tags = [{"key": "env", "value": "prod"}, {"key": "keep"}, {"value": "x"}]
    assert written(tags, "text") == "env\tprod\nkeep\t\n\tx\n"


def test_records_without_plain_values_have_no_line_of_their_own_in_text() -> None:
    assert written([{"a": {"b": "c"}}, {"a": ["d"]}], "text") == "A\tc\nA\td\n"


def test_plain_values_come_before_records_in_text() -> None:
    # The AWS CLI fails on these.
    assert written([{"id": "i"}, "x", ["y"]], "text") == "x\ni\ny\n"


def test_letters_of_all_scripts_stay_as_they_are() -> None:
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
def test_text_is_quoted_in_yaml_where_it_must_be(text: str, expected: str) -> None:
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
_ANSWERS = st.dictionaries(
    _TEXT,
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _TEXT,
        lambda inner: st.lists(inner) | st.dictionaries(_TEXT, inner),
        max_leaves=5,
    ),
    min_size=1,
)


@given(_ANSWERS)
def test_what_is_written_reads_back_as_it_was(answer: dict[str, object]) -> None:
    yaml = YAML(typ="safe", pure=True)
    assert json.loads(written(answer, "json")) == answer
    assert yaml.load(written(answer, "yaml")) == answer
    assert yaml.load(written(answer, "yaml-stream")) == [answer]
    assert written(answer, "table").startswith("CreateInstanceSnapshot\n")


# Queries that are wrong


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
def test_a_bad_expression_is_refused(query: str, where: str) -> None:
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
def test_a_query_that_does_not_suit_the_answer_is_an_error_and_writes_nothing(
    query: str, reason: str
) -> None:
    stream = StringIO()
    with pytest.raises(LightsnapError, match=r"^--query cannot be applied: ") as caught:
        write(ANSWER, output="text", query=parse_query(query), title="", stream=stream)
    assert reason in str(caught.value)
    assert stream.getvalue() == ""


# Tables


def test_flat_records_are_rows_under_their_keys() -> None:
    assert written(ANSWER, "table", "operations[].{id: id, s: status}") == (
        "CreateInstanceSnapshot\n"
        "+--------------------+\n"
        "| id       | s       |\n"
        "|----------+---------|\n"
        "| 4c3db559 | Started |\n"
        "| c04fdc45 | Started |\n"
        "+--------------------+\n"
    )


def test_a_record_without_a_key_has_an_empty_cell() -> None:
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
        # The AWS CLI fails on rows of unequal length.
        ("[`[1, 2]`, `[3]`]", ["| 1 | 2 |", "| 3 |   |"]),
    ],
)
def test_lists_are_rows(query: str, rows: list[str]) -> None:
    heading, top, *middle, bottom = written(ANSWER, "table", query).splitlines()
    assert heading == "CreateInstanceSnapshot"
    assert middle == rows
    assert top == bottom


def test_records_among_plain_values_have_a_table_of_their_own() -> None:
    # The AWS CLI fails on this.
    assert written(ANSWER, "table", "operations[].[id, location]") == (
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
    ("answer", "expected"),
    [
        (None, ""),
        (False, ""),
        ([], ""),
        ("Started", "CreateInstanceSnapshot\n"),  # no more than this, in AWS's too
        ([[]], "CreateInstanceSnapshot\n"),
        ([{}, {}], "CreateInstanceSnapshot\n"),
        ({"tags": []}, "CreateInstanceSnapshot\n"),
    ],
)
def test_a_table_of_nothing_is_no_more_than_its_heading(
    answer: object, expected: str
) -> None:
    assert written(answer, "table") == expected


def test_a_table_is_never_cut_wrapped_or_coloured(
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


def test_a_table_shows_text_as_it_is() -> None:
    table = written({"a": "[bold]x[/bold] :smile: [/]", "[b]": 1}, "table")
    assert "| [b] | 1                          |\n" in table
    assert "| a   | [bold]x[/bold] :smile: [/] |\n" in table


def test_control_characters_are_visible_in_a_table() -> None:
    answer = {"a\nb": "\x1b[31m\tx\r\n\u2028\u202e", "c\x07": {"d": "e"}}
    assert written(answer, "table") == (
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
    return with_timestamps({"at": at}, timestamp_format)["at"]


@pytest.mark.usefixtures("central_europe")
def test_iso8601_is_in_the_zone_of_the_machine() -> None:
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
def test_wire_is_the_seconds_since_1970(at: datetime, seconds: str) -> None:
    assert repr(shown(at, "wire")) == seconds


@pytest.mark.usefixtures("central_europe")
def test_times_are_shown_at_any_depth_and_all_else_is_kept() -> None:
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
    assert with_timestamps(operations.to_dict(), TIMESTAMP_FORMATS[0]) == {
        "operations": [kept | {"createdAt": shown, "statusChangedAt": shown}]
    }


# Streams, and what is not installed


def test_a_closed_pipe_is_told() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    stream = os.fdopen(writer, "w")
    with pytest.raises(BrokenPipeError):
        write(ANSWER, output="json", query=None, title="", stream=stream)
    with suppress(BrokenPipeError):
        stream.close()


def test_nothing_is_written_where_the_encoding_lacks_a_letter() -> None:
    stream = TextIOWrapper(BytesIO(), encoding="ascii")
    with pytest.raises(UnicodeEncodeError):
        write({"a": "b", "c": "é"}, output="json", query=None, title="", stream=stream)
    stream.flush()
    assert isinstance(stream.buffer, BytesIO)
    assert stream.buffer.getvalue() == b""


@pytest.mark.parametrize("output", FORMATS)
def test_every_format_can_be_written_with_all_installed(output: str) -> None:
    check_output(output)


@pytest.mark.parametrize(
    ("output", "module", "message"),
    [
        ("table", "rich.table", "--output table needs rich"),
        ("yaml", "ruamel.yaml", "--output yaml needs ruamel.yaml"),
        ("yaml-stream", "ruamel.yaml", "--output yaml needs ruamel.yaml"),
    ],
)
def test_what_a_format_needs_is_told_where_it_is_not_installed(
    monkeypatch: pytest.MonkeyPatch, output: str, module: str, message: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    expected = f"^{re.escape(message)}: pip install 'lightsnap\\[cli\\]'$"
    with pytest.raises(ConfigurationError, match=expected) as caught:
        check_output(output)
    assert isinstance(caught.value.__cause__, ImportError)


def test_what_a_query_needs_is_told_where_it_is_not_installed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "jmespath", None)
    with pytest.raises(ConfigurationError, match=r"^--query needs jmespath: pip "):
        parse_query("a")
