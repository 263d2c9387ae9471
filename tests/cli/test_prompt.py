"""``--cli-auto-prompt``: the questions, the answers it accepts, and what it shows."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import shlex
import sys
import tty
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output.vt100 import Vt100_Output

from lightsnap import (
    AccessDeniedError,
    ConfigurationError,
    Tag,
    TransportError,
)
from lightsnap.cli.prompt import ask, command_line, is_terminal
from tests.cli.terminal import (
    BACKSPACE,
    CTRL_C,
    CTRL_D,
    CTRL_U,
    DOWN,
    ENTER,
    TAB,
    Terminal,
)

NOW = datetime(2026, 11, 24, 22, 5, 1, 42, UTC)
PROPOSED = "WordPress-1-20261124T220501-000042Z"
REVERSED = "\u202eWordPress-0"
NAMES = ["WordPress-1", "WordPress-2", "Ghost"]
ALL = {"--instance-name", "--instance-snapshot-name", "--tags"}


class Person:
    """Types all answers ahead, and keeps what was shown."""

    def __init__(self, keys: str) -> None:
        self.keys = keys
        self.shown = ""

    def answers(self, *asked: str, **arguments: Any) -> list[str]:
        written = io.StringIO()
        screen = Vt100_Output(written, lambda: Size(rows=30, columns=200))
        screen.enable_cpr = False
        arguments.setdefault("instance_names", lambda: NAMES)
        with create_pipe_input() as keyboard:
            keyboard.send_text(self.keys)
            try:
                return ask(
                    ALL.difference(asked),
                    now=NOW,
                    keyboard=keyboard,
                    screen=screen,
                    **arguments,
                )
            finally:
                self.shown = re.sub(r"\x1b\[[0-?]*[@-~]", "", written.getvalue())


def test_all_missing_options_are_asked_for() -> None:
    person = Person("WordPress-1\r\rkey=env,value=prod\rkey=keep\r\r")
    assert person.answers(*ALL) == [
        "--instance-name",
        "WordPress-1",
        "--instance-snapshot-name",
        PROPOSED,
        "--tags",
        "key=env,value=prod",
        "key=keep",
    ]


def test_nothing_is_asked_or_shown_if_all_options_are_given() -> None:
    person = Person("")
    assert person.answers() == []
    assert person.shown == ""


def test_given_options_are_not_asked_for() -> None:
    assert Person("\r").answers("--tags") == []
    assert Person("Ghost\r").answers("--instance-name") == ["--instance-name", "Ghost"]
    answers = Person("\r").answers(
        "--instance-snapshot-name", instance_name="WordPress-1"
    )
    assert answers == ["--instance-snapshot-name", PROPOSED]


def test_names_are_not_fetched_if_the_instance_is_given() -> None:
    def no_names() -> Sequence[str]:
        raise AssertionError

    assert Person("\r").answers("--tags", instance_names=no_names) == []


def test_names_are_fetched_once() -> None:
    calls = []

    def names() -> Sequence[str]:
        calls.append("")
        return NAMES

    Person("Wor\r\r\r").answers(*ALL, instance_names=names)
    assert len(calls) == 1


def test_an_instance_that_is_not_offered_is_accepted() -> None:
    answers = Person("Other\r").answers("--instance-name")
    assert answers == ["--instance-name", "Other"]


@pytest.mark.parametrize(
    "error",
    [
        AccessDeniedError(code="AccessDeniedException", message="no permission"),
        TransportError("no response"),
        ConfigurationError("no Region is set"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_the_reason_is_shown_if_no_names_can_be_offered(error: Exception) -> None:
    def no_names() -> Sequence[str]:
        raise error

    person = Person("Ghost\r")
    answers = person.answers("--instance-name", instance_names=no_names)
    assert answers == ["--instance-name", "Ghost"]
    assert f"Cannot offer names: {error}" in person.shown


def test_other_errors_propagate() -> None:
    def no_names() -> Sequence[str]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Person("").answers(*ALL, instance_names=no_names)


def test_an_invalid_instance_name_is_rejected_until_corrected() -> None:
    person = Person(f"\rWord Press\r{CTRL_U}Ghost\r")
    assert person.answers("--instance-name") == ["--instance-name", "Ghost"]


def test_an_invalid_snapshot_name_is_rejected_until_corrected() -> None:
    person = Person(f"-\r{BACKSPACE}Z\r")
    answers = person.answers("--instance-snapshot-name", instance_name="WordPress-1")
    assert answers == ["--instance-snapshot-name", PROPOSED + "Z"]


def test_a_snapshot_cannot_have_the_name_of_its_instance() -> None:
    person = Person(f"Ghost\r{CTRL_U}Ghost\r-2\r")
    answers = person.answers("--instance-name", "--instance-snapshot-name")
    assert answers == [
        "--instance-name",
        "Ghost",
        "--instance-snapshot-name",
        "Ghost-2",
    ]


@pytest.mark.parametrize("instance_name", [None, "", "..."])
def test_only_the_time_is_proposed_without_a_usable_instance_name(
    instance_name: str | None,
) -> None:
    answers = Person("\r").answers(
        "--instance-snapshot-name", instance_name=instance_name
    )
    assert answers == ["--instance-snapshot-name", "20261124T220501-000042Z"]


@pytest.mark.parametrize(
    "invalid", ["env", "value=prod", "key=a,b", "key=aws:x", "key=\\,", "key=a,color=b"]
)
def test_an_invalid_tag_is_rejected_until_corrected(invalid: str) -> None:
    person = Person(f"{invalid}\r{CTRL_U}key=env\r\r")
    assert person.answers("--tags") == ["--tags", "key=env"]


def test_a_repeated_key_is_rejected() -> None:
    person = Person("key=env,value=prod\rkey=env\r2\r\r")
    assert person.answers("--tags") == ["--tags", "key=env,value=prod", "key=env2"]


def test_tags_are_returned_as_typed() -> None:
    typed = ["key = team, value = 'web shop'", 'value="",key=empty', "key=keep"]
    _, *words = Person("\r".join([*typed, "", ""])).answers("--tags")
    assert words == typed
    assert [Tag.from_shorthand(word) for word in words] == [
        Tag("team", "web shop"),
        Tag("empty", ""),
        Tag("keep"),
    ]


def test_a_tag_after_the_fiftieth_is_rejected() -> None:
    typed = [f"key=k{number}" for number in range(50)]
    person = Person("\r".join([*typed, f"key=more\r{CTRL_U}", ""]))
    assert person.answers("--tags") == ["--tags", *typed]


@pytest.mark.parametrize("key", [CTRL_C, CTRL_D])
@pytest.mark.parametrize("before", ["", "Ghost\r\r", "Ghost\r\rkey=env\r"])
def test_giving_up_raises_keyboard_interrupt(before: str, key: str) -> None:
    with pytest.raises(KeyboardInterrupt):
        Person(before + key).answers(*ALL)


def test_plain_text_is_written_to_a_stderr_that_is_not_a_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with create_pipe_input() as keyboard:
        keyboard.send_text("key=env\r\r")
        words = ask(ALL - {"--tags"}, instance_names=list, keyboard=keyboard)
    assert words == ["--tags", "key=env"]
    out, err = capsys.readouterr()
    assert "Tag: " in err
    assert not out


def test_questions_use_stdin_and_stderr(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fd, other_end = pty.openpty()
    tty.setraw(other_end)
    with io.TextIOWrapper(io.FileIO(other_end, "r+")) as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        monkeypatch.setattr(sys, "stderr", stream)
        assert is_terminal()
        os.write(fd, b"key=env\r\r")
        assert ask(ALL - {"--tags"}, instance_names=list) == ["--tags", "key=env"]
        monkeypatch.undo()
    os.close(fd)
    assert capsys.readouterr() == ("", "")


def test_there_is_no_terminal_without_a_stdin(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert not is_terminal()
    monkeypatch.setattr(sys, "stdin", None)
    assert not is_terminal()


def test_without_prompt_toolkit_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "prompt_toolkit.input", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'lightsnap\[cli\]'"):
        ask((), instance_names=list)


@pytest.mark.parametrize(
    "words",
    [
        ["--cli-auto-prompt", "--instance-name", "WordPress-1"],
        ["--tags", "key=a b", """key=c,value='"$d"'""", "--cli-auto-prompt"],
        ["--cli-auto-prompt"],
    ],
)
def test_the_command_line_keeps_all_other_arguments(words: list[str]) -> None:
    assert shlex.split(command_line(words)) == [
        "lightsnap",
        *(word for word in words if word != "--cli-auto-prompt"),
    ]


PROGRAM = f"""
import json, sys
from datetime import datetime, UTC
from lightsnap import AccessDeniedError
from lightsnap.cli.prompt import ask, is_terminal

