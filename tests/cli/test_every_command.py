"""Every command of ``aws lightsail`` does what it does there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
from botocore import xform_name

from tests.cli.side_by_side import Pair, both
from tests.stub import Answer

pytestmark = pytest.mark.foreign

SERVICE: Any = botocore.session.Session().get_service_model("lightsail")
OPERATIONS = {xform_name(name, "-"): name for name in SERVICE.operation_names}
NAMES = {  # those of the documented response
    "instanceName": "WordPress-1",
    "instanceSnapshotName": "WordPress-Snapshot-1",
}


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with both(tmp_path_factory.mktemp("home")) as pair:
        for name in OPERATIONS.values():
            if name != "CreateInstanceSnapshot":
                pair.stub.on(name, Answer({}))
        yield pair


def sample(shape: Any, name: str = "") -> Any:
    """Return a valid value for a shape, with every member."""
    least = shape.metadata.get("min", 1)
    match shape.type_name:
        case "structure":
            return {key: sample(each, key) for key, each in shape.members.items()}
        case "map":
            return {"key": sample(shape.value)}
        case "list":
            return [sample(shape.member, name)]
        case "string":
            return NAMES.get(name) or (shape.enum or ["text" * least])[0]
        case number_or_time:
            return {
                "boolean": True,
                "double": 1.5,
                "float": 1.5,
                "timestamp": "2026-11-30T03:00:00Z",
            }.get(number_or_time, max(7, least))


def options(members: dict[str, Any], shapes: Any) -> Iterator[str]:
    """Yield the options for the members of a request."""
    for name, value in members.items():
        option = f"--{xform_name(name, '-')}"
        match shapes[name].type_name:
            case "boolean":
                yield option if value else option.replace("--", "--no-", 1)
            case "structure" | "map":
                yield from (option, json.dumps(value))
            case "list":
                is_plain = isinstance(value[0], str)
                words = value if is_plain else [json.dumps(value)]
                yield from (option, *words)
            case _:
                yield from (option, f"{value}")


def request(command: str) -> list[str]:
    """Return a command line with every option but that of a page."""
    shape = SERVICE.operation_model(OPERATIONS[command]).input_shape
    members = sample(shape)
    members.pop("pageToken", None)
    return [command, *options(members, shape.members)]


@pytest.mark.parametrize("command", OPERATIONS)
def test_a_request_with_every_option_is_the_same(command: str, pair: Pair) -> None:
    words = request(command)

    ours, theirs = pair.lightsnap(words), pair.aws(words)

    assert theirs.sent == [(OPERATIONS[command], theirs.sent[0][1])]
    assert (ours.exit_code, ours.sent) == (0, theirs.sent)


# The AWS CLI rejects its own samples, whose texts are shorter than the model permits.
TOO_SHORT = {
    "create-bucket-access-key",
    "create-container-service",
    "create-container-service-deployment",
    "get-alarms",
    "get-bucket-access-keys",
    "get-container-services",
    "get-setup-history",
    "update-container-service",
}


def without_choices(skeleton: Any) -> Any:
    """Leave out the texts, which may be any of several values."""
    if isinstance(skeleton, dict):
        return {key: without_choices(each) for key, each in skeleton.items()}
    if isinstance(skeleton, list):
        return [without_choices(each) for each in skeleton]
    return "" if isinstance(skeleton, str) else skeleton


@pytest.mark.parametrize("command", OPERATIONS)
def test_the_skeletons_are_the_same(command: str, pair: Pair) -> None:
    words = [command, "--generate-cli-skeleton"]
    ours, theirs = (json.loads(run(words).stdout) for run in pair[:2])

    assert without_choices(ours) == without_choices(theirs)


@pytest.mark.parametrize("command", sorted({*list(OPERATIONS)[::8], *TOO_SHORT}))
def test_the_samples_are_the_same(command: str, pair: Pair) -> None:
    words = [*request(command), "--generate-cli-skeleton", "output"]

    ours, theirs = (run(words) for run in pair[:2])

    if command in TOO_SHORT:
        assert (theirs.exit_code, ours.exit_code) == (255, 0)
    else:
        assert ours == theirs
