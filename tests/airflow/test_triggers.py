"""The triggers by themselves: what is stored, a restart, a kill, and their events."""

from __future__ import annotations

import asyncio
import json
import pkgutil
import time
from threading import Timer
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowException, TaskDeferred

from lightsnap import AsyncClient, BackupError, WaitCancelledError
from lightsnap.airflow._connection import connect_async
from lightsnap.airflow.operators import (
    LightsailBackUpOperator,
    LightsailCreateInstanceSnapshotOperator,
)
from lightsnap.airflow.sensors import LightsailInstanceSnapshotSensor
from lightsnap.airflow.triggers import (
    LightsailBackUpTrigger,
    LightsailOperationsTrigger,
)
from lightsnap.testing import FakeAsyncClock, LightsailServer, Transitions
from tests.airflow.home import LOGICAL_DATE, SECRET

QUICK: dict[str, Any] = {"poll_interval": 0.01}


class Ti:
    """What the operators use of Airflow's task instance."""

    dag_id, task_id, map_index = "nightly", "snap", -1

    def __init__(self) -> None:
        self.xcoms: dict[str, object] = {}

    def xcom_push(self, key: str, value: object) -> None:
        self.xcoms[key] = value


def context() -> Any:
    return {"ti": Ti(), "logical_date": LOGICAL_DATE, "run_id": "manual"}


def deferral(operator: Any, its_context: Any) -> TaskDeferred:
    with pytest.raises(TaskDeferred) as caught:
        operator.execute(its_context)
    return caught.value


def stored(trigger: Any) -> str:
    """Return a trigger as Airflow stores it."""
    return json.dumps(trigger.serialize())


def built(text: str) -> Any:
    """Return a trigger as the triggerer builds it."""
    path, arguments = json.loads(text)
    return pkgutil.resolve_name(path)(**arguments)


async def event(trigger: Any) -> dict[str, Any]:
    """Return the payload of the only event."""
    events = [json.loads(json.dumps(each.payload)) async for each in trigger.run()]
    (payload,) = events
    found: dict[str, Any] = payload
    return found


def create(**options: Any) -> LightsailCreateInstanceSnapshotOperator:
    defaults: dict[str, Any] = {
        "task_id": "snap",
        "instance_name": "WordPress-1",
        "deferrable": True,
    }
    return LightsailCreateInstanceSnapshotOperator(**(defaults | QUICK | options))


def test_a_triggerer_that_restarts_goes_on_waiting(
    server: LightsailServer, transitions: Transitions
) -> None:
    transitions.set("operation", seconds=60)
    operator, its_context = create(timeout=None), context()
    deferred = deferral(operator, its_context)
    text = stored(deferred.trigger)

    async def stop_and_restart() -> dict[str, Any]:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(event(built(text)), 0.2)
        server.clock.advance(minutes=5)
        return await event(built(text))

    payload = asyncio.run(stop_and_restart())

    ids = its_context["ti"].xcoms["operation_ids"]
    assert [each["id"] for each in payload["operations"]] == ids
    complete = getattr(operator, deferred.method_name)
    assert complete(its_context, event=payload) == payload["snapshot"]["name"]
    assert server.calls.names.count("CreateInstanceSnapshot") == 1
    assert SECRET not in text + json.dumps(payload)


def test_a_trigger_stores_its_arguments() -> None:
    aws = {
        "aws_conn_id": "backups",
        "region_name": "us-west-2",
        "verify": False,
        "botocore_config": {"retries": {"total_max_attempts": 1}},
    }
    operations = {
        "operation_ids": ["4c3db559"],
        "instance_snapshot_name": "monday",
        "wait_for_existence": True,
        "poll_interval": 1.5,
        "end_time": 1e9,
    }
    back_up = {"plan": {"name": "nightly"}, "run": "2026-11-30", "end_time": None}
    for trigger, arguments in (
        (LightsailOperationsTrigger(**operations, **aws), operations | aws),  # type: ignore[arg-type]
        (LightsailBackUpTrigger(**back_up, **aws), back_up | aws),  # type: ignore[arg-type]
    ):
        path, found = trigger.serialize()
        assert found == arguments
        assert pkgutil.resolve_name(path) is type(trigger)
        assert built(stored(trigger)).serialize() == (path, arguments)


