"""The command line: its commands and options, in the grammar of the AWS CLI.

What the values mean is not decided here, but for numbers and choices.
"""

from __future__ import annotations

import argparse
import platform
from collections.abc import Collection, Mapping, Sequence
from itertools import chain
from math import inf
from pathlib import Path
from typing import Any, NoReturn, TypeAlias
from urllib.parse import urlsplit

from lightsnap import __version__
from lightsnap.cli.outputs import FORMATS
from lightsnap.cli.progress import MODES
from lightsnap.errors import LightsnapError
from lightsnap.schedule import DEFAULT_TIMEOUT
from lightsnap.testing.__main__ import add_options as add_options_of_local

PROGRAM = "lightsnap"

_Options: TypeAlias = Mapping[str, Mapping[str, Any]]


class UsageError(LightsnapError):
    """A command line that cannot be understood."""


def _seconds(text: str) -> float:
    """Read a time of at least 0."""
    seconds = float(text)
    if not 0 <= seconds < inf:
        raise ValueError
    return seconds


def _seconds_or_none(text: str) -> float:
    return inf if text == "none" else _seconds(text)


def _whole_seconds(text: str) -> int:
    if (seconds := int(text)) < 0:
        raise ValueError
    return seconds


def _path(text: str) -> str:
    if not Path(text).exists():
        raise ValueError
    return text


def _url(text: str) -> str:
    if not urlsplit(text).scheme:
        raise ValueError
    return text


# argparse names these in its messages: "invalid number of seconds value: 'soon'".
_seconds.__name__ = "number of seconds"
_seconds_or_none.__name__ = "number of seconds (or none)"
_whole_seconds.__name__ = "whole number of seconds"
_path.__name__ = "path of certificates"
_url.__name__ = "URL (http://host/ or https://host/)"


def version() -> str:
    """What runs here: lightsnap, Python and the machine."""
    return (
        f"{PROGRAM}/{__version__} Python/{platform.python_version()} "
        f"{platform.system()}/{platform.machine()}"
    )


_OF_AWS: _Options = {
    "--region": {"metavar": "REGION", "help": "the AWS Region, like us-west-2"},
    "--profile": {"metavar": "NAME", "help": "a profile of the AWS config files"},
    "--output": {"choices": FORMATS, "help": "the form of the answer; json by default"},
    "--query": {
        "metavar": "JMESPATH",
        "help": "what to show of the answer, like operations[].id",
    },
    "--endpoint-url": {
        "metavar": "URL",
        "type": _url,
        "help": "the endpoint to call instead of AWS's own",
    },
    "--ca-bundle": {
        "metavar": "FILE",
        "type": _path,
        "help": "certificates to trust instead of the usual ones",
    },
    "--no-verify-ssl": {
        "action": "store_true",
        "help": "do not check the certificate: anyone on the way can read and answer",
    },
    "--no-sign-request": {
        "action": "store_true",
        "help": "send no credentials; Lightsail itself refuses that",
    },
    "--cli-read-timeout": {
        "metavar": "SECONDS",
        "type": _whole_seconds,
        "help": "how long to wait for a byte of an answer; 0 is for ever, default 15",
    },
    "--cli-connect-timeout": {
        "metavar": "SECONDS",
        "type": _whole_seconds,
        "help": "how long to wait for a connection; 0 is for ever, default 5",
    },
    "--debug": {
        "action": "store_true",
        "help": "log to standard error what is done; no secrets are shown",
    },
    "--version": {
        "action": "version",
        "version": version(),
        "help": "show the version of this program",
    },
    # Scripts give these, too; nothing here is coloured, paged, paginated or binary.
    "--no-cli-auto-prompt": {"action": "store_true", "help": argparse.SUPPRESS},
    "--no-cli-pager": {"action": "store_true", "help": argparse.SUPPRESS},
    "--no-paginate": {"action": "store_true", "help": argparse.SUPPRESS},
    "--color": {"choices": ["on", "off", "auto"], "help": argparse.SUPPRESS},
    "--cli-binary-format": {
        "choices": ["base64", "raw-in-base64-out"],
        "help": argparse.SUPPRESS,
    },
}
_OF_PROMPT: _Options = {
    "--cli-auto-prompt": {
        "action": "store_true",
        "help": "ask in the terminal for what is missing",
    },
}
_SWITCHES = {
    name: False
    for name, settings in {**_OF_AWS, **_OF_PROMPT}.items()
    if settings.get("action") == "store_true"
}

