"""The operators and the sensor in Airflow, against the emulator."""

from __future__ import annotations

import copy
import pickle
import re

import pytest

from lightsnap import Tag
from lightsnap.testing import LightsailServer, Transitions
from tests.airflow.home import (
    HEADER,
    SECRET,
    dag_file,
    load,
    run_tasks,
    snapshots,
)

NAME = "WordPress-1-airflow-nightly-snap-20261130T030000Z-fe360817"
EITHER = pytest.mark.parametrize("deferrable", [False, True])
CREATE = """
LightsailCreateInstanceSnapshotOperator(
    task_id="snap", instance_name="WordPress-1", **quick, {}
)
"""


def names(server: LightsailServer, region_name: str = "us-west-2") -> list[str]:
    return [each.name for each in snapshots(server, region_name)]


@EITHER
def test_a_snapshot_is_created(
    server: LightsailServer, deferrable: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    tags = 'tags={"day": "{{ ds }}", "keep": None}'

    ran = run_tasks(CREATE.format(f"deferrable={deferrable}, {tags}"))

    assert ran.state == "success"
    (snapshot,) = snapshots(server)
    assert snapshot.name == NAME
    assert snapshot.tags == (Tag("day", "2026-11-30"), Tag("keep"))
    assert ran.xcoms["snap", "return_value"] == NAME
    assert ran.xcoms["snap", "instance_snapshot"]["arn"] == snapshot.arn
    ids = ran.xcoms["snap", "operation_ids"]
    assert len(ids) == 2
    log = "".join(capfd.readouterr())
    assert ("Pausing task as DEFERRED" in log) is deferrable
    assert f"Accepted: the snapshot '{NAME}', operations {ids}" in log
    assert SECRET not in log


def test_a_task_can_end_without_waiting(server: LightsailServer) -> None:
    ran = run_tasks(CREATE.format("wait_for_completion=False"))

    assert (ran.state, ran.xcoms["snap", "return_value"]) == ("success", NAME)
    assert len(ran.xcoms["snap", "operation_ids"]) == 2
    assert "GetInstanceSnapshot" not in server.calls.names


RETRIED = "retries=1, retry_delay=timedelta(0)"


@EITHER
def test_a_retry_waits_for_the_snapshot_of_the_first_try(
    server: LightsailServer,
    transitions: Transitions,
    deferrable: bool,
    capfd: pytest.CaptureFixture[str],
) -> None:
    transitions.set("instance_snapshot", times=4)
    server.faults.error("GetOperation", code="AccessDeniedException")

    ran = run_tasks(CREATE.format(f"deferrable={deferrable}, {RETRIED}"))

    assert ran.state == "success"
    assert names(server) == [NAME]
    assert server.calls.names.count("CreateInstanceSnapshot") == 2
    log = "".join(capfd.readouterr())
    assert "AccessDenied" in log
    assert log.count(f"Accepted: the snapshot '{NAME}'") == 2


def test_a_retry_finds_the_snapshot_of_a_lost_response(server: LightsailServer) -> None:
    server.faults.drop("CreateInstanceSnapshot", when="after", times=10)
    server.faults.throttle("GetOperationsForResource", times=10)
    header = HEADER.replace(
        "quick = {",
        'quick = {"botocore_config": {"retries": {"total_max_attempts": 1}},',
    )

    ran = run_tasks(
        CREATE.format("retries=20, retry_delay=timedelta(0)"), header=header
    )

    assert ran.state == "success"
    assert names(server) == [NAME]


def test_a_name_that_is_given_is_not_used_again(server: LightsailServer) -> None:
    first = run_tasks(CREATE.format('instance_snapshot_name="{{ ds_nodash }}"'))
    again = run_tasks(CREATE.format('instance_snapshot_name="{{ ds_nodash }}"'))
    found = run_tasks(
        CREATE.format('instance_snapshot_name="{{ ds_nodash }}", if_exists="wait"')
    )

    assert (first.state, again.state, found.state) == ("success", "failed", "success")
    assert names(server) == ["20261130"]


@EITHER
def test_a_failed_operation_fails_the_task(
    server: LightsailServer, deferrable: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    server.faults.fail_operations(
        "CreateInstanceSnapshot", error_code="OutOfSpace", after_polls=2
    )

    ran = run_tasks(CREATE.format(f"deferrable={deferrable}"))

    assert ran.state == "failed"
    first, _ = ran.xcoms["snap", "operation_ids"]
    log = "".join(capfd.readouterr())
    assert "WaitFailedError" in log
    assert "OutOfSpace" in log
    assert first in log


@EITHER
def test_a_wait_times_out_and_names_the_operations(
    server: LightsailServer, deferrable: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    server.faults.leave_unfinished("CreateInstanceSnapshot")

    ran = run_tasks(CREATE.format(f"deferrable={deferrable}, timeout=0.1"))

    assert ran.state == "failed"
    first, _ = ran.xcoms["snap", "operation_ids"]
    (error,) = re.findall(
        r"had not ended after 0.\d* s; .*WaitTimeoutError|WaitTimeoutError: .*",
        "".join(capfd.readouterr()),
    )[:1]
    assert first in error


def test_a_task_mapped_over_regions(server: LightsailServer) -> None:
    server.create_instances("WordPress-1", region_names=["eu-west-1"])

    ran = run_tasks(
        """
        LightsailCreateInstanceSnapshotOperator.partial(
            task_id="snap", instance_name="WordPress-1", **quick
        ).expand(region_name=["us-west-2", "eu-west-1"])
        LightsailBackUpOperator.partial(
            task_id="back_up", plan={"name": "weekly"}, deferrable=True
        ).expand(region_name=["us-west-2", "eu-west-1"])
        """
    )

    assert ran.state == "success"
    in_oregon, in_ireland = names(server), names(server, "eu-west-1")
    for index, found in enumerate([in_oregon, in_ireland]):
        assert ran.xcoms["snap", index, "return_value"] in found
        assert "WordPress-1-weekly-20261130T030000Z" in found
        assert len(found) == 2
    assert set(in_oregon) & set(in_ireland) == {"WordPress-1-weekly-20261130T030000Z"}


def test_mapped_tasks_have_snapshots_of_their_own(server: LightsailServer) -> None:
    ran = run_tasks(
        """
        LightsailCreateInstanceSnapshotOperator.partial(
            task_id="snap", instance_name="WordPress-1", **quick
        ).expand(tags=[{"copy": "1"}, {"copy": "2"}])
        """
    )

    assert ran.state == "success"
    assert len(names(server)) == 2


def test_a_run_without_a_logical_date_is_named_by_its_id(
    server: LightsailServer,
) -> None:
    ran = run_tasks(CREATE.format(""), logical_date=None)

    assert ran.state == "success"
    (name,) = names(server)
    assert name.startswith("WordPress-1-airflow-nightly-snap-manual__")


@pytest.mark.usefixtures("server")
def test_tasks_are_deferred_if_that_is_airflows_default(
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("AIRFLOW__OPERATORS__DEFAULT_DEFERRABLE", "true")

    ran = run_tasks(CREATE.format(""))

    assert ran.state == "success"
    assert "Pausing task as DEFERRED" in "".join(capfd.readouterr())


def test_a_dag_can_be_copied_and_pickled() -> None:
    plan = 'BackupPlan("nightly", tags={"env": "prod"})'
    header = HEADER.replace(
        "quick", f"from lightsnap import BackupPlan\nplan = {plan}\nquick"
    )
    task = "    LightsailBackUpOperator(task_id='back_up', plan=plan)\n"
    with dag_file(header + task) as path:
        dag = load(path)

    for each in (copy.deepcopy(dag), pickle.loads(pickle.dumps(dag))):
        assert each.get_task("back_up").plan == {
            "name": "nightly",
            "tags": {"env": "prod"},
        }
