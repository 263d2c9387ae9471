"""Which API calls each method and command makes: those that arrive at a server.

``python -m tests.permissions`` writes the tables and the policies of the page anew.
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

from lightsnap import AsyncClient, Client, CreateInstanceSnapshotRequest, Operations
from lightsnap.cli import main
from lightsnap.testing import FakeAsyncClock, FakeClock, LightsailServer
from tests.cli.terminal import ENTER, Terminal
from tests.embedded import create_snapshot

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "permissions.md"
NAMES: dict[str, Any] = {
    "instance_name": "WordPress-1",
    "instance_snapshot_name": "monday",
}
ONCE = Config(retries={"total_max_attempts": 1})


@frozen
class Row:
    """What the page says of a method or a command."""

    calls: set[str]
    after_a_lost_answer: set[str]


_ROW = re.compile(r"^\| `([^`]+)` \|(.*)\|(.*)\|$", re.MULTILINE)
_POLICY = re.compile(r"^```json\n(.*?)^```", re.MULTILINE | re.DOTALL)


def tables(page: str) -> tuple[dict[str, Row], dict[str, Row]]:
    """The two tables of the page, by method and by command."""
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


def policies(page: str) -> list[dict[str, Any]]:
    return [json.loads(text) for text in _POLICY.findall(page)]


@define
class Service:
    """A Lightsail where a snapshot is in the making, and what was called of it."""

    server: LightsailServer
    lines: list[str]
    pending: Operations = field(init=False)

    def __attrs_post_init__(self) -> None:
        lightsail = boto3.client("lightsail", **self.server.client_kwargs)
        self.pending = Operations.from_dict(
            {"operations": create_snapshot(lightsail, "sunday")}
        )
        lightsail.close()
        self.lines.clear()

    def lose_the_answer(self) -> None:
        self.server.faults.drop("CreateInstanceSnapshot", when="after")

    @property
    def called(self) -> set[str]:
        """The targets of the requests: ``POST / TARGET STATUS`` is a line."""
        return {line.split()[2] for line in self.lines}


@contextmanager
def serving() -> Iterator[Service]:
    """Serve, with the environment set so that clients call this server."""
    lines: list[str] = []
    with (
        LightsailServer(
            region_name="us-west-2", instances=["WordPress-1"], log=lines.append
        ) as server,
        patch.dict(os.environ, {**server.environment, "AWS_MAX_ATTEMPTS": "1"}),
    ):
        yield Service(server, lines)


Use: TypeAlias = Callable[[Any, Operations], Any]

USES: dict[str, Use] = {
    "create_instance_snapshot": lambda client, _: client.create_instance_snapshot(
        **NAMES, tags={"env": "prod"}
    ),
    "send": lambda client, _: client.send(CreateInstanceSnapshotRequest(**NAMES)),
    "get_instance": lambda client, _: client.get_instance("WordPress-1"),
    "get_operation": lambda client, pending: client.get_operation(pending.ids[0]),
    "get_instance_snapshot": lambda client, _: client.get_instance_snapshot("sunday"),
    "wait": lambda client, pending: client.wait(pending),
    "wait_until_available": lambda client, _: client.wait_until_available("sunday"),
    "snapshot_instance": lambda client, _: client.snapshot_instance("WordPress-1"),
    "close": lambda client, _: client.close(),
}


def use(name: str, service: Service) -> None:
    with Client(config=ONCE, clock=FakeClock()) as client:
        USES[name](client, service.pending)


def use_async(name: str, service: Service) -> None:
    async def run() -> None:
        async with AsyncClient(config=ONCE, clock=FakeAsyncClock()) as client:
            await USES[name](client, service.pending)

    asyncio.run(run())


def public_methods(client: type) -> set[str]:
    return {
        name
        for name in dir(client)
        if callable(getattr(client, name)) and not name.startswith("_")
    }


CREATE = [f"--{name.replace('_', '-')}={value}" for name, value in NAMES.items()]


def words_of(command: str, service: Service) -> list[str]:
    """The command line of a row: what it names, and what it cannot do without."""
    needed = {
        "create-instance-snapshot": CREATE,
        "create-instance-snapshot --wait": [*CREATE, "--poll-interval=0.01"],
        "get-operation": [f"--operation-id={service.pending.ids[0]}"],
        "wait instance-snapshot-available": ["--instance-snapshot-name=sunday"],
        "wait operations-terminal": [
            "--poll-interval=0.01",
            "--operation-ids",
            *service.pending.ids,
        ],
    }
    return [*command.split(), *needed[command]]


def run_command(command: str, service: Service) -> int:
    if "prompt" in command:
        return _run_in_terminal(command)
    return main(words_of(command, service))


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


def written_anew(page: str) -> str:
    """Return the page with the rows and policies that what is called leads to."""
    methods, commands = tables(page)
    rows = {name: _observed(use, name) for name in methods}
    rows |= {name: _observed(run_command, name) for name in commands}
    waits = rows["wait"].calls | rows["wait_until_available"].calls
    every = {
        call
        for name in methods
        for call in rows[name].calls | rows[name].after_a_lost_answer
    }

    def row(match: re.Match[str]) -> str:
        name = match[1]
        cells = [_cell(rows[name].calls), _cell(rows[name].after_a_lost_answer)]
        return f"| `{name}` |{cells[0]}|{cells[1]}|"

    def policy(match: re.Match[str]) -> str:
        document = json.loads(match[1])
        *limited, unlimited = document["Statement"]
        to_wait = set(unlimited["Action"]) <= {f"lightsail:{each}" for each in waits}
        calls = {f"lightsail:{each}" for each in (waits if to_wait else every)}
        calls -= {each["Action"] for each in limited}
        unlimited["Action"] = sorted(calls)
        return f"```json\n{json.dumps(document, indent=2)}\n```"

    return _POLICY.sub(policy, _ROW.sub(row, page))


def _observed(use: Callable[[str, Service], object], name: str) -> Row:
    called: list[set[str]] = []
    for is_lost in (False, True):
        with serving() as service, redirect_stdout(StringIO()):
            if is_lost:
                service.lose_the_answer()
            use(name, service)
            called.append(service.called)
    return Row(called[0], called[1] - called[0])


def _cell(calls: set[str]) -> str:
    return f" {', '.join(sorted(calls))} " if calls else " "


if __name__ == "__main__":
    PAGE.write_text(written_anew(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
