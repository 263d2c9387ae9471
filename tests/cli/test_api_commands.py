"""The commands of ``aws lightsail``, on the emulator: pages, waits and mistakes."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests import documented
from tests.cli.conftest import Fleet, Run, full_stream, sent
from tests.foreign import environment
from tests.stub import Answer, Stub, error

pytestmark = pytest.mark.fake

# Pages


def page(*names: str, token: str | None = None) -> Answer:
    body: dict[str, Any] = {"instances": [{"name": name} for name in names]}
    return Answer(body if token is None else {**body, "nextPageToken": token})


def test_all_pages_are_shown(run: Run, service: Stub) -> None:
    service.on("GetInstances", page("a", "b", token="2"), page("c"))

    ran = run("get-instances", "--query", "instances[].name", "--output", "text")

    assert (ran.exit_code, ran.stdout) == (0, "a\tb\nc\n")
    assert service.requests == [
        ("GetInstances", {}),
        ("GetInstances", {"pageToken": "2"}),
    ]


def test_a_list_can_be_shown_in_parts(run: Run, service: Stub) -> None:
    answers = [page("a", "b", token="2"), page("c")]
    service.on("GetInstances", *answers)

    first = json.loads(run("get-instances", "--max-items", "1").stdout)

    assert [each["name"] for each in first["instances"]] == ["a"]
    service.on("GetInstances", *answers)
    rest = run("get-instances", "--starting-token", first["NextToken"]).stdout
    assert [each["name"] for each in json.loads(rest)["instances"]] == ["b", "c"]
    service.on("GetInstances", *answers)
    text = run("get-instances", "--max-items", "1", "--output", "text").stdout
    assert text == f"INSTANCES\ta\nNEXTTOKEN\t{first['NextToken']}\n"


@pytest.mark.parametrize("words", [["--no-paginate"], ["--page-token", "1"]])
def test_one_page_can_be_shown(run: Run, service: Stub, words: list[str]) -> None:
    service.on("GetInstances", page("a", token="2"))

    ran = run("get-instances", *words)

    assert json.loads(ran.stdout)["nextPageToken"] == "2"
    assert len(service.requests) == 1
    ran = run("get-instances", *words, "--max-items", "1")
    assert (ran.exit_code, len(service.requests)) == (252, 1)
    assert ran.stderr == "lightsnap: --max-items needs pagination, which is off\n"


def test_yaml_stream_shows_each_page(run: Run, service: Stub) -> None:
    service.on("GetInstances", page("a", token="2"), page("c"))

    ran = run("get-instances", "--output", "yaml-stream")

    assert ran.stdout == (
        "- instances:\n  - name: a\n  nextPageToken: '2'\n- instances:\n  - name: c\n"
    )


def test_a_page_that_fails_ends_the_list(run: Run, service: Stub) -> None:
    denied = error("AccessDeniedException", "not authorized")
    service.on("GetInstances", page("a", token="2"), denied)

    ran = run("get-instances")

    assert (ran.exit_code, ran.stdout) == (254, "")
    assert "(AccessDeniedException)" in ran.stderr


# Waits


@pytest.mark.parametrize(
    ("words", "done"),
    [
        (
            "create-instance-snapshot --instance-name db --instance-snapshot-name mon",
            "snapshot mon is available (",
        ),
        (
            (
                "copy-snapshot --source-snapshot-name old --source-region us-west-2 "
                "--target-snapshot-name copy"
            ),
            "snapshot copy is available (",
        ),
        ("stop-instance --instance-name web", "instance web is stopped ("),
        (
            (
                "create-instances-from-snapshot --instance-snapshot-name old "
                "--instance-names new newer --availability-zone us-west-2a "
                "--bundle-id nano_3_0"
            ),
            "instance new is running (",
        ),
        (
            "delete-instance-snapshot --instance-snapshot-name old",
            "snapshot old is deleted",
        ),
        ("tag-resource --resource-name old --tags key=a", "1 operation succeeded"),
    ],
)
def test_wait_waits_for_the_state_too(
    run: Run, fleet: Fleet, words: str, done: str
) -> None:
    if " old" in words:
        create_snapshot(fleet, "old")

    ran = run(*words.split(), "--wait", "--poll-interval", "0.01")

    assert ran.exit_code == 0, ran.stderr
    assert ran.stderr.startswith(f"lightsnap: {done}")
    assert " after 0 s\n" in ran.stderr
    operations = json.loads(ran.stdout)["operations"]
    assert all(each["isTerminal"] for each in operations)


def create_snapshot(fleet: Fleet, name: str) -> None:
    fleet.client().create_instance_snapshot(
        instanceName="web", instanceSnapshotName=name
    )


def test_a_single_operation_is_waited_for(run: Run, service: Stub) -> None:
    started, ended = documented.WIRE[0], {**documented.WIRE[0], "isTerminal": True}
    service.on("CreateDomain", Answer({"operation": started}))
    service.on("GetOperation", Answer({"operation": {**ended, "status": "Succeeded"}}))

    ran = run("create-domain", "--domain-name", "a.example", "--wait")

    assert json.loads(ran.stdout)["operation"]["status"] == "Succeeded"
    assert sent(service) == ["CreateDomain", "GetOperation"]


def test_a_wait_for_a_state_that_is_never_reached_fails(
    run: Run, service: Stub
) -> None:
    snapshot = {"name": "d", "state": "error"}
    service.on("GetDiskSnapshot", Answer({"diskSnapshot": snapshot}))

    ran = run("wait", "disk-snapshot-completed", "--disk-snapshot-name", "d")

    assert ran == (
        255,
        "",
        "lightsnap: disk snapshot 'd' is in state error: it will not be completed\n",
    )


@pytest.mark.parametrize(
    "body",
    [{}, {"diskSnapshot": {"name": "d"}}, {"diskSnapshot": {"name": "d", "state": {}}}],
)
def test_a_state_that_is_missing_is_named(run: Run, service: Stub, body: Any) -> None:
    service.on("GetDiskSnapshot", Answer(body))

    words = "wait", "disk-snapshot-completed", "--disk-snapshot-name", "d"
    ran = run(*words, "--timeout", "0")

    assert ran.exit_code == 255
    assert "diskSnapshot has no name or no state" in ran.stderr


@pytest.mark.parametrize(
    ("condition", "option", "payload"),
    [
        (
            "relational-database-snapshot-available",
            "--relational-database-snapshot-name",
            {"relationalDatabaseSnapshot": {"name": "dd", "state": "available"}},
        ),
        (
            "disk-snapshot-completed",
            "--disk-snapshot-name",
            {"diskSnapshot": {"name": "dd", "state": "completed", "sizeInGb": 8}},
        ),
        (
            "instance-running",
            "--instance-name",
            {"instance": {"name": "dd", "state": {"name": "running"}}},
        ),
        (
            "instance-stopped",
            "--instance-name",
            {"instance": {"name": "dd", "state": {"name": "stopped"}}},
        ),
    ],
)
def test_each_state_can_be_waited_for(
    run: Run, service: Stub, condition: str, option: str, payload: dict[str, Any]
) -> None:
    ((member, _),) = payload.items()
    api_operation = f"Get{member[0].upper()}{member[1:]}"
    service.on(api_operation, Answer(payload))

    ran = run("wait", condition, option, "dd")

    assert (ran.exit_code, sent(service)) == (0, [api_operation])
    assert " dd is " in ran.stderr


def test_a_deleted_snapshot_is_gone(run: Run, service: Stub) -> None:
    gone = error("NotFoundException", "does not exist", 404)
    there = Answer({"instanceSnapshot": {"name": "old", "state": "available"}})
    service.on("GetInstanceSnapshot", there, gone)
    words = "wait instance-snapshot-deleted --instance-snapshot-name old".split()

    ran = run(*words, "--poll-interval", "0.01")

    assert ran == (0, "", "lightsnap: snapshot old is deleted after 0 s\n")


def test_an_invalid_name_is_not_waited_for(run: Run, service: Stub) -> None:
    ran = run("wait", "instance-running", "--instance-name", "a b")

    assert (ran.exit_code, sent(service)) == (252, [])
    assert ran.stderr.startswith("lightsnap: --instance-name may not contain ' '")


def test_the_answer_of_another_program_is_waited_for(
    run: Run, service: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = documented.ANSWER.encode()
    stdin = io.TextIOWrapper(io.BytesIO(answer))
    monkeypatch.setattr(sys, "stdin", stdin)
    Path("answer.json").write_bytes(answer)
    ended = [
        {**each, "isTerminal": True, "status": "Succeeded"} for each in documented.WIRE
    ]

    for name in ("-", "answer.json"):
        service.on("GetOperation", *(Answer({"operation": each}) for each in ended))
        ran = run("wait", "operations-terminal", "--answer", name)
        assert ran == (0, "", "lightsnap: 2 operations succeeded after 0 s\n")
    assert sent(service) == ["GetOperation"] * 4


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "--answer cannot load file 'answer.json': No such file or directory"),
        ("", "--answer is not valid JSON: "),
        ("{}", "--answer is not a response with operations: the response has no op"),
        ("[]", "--answer is not a response with operations: "),
    ],
)
def test_an_answer_without_operations_is_rejected(
    run: Run, service: Stub, text: str | None, message: str
) -> None:
    if text is not None:
        Path("answer.json").write_text(text, encoding="utf-8")

    ran = run("wait", "operations-terminal", "--answer", "answer.json")

    assert (ran.exit_code, sent(service)) == (252, [])
    assert ran.stderr.startswith(f"lightsnap: {message}")


def test_what_was_started_is_named_although_the_response_lacks_members(
    run: Run, service: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.on("DeleteDisk", Answer({"operations": [{"id": "1"}]}))
    monkeypatch.setattr(sys, "stdout", full_stream())

    ran = run("delete-disk", "--disk-name", "d")

    assert ran.exit_code == 255
    assert ran.stderr.endswith("accepted delete-disk for ?; its operations: 1\n")


# Values


@pytest.mark.parametrize(
    ("words", "body"),
    [
        (
            "create-disk --disk-name d --availability-zone z --size-in-gb 8",
            {"diskName": "d", "availabilityZone": "z", "sizeInGb": 8},
        ),
        (
            "get-regions --include-availability-zones",
            {"includeAvailabilityZones": True},
        ),
        (
            "get-regions --no-include-availability-zones",
            {"includeAvailabilityZones": False},
        ),
        (
            "create-domain-entry --domain-name a --domain-entry name=b,isAlias=true",
            {"domainName": "a", "domainEntry": {"name": "b", "isAlias": True}},
        ),
        (
            (
                "put-instance-public-ports --instance-name web --port-infos "
                "fromPort=22,toPort=22,protocol=tcp,cidrs=10.0.0.0/8"
            ),
            {
                "instanceName": "web",
                "portInfos": [
                    {
                        "fromPort": 22,
                        "toPort": 22,
                        "protocol": "tcp",
                        "cidrs": ["10.0.0.0/8"],
                    }
                ],
            },
        ),
        (
            (
                "create-container-service --service-name s --power nano --scale 1 "
                "--public-domain-names c=[a.example,b.example]"
            ),
            {
                "serviceName": "s",
                "power": "nano",
                "scale": 1,
                "publicDomainNames": {"c": ["a.example", "b.example"]},
            },
        ),
        (
            'open-instance-public-ports --instance-name web --port-info {"fromPort":1}',
            {"instanceName": "web", "portInfo": {"fromPort": 1}},
        ),
        (
            "import-key-pair --key-pair-name k --public-key-base-64 a",
            {"keyPairName": "k", "publicKeyBase64": "a"},
        ),
    ],
)
def test_values_are_read_by_their_types(
    run: Run, service: Stub, words: str, body: dict[str, Any]
) -> None:
    ran = run(*words.split())

    assert [each for _, each in service.requests] == [body], ran.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("create-disk", "--disk-name is missing: give a value"),
        ("create-disk --size-in-gb x", "--size-in-gb is of type str: give a number"),
        ("get-bundles --include-inactive true", "unrecognized arguments: true"),
        (
            "create-domain-entry --domain-name a --domain-entry name=b,isAlias=x",
            "--domain-entry.isAlias is of type str: give true or false",
        ),
        (
            'create-domain-entry --domain-name a --domain-entry {"id":null}',
            "--domain-entry.id is null: leave it out",
        ),
        (
            'create-domain-entry --domain-name a --domain-entry {"Name":"b"}',
            "--domain-entry.Name is not a known member: use name",
        ),
        (
            'create-domain-entry --domain-name a --domain-entry {"options":[]}',
            "--domain-entry.options is of type list: give an object",
        ),
        (
            "create-container-service --service-name s --power nano --scale 0",
            "--scale is 0: the least is 1",
        ),
        (
            "get-cost-estimate --resource-name r --start-time yesterday --end-time 1",
            "--start-time is not a time: use ISO 8601",
        ),
        ("delete-instance --instance-name -a", "argument --instance-name: expected"),
        ("stop-instance --instance-name a..b-", "--instance-name may not begin or end"),
        (
            "tag-resource --resource-name r --tags a=b",
            "--tags[0].a is not a known memb",
        ),
        ("tag-resource --resource-name r --tags a", "--tags needs = at the end of 'a'"),
        ("create-instances --instance-names a --tags key=,x=y", "--"),
        (
            "get-instnces",
            "there is no command 'get-instnces': did you mean get-instanc",
        ),
        ("x", "there is no command 'x': see `lightsnap --help`"),
        ("delete-disk --disk-name d --timeout 5", "--timeout needs --wait: add it"),
        ("get-instances --wait", "unrecognized arguments: --wait"),
        ("wait --unknown", "the following arguments are required: CONDITION"),
        ("get-instances --max-items x", "argument --max-items: invalid int value: 'x'"),
    ],
)
def test_mistakes_are_reported(
    run: Run, service: Stub, words: str, message: str
) -> None:
    ran = run(*words.split())

    assert (ran.exit_code, ran.stdout, sent(service)) == (252, "", [])
    assert f"lightsnap: {message}" in ran.stderr


def test_a_secret_of_a_wrong_type_is_not_shown(run: Run, service: Stub) -> None:
    request = {"masterUserPassword": 12345678}

    ran = run(
        "update-relational-database",
        *("--relational-database-name", "d"),
        *("--cli-input-json", json.dumps(request)),
    )

    assert (ran.exit_code, sent(service)) == (252, [])
    assert "12345678" not in ran.stderr
    assert "--master-user-password is of type int: give text" in ran.stderr


def test_the_debug_log_has_no_secrets(run: Run, service: Stub) -> None:
    service.on("UpdateRelationalDatabase", Answer({}))
    service.on("CreateContainerServiceDeployment", Answer({}))
    words = "update-relational-database --relational-database-name d"
    container = {"image": "i", "environment": {"KEY": "hunter2"}, "command": ["run"]}

    logged = [
        run(*words.split(), "--master-user-password", "hunter2", "--debug"),
        run(
            *("create-container-service-deployment", "--service-name", "s", "--debug"),
            *("--containers", json.dumps({"c": container})),
        ),
    ]

    assert [each.exit_code for each in logged] == [0, 0]
    assert '"masterUserPassword": "***"' in logged[0].stderr
    assert '"environment": "***", "command": ["run"]' in logged[1].stderr
    assert not any("hunter2" in each.stderr for each in logged)
    assert service.requests[0][1]["masterUserPassword"] == "hunter2"


def test_the_yaml_skeleton_has_every_member(run: Run) -> None:
    words = "create-container-service-deployment", "--generate-cli-skeleton"

    ran = run(*words, "yaml-input")

    lines = ran.stdout.splitlines()
    assert lines[0] == (
        "serviceName: ''  # [REQUIRED] The name of the container service for which to "
        "create the deployment."
    )
    assert [line.partition(":")[0] for line in lines[1:5]] == [
        "containers",
        "  KeyName",
        "    image",
        "    command",
    ]
    assert YAML(typ="safe").load(ran.stdout)["publicEndpoint"]["containerPort"] == 0


def test_without_a_command_help_is_shown(run: Run) -> None:
    ran = run()

    assert (ran.exit_code, ran.stderr) == (0, "")
    assert ran.stdout.startswith("usage: lightsnap")


SCRIPT = (Path(__file__).parent / "data" / "backup.sh").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "program", ["lightsnap", pytest.param("aws lightsail", marks=pytest.mark.foreign)]
)
def test_a_script_that_people_have_runs_with_either(fleet: Fleet, program: str) -> None:
    text = SCRIPT.replace("aws lightsail", program)
    folders = [str(Path(sys.executable).parent), os.environ["PATH"]]
    if program != "lightsnap":
        folders.insert(0, str(environment("awscli") / "bin"))
    environ = {
        **os.environ,
        **fleet.server.environment,
        "PATH": os.pathsep.join(folders),
    }
    shown = [
        subprocess.run(
            ["bash", "-c", text, "backup", "web", stamp],
            env=environ,
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        ).stdout.splitlines()
        for stamp in ("1", "2", "3")
    ]

    assert shown[-1] == [
        "deleted web-auto-1",
        "CreateInstancesFromSnapshot\tweb-restored-3",
        "1",
        "web\tweb-2\tdb\tweb-restored-1\tweb-restored-2\tweb-restored-3",
    ]
    assert fleet.names() == ["web-auto-2", "web-auto-3"]
