"""The options of the commands for backups, as data, loaded only for those commands."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from lightsnap.cli.options import AWS_OPTIONS, PROGRAM, Options, seconds_or_none

if TYPE_CHECKING:
    from datetime import timedelta


def _duration(text: str) -> timedelta:
    from lightsnap._backups.retention import parse_duration

    try:
        return parse_duration(text)
    except ValueError as error:
        message = f"{text!r:.80} {error}"
        raise argparse.ArgumentTypeError(message) from None


def _count(text: str) -> int:
    return int(text)


_count.__name__ = "whole number"  # argparse names it in its messages

_PLAN: Options = {
    "--plan": {
        "metavar": "NAME",
        "help": "name of the plan, which marks its backups; with --plan-file, the plan "
        "of that name in the file",
    },
    "--plan-file": {
        "metavar": "FILE",
        "help": "TOML or .json file with a plan, or with a table of plans by name; the "
        "options below override it",
    },
    "--instances": {
        "metavar": "PATTERN",
        "nargs": "*",
        "help": "instances, by patterns of whole names such as 'web-*' (default: all)",
    },
    "--instance-tags": {
        "metavar": "TAG",
        "nargs": "*",
        "help": "instances with all of these tags, such as key=env,value=prod, or "
        "key=env for any value",
    },
}
_RETENTION: Options = {
    **{
        f"--keep-{period}": {"metavar": "N", "type": _count, "help": what}
        for period, what in (
            ("last", "keep the newest N backups of each instance"),
            ("hourly", "keep the newest backup of each of the last N hours with any"),
            ("daily", "the same for days"),
            ("weekly", "the same for weeks"),
            ("monthly", "the same for months"),
            ("yearly", "the same for years"),
        )
    },
    "--keep-within": {
        "metavar": "DURATION",
        "help": "keep all that are less than this older than the newest, such as 7d "
        "or 36h",
    },
}
_COPIES: Options = {
    "--copy-to": {
        "metavar": "REGION",
        "nargs": "*",
        "help": "Regions to copy each backup to",
    },
}
_SITES: Options = {
    "--regions": {"metavar": "REGION", "nargs": "+", "help": "several Regions"},
    "--profiles": {
        "metavar": "NAME",
        "nargs": "+",
        "help": "several profiles in the AWS config files, for several accounts; with "
        "--regions, each of them in each Region",
    },
}
_TIMEOUT: Options = {
    "--timeout": {
        "metavar": "SECONDS",
        "type": seconds_or_none,
        "help": "how long to wait in each Region before giving up (default: 7200; "
        "none: no limit); the work at AWS goes on",
    },
}
_RUN: Options = {
    "--run": {
        "metavar": "NAME",
        "help": "name of the run, such as a date (default: the time in UTC); the same "
        "run again finishes what is not done",
    },
    **_TIMEOUT,
    "--dry-run": {
        "action": "store_true",
        "help": "only show what would be backed up and deleted",
    },
}
_PRUNE: Options = {
    "--delete": {
        "action": "store_true",
        "help": "delete what the retention does not keep, instead of only showing it",
    },
    **_TIMEOUT,
}
_LIST: Options = {
    "--max-age": {
        "metavar": "DURATION",
        "type": _duration,
        "help": "fail if the newest available backup of an instance is older, such as "
        "26h, or if it has none",
    },
}


GLOBAL_OPTIONS: Options = {
    **AWS_OPTIONS,
    "--output": {
        **AWS_OPTIONS["--output"],
        "help": "output format (default: a table for people)",
    },
    "--query": {
        **AWS_OPTIONS["--query"],
        "help": "show only this part of the response, such as outcomes[].error, as "
        "JSON by default",
    },
}


class Command(NamedTuple):
    """A command: its help, and its options by the heading of their group."""

    usage: str
    description: str
    groups: Mapping[str, Options]

    @property
    def options(self) -> Options:
        """All options."""
        return {
            name: settings
            for group in self.groups.values()
            for name, settings in group.items()
        }


_HEADINGS = "plan options", "retention options", "copy options", "site options"

COMMANDS: Mapping[str, Command] = {
    "backup": Command(
        usage=f"{PROGRAM} backup --plan NAME [OPTIONS]",
        description=(
            "Create a snapshot of each instance that a plan selects, wait until they\n"
            "are available, copy them to other Regions, and delete old backups that\n"
            "the plan does not keep."
        ),
        groups={
            **dict(zip(_HEADINGS, (_PLAN, _RETENTION, _COPIES, _SITES), strict=True)),
            "run options": _RUN,
        },
    ),
    "prune": Command(
        usage=f"{PROGRAM} prune --plan NAME [OPTIONS]",
        description=(
            "Show which backups of a plan its retention keeps, and why, also those of\n"
            "instances that are gone. With --delete, delete the others."
        ),
        groups={
            **dict(zip(_HEADINGS, (_PLAN, _RETENTION, _COPIES, _SITES), strict=True)),
            "prune options": _PRUNE,
        },
    ),
    "list": Command(
        usage=f"{PROGRAM} list [OPTIONS]",
        description=(
            "List snapshots by instance and plan. With a plan, list only its backups,\n"
            "with the verdicts of its retention."
        ),
        groups={
            "plan options": _PLAN,
            "retention options": _RETENTION,
            "site options": _SITES,
            "list options": _LIST,
        },
    ),
    "show": Command(
        usage=f"{PROGRAM} show NAME [OPTIONS]",
        description="Show all that is known about a snapshot.",
        groups={
            "snapshot": {"name": {"metavar": "NAME", "help": "snapshot to show"}},
        },
    ),
}
