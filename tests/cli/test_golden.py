"""The CLI does the same as the AWS CLI on recorded command lines.

golden.json records what version 2.36.7 of the AWS CLI did with each of them, against a
server with the responses of the documentation.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.stub import Stub, error

CASES: list[dict[str, Any]] = json.loads(
    Path(__file__).with_name("golden.json").read_text(encoding="utf-8")
)

# Rejected before anything is sent, since no tag may contain a comma. The AWS CLI leaves
# that to the service.
STRICTER = {"tags-single-quoted", "tags-escaped-comma"}
REFUSED = {
    "err-notfound": error("NotFoundException", "does not exist", 404),
    "err-denied": error("AccessDeniedException", "not authorized"),
}


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_golden_case(case: dict[str, Any], run: Run, service: Stub) -> None:
    for name, text in case["files"].items():
        Path(name).write_text(text, encoding="utf-8")
    for instance_name, answer in REFUSED.items():
        if instance_name in case["argv"]:
            service.on("CreateInstanceSnapshot", answer)

    ran = run(*case["argv"], "--endpoint-url", service.url)

    sent = [
        {"operation": operation, "body": body} for operation, body in service.requests
    ]
    if case["name"] in STRICTER:
        assert case["exit_code"] == 0
        assert (ran.exit_code, ran.stdout, sent) == (252, "", [])
        assert "may not contain ','" in ran.stderr
        return
    assert ran.exit_code == case["exit_code"], ran.stderr
    assert sent == case["requests"]
    assert ran.stdout == case["stdout"]
    assert bool(ran.stderr) == bool(ran.exit_code)


def test_no_golden_case_is_missing() -> None:
    assert len(CASES) == len({case["name"] for case in CASES}) == 59
