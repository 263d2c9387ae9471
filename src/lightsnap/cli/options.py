"""The options of the commands, as data: those of the AWS CLI, and our own."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from math import inf
from typing import Any, TypeAlias

from lightsnap import __version__

PROGRAM = "lightsnap"

FORMATS: tuple[str, ...] = ("json", "text", "table", "yaml", "yaml-stream", "off")
"""The forms of an answer."""

MODES: tuple[str, ...] = ("auto", "tty", "plain", "json", "none")
"""The ways to show a wait; ``progress.showing`` tells what each is."""

Options: TypeAlias = Mapping[str, Mapping[str, Any]]
"""By name, what argparse is to know of each."""


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
    from pathlib import Path

    if not Path(text).exists():
        raise ValueError
    return text


def _url(text: str) -> str:
    from urllib.parse import urlsplit

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
    import platform

    return (
        f"{PROGRAM}/{__version__} Python/{platform.python_version()} "
        f"{platform.system()}/{platform.machine()}"
    )


class _ShowVersion(argparse.Action):
    """As argparse's own, which would have the text made for every command line."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        print(version())
        parser.exit()


OF_AWS: Options = {
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
        "action": _ShowVersion,
        "nargs": 0,
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
OF_PROMPT: Options = {
    "--cli-auto-prompt": {
        "action": "store_true",
        "help": "ask in the terminal for what is missing",
    },
}
SWITCHES = {
    name: False
    for name, settings in {**OF_AWS, **OF_PROMPT}.items()
    if settings.get("action") == "store_true"
}

OF_CREATE: Options = {
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
OF_WAITS: Options = {
    "--timeout": {
        "metavar": "SECONDS",
        "type": _seconds_or_none,
        "help": "when to give up: 1800 by default, none for never; "
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
OF_WAITING_CREATE: Options = {
    "--wait": {
        "action": "store_true",
        "help": "wait until all has succeeded and the snapshot is available",
    },
    **OF_WAITS,
    "--save": {
        "metavar": "FILE",
        "help": "store the operations at once, for `wait operations-terminal --resume`",
    },
}
OF_GET_OPERATION: Options = {
    "--operation-id": {
        "metavar": "ID",
        "required": True,
        "help": "the operation to look up",
    }
}
OF_WAIT_AVAILABLE: Options = {
    "--instance-snapshot-name": {
        "metavar": "NAME",
        "required": True,
        "help": "the snapshot to wait for",
    }
}
OF_WAIT_TERMINAL: Options = {
    "--operation-ids": {"metavar": "ID", "nargs": "+", "help": "the operations"},
    "--resume": {"metavar": "FILE", "help": "those that --save stored"},
}

# Per command, first what an abbreviation may mean: AWS's options keep those they have.
OF_COMMANDS: Mapping[str, Sequence[Options]] = {
    "create-instance-snapshot": (OF_CREATE, OF_WAITING_CREATE),
    "get-operation": (OF_GET_OPERATION,),
    "instance-snapshot-available": (OF_WAIT_AVAILABLE, OF_WAITS),
    "operations-terminal": (OF_WAIT_TERMINAL, OF_WAITS),
}
