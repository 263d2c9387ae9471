"""The CLI does the same as the AWS CLI on recorded command lines.

golden.json records what version 2.36.7 of the AWS CLI did with each of them, against a
server with the responses of the documentation. golden_settings.json records the same
for unusual settings, files, options and responses: ``files`` are in Latin-1, and null
for a folder; ``stdout`` is left out if it is the documented response.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from lightsnap._escape import printable
from tests import documented
from tests.cli.conftest import CREATE, IDS, Run, about
from tests.stub import Answer, Stub, error


def load(name: str) -> list[dict[str, Any]]:
    text = Path(__file__).with_name(name).read_text(encoding="utf-8")
    cases: list[dict[str, Any]] = json.loads(text)
    return cases


CASES = load("golden.json")
SETTINGS = load("golden_settings.json")

GET = ("get-operation", "--operation-id", IDS[0])

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
    expected = case["stdout"]
    for name, body in ((each["operation"], each["body"]) for each in case["requests"]):
        if name == "CreateInstanceSnapshot":
            # The AWS CLI was shown the documented names, whatever it asked for.
            # lightsnap rejects a response about another snapshot.
            names = {
                "instance_name": body["instanceName"],
                "snapshot_name": body["instanceSnapshotName"],
            }
            service.on(name, Answer(about(documented.ANSWER, **names)))
            expected = about(expected, **names)
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
    assert ran.stdout == expected
    assert bool(ran.stderr) == bool(ran.exit_code)


# The exit code and the number of calls, where they differ from the AWS CLI's.
# docs/reference/cli.md lists each group.
DIFFERENCES = {
    # An unknown output format is reported before anything is sent.
    "config output=xml": (255, 0),
    "env output=xml": (255, 0),
    "config output=": (255, 0),
    "env output=": (255, 0),
    "config output=xml get": (255, 0),
    # Some settings are only botocore's, or only the AWS CLI's.
    "AWS_RETRY_MODE='legacy'": (0, 1),
    "config retry_mode='legacy'": (0, 1),
    "AWS_DEFAULTS_MODE=x": (255, 0),
    "AWS_STS_REGIONAL_ENDPOINTS=x": (255, 0),
    "config sts_regional_endpoints=x": (255, 0),
    "AWS_CLI_OUTPUT_ENCODING=morse": (0, 1),
    "config cli_binary_format=x": (0, 1),
    # Names and tags are validated.
    "empty name": (252, 0),
    # What does not exist, or needs less.
    "error format": (252, 0),
    "skeleton output no region": (0, 0),
}


@pytest.mark.parametrize("case", SETTINGS, ids=[case["name"] for case in SETTINGS])
def test_a_golden_setting(
    case: dict[str, Any], run: Run, service: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL_LIGHTSAIL")
    monkeypatch.setattr(random, "random", lambda: 0.0)  # botocore's pauses
    environ = {
        "AWS_ENDPOINT_URL": service.url,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_SHARED_CREDENTIALS_FILE": ".aws/credentials",
    }
    for name, value in (environ | case.get("env", {})).items():
        if value is None:
            monkeypatch.delenv(name)
        else:
            monkeypatch.setenv(name, value)
    for name, text in case.get("files", {}).items():
        Path(name).parent.mkdir(exist_ok=True)
        if text is None:
            Path(name).mkdir()
        else:
            Path(name).write_bytes(text.encode("latin-1"))
    if "response" in case:
        status, body = case["response"]
        service.on("GetOperation", Answer(body, status))
    first, *rest = case["argv"]
    command = {"CREATE": CREATE, "GET": GET}.get(first, (first,))

    ran = run(*command, *rest)

    outcome = ran.exit_code, len(service.requests)
    expected = DIFFERENCES.get(case["name"], (case["exit_code"], case["calls"]))
    assert outcome == expected, ran.stderr
    assert all(line.startswith("lightsnap: ") for line in ran.stderr.splitlines())
    assert ran.stderr or not ran.exit_code
    assert printable(case.get("error", "")) in ran.stderr
    if case["name"] not in DIFFERENCES:
        assert ran.stdout == case.get("stdout", CASES[0]["stdout"])


def test_no_golden_case_is_missing() -> None:
    assert len(CASES) == len({case["name"] for case in CASES}) == 59
    assert len(SETTINGS) == len({case["name"] for case in SETTINGS}) == 189
    assert not DIFFERENCES.keys() - {case["name"] for case in SETTINGS}
