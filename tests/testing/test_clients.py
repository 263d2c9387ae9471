"""Run third-party clients, each in its own environment, against the emulator.

Each client has a script in `tests/clients/` that runs the same scenario: it counts the
instances over two pages, creates snapshots with tags, waits for their operations,
changes the tags, deletes the snapshots, and fetches one that is gone. It prints what it
saw, which must be the same for all clients.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from lightsnap.testing import LightsailServer, mock_lightsail
from tests.clients import through_boto3
from tests.embedded import create_instances, new_client
from tests.foreign import ROOT, environment

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.foreign

REGION = "us-west-2"
INSTANCES = [f"WordPress-{number}" for number in range(1, 102)]  # One page holds 100.
SNAPSHOTS = ["WordPress-Snapshot-1", "WordPress-Snapshot-2", "WordPress-Snapshot-3"]

PROD = {"key": "env", "value": "prod"}
DEV = {"key": "env", "value": "dev"}
KEEP = {"key": "keep"}
OLD = {"key": "old"}


def expected(*names: str) -> dict[str, Any]:
    """Return what each client must see when it creates snapshots with these names."""
    started = []
    for name in names:
        started += [
            ["InstanceSnapshot", name, "WordPress-1", "all"],
            ["Instance", "WordPress-1", name, "us-west-2a"],
        ]
    return {
        "instances": 101,
        "started": started,
        "statuses": [["NotStarted", "Started", "Succeeded"]] * len(started),
        "created": [[name, "available", [PROD, KEEP]] for name in names],
        "tagged": [[name, "available", [DEV, OLD]] for name in names],
        "left": [],
        "error": {
            "type": "NotFoundException",
            "message": f"The InstanceSnapshot does not exist: {names[0]}",
            "code": "DoesNotExist",
            "tip": "Check the name and the Region, and try again.",
        },
    }


@pytest.fixture
def log() -> list[str]:
    """The log lines of the server, one for each call."""
    return []


@pytest.fixture
def server(log: list[str]) -> Iterator[LightsailServer]:
    with LightsailServer(
        region_name=REGION, instances=INSTANCES, log=log.append
    ) as server:
        yield server


def run(
    server: LightsailServer, python: Path, *arguments: str | Path
) -> subprocess.CompletedProcess[str]:
    """Run a client of the server. Requests to any other host are refused at once."""
    nowhere = "http://127.0.0.1:9"
    return subprocess.run(
        [python, *arguments],
        env={
            **os.environ,
            **server.environment,
            **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY"), nowhere),
            **dict.fromkeys(("http_proxy", "https_proxy"), nowhere),
            **dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1"),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def run_scenario(
    server: LightsailServer, python: Path, client: str, *names: str
) -> dict[str, Any]:
    """Run the scenario with a client and these snapshot names; return what it saw."""
    ran = run(server, python, ROOT / "tests" / "clients" / f"{client}.py", *names)
    assert ran.returncode == 0, ran.stderr
    seen: dict[str, Any] = json.loads(ran.stdout)
    return seen


def python_of(client: str) -> Path:
    return environment(client) / "bin" / "python"


def aws(server: LightsailServer, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `aws lightsail`, with its Python: its script breaks if a path has a space."""
    python = python_of("awscli")
    return run(server, python, python.with_name("aws"), "lightsail", *arguments)


# The scenario, once per client.


def test_boto3_in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with mock_lightsail():
        create_instances(new_client(), *INSTANCES)

        assert through_boto3.scenario(*SNAPSHOTS) == expected(*SNAPSHOTS)


def test_boto3(server: LightsailServer) -> None:
    seen = run_scenario(server, Path(sys.executable), "through_boto3", *SNAPSHOTS)

    assert seen == expected(*SNAPSHOTS)


def test_aiobotocore_with_all_waits_at_once(server: LightsailServer) -> None:
    python = python_of("aiobotocore")
    seen = run_scenario(server, python, "through_aiobotocore", *SNAPSHOTS)

    assert seen == expected(*SNAPSHOTS)


def test_capo_lightsail(server: LightsailServer, log: list[str]) -> None:
    seen = run_scenario(server, python_of("capo"), "through_capo", *SNAPSHOTS)

    assert seen == expected(*SNAPSHOTS)
    assert {line.split()[1].rpartition("/")[0] for line in log} == {
        "/ls/api/2016-11-28"
    }


def test_capo_lightsail_with_all_waits_at_once(server: LightsailServer) -> None:
    seen = run_scenario(server, python_of("capo"), "through_async_capo", *SNAPSHOTS)

    assert seen == expected(*SNAPSHOTS)