def test_a_wait_ends_at_its_time_also_after_a_restart(server: LightsailServer) -> None:
    server.faults.leave_unfinished("CreateInstanceSnapshot")
    its_context = context()
    operator = create(timeout=1.0)
    text = stored(deferral(operator, its_context).trigger)
    time.sleep(1.0)

    payload = asyncio.run(event(built(text)))

    assert payload["status"] == "error"
    assert payload["message"].startswith("WaitTimeoutError: ")
    for each in its_context["ti"].xcoms["operation_ids"]:
        assert each in payload["message"]
    with pytest.raises(AirflowException, match="WaitTimeoutError"):
        operator.execute_complete(its_context, event=payload)


def test_no_event_is_an_error() -> None:
    with pytest.raises(AirflowException, match="without an event"):
        create().execute_complete(context())


def test_operations_can_be_waited_for_alone(server: LightsailServer) -> None:
    operator = create(wait_for_completion=False)
    its_context = context()
    operator.execute(its_context)
    ids: Any = its_context["ti"].xcoms["operation_ids"]

    payload = asyncio.run(event(LightsailOperationsTrigger(ids, **QUICK)))

    assert {each["status"] for each in payload["operations"]} == {"Succeeded"}
    assert payload["snapshot"] is None
    assert "GetInstanceSnapshot" not in server.calls.names


@pytest.mark.parametrize(
    ("operator", "error"),
    [
        (create(deferrable=False), WaitCancelledError),
        (
            LightsailBackUpOperator(task_id="back_up", plan={"name": "nightly"}),
            BackupError,
        ),
    ],
)
def test_a_killed_task_ends_its_wait(
    server: LightsailServer,
    capfd: pytest.CaptureFixture[str],
    operator: Any,
    error: type[Exception],
) -> None:
    server.faults.leave_unfinished("CreateInstanceSnapshot")
    timer = Timer(0.5, operator.on_kill)
    timer.start()

    with pytest.raises(error):
        operator.execute(context())
    timer.join()

    assert "Killed. " in "".join(capfd.readouterr())


def in_fake_time(trigger: Any) -> dict[str, Any]:
    """Run the wait of a trigger on a fake clock, with Airflow's connection."""

    async def wait() -> dict[str, Any]:
        lightsail = (await connect_async(trigger.aws_parameters))._connect()
        found = await trigger._wait(AsyncClient(lightsail, clock=FakeAsyncClock()))
        assert isinstance(found, dict)
        return found

    return asyncio.run(wait())


def test_a_sensor_waits_for_a_snapshot_that_does_not_exist_yet(
    server: LightsailServer,
) -> None:
    create(wait_for_completion=False, instance_snapshot_name="monday").execute(
        context()
    )
    server.faults.error("GetInstanceSnapshot", code="NotFoundException", times=50)
    sensor = LightsailInstanceSnapshotSensor(
        task_id="sense",
        instance_snapshot_name="monday",
        deferrable=True,
        poke_interval=1,
    )
    trigger = deferral(sensor, context()).trigger

    assert in_fake_time(trigger)["snapshot"]["state"] == "available"
    server.faults.assert_all_applied()


def test_an_operator_does_not_wait_for_a_snapshot_that_is_gone(
    server: LightsailServer,
) -> None:
    trigger = deferral(create(), context()).trigger
    trigger.poll_interval = 1
    server.faults.error("GetInstanceSnapshot", code="NotFoundException", times=None)

    with pytest.raises(Exception, match="NotFound"):
        in_fake_time(trigger)


def test_a_killed_trigger_logs_what_goes_on(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    trigger = LightsailOperationsTrigger(["4c3db559"], instance_snapshot_name="monday")

    asyncio.run(trigger.on_kill())

    log = caplog.text + "".join(capfd.readouterr())
    assert "Killed. What AWS has accepted goes on:" in log
    assert "4c3db559" in log
    assert "monday" in log


@pytest.mark.usefixtures("at_once", "server")
def test_two_triggerers_at_once_create_no_backup_twice() -> None:
    operator = LightsailBackUpOperator(
        task_id="back_up", plan={"name": "nightly"}, deferrable=True
    )
    text = stored(deferral(operator, context()).trigger)

    async def both() -> list[dict[str, Any]]:
        return [*await asyncio.gather(event(built(text)), event(built(text)))]

    reports = [each["report"] for each in asyncio.run(both())]

    first, second = (report["outcomes"][0]["snapshot"] for report in reports)
    assert first["arn"] == second["arn"]
