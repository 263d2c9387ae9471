"""Run the state machine on the page about AWS Lambda, with the functions of that page.

The interpreter here supports as much of the Amazon States Language as the page uses.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config

import lightsnap
from lightsnap import Client, LightsnapError
from lightsnap.testing import FakeClock, faults, mock_lightsail
from tests.embedded import create_instances, get_snapshot, new_client

pytestmark = pytest.mark.page

PAGE = Path(__file__).parents[1] / "docs" / "how-to" / "lambda.md"
# The functions of the state machine, a test of them, and the nightly backup.
FUNCTIONS, _, NIGHTLY = re.findall(
    r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
)
(TEXT,) = re.findall(
    r"^```json\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
)
MACHINE: dict[str, Any] = json.loads(TEXT)
STATES: dict[str, dict[str, Any]] = MACHINE["States"]

Handler = Callable[[dict[str, Any], None], dict[str, Any]]


class FailedError(Exception):
    """An execution ended in a Fail state; the message is the name of the error."""


def invoke(handler: Handler, payload: dict[str, Any]) -> dict[str, Any]:
    """Call a function as Lambda does, with JSON as input and output."""
    result = handler(json.loads(json.dumps(payload)), None)
    output: dict[str, Any] = json.loads(json.dumps(result))
    return output


def find_rule(
    state: dict[str, Any], kind: str, error: Exception
) -> dict[str, Any] | None:
    """Return the retrier or catcher that names an error as Lambda reports it."""
    name = type(error).__name__
    matching = (each for each in state.get(kind, ()) if name in each["ErrorEquals"])
    return next(matching, None)


def get_payload(
    parameters: dict[str, Any], data: dict[str, Any], name: str
) -> dict[str, Any]:
    if "Payload.$" in parameters:
        assert parameters["Payload.$"] == "$"
        return data
    values = {f"$.{key}": value for key, value in data.items()}
    values["$$.Execution.Name"] = name
    payload: dict[str, str] = parameters["Payload"]
    return {key.removesuffix(".$"): values[path] for key, path in payload.items()}


def run_task(
    state: dict[str, Any], handler: Handler, payload: dict[str, Any]
) -> dict[str, Any]:
    attempts = 0
    while True:
        try:
            return invoke(handler, payload)
        except LightsnapError as error:
            retrier = find_rule(state, "Retry", error)
            if retrier is None or attempts == retrier["MaxAttempts"]:
                raise
            attempts += 1


def run(
    handlers: dict[str, Handler], data: dict[str, Any], name: str
) -> tuple[list[str], dict[str, Any]]:
    """Run an execution with this name; return the states it visited and its output."""
    visited = [MACHINE["StartAt"]]
    while True:
        state = STATES[visited[-1]]
        following = state.get("Next")
        match state["Type"]:
            case "Task":
                parameters = state["Parameters"]
                payload = get_payload(parameters, data, name)
                try:
                    data = run_task(
                        state, handlers[parameters["FunctionName"]], payload
                    )
                except LightsnapError as error:
                    catcher = find_rule(state, "Catch", error)
                    if catcher is None:
                        raise
                    following = catcher["Next"]
                    data = {"Error": type(error).__name__, "Cause": f"{error}"}
            case "Choice":
                (choice,) = state["Choices"]
                is_true = data[choice["Variable"].removeprefix("$.")]
                chosen = is_true is choice["BooleanEquals"]
                following = choice["Next"] if chosen else state["Default"]
            case "Succeed":
                return visited, data
            case "Fail":
                raise FailedError(data[state["ErrorPath"].removeprefix("$.")])
        visited.append(following)


@pytest.fixture
def handlers() -> Iterator[dict[str, Handler]]:
    """The functions of the page, on an emulator with the instance WordPress-1."""
    namespace: dict[str, Any] = {}
    with mock_lightsail():
        create_instances(new_client(), "WordPress-1")
        exec(FUNCTIONS, namespace)
        # Without botocore's retries, tests of refusals are faster.
        once = Config(retries={"total_max_attempts": 1})
        client = Client(region_name="us-west-2", config=once, clock=FakeClock())
        namespace["client"] = client
        exec(NIGHTLY, namespace)
        yield {name: namespace[name] for name in ("start", "check", "back_up")}


INPUT = {"instance": "WordPress-1"}


def test_the_state_machine_takes_a_snapshot(handlers: dict[str, Handler]) -> None:
    visited, data = run(handlers, INPUT, "nightly")

    loop = ["Pause", "Check", "IsDone"]
    assert visited == ["Start", *loop * (len(visited) // 3), "Done"]
    assert len(visited) > 1 + len(loop) + 1
    assert get_snapshot(new_client(), "nightly").get("state") == "available"
    assert data["done"]


def test_a_throttled_start_is_retried(handlers: dict[str, Handler]) -> None:
    faults.throttle("CreateInstanceSnapshot", times=5)

    assert run(handlers, INPUT, "nightly")[0][-1] == "Done"


def assert_one_snapshot() -> None:
    snapshots = new_client().get_instance_snapshots()["instanceSnapshots"]
    assert [each.get("name") for each in snapshots] == ["nightly"]


LOSE = partial(faults.drop, when="after")


@pytest.mark.parametrize(
    ("error", "faults_of_attempts"),
    [
        (lightsnap.TransportError, [LOSE, LOSE]),
        (lightsnap.MalformedResponseError, [faults.garble]),
    ],
)
def test_a_start_with_an_unknown_outcome_is_retried(
    handlers: dict[str, Handler],
    monkeypatch: pytest.MonkeyPatch,
    error: type[LightsnapError],
    faults_of_attempts: list[Callable[[str], None]],
) -> None:
    twice = Config(retries={"total_max_attempts": 2})
    client = Client(region_name="us-west-2", config=twice)
    monkeypatch.setitem(handlers["start"].__globals__, "client", client)
    for add_fault in faults_of_attempts:
        add_fault("CreateInstanceSnapshot")
    faults.throttle("GetOperationsForResource", times=2)

    with pytest.raises(error, match="it is unknown whether") as caught:
        invoke(handlers["start"], {**INPUT, "snapshot": "nightly"})
    assert find_rule(STATES["Start"], "Retry", caught.value)
    visited, data = run(handlers, INPUT, "nightly")

    assert (visited[-1], data["ids"]) == ("Done", [])
    assert_one_snapshot()


@pytest.mark.parametrize("add_fault", [faults.throttle, faults.server_error])
def test_a_start_finds_the_snapshot_of_its_first_attempt(
    handlers: dict[str, Handler],
    monkeypatch: pytest.MonkeyPatch,
    add_fault: Callable[[str], None],
) -> None:
    twice = Config(retries={"total_max_attempts": 2})
    client = Client(region_name="us-west-2", config=twice)
    monkeypatch.setitem(handlers["start"].__globals__, "client", client)
    LOSE("CreateInstanceSnapshot")
    add_fault("CreateInstanceSnapshot")
    faults.throttle("GetOperationsForResource", times=2)

    visited, data = run(handlers, INPUT, "nightly")

    assert (visited[-1], data["ids"]) == ("Done", [])
    assert_one_snapshot()


def test_a_start_can_be_repeated(handlers: dict[str, Handler]) -> None:
    handlers["start"]({**INPUT, "snapshot": "nightly"}, None)

    visited, data = run(handlers, INPUT, "nightly")

    assert (visited[-1], data["ids"]) == ("Done", [])
    assert_one_snapshot()


def test_a_repeated_start_is_retried_until_its_snapshot_is_visible(
    handlers: dict[str, Handler],
) -> None:
    handlers["start"]({**INPUT, "snapshot": "nightly"}, None)
    faults.error("GetInstanceSnapshot", code="NotFoundException")

    assert run(handlers, INPUT, "nightly")[0][-1] == "Done"


def test_a_name_used_by_another_resource_ends_the_execution(
    handlers: dict[str, Handler],
) -> None:
    create_instances(new_client(), "nightly")

    with pytest.raises(lightsnap.InvalidInputError, match="already in use"):
        run(handlers, INPUT, "nightly")


def test_throttling_does_not_fail_a_check(handlers: dict[str, Handler]) -> None:
    faults.throttle("GetOperation", times=5)

    visited, _ = run(handlers, INPUT, "nightly")

    assert visited.count("Check") > 5


def test_a_failed_snapshot_ends_the_execution_with_its_error(
    handlers: dict[str, Handler],
) -> None:
    faults.fail_operations("CreateInstanceSnapshot", error_code="OutOfSpace")

    with pytest.raises(FailedError, match=r"^WaitFailedError$"):
        run(handlers, INPUT, "nightly")


def test_an_error_that_no_state_names_ends_the_execution(
    handlers: dict[str, Handler],
) -> None:
    faults.error("CreateInstanceSnapshot", code="AccessDeniedException")

    with pytest.raises(lightsnap.AccessDeniedError):
        run(handlers, INPUT, "nightly")


def targets(state: dict[str, Any]) -> set[str]:
    rules = [state, *state.get("Choices", ()), *state.get("Catch", ())]
    return {each[key] for each in rules for key in ("Next", "Default") if key in each}


def test_every_state_can_be_reached_and_every_target_exists() -> None:
    reached = {MACHINE["StartAt"]}.union(*map(targets, STATES.values()))

    assert reached == set(STATES)


def test_only_end_states_have_no_target() -> None:
    ends = [state["Type"] for state in STATES.values() if not targets(state)]

    assert sorted(ends) == ["Fail", "Succeed"]


# Source: "Handle Lambda service exceptions" in the Step Functions Developer Guide.
LAMBDA_ERRORS = {
    "Lambda.AWSLambdaException",
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.SdkClientException",
    "Lambda.ServiceException",
    "Lambda.TooManyRequestsException",
    "Lambda.Unknown",
    "Sandbox.Timedout",  # not in the guide, but seen in responses of functions
}


def test_every_error_on_the_page_exists() -> None:
    in_machine = {
        name
        for state in STATES.values()
        for each in [*state.get("Retry", ()), *state.get("Catch", ())]
        for name in each["ErrorEquals"]
    } - LAMBDA_ERRORS
    in_text = set(re.findall(r"`(\w+Error)`", PAGE.read_text(encoding="utf-8")))

    for name in in_machine | in_text:
        error = getattr(lightsnap, name)
        assert issubclass(error, LightsnapError)
        # Lambda reports an error by this name.
        assert error.__name__ == name


def test_a_nightly_backup_continues_in_the_next_invocation(
    handlers: dict[str, Handler],
) -> None:
    event = {"time": "2026-11-30T03:00:00Z"}
    faults.throttle("GetOperation", times=None)

    first = invoke(handlers["back_up"], event)
    faults.clear()
    second = invoke(handlers["back_up"], {"time": "2026-11-30T03:15:00Z"})

    assert first["pending"] == 1
    assert second == {
        "summary": "nightly, run 2026-11-30: 1 of 1 succeeded",
        "pending": 0,
    }
    (snapshot,) = new_client().get_instance_snapshots()["instanceSnapshots"]
    assert snapshot["name"] == "WordPress-1-nightly-2026-11-30"
