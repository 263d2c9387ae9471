"""The permissions that the page tells of are those that are used, and no others.

The page is the only place where they stand: its tables and policies are read here. What
is called is what arrives at a server.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import boto3
import pytest
from attrs import define, field, frozen
from botocore.config import Config

from lightsnap import AsyncClient, Client, CreateInstanceSnapshotRequest, Operations
from lightsnap.cli import main
from lightsnap.testing import FakeAsyncClock, FakeClock, LightsailServer
from tests.cli.terminal import ENTER, Terminal
from tests.embedded import create_snapshot

pytestmark = pytest.mark.page

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


def tables() -> tuple[dict[str, Row], dict[str, Row]]:
    """The two tables of the page, by method and by command."""
    parts = PAGE.read_text(encoding="utf-8").split("\n## ")
    by_heading = {part.partition("\n")[0]: part for part in parts}
    methods, commands = (
        {
            name: Row(set(re.findall(r"\w+", calls)), set(re.findall(r"\w+", lost)))
            for name, calls, lost in re.findall(
                r"^\| `([^`]+)` \|(.*)\|(.*)\|$", by_heading[heading], re.MULTILINE
            )
        }
        for heading in ("Methods", "Commands")
    )
    return methods, commands


METHODS, COMMANDS = tables()
POLICY, POLICY_TO_WAIT, POLICY_FOR_ONE, POLICY_BY_TAGS = map(
    json.loads,
    re.findall(
        r"^```json\n(.*?)^```",
        PAGE.read_text(encoding="utf-8"),
        re.MULTILINE | re.DOTALL,
    ),
)


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


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    lines: list[str] = []
    with LightsailServer(
        region_name="us-west-2", instances=["WordPress-1"], log=lines.append
    ) as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
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
    pytest.importorskip("aiobotocore")

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


def methods_with(use: Callable[[str, Service], None], client: type) -> list[Any]:
    names = sorted(public_methods(client))
    return [pytest.param(use, name, id=f"{client.__name__}.{name}") for name in names]


every_method = pytest.mark.parametrize(
    ("use", "name"),
    methods_with(use, Client) + methods_with(use_async, AsyncClient),
)


def test_every_public_method_is_in_the_table() -> None:
    assert public_methods(Client) == set(METHODS)
    assert public_methods(AsyncClient) <= set(METHODS)


@every_method
def test_a_method_calls_what_the_page_says(
    service: Service, use: Callable[[str, Service], None], name: str
) -> None:
    use(name, service)

    assert service.called == METHODS[name].calls


@every_method
def test_after_a_lost_answer_a_method_calls_what_the_page_says(
    service: Service, use: Callable[[str, Service], None], name: str
) -> None:
    service.lose_the_answer()

    use(name, service)

    assert service.called == METHODS[name].calls | METHODS[name].after_a_lost_answer


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


every_command = pytest.mark.parametrize(
    "command", [each for each in COMMANDS if "prompt" not in each]
)


@every_command
@pytest.mark.parametrize("is_lost", [False, True])
def test_a_command_calls_what_the_page_says(
    service: Service,
    capsys: pytest.CaptureFixture[str],
    command: str,
    is_lost: bool,
) -> None:
    if is_lost:
        service.lose_the_answer()

    status = main(words_of(command, service))

    assert (status, bool(capsys.readouterr().out)) == (0, "wait " not in command)
    row = COMMANDS[command]
    lost = row.after_a_lost_answer if is_lost else set()
    assert service.called == row.calls | lost


@pytest.mark.parametrize("command", [each for each in COMMANDS if "prompt" in each])
@pytest.mark.parametrize("is_lost", [False, True])
def test_the_prompt_calls_what_the_page_says(
    service: Service, command: str, is_lost: bool
) -> None:
    pytest.importorskip("prompt_toolkit")
    if is_lost:
        service.lose_the_answer()

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

    assert status == 0
    row = COMMANDS[command]
    lost = row.after_a_lost_answer if is_lost else set()
    assert service.called == row.calls | lost


def permitted(policy: dict[str, Any]) -> list[str]:
    statements = policy["Statement"]
    assert {each["Effect"] for each in statements} == {"Allow"}
    actions = [each["Action"] for each in statements]
    return [
        action
        for each in actions
        for action in ([each] if isinstance(each, str) else each)
    ]


@pytest.mark.parametrize("policy", [POLICY, POLICY_FOR_ONE, POLICY_BY_TAGS])
def test_a_policy_permits_what_the_methods_call_and_nothing_else(
    policy: dict[str, Any],
) -> None:
    called = {
        f"lightsail:{each}"
        for row in METHODS.values()
        for each in row.calls | row.after_a_lost_answer
    }

    assert sorted(permitted(policy)) == sorted(called)


def test_the_policy_serves_the_commands_but_for_the_menu_of_the_prompt() -> None:
    beyond = {
        (command, each)
        for command, row in COMMANDS.items()
        for each in row.calls | row.after_a_lost_answer
        if f"lightsail:{each}" not in permitted(POLICY)
    }

    prompts = [each for each in COMMANDS if "prompt" in each]
    assert beyond == {(each, "GetInstances") for each in prompts}


def test_the_policy_to_wait_permits_what_the_waits_call_and_nothing_else() -> None:
    waits = METHODS["wait"], METHODS["wait_until_available"]
    called = {f"lightsail:{each}" for row in waits for each in row.calls}

    assert sorted(permitted(POLICY_TO_WAIT)) == sorted(called)


def test_the_policy_for_one_instance_limits_the_create_alone() -> None:
    limited = [each for each in POLICY_FOR_ONE["Statement"] if each["Resource"] != "*"]

    assert [each["Action"] for each in limited] == ["lightsail:CreateInstanceSnapshot"]


def test_the_policy_by_tags_puts_a_condition_on_the_create_alone() -> None:
    with_condition = [
        each for each in POLICY_BY_TAGS["Statement"] if "Condition" in each
    ]

    assert [each["Action"] for each in with_condition] == [
        "lightsail:CreateInstanceSnapshot"
    ]