_OF_CREATE: _Options = {
    "--instance-name": {
        "metavar": "NAME",
        "help": "the instance to make the snapshot of",
    },
    "--instance-snapshot-name": {
        "metavar": "NAME",
        "help": "the name of the new snapshot",
    },
    "--tags": {
        "metavar": "TAG",
        "nargs": "*",
        "help": "key=env,value=prod and more of them; or JSON; or file://tags.json",
    },
    "--cli-input-json": {
        "metavar": "JSON",
        "help": "the whole request in JSON, or file://…; options above override it",
    },
    "--cli-input-yaml": {"metavar": "YAML", "help": "the same in YAML"},
    "--generate-cli-skeleton": {
        "nargs": "?",
        "const": "input",
        "choices": ["input", "yaml-input", "output"],
        "help": "print a blank request or a sample answer; nothing is sent",
    },
}
_OF_WAITS: _Options = {
    "--timeout": {
        "metavar": "SECONDS",
        "type": _seconds_or_none,
        "help": f"when to give up: {DEFAULT_TIMEOUT:.0f} by default, none for never; "
        "nothing is cancelled at AWS",
    },
    "--poll-interval": {
        "metavar": "SECONDS",
        "type": _seconds,
        "help": "the pause between looks; by default it grows from 2 to 15",
    },
    "--progress": {
        "choices": MODES,
        "help": "how to show progress, on standard error: auto, the default, is tty on "
        "a terminal, plain where CI is set, else none; json is for programs",
    },
    "--no-progress": {
        "action": "store_const",
        "const": "none",
        "dest": "progress",
        "help": "show no progress",
    },
}
_OF_WAITING_CREATE: _Options = {
    "--wait": {
        "action": "store_true",
        "help": "wait until all has succeeded and the snapshot is available",
    },
    **_OF_WAITS,
    "--save": {
        "metavar": "FILE",
        "help": "store the operations at once, for `wait operations-terminal --resume`",
    },
}
_OF_GET_OPERATION: _Options = {
    "--operation-id": {
        "metavar": "ID",
        "required": True,
        "help": "the operation to look up",
    }
}
_OF_WAIT_AVAILABLE: _Options = {
    "--instance-snapshot-name": {
        "metavar": "NAME",
        "required": True,
        "help": "the snapshot to wait for",
    }
}
_OF_WAIT_TERMINAL: _Options = {
    "--operation-ids": {"metavar": "ID", "nargs": "+", "help": "the operations"},
    "--resume": {"metavar": "FILE", "help": "those that --save stored"},
}

# Per command, first what an abbreviation may mean: AWS's options keep those they have.
_OPTIONS: Mapping[str, Sequence[_Options]] = {
    "create-instance-snapshot": (_OF_CREATE, _OF_WAITING_CREATE),
    "get-operation": (_OF_GET_OPERATION,),
    "instance-snapshot-available": (_OF_WAIT_AVAILABLE, _OF_WAITS),
    "operations-terminal": (_OF_WAIT_TERMINAL, _OF_WAITS),
}


def parse(words: Sequence[str]) -> argparse.Namespace:
    """Read a command line, without the name of the program.

    In the result, ``command`` names the command, and ``condition`` what a ``wait`` is
    for; each option has an attribute, None or False where it was not given.

    Raises:
        UsageError: It cannot be understood.
        SystemExit: It asks for help or the version, which is shown then.
    """
    words = in_full(words)
    *commands, last = words or [""]
    if last == "help" and not any(word.startswith("-") for word in commands):
        words = [*commands, "--help"]
    options, unknown = _parser().parse_known_args(words)
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
    command = next((word for word in words if word in _OPTIONS), None)
    tiers = ({**_OF_AWS, **_OF_PROMPT}, *(_OPTIONS[command] if command else ()))
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


