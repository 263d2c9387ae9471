"""The progress of a wait, shown on streams and terminals."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import select
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from itertools import pairwise
from typing import Any, Self, TextIO

import pytest

from lightsnap import (
    InstanceSnapshot,
    Operation,
    Operations,
    OperationWaiter,
    WaitInterruptedError,
    WaitProgress,
)
from lightsnap._wait.progress import Resource, ResourceProgress
from lightsnap.cli.options import MODES
from lightsnap.cli.progress import OnPoll, Progress, showing
from lightsnap.testing import FakeClock
from tests.cli.terminal import CTRL_C, Terminal
from tests.documented import SNAPSHOT, operation

pytestmark = pytest.mark.fake

STARTED = operation(id="a", status="Started")
ENDED = operation(id="a", status="Succeeded", isTerminal=True)
ON_INSTANCE = operation(
    id="b",
    resourceType="Instance",
    resourceName="WordPress-1",
    operationDetails="WordPress-Snapshot-1",
    status="Started",
)
ALL_MODES = pytest.mark.parametrize("mode", MODES)
DEADLINE = 60.0


def polled(
    *operations: Operation,
    ids: tuple[str, ...] | None = None,
    elapsed: float = 12.3456,
    calls: int = 3,
) -> WaitProgress:
    known = Operations(operations)
    return WaitProgress(
        operations=known, ids=ids or known.ids, elapsed=elapsed, polls=3, calls=calls
    )


def snapshot_polled(*, elapsed: float = 12.3456, **changes: Any) -> ResourceProgress:
    payload: dict[str, Any] = SNAPSHOT | changes
    snapshot = Resource(payload["name"], payload["state"], payload)
    return ResourceProgress(snapshot.name, snapshot, elapsed=elapsed, polls=1)


NOT_SEEN = ResourceProgress("monday", None, elapsed=0.25, polls=1)


def shown(mode: str, *rounds: Progress, **environ: str) -> str:
    stream = io.StringIO()
    with showing(mode, stream=stream, environ=environ) as on_poll:
        for each in rounds:
            on_poll(each)
    return stream.getvalue()


# Modes.


@pytest.mark.parametrize(
    ("environ", "is_shown"),
    [
        ({"CI": "true"}, True),
        ({"CI": "1"}, True),
        ({"CI": "False"}, False),
        ({"CI": "0"}, False),
        ({"CI": ""}, False),
        ({}, False),
    ],
)
def test_without_a_terminal_progress_is_shown_only_in_ci(
    environ: dict[str, str], is_shown: bool
) -> None:
    as_plain = shown("plain", polled(STARTED))

    assert shown("auto", polled(STARTED), **environ) == (as_plain if is_shown else "")


def test_none_shows_nothing() -> None:
    assert shown("none", polled(STARTED), CI="true") == ""


def test_tty_is_plain_without_a_terminal() -> None:
    assert shown("tty", polled(STARTED)) == shown("plain", polled(STARTED))


def test_an_unknown_mode_raises_key_error() -> None:
    with pytest.raises(KeyError, match="loud"):
        shown("loud")


# Plain.


def test_plain_shows_a_line_for_each_operation_that_changed() -> None:
    failed = operation(
        id="b",
        isTerminal=True,
        status="Failed",
        errorCode="NoSpace",
        errorDetails="the disk is full",
    )
    on_snapshot = "CreateInstanceSnapshot of InstanceSnapshot WordPress-Snapshot-1"

    lines = shown(
        "plain",
        polled(STARTED, ON_INSTANCE, elapsed=0.21),
        polled(STARTED, ON_INSTANCE, elapsed=2.3),
        polled(ENDED, ON_INSTANCE, elapsed=12.34),
        polled(ENDED, failed, elapsed=20),
    ).splitlines()

    assert lines == [
        f"0.2 s  {on_snapshot}: Started",
        "0.2 s  CreateInstanceSnapshot of Instance WordPress-1: Started",
        f"12.3 s  {on_snapshot}: Succeeded",
        f"20.0 s  {on_snapshot}: Failed (NoSpace: the disk is full)",
    ]


def test_plain_shows_a_line_for_each_change_of_a_snapshot() -> None:
    lines = shown(
        "plain",
        NOT_SEEN,
        snapshot_polled(state="pending", progress="64%", elapsed=2),
        snapshot_polled(state="pending", progress="64%", elapsed=4),
        snapshot_polled(progress=None, elapsed=6),
    ).splitlines()

    assert lines == [
        "0.2 s  monday: not seen yet",
        "2.0 s  WordPress-Snapshot-1: pending (64%)",
        "6.0 s  WordPress-Snapshot-1: available",
    ]


def test_plain_shows_a_line_at_least_once_a_minute(clock: FakeClock) -> None:
    def get_operation(_: str) -> Operation:
        return ENDED if clock.monotonic() > 1000 else STARTED

    stream = io.StringIO()
    with showing("plain", stream=stream, environ={}) as on_poll:
        OperationWaiter(get_operation, clock=clock, on_poll=on_poll).wait(["a"])

    lines = stream.getvalue().splitlines()
    times = [float(line.split()[0]) for line in lines]
    silences = [after - before for before, after in pairwise(times)]
    assert max(silences) < 60
    assert len(lines) < 1000 / 40 + 3
    assert re.fullmatch(
        r"[\d.]+ s  WordPress-Snapshot-1: 0 of 1 ended \(1 Started\), \d+ calls",
        lines[1],
    )


def test_plain_lines_are_flushed() -> None:
    reader, writer = os.pipe()
    with (
        os.fdopen(reader) as read,
        os.fdopen(writer, "w") as stream,
        showing("plain", stream=stream, environ={}) as on_poll,
    ):
        on_poll(snapshot_polled())
        assert read.readline() == "12.3 s  WordPress-Snapshot-1: available (100%)\n"


def test_a_name_can_neither_control_the_terminal_nor_fake_a_line() -> None:
    name = "\x1b[2J\x9b31m\r\n12.3 s  all is well\u202e\ud800"
    text = shown("plain", polled(operation(id="a", resourceName=name)))

    assert text.endswith(
        r" \x1b[2J\x9b31m\r\n12.3 s  all is well\u202e\ud800: Started" + "\n"
    )
    assert text.count("\n") == 1


def test_characters_that_cannot_be_encoded_are_escaped() -> None:
    written = io.BytesIO()
    stream = io.TextIOWrapper(written, encoding="ascii")
    with showing("plain", stream=stream, environ={}) as on_poll:
        on_poll(snapshot_polled(name="Käse", progress=None))

    assert written.getvalue() == b"12.3 s  K\\xe4se: available\n"


# JSON.


def test_json_shows_an_object_for_each_round_of_operations() -> None:
    first, second = shown(
        "json",
        polled(STARTED, ids=("a", "b"), elapsed=0, calls=1),
        polled(ENDED, ON_INSTANCE, calls=4),
    ).splitlines()

    assert list(json.loads(first)) == [
        "event",
        "elapsed",
        "polls",
        "calls",
        "ids",
        "operations",
    ]
    assert json.loads(first)["ids"] == ["a", "b"]
    read = json.loads(second)
    assert {**read, "operations": None} == {
        "event": "poll",
        "elapsed": 12.346,
        "polls": 3,
        "calls": 4,
        "ids": ["a", "b"],
        "operations": None,
    }
    assert read["operations"][0]["createdAt"] == "2019-09-30T18:00:38.480000+00:00"
    assert Operations.from_dict(read) == Operations([ENDED, ON_INSTANCE])


def test_json_shows_an_object_for_each_round_of_a_snapshot() -> None:
    first, second = map(
        json.loads, shown("json", NOT_SEEN, snapshot_polled()).splitlines()
    )

    assert first == {"event": "poll", "elapsed": 0.25, "polls": 1, "resource": None}
    assert InstanceSnapshot.from_dict(second["resource"]) == InstanceSnapshot.from_dict(
        SNAPSHOT
    )


def test_json_is_one_line_of_ascii_whatever_the_name() -> None:
    name = "K\u00e4se\n\x1b[2J\x7f\u2028\ud800"
    text = shown("json", snapshot_polled(name=name))

    assert text.isascii()
    assert text.count("\n") == 1
    assert text[:-1].isprintable()
    assert json.loads(text)["resource"]["name"] == name


# Streams that fail.


@ALL_MODES
def test_a_wait_goes_on_if_nobody_reads(mode: str, clock: FakeClock) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    stream = os.fdopen(writer, "w", buffering=1)
    states = [STARTED, STARTED, ENDED]

    with showing(mode, stream=stream, environ={"CI": "true"}) as on_poll:
        ended = OperationWaiter(
            lambda _: states.pop(0), clock=clock, on_poll=on_poll
        ).wait(["a"])

    assert ended.is_terminal
    with suppress(BrokenPipeError):  # its buffer still holds text
        stream.close()


@ALL_MODES
def test_a_wait_goes_on_if_the_stream_is_closed(mode: str) -> None:
    stream = io.StringIO()
    stream.close()
    with showing(mode, stream=stream, environ={"CI": "true"}) as on_poll:
        on_poll(polled(STARTED))
        on_poll(snapshot_polled())


# A live line.

TOKEN = re.compile(r"\x1b\[\??([\d;]*)([A-Za-z])|([\r\n])|([^\x1b\r\n]+)")


def text_on(screen: str) -> list[str]:
    """Return the lines that a terminal shows after this is written to it."""
    lines, row, column = [""], 0, 0
    for number, command, end, text in TOKEN.findall(screen):
        if command == "A":
            row -= int(number)
        elif command == "K":
            lines[row] = ""
        elif end == "\r":
            column = 0
        elif end == "\n":
            row += 1
            lines += [""] * (row == len(lines))
        elif text:
            before = lines[row].ljust(column)[:column]
            lines[row] = before + text + lines[row][column + len(text) :]
            column += len(text)
    return lines


class Screen:
    """A pseudo-terminal in this process."""

    def __init__(self, **environ: str) -> None:
        self._master, slave = pty.openpty()
        self.stream: TextIO = os.fdopen(slave, "w", encoding="utf-8")
        self.environ = {"TERM": "xterm-256color", "COLUMNS": "80", **environ}
        self.written = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stream.close()
        os.close(self._master)

    def showing(self, mode: str = "auto") -> AbstractContextManager[OnPoll]:
        return showing(mode, stream=self.stream, environ=self.environ)

    def read(self, seconds: float = 0) -> str:
        while select.select([self._master], [], [], seconds)[0]:
            self.written += os.read(self._master, 65536).decode()
            seconds = 0
        return self.written

    def wait_for(self, text: str) -> str:
        """Read until the screen shows a text; return its line."""
        deadline = time.monotonic() + DEADLINE
        while True:
            for line in text_on(self.read(0.05)):
                if text in line:
                    return line
            assert time.monotonic() < deadline, self.written[-1000:]

    @property
    def is_clean(self) -> bool:
        """Whether the line is gone and the cursor is visible."""
        written = self.read()
        on, off = written.rfind("\x1b[?25h"), written.rfind("\x1b[?25l")
        return not "".join(text_on(written)) and on > off


def seconds_of(line: str) -> int:
    return int(line.split(maxsplit=1)[0])


def untimed(line: str) -> str:
    """Replace the seconds of a live line, which vary on a busy machine."""
    return re.sub(r"^\d+ s", "12 s", line)


def line_of(progress: Progress, **environ: str) -> str:
    with Screen(**environ) as screen, screen.showing() as on_poll:
        on_poll(progress)
        return untimed(screen.wait_for("calls"))


@pytest.fixture
def screen() -> Iterator[Screen]:
    with Screen() as screen:
        yield screen


def test_the_live_line_shows_the_progress_of_operations(screen: Screen) -> None:
    with screen.showing() as on_poll:
        assert seconds_of(screen.wait_for("s  waiting for the first response")) < 12
        on_poll(polled(STARTED, ids=("a", "b"), elapsed=12, calls=1))
        screen.wait_for(
            "WordPress-Snapshot-1: 0 of 2 ended (1 Started, 1 not seen yet), 1 call"
        )
        on_poll(polled(ENDED, ON_INSTANCE, elapsed=14, calls=3))
        screen.wait_for(
            "s  WordPress-Snapshot-1: 1 of 2 ended (1 Succeeded, 1 Started), 3 calls"
        )
    assert screen.is_clean


def test_the_live_line_shows_the_progress_of_a_snapshot(screen: Screen) -> None:
    with screen.showing() as on_poll:
        on_poll(NOT_SEEN)
        screen.wait_for("s  monday: not seen yet, 1 call")
        on_poll(snapshot_polled(state="pending", progress="64%"))
        screen.wait_for("s  WordPress-Snapshot-1: pending (64%), 1 call")
    assert screen.is_clean


@pytest.mark.parametrize(
    ("operations", "ids", "name"),
    [
        ([ON_INSTANCE, STARTED], None, "WordPress-Snapshot-1"),
        ([ON_INSTANCE], None, "WordPress-1"),
        ([], ("a",), "a"),
        ([], ("a", "b", "c"), "a and 2 more"),
        (
            [STARTED, operation(id="b", resourceName="Other"), ON_INSTANCE],
            None,
            "WordPress-Snapshot-1 and 1 more",
        ),
    ],
)
def test_the_live_line_names_the_snapshot_or_the_first_of_several(
    operations: list[Operation], ids: tuple[str, ...] | None, name: str
) -> None:
    assert f"s  {name}: 0 of " in line_of(polled(*operations, ids=ids), COLUMNS="100")


def test_the_live_line_counts_seconds_between_rounds(screen: Screen) -> None:
    with screen.showing() as on_poll:
        on_poll(polled(STARTED))
        first = seconds_of(screen.wait_for("0 of 1 ended"))
        assert first >= 12
        deadline = time.monotonic() + DEADLINE
        while seconds_of(screen.wait_for("0 of 1 ended")) == first:
            assert time.monotonic() < deadline


def test_two_waits_in_a_row_leave_the_screen_clean(screen: Screen) -> None:
    with screen.showing() as on_poll:
        on_poll(polled(STARTED))
        screen.wait_for("0 of 1 ended")
    with screen.showing() as on_poll:
        on_poll(snapshot_polled())
        line = screen.wait_for("available (100%)")
        assert [each for each in text_on(screen.written) if each] == [line]
    assert screen.is_clean


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt, SystemExit])
def test_an_error_leaves_the_screen_clean(
    screen: Screen, error: type[BaseException]
) -> None:
    def get_operation(_: str) -> Operation:
        screen.wait_for("waiting for the first response")
        raise error

    with pytest.raises((error, WaitInterruptedError)), screen.showing() as on_poll:
        OperationWaiter(get_operation, on_poll=on_poll).wait(["a"])
    assert screen.is_clean


@pytest.mark.parametrize(
    ("columns", "line"),
    [
        (80, "12 s  WordPress-Snapshot-1: 0 of 2 ended (2 Started), 3 calls"),
        (60, "12 s  WordPress-Snapshot-1: 0 of 2 ended (2 Started)"),
        (40, "12 s  WordPress-Snapshot-1: 0 of 2 ended"),
        (30, "12 s  WordPre...: 0 of 2 ended"),
        (20, "12 s  ...: 0 of 2 en"),
        (10, "12 s  ...:"),
        (1, "1"),
    ],
)
def test_the_live_line_is_one_line_however_narrow(columns: int, line: str) -> None:
    progress = polled(STARTED, ON_INSTANCE, elapsed=12)

    with Screen(COLUMNS=str(columns)) as screen:
        with screen.showing() as on_poll:
            on_poll(progress)
            assert untimed(screen.wait_for(line[:1])) == line
        assert screen.is_clean


def test_a_long_name_leaves_room_for_the_progress() -> None:
    line = line_of(polled(operation(id="a", resourceName="名" * 255), elapsed=12))

    assert line == f"12 s  {'名' * 18}...: 0 of 1 ended (1 Started), 3 calls"


def test_markup_in_a_name_is_shown_literally() -> None:
    name = "[red]x[/red] :smile: \x1b[2J\n\x9b"
    line = line_of(polled(operation(id="a", resourceName=name)))

    assert r"[red]x[/red] :smile: \x1b[2J\n\x9b: 0 of 1 ended" in line


def test_no_color_turns_colors_off(screen: Screen) -> None:
    def styles(screen: Screen) -> set[str]:
        with screen.showing() as on_poll:
            on_poll(polled(STARTED))
            screen.wait_for("0 of 1 ended")
        return set(re.findall(r"\x1b\[([\d;]*)m", screen.written))

    assert styles(screen) == {"36", "1", "0"}
    with Screen(NO_COLOR="1") as plain:
        assert styles(plain) == {"1", "0"}


@pytest.mark.parametrize("term", ["dumb", "Unknown"])
def test_a_terminal_without_cursor_movement_gets_no_live_line(term: str) -> None:
    with Screen(TERM=term) as screen:
        for mode in ("auto", "tty"):
            with screen.showing(mode) as on_poll:
                on_poll(snapshot_polled())
        line = "12.3 s  WordPress-Snapshot-1: available (100%)"
        assert text_on(screen.read()) == [line, line, ""]


def test_without_rich_the_live_line_is_plain(
    screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "rich.cells", None)
    with screen.showing() as on_poll:
        on_poll(snapshot_polled())

    assert screen.read() == "12.3 s  WordPress-Snapshot-1: available (100%)\r\n"


def test_a_wait_goes_on_if_the_terminal_closes(
    screen: Screen, clock: FakeClock
) -> None:
    states = [STARTED, STARTED, ENDED]

    def get_operation(_: str) -> Operation:
        if len(states) == 2:
            screen.wait_for("0 of 1 ended")
            screen.stream.close()
            time.sleep(0.3)  # long enough for the line to be redrawn
        return states.pop(0)

    with screen.showing() as on_poll:
        waiter = OperationWaiter(get_operation, clock=clock, on_poll=on_poll)
        assert waiter.wait(["a"]).is_terminal


# End to end.


PROGRAM = """
import os, sys
from lightsnap import Client, OperationWaiter
from lightsnap.cli.progress import showing
from tests.documented import operation

def wait(get_operation):
    with showing("auto", stream=sys.stderr, environ=os.environ) as on_poll:
        OperationWaiter(get_operation, on_poll=on_poll).wait(["a"])

try:
    wait(lambda _: operation(id="a"))
except KeyboardInterrupt:
    print("interrupted", file=sys.stderr)
    print("done")
"""


def test_ctrl_c_leaves_a_narrow_terminal_clean() -> None:
    with Terminal(
        sys.executable, "-c", PROGRAM, env={"COLUMNS": "", "NO_COLOR": ""}, columns=40
    ) as terminal:
        terminal.wait_for("s  WordPress-Snapshot-1: 0 of 1 ended")
        terminal.wait_for("1 s  WordPress-Snapshot-1: 0 of 1 ended")
        terminal.type(CTRL_C)
        status, stdout = terminal.finish()

    assert (status, stdout) == (0, "done\n")
    assert "Started" not in terminal.text
    shown, *rest = [each for each in text_on(terminal.raw) if each]
    assert (shown, rest) == ("interrupted", [])
    assert terminal.raw.count("\x1b[?25h") == terminal.raw.count("\x1b[?25l") == 1