def instance_names():
    if "forbidden" in sys.argv:
        raise AccessDeniedError(code="AccessDeniedException", message="not for you")
    return {[REVERSED, *NAMES]}

assert is_terminal() and not sys.stdout.isatty()
given = [word for word in sys.argv if word.startswith("--")]
now = datetime.fromisoformat({NOW.isoformat()!r})
try:
    result = ask(given, instance_names=instance_names, now=now)
except KeyboardInterrupt:
    result = "interrupted"
print(json.dumps(result))
"""


def on_terminal(*arguments: str) -> Terminal:
    return Terminal(sys.executable, "-c", PROGRAM, *arguments)


def asking(options: Collection[str]) -> Terminal:
    return on_terminal(*ALL.difference(options))


def result(terminal: Terminal) -> object:
    status, stdout = terminal.finish()
    assert status == 0, terminal.text
    return json.loads(stdout)


def test_tab_chooses_a_name_and_enter_accepts_the_proposal() -> None:
    with on_terminal() as terminal:
        terminal.wait_for("Ghost")  # last in the menu, which is open from the start
        terminal.type("gh")
        terminal.wait_for("Ghost")  # now first
        terminal.type(TAB + ENTER)
        terminal.wait_for("Snapshot name: Ghost-20261124T220501-000042Z")
        terminal.type(ENTER)
        terminal.wait_for("Tag:")
        terminal.type(ENTER)
        words = result(terminal)
    assert words == [
        "--instance-name",
        "Ghost",
        "--instance-snapshot-name",
        "Ghost-20261124T220501-000042Z",
    ]


def test_arrow_keys_choose_a_name() -> None:
    with asking({"--instance-name"}) as terminal:
        terminal.wait_for("Ghost")
        terminal.type(DOWN + DOWN + ENTER)
        assert result(terminal) == ["--instance-name", "WordPress-2"]


def test_names_that_a_terminal_would_act_on_are_not_offered() -> None:
    with asking({"--instance-name"}) as terminal:
        terminal.wait_for("Ghost")
        terminal.type("Ghost" + ENTER)
        assert result(terminal) == ["--instance-name", "Ghost"]
        assert "\u202e" not in terminal.raw


def test_the_proposal_can_be_edited() -> None:
    with asking({"--instance-snapshot-name"}) as terminal:
        terminal.wait_for("20261124T220501-000042Z")
        terminal.type(BACKSPACE + "-before-update" + ENTER)
        assert result(terminal) == [
            "--instance-snapshot-name",
            "20261124T220501-000042-before-update",
        ]


def test_problems_are_shown_while_typing() -> None:
    with asking({"--tags"}) as terminal:
        terminal.wait_for("Tag:")
        terminal.type("key=a;b")
        terminal.wait_for("tag.key may not contain ';'")
        terminal.type(ENTER + BACKSPACE * 2 + ENTER)
        terminal.wait_for("Tag:")
        terminal.type("key=a")
        terminal.wait_for("tag.key repeats tags[0].key: 'a'")
        terminal.type("b" + ENTER)
        terminal.wait_for("Tag:")
        terminal.type(ENTER)
        assert result(terminal) == ["--tags", "key=a", "key=ab"]


def test_a_name_can_be_typed_if_names_cannot_be_fetched() -> None:
    with on_terminal("forbidden", *(ALL - {"--instance-name"})) as terminal:
        terminal.wait_for("Cannot offer names: AccessDeniedException: not for you")
        terminal.wait_for("Instance name:")
        terminal.type("Ghost" + ENTER)
        assert result(terminal) == ["--instance-name", "Ghost"]


@pytest.mark.parametrize("key", [CTRL_C, CTRL_D])
def test_giving_up_on_a_terminal_raises_keyboard_interrupt(key: str) -> None:
    with asking({"--tags"}) as terminal:
        terminal.wait_for("Tag:")
        terminal.type(key)
        assert result(terminal) == "interrupted"


def test_the_cursor_position_is_not_requested() -> None:
    with asking({"--tags"}) as terminal:
        terminal.wait_for("Tag:")
        terminal.type(ENTER)
        assert result(terminal) == []
        assert "\x1b[6n" not in terminal.raw
        assert "WARNING" not in terminal.text