def _parser() -> _Parser:
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
            _attribute(name): _SWITCHES.get(name)
            for tier in (_OF_AWS, _OF_PROMPT, *chain.from_iterable(_OPTIONS.values()))
            for name in tier
        },
    )
    _add_options_of_aws(parser, _OF_PROMPT)
    commands = parser.add_subparsers(
        prog=PROGRAM, metavar="COMMAND", dest="command", required=True
    )
    create = commands.add_parser(
        "create-instance-snapshot",
        usage=f"{PROGRAM} create-instance-snapshot --instance-name NAME\n"
        "         --instance-snapshot-name NAME [OPTIONS]",
        help="create a snapshot of an instance",
        description="Create a snapshot of an instance. The answer comes at once, the\n"
        "work goes on at AWS: --wait waits for its end.",
        epilog=f"for example:\n"
        f"  {PROGRAM} create-instance-snapshot --instance-name WordPress-1 \\\n"
        "    --instance-snapshot-name WordPress-1-monday --tags key=env,value=prod \\\n"
        "    --wait",
    )
    _add_options(create.add_argument_group("the request"), _OF_CREATE)
    _add_options(create.add_argument_group("waiting"), _OF_WAITING_CREATE)
    _add_options_of_aws(create, _OF_PROMPT)
    get_operation = commands.add_parser(
        "get-operation",
        usage=f"{PROGRAM} get-operation --operation-id ID [OPTIONS]",
        help="show an operation as it now stands",
        description="Show an operation as it now stands.",
    )
    _add_options(get_operation, _OF_GET_OPERATION)
    _add_options_of_aws(get_operation)
    for command in (create, get_operation):
        command.add_argument(
            "last_word", nargs="?", action=_LastWord, help=argparse.SUPPRESS
        )
    _add_waits(commands)
    local = commands.add_parser(
        "local",
        usage=f"{PROGRAM} local [OPTIONS]",
        help="serve an Amazon Lightsail to test against",
        description="Serve an Amazon Lightsail to test against. It forgets all at its\n"
        "end. The first line of output is the URL; Ctrl-C ends it.",
    )
    add_options_of_local(local)
    demo = commands.add_parser(
        "demo",
        usage=f"{PROGRAM} demo",
        help="create a snapshot and wait for it, on a Lightsail inside the process",
        description="Create a snapshot and wait for it, on a Lightsail inside the\n"
        "process: no account, no network.",
    )
    for command in (local, demo):
        command.add_argument("--debug", **_OF_AWS["--debug"])
    return parser


def _add_waits(commands: Any) -> None:
    description = (
        "Wait until something has ended well. Nothing is shown then, and the exit\n"
        "code is 0."
    )
    wait = commands.add_parser(
        "wait",
        usage=f"{PROGRAM} wait CONDITION [OPTIONS]",
        help="wait until something has ended well",
        description=description,
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
    _add_options(available, _OF_WAIT_AVAILABLE)
    _add_options(available.add_argument_group("waiting"), _OF_WAITS)
    _add_options_of_aws(available)
    terminal = conditions.add_parser(
        "operations-terminal",
        usage=f"{PROGRAM} wait operations-terminal\n"
        "         (--operation-ids ID [ID ...] | --resume FILE) [OPTIONS]",
        help="until operations have ended and succeeded",
        description="Wait until operations have ended and succeeded.",
    )
    which = terminal.add_mutually_exclusive_group(required=True)
    _add_options(which, _OF_WAIT_TERMINAL)
    _add_options(terminal.add_argument_group("waiting"), _OF_WAITS)
    _add_options_of_aws(terminal)


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


def _add_options(parser: Any, options: _Options) -> None:
    for name, settings in options.items():
        parser.add_argument(name, **settings)


def _add_options_of_aws(parser: argparse.ArgumentParser, *more: _Options) -> None:
    group = parser.add_argument_group("as in the AWS CLI")
    for options in (*more, _OF_AWS):
        _add_options(group, options)


def _attribute(option: str) -> str:
    return option.removeprefix("--").replace("-", "_")
