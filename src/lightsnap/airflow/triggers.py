"""Triggers: what a deferred task waits for, in Airflow's triggerer.

Their arguments are plain values without credentials. A triggerer that restarts builds
them again and goes on waiting.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterator, Sequence
from typing import Any, cast

from airflow.triggers.base import BaseTrigger, TriggerEvent

from lightsnap import (
    AsyncClient,
    BackupPlan,
    InstanceSnapshot,
    LightsnapError,
    NotFoundError,
    Operations,
    WaitInterruptedError,
)
from lightsnap.airflow._base import AcceptedLog
from lightsnap.airflow._connection import (
    AwsParameters,
    connect_async,
    seconds_left,
    to_plain,
)


class _LightsailTrigger(BaseTrigger):
    """Runs one wait, and fires one event with its result or its error."""

    def __init__(
        self,
        *,
        end_time: float | None,
        aws_conn_id: str | None,
        region_name: str | None,
        verify: bool | str | None,
        botocore_config: dict[str, Any] | None,
    ) -> None:
        cast("Any", super()).__init__()  # its types are incomplete
        self.end_time = end_time
        self.aws_parameters: AwsParameters = AwsParameters(
            aws_conn_id=aws_conn_id,
            region_name=region_name,
            verify=verify,
            botocore_config=botocore_config,
        )

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return the class and the arguments that build this trigger again."""
        arguments = {"end_time": self.end_time, **self.aws_parameters}
        return f"{__name__}.{type(self).__name__}", {**self._subject(), **arguments}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait, and yield one event."""
        try:
            client = await connect_async(self.aws_parameters)
            payload = {"status": "success", **await self._wait(client)}
        except LightsnapError as error:
            message = f"{type(error).__name__}: {error}"
            payload = {"status": "error", "message": message}
        yield TriggerEvent(payload)  # type: ignore[no-untyped-call]

    async def on_kill(self) -> None:
        """Log what goes on, if a user ends the deferred task."""
        self.log.warning("Killed. What AWS has accepted goes on: %s", self._subject())

    @abstractmethod
    def _subject(self) -> dict[str, Any]:
        """Return the arguments that say what is waited for."""

    @abstractmethod
    async def _wait(self, client: AsyncClient) -> dict[str, Any]:
        """Wait, and return what the event says."""


class LightsailOperationsTrigger(_LightsailTrigger):
    """Waits for Lightsail operations, then until a snapshot is available.

    The event has a ``status``. With ``success`` it has the ``operations`` and the
    ``snapshot``, or None, as AWS's API names their members; with ``error``, a
    ``message``.

    :param operation_ids: The ids of the operations, which may be none.
    :param instance_snapshot_name: The name of the snapshot, or None to wait for the
        operations alone.
    :param wait_for_existence: Whether to go on waiting while there is no such snapshot.
    :param poll_interval: Seconds between polls. By default it grows with the square
        root of the elapsed time, from 2 to 15 seconds.
    :param end_time: When to give up, in seconds since the epoch; None is never.
    :param aws_conn_id: The Airflow connection for AWS; None is boto3's own behavior.
    :param region_name: The AWS Region; by default that of the connection.
    :param verify: Whether to verify certificates, or the path of a CA bundle.
    :param botocore_config: A botocore Config, as a dict.
    """

    def __init__(
        self,
        operation_ids: Sequence[str],
        *,
        instance_snapshot_name: str | None = None,
        wait_for_existence: bool = False,
        poll_interval: float | None = None,
        end_time: float | None = None,
        aws_conn_id: str | None = "aws_default",
        region_name: str | None = None,
        verify: bool | str | None = None,
        botocore_config: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(
            end_time=end_time,
            aws_conn_id=aws_conn_id,
            region_name=region_name,
            verify=verify,
            botocore_config=botocore_config,
        )
        self.operation_ids: list[str] = list(operation_ids)
        self.instance_snapshot_name = instance_snapshot_name
        self.wait_for_existence = wait_for_existence
        self.poll_interval = poll_interval

    def _subject(self) -> dict[str, Any]:
        return {
            "operation_ids": self.operation_ids,
            "instance_snapshot_name": self.instance_snapshot_name,
            "wait_for_existence": self.wait_for_existence,
            "poll_interval": self.poll_interval,
        }

    async def _wait(self, client: AsyncClient) -> dict[str, Any]:
        operations: Operations | tuple[()] = ()
        if self.operation_ids:
            operations = await client.wait(
                self.operation_ids,
                timeout=seconds_left(self.end_time),
                poll_interval=self.poll_interval,
            )
        name, snapshot = self.instance_snapshot_name, None
        if name is not None:
            snapshot = to_plain(await self._available(client, name))
        return {"operations": [*map(to_plain, operations)], "snapshot": snapshot}

    async def _available(self, client: AsyncClient, name: str) -> InstanceSnapshot:
        while True:
            try:
                return await client.wait_until_available(
                    name,
                    timeout=seconds_left(self.end_time),
                    poll_interval=self.poll_interval,
                )
            except WaitInterruptedError as error:  # after 15 seconds
                is_missing = isinstance(error.reason, NotFoundError)
                if not (self.wait_for_existence and is_missing):
                    raise


class LightsailBackUpTrigger(_LightsailTrigger):
    """Performs a run of a backup plan, as ``AsyncClient.back_up`` does.

    A run can be repeated, so a triggerer that restarts, or two at once, create no
    backup twice. The event has a ``status``. With ``success`` it has the ``report``, in
    which instances may have failed; with ``error``, a ``message``.

    :param plan: The plan, as ``BackupPlan.to_dict`` returns it.
    :param run: The name of the run.
    :param end_time: When to give up, in seconds since the epoch; None is never.
    :param aws_conn_id: The Airflow connection for AWS; None is boto3's own behavior.
    :param region_name: The AWS Region; by default that of the connection.
    :param verify: Whether to verify certificates, or the path of a CA bundle.
    :param botocore_config: A botocore Config, as a dict.
    """

    def __init__(
        self,
        plan: dict[str, object],
        run: str,
        *,
        end_time: float | None = None,
        aws_conn_id: str | None = "aws_default",
        region_name: str | None = None,
        verify: bool | str | None = None,
        botocore_config: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(
            end_time=end_time,
            aws_conn_id=aws_conn_id,
            region_name=region_name,
            verify=verify,
            botocore_config=botocore_config,
        )
        self.plan = plan
        self.run_name = run

    def _subject(self) -> dict[str, Any]:
        return {"plan": self.plan, "run": self.run_name}

    async def _wait(self, client: AsyncClient) -> dict[str, Any]:
        report = await client.back_up(
            BackupPlan.from_dict(self.plan),
            run=self.run_name,
            timeout=seconds_left(self.end_time),
            on_poll=AcceptedLog(self.log.info),
        )
        return {"report": to_plain(report)}
