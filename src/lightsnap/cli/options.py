"""The options of the commands as data, both the AWS CLI's and lightsnap's."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from contextlib import suppress
from math import inf
from threading import TIMEOUT_MAX
from typing import Any, TypeAlias

from lightsnap import __version__

PROGRAM = "lightsnap"

FORMATS: tuple[str, ...] = ("json", "text", "table", "yaml", "yaml-stream", "off")
"""Output formats."""

MODES: tuple[str, ...] = ("auto", "tty", "plain", "json", "none")
"""Ways to show progress; see ``progress.showing``."""

Options: TypeAlias = Mapping[str, Mapping[str, Any]]
"""The keyword arguments of ``add_argument``, by option."""


def _seconds(text: str) -> float:
    """Parse a non-negative number of seconds."""
    seconds = float(text)
    if not 0 <= seconds < inf:
        raise ValueError
    return seconds


def _interval(text: str) -> float:
    from lightsnap._wait.options import LONGEST_INTERVAL

    if (seconds := _seconds(text)) > LONGEST_INTERVAL:
        raise ValueError
    return seconds


def seconds_or_none(text: str) -> float:
    """Parse a number of seconds, or ``none`` for no limit."""
    return inf if text == "none" else _seconds(text)


def _aws_timeout(option: str) -> Callable[[str], int]:
    """Return a parser of whole seconds; 0 means no limit.

    An invalid number is not a usage error, since the AWS CLI exits with 255 for it.
    """

    def parse(text: str) -> int:
        with suppress(ValueError):
            if 0 <= (seconds := int(text)) <= TIMEOUT_MAX:
                return seconds
        from lightsnap.errors import LightsnapError

        advice = "use a whole number of seconds, or 0 for no limit"
        raise LightsnapError(f"{option} is {text!r:.80}: {advice}")

    return parse


def _endpoint_url(text: str) -> str:
    # No message shows the URL, since it may contain a password.
    from urllib.parse import urlsplit

    try:
        has_scheme = bool(urlsplit(text).scheme)
    except ValueError:
        from lightsnap.errors import LightsnapError

        # As in the AWS CLI, not a usage error. The cause would show the URL.
        raise LightsnapError("--endpoint-url is not a valid URL") from None
    if not has_scheme:
        problem = "the URL has no scheme: use http://host/ or https://host/"
        raise argparse.ArgumentTypeError(problem)
    return text


# argparse names these in its messages: "invalid number of seconds value: 'soon'".
_interval.__name__ = "number of seconds (at most a week)"
seconds_or_none.__name__ = "number of seconds (or none)"


def version() -> str:
    """Return the versions of lightsnap and Python, and the platform."""
    import platform

    return (
        f"{PROGRAM}/{__version__} Python/{platform.python_version()} "
        f"{platform.system()}/{platform.machine()}"
    )


class _ShowVersion(argparse.Action):
    """Like argparse's "version", but builds the text only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        print(version())
        parser.exit()


