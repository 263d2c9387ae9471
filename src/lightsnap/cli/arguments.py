"""The commands of the CLI, and the parser of its command line.

The grammar is that of the AWS CLI.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Collection, Mapping, Sequence
from textwrap import fill
from typing import TYPE_CHECKING, Any, NoReturn

from lightsnap._server_options import add_server_options
from lightsnap.cli.conditions import CONDITIONS
from lightsnap.cli.options import (
    AWS_OPTIONS,
    COMMAND_WAIT_OPTIONS,
    PAGE_OPTIONS,
    PROGRAM,
    PROMPT_OPTIONS,
    REQUEST_OPTIONS,
    TERMINAL_OPTIONS,
    WAIT_OPTIONS,
    Options,
)

if TYPE_CHECKING:
    from lightsnap.cli.api import ApiCommand
    from lightsnap.cli.backup_options import Command

_HELP = "help"
_WIDTH = 79

BACKUP_COMMANDS = ("backup", "prune", "list", "show")
"""The commands for backups, which have a module of their own."""


class UsageError(Exception):
    """The command line is invalid.

    Not a LightsnapError, so that raising it loads nothing of the library.
    """


class SettingError(Exception):
    """A setting that only the AWS CLI knows is invalid."""


def parse(words: Sequence[str]) -> argparse.Namespace:
    """Parse arguments whose options are not abbreviated.

    In the result, ``command`` names the command, ``api`` is its ApiCommand if it is one
    of the AWS CLI's, and ``condition`` is what ``wait`` waits for. Each option has an
    attribute, which is None or False if it was not given.

    Raises:
        UsageError: The command line is invalid.
        SystemExit: Help or the version was asked for, and has been shown.
    """
    *commands, last = words or [_HELP]
    if last == _HELP and not any(word.startswith("-") for word in commands):
        words = [*commands, "--help"]
    options, unknown = _parser(words).parse_known_args(words)
    if options.last_word:
        unknown.append(options.last_word)
    if unknown:
        command = " ".join(filter(None, [PROGRAM, options.command, options.condition]))
        message = f"unrecognized arguments: {' '.join(unknown)}"
        raise UsageError(f"{message}; see `{command} --help`")
    return options


def find_command(words: Sequence[str]) -> str | None:
    """Return the first word that is neither an option nor an option's value."""
    is_value = False
    for word in words:
        if not word.startswith("-") and not is_value:
            return word
        name = _expand(word, [_GLOBAL_OPTIONS]) if word.startswith("--") else word
        settings = _GLOBAL_OPTIONS.get(name, {})
        takes_none = settings.get("action") == "store_true" or "nargs" in settings
        is_value = bool(settings) and not takes_none
    return None


def expand_abbreviations(words: Sequence[str]) -> list[str]:
    """Replace abbreviated options by their full names.

    Raises:
        UsageError: An abbreviation is ambiguous.
    """
    command = find_command(words)
    of_command: tuple[Options, ...] = ()
    if command in BACKUP_COMMANDS:
        of_command = (_backup_command(f"{command}").options,)
    elif command == "wait":
        condition = next((each for each in CONDITIONS if each in words), None)
        of_condition = CONDITIONS[condition].options if condition else TERMINAL_OPTIONS
        of_command = (of_condition, WAIT_OPTIONS)
    elif command not in (None, _HELP, *_COMMANDS):
        api = _find_api_command(f"{command}")
        # The AWS CLI's come first, so that its abbreviations keep their meaning.
        of_command = (api.options, COMMAND_WAIT_OPTIONS) if api else ()
    tiers = (_GLOBAL_OPTIONS, *of_command)
    return [_expand(word, tiers) if word.startswith("--") else word for word in words]


def _find_api_command(name: str) -> ApiCommand | None:
    from lightsnap.cli.api import api_command

    return api_command(name)


def _expand(word: str, tiers: Sequence[Collection[str]]) -> str:
    name, equals, value = word.partition("=")
    if len(name) == len("--") or any(name in tier for tier in tiers):
        return word
    for tier in tiers:
        match [option for option in tier if option.startswith(name)]:
            case []:
                continue
            case [option]:
                return option + equals + value
            case options:
                raise UsageError(f"{name} is ambiguous: {' or '.join(options)}")
    return word


