"""The code of the guides on engines runs, each block as a program of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import boto3
import pytest
import uvicorn
from moto import mock_aws
from moto.moto_api import state_manager

from lightsnap.testing import LightsailServer, mock_lightsail
from tests.embedded import INSTANCE_SNAPSHOT, OPERATION, create_instances

pytestmark = pytest.mark.foreign

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to"


def blocks(page: str, kind: str = "python") -> dict[str, str]:
    """Return the blocks of a page by the headings that they are under."""
    text = (HOW_TO / page).read_text(encoding="utf-8")
    found = re.findall(
        rf"^#+ ([^\n]*)\n(?:(?!^#).)*?^```{kind}\n(.*?)^```$",
        text,
        re.MULTILINE | re.DOTALL,
    )
    return dict(found)


ENGINES = blocks("engines.md")


def client_of(server: LightsailServer, region_name: str) -> Any:
    settings = server.client_kwargs | {"region_name": region_name}
    return boto3.client("lightsail", **settings)


@pytest.fixture
def server() -> Iterator[LightsailServer]:
    with LightsailServer(region_name="us-west-2") as server:
        for model in (OPERATION, INSTANCE_SNAPSHOT):
            state_manager.set_transition(model, {"progression": "immediate"})
        for region_name in ("us-west-2", "us-east-1"):
            create_instances(client_of(server, region_name), "WordPress-1")
        yield server
        for model in (OPERATION, INSTANCE_SNAPSHOT):
            state_manager.unset_transition(model)


def snapshots(server: LightsailServer) -> list[str]:
    """Return the names of the snapshots of both Regions."""
    responses = [
        client_of(server, region_name).get_instance_snapshots()
        for region_name in ("us-west-2", "us-east-1")
    ]
    return [each["name"] for one in responses for each in one["instanceSnapshots"]]


def run(server: LightsailServer, folder: Path, program: str) -> str:
    """Run a program, which has no settings but those of the server."""
    (folder / "program.py").write_text(program, encoding="utf-8")
    environment = {
        **os.environ,
        **server.environment,
        "AWS_ENDPOINT_URL": server.url,
        "HOME": str(folder),
        # httpx, which Prefect uses, does not understand the IPv6 address.
        **dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost"),
        # Nothing is sent to other machines.
        "DO_NOT_TRACK": "1",
        "PREFECT_HOME": str(folder),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PYTHONPATH": str(folder),
        "RAY_USAGE_STATS_ENABLED": "0",
    }
    ran = subprocess.run(
        [sys.executable, "program.py"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


BACKUP = "WordPress-1-nightly-2026-11-30"


@pytest.mark.parametrize("name", ["Processes", "loky", "Dask"])
def test_a_program_backs_up_all_sites(
    server: LightsailServer, tmp_path: Path, name: str
) -> None:
    printed = run(server, tmp_path, ENGINES[name])

    assert "nightly, run 2026-11-30: 2 of 2 succeeded" in printed
    assert snapshots(server) == [BACKUP] * 2


def test_a_site_that_ray_cannot_back_up_is_a_failed_outcome(
    server: LightsailServer, tmp_path: Path
) -> None:
    wrong = 'Site("us-east-1", profile_name="no-such-profile")'
    program = ENGINES["Ray"].replace('Site("us-east-1")', wrong)

    with pytest.raises(AssertionError, match="1 of 2 succeeded, 1 failed: us-east-1"):
        run(server, tmp_path, program)

    assert snapshots(server) == [BACKUP]


def test_a_prefect_flow_has_a_task_per_site(
    server: LightsailServer, tmp_path: Path
) -> None:
    printed = run(server, tmp_path, ENGINES["Prefect"])

    today = r"nightly, run \d{4}-\d\d-\d\d: 1 of 1 succeeded\n"
    assert re.fullmatch(today * 2, printed)
    assert len(snapshots(server)) == 2


def test_a_celery_task_that_is_delivered_again_finishes_the_run(
    server: LightsailServer, tmp_path: Path
) -> None:
    program = (
        ENGINES["Celery"]
        + """
app.conf.task_always_eager = app.conf.task_eager_propagates = True
for _ in range(2):
    nightly.delay("2026-11-30")
result = back_up_site.delay(SITES[0].to_json(), "2026-11-30")
print(lightsnap.BackupReport.from_json(result.get()).summary)
"""
    )

    printed = run(server, tmp_path, program)

    assert printed == "nightly, run 2026-11-30: 1 of 1 succeeded\n"
    assert snapshots(server) == [BACKUP] * 2


@pytest.fixture
def application(
    server: LightsailServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """The URL of the application of the page about FastAPI."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
    namespace: dict[str, Any] = {"__name__": "app"}
    (block,) = blocks("fastapi.md").values()
    exec(block, namespace)
    config = uvicorn.Config(namespace["app"], port=0, log_level="warning")
    serving = uvicorn.Server(config)
    thread = threading.Thread(target=serving.run)
    thread.start()
    while not serving.started:
        thread.join(0.01)
    (socket,) = serving.servers[0].sockets
    yield f"http://127.0.0.1:{socket.getsockname()[1]}"
    serving.should_exit = True
    thread.join()