AWS_OPTIONS: Options = {
    "--region": {"metavar": "REGION", "help": "AWS Region, such as us-west-2"},
    "--profile": {"metavar": "NAME", "help": "profile in the AWS config files"},
    "--output": {"choices": FORMATS, "help": "output format (default: json)"},
    "--query": {
        "metavar": "JMESPATH",
        "help": "show only this part of the response, such as operations[].id",
    },
    "--endpoint-url": {
        "metavar": "URL",
        "type": _endpoint_url,
        "help": "send requests to this endpoint instead of AWS",
    },
    "--ca-bundle": {
        "metavar": "FILE",
        "help": "CA certificates to trust instead of the default ones",
    },
    "--no-verify-ssl": {
        "action": "store_true",
        "help": "do not verify certificates: anyone on the network path can read and "
        "change requests and responses",
    },
    "--no-sign-request": {
        "action": "store_true",
        "help": "send requests without credentials; Lightsail refuses them",
    },
    "--cli-read-timeout": {
        "metavar": "SECONDS",
        "type": _aws_timeout("--cli-read-timeout"),
        "help": "how long to wait for data from the service (default: 15; 0: no limit)",
    },
    "--cli-connect-timeout": {
        "metavar": "SECONDS",
        "type": _aws_timeout("--cli-connect-timeout"),
        "help": "how long to wait for a connection (default: 5; 0: no limit)",
    },
    "--debug": {
        "action": "store_true",
        "help": "log requests and responses to standard error, without secrets",
    },
    "--version": {
        "action": _ShowVersion,
        "nargs": 0,
        "help": "show version information and exit",
    },
    "--no-paginate": {
        "action": "store_true",
        "help": "show the first page of a list only",
    },
    # Scripts written for the AWS CLI pass these; they have no effect here.
    "--no-cli-auto-prompt": {"action": "store_true", "help": argparse.SUPPRESS},
    "--no-cli-pager": {"action": "store_true", "help": argparse.SUPPRESS},
    "--color": {"choices": ["on", "off", "auto"], "help": argparse.SUPPRESS},
    "--cli-binary-format": {
        "choices": ["base64", "raw-in-base64-out"],
        "help": argparse.SUPPRESS,
    },
}
PROMPT_OPTIONS: Options = {
    "--cli-auto-prompt": {
        "action": "store_true",
        "help": "ask for missing options on the terminal",
    },
}
REQUEST_OPTIONS: Options = {
    "--cli-input-json": {
        "metavar": "JSON",
        "help": "the whole request as JSON or file://PATH; the options above "
        "override it",
    },
    "--cli-input-yaml": {
        "metavar": "YAML",
        "help": "the whole request as YAML or file://PATH",
    },
    "--generate-cli-skeleton": {
        "nargs": "?",
        "const": "input",
        "choices": ["input", "yaml-input", "output"],
        "help": "print a blank request or a sample response, without sending anything",
    },
}
"""The options of each command of the AWS CLI."""

PAGE_OPTIONS: Options = {
    "--max-items": {
        "metavar": "COUNT",
        "type": int,
        "help": "how many items to show; the response then has a NextToken",
    },
    "--starting-token": {
        "metavar": "TOKEN",
        "help": "where to begin: the NextToken of an earlier response",
    },
}
"""The options of each paginated command of the AWS CLI."""

WAIT_OPTIONS: Options = {
    "--timeout": {
        "metavar": "SECONDS",
        "type": seconds_or_none,
        "help": "how long to wait before giving up (default: 1800; none: no limit); "
        "the work at AWS goes on",
    },
    "--poll-interval": {
        "metavar": "SECONDS",
        "type": _interval,
        "help": "pause between polls (default: grows from 2 to 15)",
    },
    "--progress": {
        "choices": MODES,
        "help": "how to show progress on standard error; auto is tty on a terminal, "
        "plain if CI is set, otherwise none; json is for programs (default: auto)",
    },
    "--no-progress": {
        "action": "store_const",
        "const": "none",
        "dest": "progress",
        "help": "same as --progress none",
    },
}
COMMAND_WAIT_OPTIONS: Options = {
    "--wait": {
        "action": "store_true",
        "help": "wait until the operations have succeeded, and, where what they change "
        "has a state of its own, until it has reached that",
    },
    **WAIT_OPTIONS,
    "--save": {
        "metavar": "FILE",
        "help": "save the operations once the request is accepted, for "
        "`wait operations-terminal --resume`",
    },
}
"""The options of each command that starts operations."""

TERMINAL_OPTIONS: Options = {
    "--operation-ids": {
        "metavar": "ID",
        "nargs": "+",
        "help": "operations to wait for",
    },
    "--resume": {
        "metavar": "FILE",
        "help": "wait for the operations in this file, written by --save",
    },
    "--answer": {
        "metavar": "FILE",
        "help": "wait for the operations in this output of a command; - is standard "
        "input",
    },
}