class _Parser(argparse.ArgumentParser):
    def __init__(self, **settings: Any) -> None:
        super().__init__(
            allow_abbrev=False,  # expand_abbreviations has run
            # Or the defaults of a command would override options given before it.
            argument_default=argparse.SUPPRESS,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            **settings,
        )

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; see `{self.prog} --help`")


def _parser(words: Sequence[str]) -> _Parser:
    parser = _Parser(
        prog=PROGRAM,
        usage=f"{PROGRAM} [OPTIONS] COMMAND [OPTIONS]",
        description="Create snapshots of Amazon Lightsail instances, or back up many "
        "by a plan.\n\n"
        f"{PROGRAM} has every command of `aws lightsail`, such as\n"
        "create-instance-snapshot, with the same options. It validates each request\n"
        "before sending it, and --wait waits until what a command starts is done.",
        epilog=f"Run `{PROGRAM} COMMAND --help` for the options of a command.\n\n"
        "Exit codes, as in the AWS CLI: 0 success; 130 interrupted; 252 invalid\n"
        "parameters; 253 no Region or credentials, or a missing extra; 254 refused by\n"
        "the service; 255 any other error, such as a wait that did not end in success.",
    )
    parser.set_defaults(
        api=None,
        condition=None,
        last_word=None,
        **_defaults(_GLOBAL_OPTIONS, COMMAND_WAIT_OPTIONS, TERMINAL_OPTIONS),
    )
    _add_aws_options(parser, PROMPT_OPTIONS)
    commands = parser.add_subparsers(
        prog=PROGRAM, metavar="COMMAND", dest="command", required=True
    )
    chosen = find_command(words)
    for name, (configure, summary) in _COMMANDS.items():
        command = commands.add_parser(name, help=summary)
        if name == chosen:  # argparse is slow to add options
            configure(command)
    if chosen not in (None, _HELP, *_COMMANDS):
        api = _find_api_command(f"{chosen}")
        if api is None:
            raise UsageError(_unknown_command(f"{chosen}"))
        _configure_api_command(commands.add_parser(api.name), api)
    return parser


def _unknown_command(name: str) -> str:
    from difflib import get_close_matches

    from lightsnap.cli.api import api_operations

    known = [*_COMMANDS, *api_operations()]
    close = get_close_matches(name, known, n=3, cutoff=0.7)
    advice = (
        f"did you mean {' or '.join(close)}?" if close else "see `lightsnap --help`"
    )
    return f"there is no command {name!r:.80}: {advice}"


def _defaults(*options: Options) -> dict[str, Any]:
    """Return the value of each option that is not given."""
    return {
        settings.get("dest", _attribute(name)): (
            False if settings.get("action") == "store_true" else None
        )
        for each in options
        for name, settings in each.items()
    }


def _configure_api_command(parser: argparse.ArgumentParser, api: ApiCommand) -> None:
    required = api.operation.input_shape.required_members
    needed = [
        f"{option} {settings['metavar']}"
        for option, settings in api.options.items()
        if settings.get("dest") in required and "metavar" in settings
    ]
    parser.usage = "\n         ".join([f"{PROGRAM} {api.name}", *needed, "[OPTIONS]"])
    parser.description = fill(api.description, _WIDTH)
    _add_options(parser.add_argument_group("request options"), api.options)
    parser.set_defaults(api=api, **dict.fromkeys(api.members))
    parser.set_defaults(**_defaults(REQUEST_OPTIONS, PAGE_OPTIONS))
    if api.starts_operations:
        _add_options(parser.add_argument_group("wait options"), COMMAND_WAIT_OPTIONS)
    _add_aws_options(parser, PROMPT_OPTIONS)
    _add_last_word(parser)