def test_the_aws_cli(server: LightsailServer) -> None:
    name = SNAPSHOTS[0]  # One is enough: each command takes half a second.
    seen = run_scenario(server, python_of("awscli"), "through_awscli", name)

    expected_seen = expected(name)
    for member in ("code", "tip"):  # The AWS CLI shows neither.
        del expected_seen["error"][member]
    assert seen == expected_seen


# Features of the AWS CLI.


def test_the_aws_cli_prints_text(server: LightsailServer) -> None:
    for name in SNAPSHOTS[:2]:
        options = f"--instance-name WordPress-1 --instance-snapshot-name {name}"
        aws(server, "create-instance-snapshot", *options.split())
    query = "instanceSnapshots[].[name,state]"
    ran = aws(server, "get-instance-snapshots", "--query", query, "--output", "text")

    assert ran.stdout.splitlines() == [f"{name}\tavailable" for name in SNAPSHOTS[:2]]
    assert (ran.returncode, ran.stderr) == (0, "")


def test_the_aws_cli_fetches_every_page(
    server: LightsailServer, log: list[str]
) -> None:
    ran = aws(server, "get-instances", "--query", "instances[].name")

    assert json.loads(ran.stdout) == INSTANCES
    assert log == ["POST / GetInstances 200"] * 2


def test_the_aws_cli_continues_from_a_token(server: LightsailServer) -> None:
    first = json.loads(aws(server, "get-instances", "--max-items", "99").stdout)
    token = first["NextToken"]
    rest = json.loads(aws(server, "get-instances", "--starting-token", token).stdout)

    pages = [[each["name"] for each in page["instances"]] for page in (first, rest)]
    assert pages == [INSTANCES[:99], INSTANCES[99:]]


def test_the_aws_cli_reports_an_error(server: LightsailServer) -> None:
    options = "tag-resource --resource-name WordPress-0 --tags key=env"
    ran = aws(server, *options.split())

    assert ran.returncode in (254, 255)  # of version 2 and of version 1
    assert ran.stdout == ""
    assert ran.stderr.strip().endswith(
        "An error occurred (NotFoundException) when calling the TagResource operation: "
        "The Resource does not exist: WordPress-0"
    )


def test_the_aws_cli_retries_when_throttled(
    server: LightsailServer, log: list[str]
) -> None:
    server.faults.throttle("GetInstance")
    options = "get-instance --instance-name WordPress-1 --query instance.name"
    ran = aws(server, *options.split())

    assert json.loads(ran.stdout) == "WordPress-1"
    assert log == ["POST / GetInstance 400", "POST / GetInstance 200"]


# Unsigned requests.


def test_unsigned_boto3_requests_are_for_the_servers_region(
    server: LightsailServer,
) -> None:
    unsigned = boto3.client(
        "lightsail",
        region_name="eu-west-1",
        endpoint_url=server.url,
        config=Config(signature_version=UNSIGNED),
    )
    instance = unsigned.get_instance(instanceName="WordPress-1")["instance"]

    assert instance["location"]["regionName"] == REGION


def test_unsigned_boto3_requests_in_this_process() -> None:
    config = Config(signature_version=UNSIGNED)
    with mock_lightsail():
        create_instances(new_client(REGION), "WordPress-1")
        unsigned = new_client(REGION, config)
        instance = unsigned.get_instance(instanceName="WordPress-1")["instance"]

    assert instance["location"]["regionName"] == REGION


def post(url: str, body: object, **headers: str) -> Any:
    """Post JSON with urllib, which sets the content type of a form by default."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    request = Request(url, json.dumps(body).encode(), names)
    with urlopen(request, timeout=30) as response:
        return json.load(response)


def test_a_request_with_only_a_target(server: LightsailServer) -> None:
    target = "Lightsail_20161128.GetInstance"
    response = post(server.url, {"instanceName": "WordPress-1"}, X_Amz_Target=target)

    assert response["instance"]["location"]["regionName"] == REGION


def test_a_request_with_only_a_path(server: LightsailServer) -> None:
    url = f"{server.url}/ls/api/2016-11-28/GetInstance"
    response = post(url, {"instanceName": "WordPress-1"})

    assert response["instance"]["location"]["regionName"] == REGION


def test_an_error_response_to_an_unsigned_request(server: LightsailServer) -> None:
    with pytest.raises(HTTPError) as caught:
        post(f"{server.url}/ls/api/2016-11-28/GetInstance", {"instanceName": "x1"})

    with caught.value as response:  # to close it
        error = json.load(response)
    assert (caught.value.code, error["__type"], error["message"]) == (
        400,
        "NotFoundException",
        "The Instance does not exist: x1",
    )


# The environments of the clients.


def test_a_missing_environment_is_an_error_that_says_what_to_run() -> None:
    with pytest.raises(FileNotFoundError, match=r"`make \.venv/client-curl/ready`"):
        environment("curl")
