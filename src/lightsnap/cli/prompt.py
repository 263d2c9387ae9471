"""``--cli-auto-prompt``: ask for missing options on the terminal.

Everything is shown on stderr, so that stdout holds only the response.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from attrs import frozen

from lightsnap._model.resources import Tag
from lightsnap._request.request import snapshot_name
from lightsnap._request.rules import check_tags, name_violations
from lightsnap.errors import ConfigurationError, ConstraintError, LightsnapError

if TYPE_CHECKING:
    from prompt_toolkit.document import Document
    from prompt_toolkit.input import Input
    from prompt_toolkit.output import Output

_TAGS_HINT = (
    "Tags, one per line, such as key=env,value=prod or key=keep. "
    "An empty line ends the list."
)


def is_terminal() -> bool:
    """Return whether stdin and stderr are both terminals."""
    # Python sets a stream that was closed at the start to None.
    return all(stream and stream.isatty() for stream in (sys.stdin, sys.stderr))


def command_line(words: Sequence[str]) -> str:
    """Return the command line, for a POSIX shell, that does the same without asking.

    Args:
        words: The arguments after ``lightsnap``, with those that ``ask`` added.

    >>> command_line(["--cli-auto-prompt", "--tags", "key=team,value=web shop"])
    "lightsnap --tags 'key=team,value=web shop'"
    """
    rest = [word for word in words if word != "--cli-auto-prompt"]
    return shlex.join(["lightsnap", *rest])


def ask(
    given: Collection[str],
    *,
    instance_names: Callable[[], Sequence[str]],
    instance_name: str | None = None,
    now: datetime | None = None,
    keyboard: Input | None = None,
    screen: Output | None = None,
) -> list[str]:
    """Ask for the options that were not given, and return them as arguments.

    Answers are validated while they are typed. An invalid one cannot be entered.

    Args:
        given: The options not to ask for, such as ``--tags``.
        instance_names: Fetches the instance names to offer, at most once. If it raises
            a LightsnapError, the error is shown and no name is offered. Other names can
            be entered too.
        instance_name: The name of the instance, if it was given.
        now: The time in the name that is proposed for the snapshot, as an aware
            datetime; by default the current time.
        keyboard: Where answers come from; stdin by default.
        screen: Where questions go; stderr by default.

    Raises:
        ConfigurationError: prompt_toolkit is not installed.
        KeyboardInterrupt: Ctrl-C was pressed, or Ctrl-D on an empty line, or the
            terminal was closed.
    """
    terminal = _open(keyboard, screen)
    words: list[str] = []
    if "--instance-name" not in given:
        instance_name = _ask_instance_name(terminal, instance_names)
        words += ["--instance-name", instance_name]
    if "--instance-snapshot-name" not in given:
        answer = _ask_snapshot_name(terminal, instance_name or "", now)
        words += ["--instance-snapshot-name", answer]
    if "--tags" not in given and (tags := _ask_tags(terminal)):
        words += ["--tags", *tags]
    return words


def _ask_instance_name(
    terminal: _Terminal, instance_names: Callable[[], Sequence[str]]
) -> str:
    names: Sequence[str] = ()
    terminal.say("Fetching the instances ...")
    try:
        names = instance_names()
    except LightsnapError as error:
        terminal.say(f"Cannot offer names: {error}")

    def problem(text: str) -> str | None:
        return _name_problem("instance name", text)

    # A terminal would act on some characters that no valid name has.
    offered = [name for name in names if not problem(name)]
    return terminal.ask("Instance name: ", problem, offered=offered)


def _ask_snapshot_name(
    terminal: _Terminal, instance_name: str, now: datetime | None
) -> str:
    def problem(text: str) -> str | None:
        if text == instance_name:
            return "snapshot name is the name of the instance: choose another"
        return _name_problem("snapshot name", text)

    proposed = snapshot_name(instance_name, at=now)
    return terminal.ask("Snapshot name: ", problem, proposed=proposed)


def _name_problem(path: str, name: str) -> str | None:
    return next((each.message for each in name_violations(path, name)), None)


def _ask_tags(terminal: _Terminal) -> list[str]:
    tags: dict[str, Tag] = {}

    def problem(text: str) -> str | None:
        try:
            tag = [Tag.from_shorthand(text)] if text else []
            found = check_tags([*tags.values(), *tag])
        except ConstraintError as error:
            found = error.violations
        if not found:
            return None
        first = found[0]
        return first.sentence(first.path.replace(f"tags[{len(tags)}]", "tag"))

    terminal.say(_TAGS_HINT)
    while text := terminal.ask("Tag: ", problem):
        tags[text] = Tag.from_shorthand(text)
    return list(tags)


@frozen
class _Terminal:
    """The terminal on which to ask."""

    keyboard: Input
    screen: Output

    def say(self, text: str) -> None:
        """Print a dimmed line."""
        from prompt_toolkit import print_formatted_text
        from prompt_toolkit.formatted_text import FormattedText

        line = FormattedText([("ansibrightblack", text)])
        print_formatted_text(line, output=self.screen)

    def ask(
        self,
        question: str,
        problem: Callable[[str], str | None],
        *,
        proposed: str = "",
        offered: Sequence[str] = (),
    ) -> str:
        """Ask for a line, until ``problem`` finds none in it."""
        from prompt_toolkit import PromptSession
        from prompt_toolkit.completion import WordCompleter
        from prompt_toolkit.styles import Style
        from prompt_toolkit.validation import ValidationError, Validator

        class Rules(Validator):
            def validate(self, document: Document) -> None:
                if message := problem(document.text):
                    raise ValidationError(document.cursor_position, message)

        names = WordCompleter(
            list(offered), ignore_case=True, match_middle=True, sentence=True
        )
        session = PromptSession[str](
            question,
            completer=names if offered else None,  # None reserves no room for a menu
            validator=Rules(),
            style=Style([("validation-toolbar", "bg:default fg:ansired")]),
            input=self.keyboard,
            output=self.screen,
        )
        open_menu = session.default_buffer.start_completion
        try:
            return session.prompt(default=proposed, pre_run=open_menu)
        except EOFError:
            raise KeyboardInterrupt from None


def _open(keyboard: Input | None, screen: Output | None) -> _Terminal:
    try:
        from prompt_toolkit.input import create_input
        from prompt_toolkit.output import create_output
        from prompt_toolkit.output.vt100 import Vt100_Output
    except ImportError as error:
        message = "--cli-auto-prompt needs prompt_toolkit: pip install 'lightsnap[cli]'"
        raise ConfigurationError(message) from error
    if screen is None:
        screen = create_output(sys.stderr)
        if isinstance(screen, Vt100_Output):
            # Some terminals do not report their cursor position. prompt_toolkit would
            # wait for it, then print a warning.
            screen.enable_cpr = False
    return _Terminal(keyboard or create_input(sys.stdin), screen)
