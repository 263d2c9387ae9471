"""The operator that backs up, and the sensor, in Airflow against the emulator."""

from __future__ import annotations

from datetime import timedelta

import pytest

from lightsnap.testing import LightsailServer, Transitions
from tests.airflow.home import LOGICAL_DATE, run_tasks, snapshots

EITHER = pytest.mark.parametrize("deferrable", [False, True])


def names(server: LightsailServer) -> list[str]:
    return sorted(each.name for each in snapshots(server))


BACK_UP = """
LightsailBackUpOperator(
    task_id="back_up", plan={{"name": "nightly", "retention": {{"keep_last": 1}}}}, {}
)
"""


@pytest.mark.usefixtures("at_once")
@EITHER
def test_instances_are_backed_up_and_pruned(
    server: LightsailServer, deferrable: bool
) -> None:
    server.create_instances("db")
    first = run_tasks(BACK_UP.format(f"deferrable={deferrable}"))
    server.clock.advance(days=1)
    second = run_tasks(
        BACK_UP.format(f"deferrable={deferrable}"), LOGICAL_DATE + timedelta(days=1)
    )

    assert [first.state, second.state] == ["success"] * 2
    assert first.xcoms["back_up", "return_value"] == (
        "nightly, run 20261130T030000Z: 2 of 2 succeeded"
    )
    assert second.xcoms["back_up", "return_value"] == (
        "nightly, run 20261201T030000Z: 2 of 2 succeeded, 2 deleted"
    )
    assert names(server) == [
        "WordPress-1-nightly-20261201T030000Z",
        "db-nightly-20261201T030000Z",
    ]


@pytest.mark.usefixtures("at_once")
@EITHER
def test_one_failed_backup_fails_the_task_but_stops_no_other(
    server: LightsailServer, deferrable: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    server.create_instances("db")
    server.faults.error(
        "CreateInstanceSnapshot", code="AccessDeniedException", resource_name="db"
    )

    ran = run_tasks(BACK_UP.format(f"deferrable={deferrable}"))

    assert ran.state == "failed"
    outcomes = ran.xcoms["back_up", "report"]["outcomes"]
    assert [each["instanceName"] for each in outcomes if "error" in each] == ["db"]
    assert names(server) == ["WordPress-1-nightly-20261130T030000Z"]
    assert "BackupError: nightly, run 20261130T030000Z: 1 of 2 succeeded, 1 failed" in (
        "".join(capfd.readouterr())
    )


@pytest.mark.usefixtures("at_once")
def test_a_retry_finishes_the_run(server: LightsailServer) -> None:
    server.create_instances("db")
    server.faults.error(
        "CreateInstanceSnapshot", code="AccessDeniedException", resource_name="db"
    )

    ran = run_tasks(
        BACK_UP.format("run_name='{{ ds }}', retries=1, retry_delay=timedelta(0)")
    )

    assert ran.state == "success"
    assert names(server) == [
        "WordPress-1-nightly-2026-11-30",
        "db-nightly-2026-11-30",
    ]
    assert server.calls.names.count("CreateInstanceSnapshot") == 3


SENSE = """
snap = LightsailCreateInstanceSnapshotOperator(
    task_id="snap", instance_name="WordPress-1", wait_for_completion=False
)
LightsailInstanceSnapshotSensor(
    task_id="sense", instance_snapshot_name=snap.output, poke_interval=0.01, {}
)
"""


@EITHER
def test_a_sensor_waits_until_the_snapshot_is_available(
    server: LightsailServer, transitions: Transitions, deferrable: bool
) -> None:
    transitions.set("instance_snapshot", times=3)
    ran = run_tasks(SENSE.format(f"deferrable={deferrable}"))

    assert ran.state == "success"
    (snapshot,) = snapshots(server)
    found = ran.xcoms["sense", "return_value"]
    assert (found["arn"], found["state"]) == (snapshot.arn, "available")


@EITHER
def test_a_sensor_can_fail_softly(server: LightsailServer, deferrable: bool) -> None:
    server.faults.error("GetInstanceSnapshot", code="AccessDeniedException", times=None)

    ran = run_tasks(
        SENSE.format(f"deferrable={deferrable}, never_fail=True, timeout=0.1")
    )

    assert ran.states == {"snap": "success", "sense": "skipped"}
