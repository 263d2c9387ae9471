"""The permissions page lists the permissions that are used, and no others.

``python -m tests.permissions`` writes it from the calls that arrive at a server. These
tests compare the two, for the async client too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lightsnap import AsyncClient, Client
from lightsnap._backups.marks import HOLDS
from tests.permissions import (
    PAGE,
    POLICIES,
    Service,
    calls_of,
    policies,
    public_methods,
    run_command,
    serving,
    tables,
    use,
    use_async,
)

pytestmark = pytest.mark.page

_TEXT = PAGE.read_text(encoding="utf-8")
METHODS, COMMANDS = tables(_TEXT)
FOUND = policies(_TEXT)
POLICY = FOUND["The policy"]


@pytest.fixture
def service() -> Iterator[Service]:
    with serving() as service:
        yield service


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
def test_a_method_makes_the_calls_on_the_page(
    service: Service, use: Callable[[str, Service], None], name: str
) -> None:
    use(name, service)

    assert service.calls == METHODS[name].calls


@every_method
def test_after_a_lost_response_a_method_makes_the_calls_on_the_page(
    service: Service, use: Callable[[str, Service], None], name: str
) -> None:
    service.lose_response()

    use(name, service)

    assert service.calls == METHODS[name].calls | METHODS[name].after_lost_response


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("is_lost", [False, True])
def test_a_command_makes_the_calls_on_the_page(
    service: Service,
    command: str,
    is_lost: bool,
) -> None:
    if "prompt" in command:
        pytest.importorskip("prompt_toolkit")
    if is_lost:
        service.lose_response()

    status = run_command(command, service)

    assert status == 0
    row = COMMANDS[command]
    additional = row.after_lost_response if is_lost else set()
    assert service.calls == row.calls | additional


def permitted(policy: dict[str, Any]) -> list[str]:
    return [
        action
        for each in policy["Statement"]
        if each["Effect"] == "Allow"
        for action in (
            [each["Action"]] if isinstance(each["Action"], str) else each["Action"]
        )
    ]


@pytest.mark.parametrize("heading", POLICIES)
def test_a_policy_permits_the_calls_of_its_methods_and_no_others(heading: str) -> None:
    assert sorted(permitted(FOUND[heading])) == sorted(
        calls_of(METHODS, POLICIES[heading])
    )


def test_every_policy_is_of_known_methods() -> None:
    assert set(FOUND) == set(POLICIES)


def test_the_policy_permits_the_commands() -> None:
    not_permitted = {
        (command, each)
        for command, row in COMMANDS.items()
        for each in row.calls | row.after_lost_response
        if f"lightsail:{each}" not in permitted(POLICY)
    }

    assert not_permitted == set()


def test_the_policy_for_one_instance_limits_only_the_create() -> None:
    limited = [
        each for each in FOUND["One instance"]["Statement"] if each["Resource"] != "*"
    ]

    assert [each["Action"] for each in limited] == ["lightsail:CreateInstanceSnapshot"]


def test_the_policy_by_tags_puts_a_condition_only_on_the_create() -> None:
    with_condition = [
        each for each in FOUND["By tags"]["Statement"] if "Condition" in each
    ]

    assert [each["Action"] for each in with_condition] == [
        "lightsail:CreateInstanceSnapshot"
    ]


@pytest.mark.parametrize("heading", ["Backups", "Prunes"])
def test_what_is_held_cannot_be_deleted(heading: str) -> None:
    (denied,) = [
        each for each in FOUND[heading]["Statement"] if each["Effect"] == "Deny"
    ]

    assert denied["Action"] == "lightsail:DeleteInstanceSnapshot"
    assert denied["Condition"] == {"Null": {f"aws:ResourceTag/{HOLDS[0]}": "false"}}
