"""The command line, in the grammar of the AWS CLI: its commands, and how it is read."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import chain
from typing import Any, NoReturn

from lightsnap._server_options import add_server_options
from lightsnap.cli.options import (
    OF_AWS,
    OF_COMMANDS,
    OF_CREATE,
    OF_GET_OPERATION,
    OF_PROMPT,
    OF_WAIT_AVAILABLE,
    OF_WAIT_TERMINAL,
    OF_WAITING_CREATE,
    OF_WAITS,
    PROGRAM,
    SWITCHES,
    Options,
)


class UsageError(Exception):
    """A command line that cannot be understood.

    It is not one of the library's errors, so that none of the library is loaded for it.
    """


def parse(words: Sequence[str]) -> argparse.Namespace:
    """Read a command line, without the name of the program, its options ``in_full``.

    In the result, ``command`` names the command, and ``condition`` what a ``wait`` is
    for; each option has an attribute, None or False where it was not given.

    Raises:
        UsageError: It cannot be understood.
        SystemExit: It asks for help or the version, which is shown then.
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


def in_full(words: Sequence[str]) -> list[str]:
    """Write abbreviated options in full.

    Raises:
        UsageError: An abbreviation may stand for several.
    """
    command = next((word for word in words if word in OF_COMMANDS), None)
    tiers = ({**OF_AWS, **OF_PROMPT}, *(OF_COMMANDS[command] if command else ()))
    return [
        _option_in_full(word, tiers) if word.startswith("--") else word
        for word in words
    ]


def _option_in_full(word: str, tiers: Sequence[Collection[str]]) -> str:
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
            allow_abbrev=False,  # they were written in full before
            argument_default=argparse.SUPPRESS,  # so that no default undoes an option
            formatter_class=argparse.RawDescriptionHelpFormatter,
            **settings,
        )

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; see `{self.prog} --help`")


def _parser(words: Collection[str]) -> _Parser:
    parser = _Parser(
        prog=PROGRAM,
        usage=f"{PROGRAM} [OPTIONS] COMMAND [OPTIONS]",
        description="Snapshots of Amazon Lightsail instances: what\n"
        "`aws lightsail create-instance-snapshot` does, with checks before the call\n"
        "and a wait after it.",
        epilog=f"`{PROGRAM} COMMAND --help` tells the rest.\n\n"
        "Exit codes, as in the AWS CLI: 0 done; 130 interrupted; 252 bad parameters;\n"
        "253 no Region, credentials or profile, or an extra is not installed;\n"
        "254 the service refused; 255 anything else, such as a wait that did not\n"
        "end in success.",
    )
    parser.set_defaults(
        condition=None,
        last_word=None,
        **{
            _attribute(name): SWITCHES.get(name)
            for tier in (OF_AWS, OF_PROMPT, *chain.from_iterable(OF_COMMANDS.values()))
            for name in tier
        },
    )
    _add_options_of_aws(parser, OF_PROMPT)
    commands = parser.add_subparsers(
        prog=PROGRAM, metavar="COMMAND", dest="command", required=True
    )
    for name, (fill, told) in _COMMANDS.items():
        command = commands.add_parser(name, help=told)
        if name in words:  # argparse takes a while for each option
            fill(command)
    return parser


def _fill_create(create: argparse.ArgumentParser) -> None:
    create.usage = (
        f"{PROGRAM} create-instance-snapshot --instance-name NAME\n"
        "         --instance-snapshot-name NAME [OPTIONS]"
    )
    create.description = (
        "Create a snapshot of an instance. The answer comes at once, the\n"
        "work goes on at AWS: --wait waits for its end."
    )
    create.epilog = (
        f"for example:\n"
        f"  {PROGRAM} create-instance-snapshot --instance-name WordPress-1 \\\n"
        "    --instance-snapshot-name WordPress-1-monday --tags key=env,value=prod \\\n"
        "    --wait"
    )
    _add_options(create.add_argument_group("the request"), OF_CREATE)
    _add_options(create.add_argument_group("waiting"), OF_WAITING_CREATE)
    _add_options_of_aws(create, OF_PROMPT)
    _add_last_word(create)


def _fill_get_operation(get_operation: argparse.ArgumentParser) -> None:
    get_operation.usage = f"{PROGRAM} get-operation --operation-id ID [OPTIONS]"
    get_operation.description = "Show an operation as it now stands."
    _add_options(get_operation, OF_GET_OPERATION)
    _add_options_of_aws(get_operation)
    _add_last_word(get_operation)


def _fill_wait(wait: argparse.ArgumentParser) -> None:
    wait.usage = f"{PROGRAM} wait CONDITION [OPTIONS]"
    wait.description = (
        "Wait until something has ended well. Nothing is shown then, and the exit\n"
        "code is 0."
    )
    _add_options_of_aws(wait)
    conditions = wait.add_subparsers(
        prog=f"{PROGRAM} wait", metavar="CONDITION", dest="condition", required=True
    )
    available = conditions.add_parser(
        "instance-snapshot-available",
        usage=f"{PROGRAM} wait instance-snapshot-available\n"
        "         --instance-snapshot-name NAME [OPTIONS]",
        help="until the state of a snapshot is available",
        description="Wait until the state of a snapshot is available.",
    )
    _add_options(available, OF_WAIT_AVAILABLE)
    _add_options(available.add_argument_group("waiting"), OF_WAITS)
    _add_options_of_aws(available)
    terminal = conditions.add_parser(
        "operations-terminal",
        usage=f"{PROGRAM} wait operations-terminal\n"
        "         (--operation-ids ID [ID ...] | --resume FILE) [OPTIONS]",
        help="until operations have ended and succeeded",
        description="Wait until operations have ended and succeeded.",
    )
    which = terminal.add_mutually_exclusive_group(required=True)
    _add_options(which, OF_WAIT_TERMINAL)
    _add_options(terminal.add_argument_group("waiting"), OF_WAITS)
    _add_options_of_aws(terminal)


def _fill_local(local: argparse.ArgumentParser) -> None:
    local.usage = f"{PROGRAM} local [OPTIONS]"
    local.description = (
        "Serve an Amazon Lightsail to test against. It forgets all at its\n"
        "end. The first line of output is the URL; Ctrl-C ends it."
    )
    add_server_options(local)
    _add_options(local, _DEBUG)


def _fill_demo(demo: argparse.ArgumentParser) -> None:
    demo.usage = f"{PROGRAM} demo"
    demo.description = (
        "Create a snapshot and wait for it, on a Lightsail inside the\n"
        "process: no account, no network."
    )
    _add_options(demo, _DEBUG)


_DEBUG = {"--debug": OF_AWS["--debug"]}

_COMMANDS: Mapping[str, tuple[Callable[[argparse.ArgumentParser], None], str]] = {
    "create-instance-snapshot": (_fill_create, "create a snapshot of an instance"),
    "get-operation": (_fill_get_operation, "show an operation as it now stands"),
    "wait": (_fill_wait, "wait until something has ended well"),
    "local": (_fill_local, "serve an Amazon Lightsail to test against"),
    "demo": (
        _fill_demo,
        "create a snapshot and wait for it, on a Lightsail inside the process",
    ),
}


class _LastWord(argparse.Action):
    """What stands after the options, in the AWS CLI: ``help``, or an empty word."""

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


def _add_options_of_aws(parser: argparse.ArgumentParser, *more: Options) -> None:
    group = parser.add_argument_group("as in the AWS CLI")
    for options in (*more, OF_AWS):
        _add_options(group, options)


def _attribute(option: str) -> str:
    return option.removeprefix("--").replace("-", "_")