def _configure_wait(wait: argparse.ArgumentParser) -> None:
    wait.usage = f"{PROGRAM} wait CONDITION [OPTIONS]"
    wait.description = (
        "Wait until a condition is met, then say so on standard error, and exit with 0."
    )
    _add_aws_options(wait)
    conditions = wait.add_subparsers(
        prog=f"{PROGRAM} wait", metavar="CONDITION", dest="condition", required=True
    )
    for condition in CONDITIONS.values():
        summary = f"wait until {condition.article} is {condition.reached}"
        one = conditions.add_parser(
            condition.name,
            usage=f"{PROGRAM} wait {condition.name}\n"
            f"         {condition.option} NAME [OPTIONS]",
            help=summary,
            description=f"{summary.capitalize()}.",
        )
        _add_options(one, condition.options)
        _add_options(one.add_argument_group("wait options"), WAIT_OPTIONS)
        _add_aws_options(one)
    terminal = conditions.add_parser(
        "operations-terminal",
        usage=f"{PROGRAM} wait operations-terminal\n"
        "         (--operation-ids ID [ID ...] | --resume FILE | --answer FILE)\n"
        "         [OPTIONS]",
        help="wait until operations have ended and succeeded",
        description="Wait until operations have ended. "
        "The exit code is 0 if all succeeded.",
    )
    which = terminal.add_mutually_exclusive_group(required=True)
    _add_options(which, TERMINAL_OPTIONS)
    _add_options(terminal.add_argument_group("wait options"), WAIT_OPTIONS)
    _add_aws_options(terminal)


def _configure_local(local: argparse.ArgumentParser) -> None:
    local.usage = f"{PROGRAM} local [OPTIONS]"
    local.description = (
        "Run a Lightsail emulator to test against. The first line of output is its\n"
        "URL. Ctrl-C stops the emulator, and its state is lost."
    )
    add_server_options(local)
    _add_options(local, _DEBUG)


def _configure_demo(demo: argparse.ArgumentParser) -> None:
    demo.usage = f"{PROGRAM} demo"
    demo.description = (
        "Create a snapshot and wait for it, on a Lightsail emulator in this process.\n"
        "It needs no account and no network."
    )
    _add_options(demo, _DEBUG)


def _backup_command(name: str) -> Command:
    from lightsnap.cli.backup_options import COMMANDS

    return COMMANDS[name]


def _configure_backup_command(parser: argparse.ArgumentParser) -> None:
    from lightsnap.cli.backup_options import GLOBAL_OPTIONS

    command = _backup_command(parser.prog.split()[-1])
    parser.usage = command.usage
    parser.description = command.description
    for heading, options in command.groups.items():
        _add_options(parser.add_argument_group(heading), options)
    _add_options(parser.add_argument_group("global options"), GLOBAL_OPTIONS)
    parser.set_defaults(**_defaults(command.options))


_GLOBAL_OPTIONS = {**AWS_OPTIONS, **PROMPT_OPTIONS}
_DEBUG = {"--debug": AWS_OPTIONS["--debug"]}

_COMMANDS: Mapping[str, tuple[Callable[[argparse.ArgumentParser], None], str]] = {
    "wait": (_configure_wait, "wait for a state or for operations"),
    "backup": (_configure_backup_command, "back up the instances of a plan"),
    "prune": (_configure_backup_command, "show or delete backups that are not kept"),
    "list": (_configure_backup_command, "list snapshots by instance and plan"),
    "show": (_configure_backup_command, "show all that is known about a snapshot"),
    "local": (_configure_local, "run a Lightsail emulator to test against"),
    "demo": (
        _configure_demo,
        "create a snapshot on an in-process emulator and wait for it",
    ),
}


class _LastWord(argparse.Action):
    """A word after the options: ``help``, or an empty one, as in the AWS CLI."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,  # noqa: ARG002
    ) -> None:
        if values == "help":
            parser.print_help()
            parser.exit()
        setattr(namespace, self.dest, values)


def _add_last_word(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "last_word", nargs="?", action=_LastWord, help=argparse.SUPPRESS
    )


def _add_options(parser: Any, options: Options) -> None:
    for name, settings in options.items():
        parser.add_argument(name, **settings)


def _add_aws_options(parser: argparse.ArgumentParser, *more: Options) -> None:
    group = parser.add_argument_group("global options, as in the AWS CLI")
    for options in (*more, AWS_OPTIONS):
        _add_options(group, options)


def _attribute(option: str) -> str:
    return option.removeprefix("--").replace("-", "_")