def create(application: str, instance: str) -> Any:
    url = f"{application}/instances/{instance}/snapshots"
    with urlopen(Request(url, method="POST")) as response:
        return json.load(response)


def events(url: str) -> list[tuple[str, Any]]:
    """Return the events of a stream until it ends."""
    with urlopen(url) as response:
        assert response.headers["Content-Type"].startswith("text/event-stream")
        text = response.read().decode()
    found = re.findall(r"^event: (\w+)\r?\ndata: (.*?)\r?$", text, re.MULTILINE)
    return [(event, json.loads(data)) for event, data in found]


def test_a_browser_sees_the_progress_of_a_snapshot(application: str) -> None:
    name = create(application, "WordPress-1")["name"]

    *seen, last = events(f"{application}/snapshots/{name}/progress")

    assert {event for event, _ in seen} == {"progress"}
    assert seen[-1][1]["snapshot"]["state"] == "available"
    assert last == ("done", name)


def test_a_browser_sees_why_there_is_no_snapshot(
    application: str, server: LightsailServer
) -> None:
    with pytest.raises(HTTPError) as caught:
        create(application, "Nemo-1")
    assert caught.value.code == 400
    assert "Nemo-1" in json.load(caught.value)["detail"]
    server.faults.error("GetInstanceSnapshot", code="AccessDeniedException")

    *_, last = events(f"{application}/snapshots/monday/progress")

    assert last[0] == "failed"
    assert "AccessDenied" in last[1]


def machine() -> Any:
    (text,) = blocks("step-functions.md", "json").values()
    return json.loads(text)


@pytest.fixture
def states() -> Iterator[Any]:
    """moto's interpreter of state machines, with an instance for them."""
    with (
        mock_lightsail(),
        mock_aws(config={"stepfunctions": {"execute_state_machine": True}}),
    ):
        client = boto3.client("lightsail", region_name="us-west-2")
        create_instances(client, "WordPress-1")
        yield boto3.client("stepfunctions", region_name="us-west-2")


def execute(states: Any, instance: str) -> Any:
    """Execute the state machine on moto, which differs from AWS.

    It has parameters and results in the API's own camelCase, and the service's name in
    lower case. Pauses are left out.
    """
    definition = json.dumps(machine())
    for aws, moto in [
        ('"InstanceName.$"', '"instanceName.$"'),
        ('"InstanceSnapshotName.$"', '"instanceSnapshotName.$"'),
        ("$.InstanceSnapshot.State", "$.instanceSnapshot.state"),
        ("Lightsail.", "lightsail."),
        ('"Seconds": 15', '"Seconds": 0'),
        ('"IntervalSeconds": 15', '"IntervalSeconds": 1'),
    ]:
        assert aws in definition
        definition = definition.replace(aws, moto)
    arn = states.create_state_machine(
        name="snapshot",
        definition=definition,
        roleArn="arn:aws:iam::123456789012:role/snapshot",
    )["stateMachineArn"]
    started = states.start_execution(
        stateMachineArn=arn, name="monday", input=json.dumps({"instance": instance})
    )
    while True:
        execution = states.describe_execution(executionArn=started["executionArn"])
        if execution["status"] != "RUNNING":
            return execution


def test_the_state_machine_takes_a_snapshot(states: Any) -> None:
    execution = execute(states, "WordPress-1")

    assert execution["status"] == "SUCCEEDED"
    assert json.loads(execution["output"])["snapshot"] == {"state": "available"}


def test_a_name_in_use_goes_on_to_the_check(states: Any) -> None:
    client = boto3.client("lightsail", region_name="us-west-2")
    client.create_instance_snapshot(
        instanceName="WordPress-1", instanceSnapshotName="monday"
    )

    assert execute(states, "WordPress-1")["status"] == "SUCCEEDED"


def test_an_instance_that_does_not_exist_fails_the_state_machine(states: Any) -> None:
    execution = execute(states, "Nemo-1")

    assert execution["status"] == "FAILED"
    assert "NotFound" in execution["error"]


def test_the_state_machine_names_what_lightsail_has() -> None:
    model = boto3.client("lightsail", region_name="us-west-2").meta.service_model
    (create, get) = (
        each["Resource"].rpartition(":")[2]
        for each in machine()["States"].values()
        if each["Type"] == "Task"
    )

    assert {create, get} == {"createInstanceSnapshot", "getInstanceSnapshot"}
    named = re.findall(r"Lightsail\.(\w+)", json.dumps(machine()))
    declared = {each.name for each in model.error_shapes}
    generic = {"LightsailException", "SdkClientException"}
    assert set(named) <= declared | generic
