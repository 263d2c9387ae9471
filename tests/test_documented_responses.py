"""Every response with operations in the AWS CLI's documentation can be waited for."""

from __future__ import annotations

import json
import re
from typing import Any

import attrs
import pytest

from lightsnap import Operation, Operations, OperationStatus, OperationWaiter
from lightsnap.testing import FakeClock
from tests.foreign import environment

pytestmark = pytest.mark.foreign


_BLOCK = re.compile(r"^    \{$.*?^    \}", re.DOTALL | re.MULTILINE)
_LEFT_OUT = ",\n            ...\n            }"


def samples() -> list[tuple[str, dict[str, Any]]]:
    """Return the responses that have operations, each with the name of its page."""
    (folder,) = environment("awscli").glob("lib/*/site-packages/awscli/examples")
    return [
        (path.stem, json.loads(block.replace(_LEFT_OUT, "")))
        for path in sorted((folder / "lightsail").glob("*.rst"))
        for block in _BLOCK.findall(path.read_text(encoding="utf-8"))
        if re.search(r'^        "operations?": ', block, re.MULTILINE)
    ]


def test_every_documented_response_is_read_and_a_wait_for_it_ends() -> None:
    responses = samples()
    assert len(responses) > 49

    for name, response in responses:
        operations = Operations.from_response(response)
        assert operations, name
        if not name.startswith("get-"):
            assert Operations.from_json(operations.to_json()) == operations
        known = {each.id: each for each in operations}

        def get_operation(
            operation_id: str, known: dict[str, Operation] = known
        ) -> Operation:
            succeeded = OperationStatus.SUCCEEDED
            return attrs.evolve(known[operation_id], is_terminal=True, status=succeeded)

        pending = [attrs.evolve(each, is_terminal=False) for each in operations]
        ended = OperationWaiter(get_operation, clock=FakeClock()).wait(pending)
        assert ended.ids == tuple(dict.fromkeys(operations.ids)), name


def test_a_response_without_status_changed_at_is_read() -> None:
    (response,) = (each for name, each in samples() if name == "delete-auto-snapshot")

    (operation,) = Operations.from_response(response)

    assert operation.status_changed_at is None
    assert operation.operation_type == "DeleteAutoSnapshot"
    assert "statusChangedAt" not in operation.to_dict()
