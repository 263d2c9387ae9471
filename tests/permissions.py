"""The API calls that each method and command makes, as they arrive at a server.

``python -m tests.permissions`` updates the tables and policies of the page.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any, TypeAlias
from unittest.mock import patch

import boto3
from attrs import define, field, frozen
from botocore.config import Config

from lightsnap import (
    AsyncClient,
    BackupPlan,
    Client,
    CreateInstanceSnapshotRequest,
    InstanceSnapshot,
    Operations,
    PrunePreview,
    Retention,
)
from lightsnap.cli import main
from lightsnap.testing import FakeAsyncClock, FakeClock, LightsailServer
from tests.cli.terminal import ENTER, Terminal
from tests.embedded import create_snapshot

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "permissions.md"
NAMES: dict[str, Any] = {
    "instance_name": "WordPress-1",
    "instance_snapshot_name": "monday",
}
CHANGES = (
    "CopySnapshot",
    "CreateInstanceSnapshot",
    "CreateInstancesFromSnapshot",
    "DeleteInstanceSnapshot",
    "TagResource",
)
PLAN = BackupPlan("nightly", retention=Retention(keep_last=1), copy_to=["eu-central-1"])
NO_RETRIES = Config(retries={"total_max_attempts": 1})


@frozen
class Row:
    """A row of a table: the calls of a method or a command."""

    calls: set[str]
    after_lost_response: set[str]


_ROW = re.compile(r"^\| `([^`]+)` \|(.*)\|(.*)\|$", re.MULTILINE)
_POLICY = re.compile(r"^```json\n(.*?)^```", re.MULTILINE | re.DOTALL)


def tables(page: str) -> tuple[dict[str, Row], dict[str, Row]]:
    """Return the rows of the two tables, by method and by command."""
    parts = page.split("\n## ")
    by_heading = {part.partition("\n")[0]: part for part in parts}
    methods, commands = (
        {
            name: Row(set(re.findall(r"\w+", calls)), set(re.findall(r"\w+", lost)))
            for name, calls, lost in _ROW.findall(by_heading[heading])
        }
        for heading in ("Methods", "Commands")
    )
    return methods, commands


# Whose calls each policy permits, by the heading of its section; None is all methods.
POLICIES: dict[str, list[str] | None] = {
    "The policy": None,
    "Waiting only": ["wait", "wait_until_available"],
    "One instance": ["snapshot_instance"],
    "By tags": ["snapshot_instance"],
    "Backups": ["back_up"],
    "Prunes": ["preview_prune", "prune"],
    "Copies": ["copy_instance_snapshot", "wait", "wait_until_available"],
    "Restores": ["create_instances_from_snapshot", "wait", "wait_until_running"],
}


def policies(page: str) -> dict[str, dict[str, Any]]:
    """Return the policies by the headings of their sections."""
    sections = re.split(r"^##+ ", page, flags=re.MULTILINE)
    return {
        section.partition("\n")[0]: json.loads(found[1])
        for section in sections
        if (found := _POLICY.search(section))
    }


def calls_of(rows: dict[str, Row], methods: list[str] | None) -> set[str]:
    """Return the actions that a policy has to permit."""
    return {
        f"lightsail:{call}"
        for name in (rows if methods is None else methods)
        for call in rows[name].calls | rows[name].after_lost_response
    }


@define
class Service:
    """A server with snapshots and backups."""

    server: LightsailServer
    available: InstanceSnapshot = field(init=False)
    pending: Operations = field(init=False)
    preview: PrunePreview = field(init=False)

    def __attrs_post_init__(self) -> None:
        lightsail = boto3.client("lightsail", **self.server.client_kwargs)
        client = Client(lightsail, clock=FakeClock())
        self.available = client.snapshot_instance(
            "WordPress-1", instance_snapshot_name="saturday"
        )
        for run in ("1", "2"):
            client.back_up(BackupPlan(PLAN.name), run=run)
        self.preview = client.preview_prune(PLAN)
        self.pending = Operations.from_dict(
            {"operations": create_snapshot(lightsail, "sunday")}
        )
        lightsail.close()
        self.server.calls.clear()

    def lose_response(self) -> None:
        for call in CHANGES:
            self.server.faults.drop(call, when="after")

    @property
    def calls(self) -> set[str]:
        """The names of the calls."""
        return set(self.server.calls.names)


@contextmanager
def serving() -> Iterator[Service]:
    """Run a server, and set the environment so that clients call it."""
    with (
        LightsailServer(region_name="us-west-2", instances=["WordPress-1"]) as server,
        patch.dict(os.environ, {**server.environment, "AWS_MAX_ATTEMPTS": "1"}),
    ):
        yield Service(server)


Use: TypeAlias = Callable[[Any, Service], Any]

USES: dict[str, Use] = {
    "create_instance_snapshot": lambda client, _: client.create_instance_snapshot(
        **NAMES, tags={"env": "prod"}
    ),
    "send": lambda client, _: client.send(CreateInstanceSnapshotRequest(**NAMES)),
    "get_instance": lambda client, _: client.get_instance("WordPress-1"),
    "get_instances": lambda client, _: client.get_instances(),
    "get_operation": lambda client, service: client.get_operation(
        service.pending.ids[0]
    ),
    "get_instance_snapshot": lambda client, _: client.get_instance_snapshot("sunday"),
    "get_instance_snapshots": lambda client, _: client.get_instance_snapshots(),
    "copy_instance_snapshot": lambda client, service: client.copy_instance_snapshot(
        service.available, to_region_name="eu-central-1"
    ),
    "create_instances_from_snapshot": (
        lambda client, service: client.create_instances_from_snapshot(
            service.available, ["WordPress-2"], availability_zone="us-west-2a"
        )
    ),
    "delete_instance_snapshot": lambda client, service: client.delete_instance_snapshot(
        service.available
    ),
    "poll": lambda client, service: client.poll(service.pending),
    "wait": lambda client, service: client.wait(service.pending),
    "wait_until_available": lambda client, _: client.wait_until_available("sunday"),
    "wait_until_running": lambda client, _: client.wait_until_running("WordPress-1"),
    "snapshot_instance": lambda client, _: client.snapshot_instance("WordPress-1"),
    "back_up": lambda client, _: client.back_up(PLAN, run="3"),
    "preview_prune": lambda client, _: client.preview_prune(PLAN),
    "prune": lambda client, service: client.prune(service.preview),
    "close": lambda client, _: client.close(),
}


def use(name: str, service: Service) -> None:
    with Client(config=NO_RETRIES, clock=FakeClock()) as client:
        USES[name](client, service)


def use_async(name: str, service: Service) -> None:
    async def run() -> None:
        async with AsyncClient(config=NO_RETRIES, clock=FakeAsyncClock()) as client:
            await USES[name](client, service)

    asyncio.run(run())


def public_methods(client: type) -> set[str]:
    names = {
        name
        for name in dir(client)
        if callable(getattr(client, name)) and not name.startswith("_")
    }
    return names - {"aclose"}  # the same as close


CREATE_OPTIONS = [
    f"--{name.replace('_', '-')}={value}" for name, value in NAMES.items()
]

BACKUP_OPTIONS = [f"--plan={PLAN.name}", "--keep-last=1"]


def command_line(command: str, service: Service) -> list[str]:
    """Return the command of a row, with the options that it requires."""
    required = {
        "create-instance-snapshot": CREATE_OPTIONS,
        "create-instance-snapshot --wait": [*CREATE_OPTIONS, "--poll-interval=0.01"],
        "get-operation": [f"--operation-id={service.pending.ids[0]}"],
        "wait instance-snapshot-available": ["--instance-snapshot-name=sunday"],
        "wait operations-terminal": [
            "--poll-interval=0.01",
            "--operation-ids",
            *service.pending.ids,
        ],
        "backup": [*BACKUP_OPTIONS, "--copy-to=eu-central-1"],
        "backup --dry-run": BACKUP_OPTIONS,
        "prune": BACKUP_OPTIONS,
        "prune --delete": BACKUP_OPTIONS,
        "list": [],
        "list --max-age": ["26h"],
        "show": ["saturday"],
    }
    return [*command.split(), *required[command]]


def run_command(command: str, service: Service) -> int:
    if "prompt" in command:
        return _run_in_terminal(command)
    with patch("time.sleep"):  # between the rounds of a backup
        return main(command_line(command, service))


def _run_in_terminal(command: str) -> int:
    words = [*command.split(), *["--poll-interval=0.01"] * ("--wait" in command)]
    program = [sys.executable, "-m", "lightsnap", *words]
    with Terminal(*program, env={**os.environ, "TERM": "xterm"}) as terminal:
        terminal.wait_for("Instance name:")
        terminal.wait_for("WordPress-1")  # in the menu
        terminal.type("WordPress-1" + ENTER)
        terminal.wait_for("Snapshot name:")
        terminal.type(ENTER)
        terminal.wait_for("Tag:")
        terminal.type(ENTER)
        status, _ = terminal.finish()
    return status


def updated(page: str) -> str:
    """Return the page with its rows and policies updated from the observed calls."""
    methods, commands = tables(page)
    rows = {name: _observed(use, name) for name in methods}
    of_commands = {name: _observed(run_command, name) for name in commands}

    def section(text: str) -> str:
        is_of_commands = text.startswith("Commands\n")
        found = _POLICY.search(text)
        if found is None:
            of_section = of_commands if is_of_commands else rows
            return _ROW.sub(lambda match: _line(match[1], of_section[match[1]]), text)
        document = json.loads(found[1])
        allowed = [each for each in document["Statement"] if each["Effect"] == "Allow"]
        *limited, unlimited = allowed
        permitted = calls_of(
            {name: rows[name] for name in methods}, POLICIES[text.partition("\n")[0]]
        )
        unlimited["Action"] = sorted(permitted - {each["Action"] for each in limited})
        policy = f"```json\n{json.dumps(document, indent=2)}\n```"
        return f"{text[: found.start()]}{policy}{text[found.end() :]}"

    parts = re.split(r"(^##+ )", page, flags=re.MULTILINE)
    return "".join(map(section, parts))


def _observed(use: Callable[[str, Service], object], name: str) -> Row:
    calls: list[set[str]] = []
    for is_lost in (False, True):
        with serving() as service, redirect_stdout(StringIO()):
            if is_lost:
                service.lose_response()
            use(name, service)
            calls.append(service.calls)
    return Row(calls[0], calls[1] - calls[0])


def _line(name: str, row: Row) -> str:
    return f"| `{name}` |{_cell(row.calls)}|{_cell(row.after_lost_response)}|"


def _cell(calls: set[str]) -> str:
    return f" {', '.join(sorted(calls))} " if calls else " "


if __name__ == "__main__":
    PAGE.write_text(updated(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
