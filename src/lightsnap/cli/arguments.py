"""The commands of the CLI, and the parser of its command line.

The grammar is that of the AWS CLI.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, NoReturn

from lightsnap._server_options import add_server_options
from lightsnap.cli.options import (
    AWS_OPTIONS,
    COMMAND_OPTIONS,
    CREATE_OPTIONS,
    CREATE_WAIT_OPTIONS,
    GET_OPERATION_OPTIONS,
    PROGRAM,
    PROMPT_OPTIONS,
    SWITCHES,
    WAIT_AVAILABLE_OPTIONS,
    WAIT_OPTIONS,
    WAIT_TERMINAL_OPTIONS,
    Options,
)

if TYPE_CHECKING:
    from lightsnap.cli.backup_options import Command

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

    In the result, ``command`` names the command, and ``condition`` what ``wait`` waits
    for. Each option has an attribute, which is None or False if it was not given.

    Raises:
        UsageError: The command line is invalid.
        SystemExit: Help or the version was asked for, and has been shown.
    """
    *commands, last = words or [""]
    if last == "help" and not any(word.startswith("-") for word in commands):
        words = [*commands, "--help"]
    options, unknown = _parser(words).parse_known_args(words)
    if options.last_word:
        unknown.append(options.last_word)
    if unknown:
        command = " ".join(filter(None, [PROGRAM, options.command, options.condition]))
        message = f"unrecognized arguments: {' '.join(unknown)}"
        raise UsageError(f"{message}; see `{command} --help`")
    return options


def expand_abbreviations(words: Sequence[str]) -> list[str]:
    """Replace abbreviated options by their full names.

    Raises:
        UsageError: An abbreviation is ambiguous.
    """
    command = next((each for each in COMMAND_OPTIONS if each in words), None)
    of_command = COMMAND_OPTIONS[command] if command else ()
    backup_command = next((each for each in BACKUP_COMMANDS if each in words), None)
    if backup_command and not command:
        of_command = (_backup_command(backup_command).options,)
    tiers = ({**AWS_OPTIONS, **PROMPT_OPTIONS}, *of_command)
    return [_expand(word, tiers) if word.startswith("--") else word for word in words]


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


def _parser(words: Collection[str]) -> _Parser:
    parser = _Parser(
        prog=PROGRAM,
        usage=f"{PROGRAM} [OPTIONS] COMMAND [OPTIONS]",
        description="Create snapshots of Amazon Lightsail instances, or back up many "
        "by a plan.\n\n"
        "A drop-in for `aws lightsail create-instance-snapshot` that validates each\n"
        "request before sending it, and can wait until the snapshot is available.",
        epilog=f"Run `{PROGRAM} COMMAND --help` for the options of a command.\n\n"
        "Exit codes, as in the AWS CLI: 0 success; 130 interrupted; 252 invalid\n"
        "parameters; 253 no Region or credentials, or a missing extra; 254 refused by\n"
        "the service; 255 any other error, such as a wait that did not end in success.",
    )
    parser.set_defaults(
        condition=None,
        last_word=None,
        **{
            _attribute(name): SWITCHES.get(name)
            for tier in (
                AWS_OPTIONS,
                PROMPT_OPTIONS,
                *chain.from_iterable(COMMAND_OPTIONS.values()),
            )
            for name in tier
        },
    )
    _add_aws_options(parser, PROMPT_OPTIONS)
    commands = parser.add_subparsers(
        prog=PROGRAM, metavar="COMMAND", dest="command", required=True
    )
    for name, (configure, summary) in _COMMANDS.items():
        command = commands.add_parser(name, help=summary)
        if name in words:  # argparse is slow to add options
            configure(command)
    return parser


def _configure_create(create: argparse.ArgumentParser) -> None:
    create.usage = (
        f"{PROGRAM} create-instance-snapshot --instance-name NAME\n"
        "         --instance-snapshot-name NAME [OPTIONS]"
    )
    create.description = (
        "Create a snapshot of an instance. The command returns as soon as the service\n"
        "has accepted the request; with --wait, when the snapshot is available."
    )
    create.epilog = (
        f"example:\n"
        f"  {PROGRAM} create-instance-snapshot --instance-name WordPress-1 \\\n"
        "    --instance-snapshot-name WordPress-1-monday --tags key=env,value=prod \\\n"
        "    --wait"
    )
    _add_options(create.add_argument_group("request options"), CREATE_OPTIONS)
    _add_options(create.add_argument_group("wait options"), CREATE_WAIT_OPTIONS)
    _add_aws_options(create, PROMPT_OPTIONS)
    _add_last_word(create)


def _configure_get_operation(get_operation: argparse.ArgumentParser) -> None:
    get_operation.usage = f"{PROGRAM} get-operation --operation-id ID [OPTIONS]"
    get_operation.description = "Show the current state of an operation."
    _add_options(get_operation, GET_OPERATION_OPTIONS)
    _add_aws_options(get_operation)
    _add_last_word(get_operation)


def _configure_wait(wait: argparse.ArgumentParser) -> None:
    wait.usage = f"{PROGRAM} wait CONDITION [OPTIONS]"
    wait.description = (
        "Wait until a condition is met, then exit with 0 and print nothing."
    )
    _add_aws_options(wait)
    conditions = wait.add_subparsers(
        prog=f"{PROGRAM} wait", metavar="CONDITION", dest="condition", required=True
    )
    available = conditions.add_parser(
        "instance-snapshot-available",
        usage=f"{PROGRAM} wait instance-snapshot-available\n"
        "         --instance-snapshot-name NAME [OPTIONS]",
        help="wait until a snapshot is available",
        description="Wait until a snapshot is available.",
    )
    _add_options(available, WAIT_AVAILABLE_OPTIONS)
    _add_options(available.add_argument_group("wait options"), WAIT_OPTIONS)
    _add_aws_options(available)
    terminal = conditions.add_parser(
        "operations-terminal",
        usage=f"{PROGRAM} wait operations-terminal\n"
        "         (--operation-ids ID [ID ...] | --resume FILE) [OPTIONS]",
        help="wait until operations have ended and succeeded",
        description="Wait until operations have ended. "
        "The exit code is 0 if all succeeded.",
    )
    which = terminal.add_mutually_exclusive_group(required=True)
    _add_options(which, WAIT_TERMINAL_OPTIONS)
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
    parser.set_defaults(
        **{
            _attribute(name): False if settings.get("action") else None
            for name, settings in command.options.items()
        }
    )


_DEBUG = {"--debug": AWS_OPTIONS["--debug"]}

_COMMANDS: Mapping[str, tuple[Callable[[argparse.ArgumentParser], None], str]] = {
    "create-instance-snapshot": (_configure_create, "create a snapshot of an instance"),
    "get-operation": (
        _configure_get_operation,
        "show the current state of an operation",
    ),
    "wait": (_configure_wait, "wait for a snapshot or for operations"),
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
