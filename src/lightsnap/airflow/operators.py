"""Operators that create snapshots and backups, and wait for them."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any, ClassVar, Literal, NoReturn, TypedDict, cast

from airflow.sdk import Context

from lightsnap import (
    BackupPlan,
    BackupReport,
    InstanceSnapshot,
    WaitError,
    WaitTimeoutError,
)
from lightsnap._backups.marks import backup_names
from lightsnap.airflow._base import (
    AWS_FIELDS,
    AcceptedLog,
    Kill,
    LightsailOperator,
    push,
    require_success,
    run_of,
)
from lightsnap.airflow._connection import end_of, seconds_left, to_plain
from lightsnap.airflow.triggers import (
    LightsailBackUpTrigger,
    LightsailOperationsTrigger,
)


class LightsailCreateInstanceSnapshotOperator(LightsailOperator):
    """Creates a snapshot of a Lightsail instance, and waits until it is available.

    It returns the name of the snapshot. The XCom ``operation_ids`` is pushed as soon as
    the service has accepted the request, and ``instance_snapshot`` when the snapshot is
    available.

    Without ``instance_snapshot_name``, the name is made of the instance, the DAG, the
    task, its map index and the logical date. A retry then waits for the snapshot of the
    first try, and does not create another one.

    :param instance_name: The instance. (templated)
    :param instance_snapshot_name: The name of the snapshot. (templated)
    :param tags: Tags, as a mapping of key to value; None makes a key-only tag.
        (templated)
    :param if_exists: ``wait`` waits for a snapshot of that name and instance that
        exists already, ``error`` fails. By default ``wait`` without an
        ``instance_snapshot_name``, and ``error`` with one, since it may be that of an
        earlier run.
    :param wait_for_completion: Whether to wait until the snapshot is available.
    :param deferrable: Whether to wait in the triggerer; by default as Airflow's option
        ``default_deferrable`` says.
    :param timeout: How many seconds to wait; None waits forever.
    :param poll_interval: Seconds between polls. By default it grows with the square
        root of the elapsed time, from 2 to 15 seconds.
    :param aws_conn_id: The Airflow connection for AWS; None is boto3's own behavior.
        (templated)
    :param region_name: The AWS Region; by default that of the connection. (templated)
    :param verify: Whether to verify certificates, or the path of a CA bundle.
        (templated)
    :param botocore_config: A botocore Config, as a dict.
    """

    template_fields: Collection[str] = (
        *AWS_FIELDS,
        "instance_name",
        "instance_snapshot_name",
        "tags",
    )
    template_fields_renderers: ClassVar[dict[str, str]] = {"tags": "json"}

    def __init__(
        self,
        *,
        instance_name: str,
        instance_snapshot_name: str | None = None,
        tags: Mapping[str, str | None] | None = None,
        if_exists: Literal["error", "wait"] | None = None,
        wait_for_completion: bool = True,
        timeout: float | None = 1800.0,
        poll_interval: float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.instance_name = instance_name
        self.instance_snapshot_name = instance_snapshot_name
        self.tags = tags
        self.if_exists: Literal["error", "wait"] | None = if_exists
        self.wait_for_completion = wait_for_completion
        self.timeout = timeout
        self.poll_interval = poll_interval
        self._accepted = "nothing"

    def execute(self, context: Context) -> str:
        """Create the snapshot, and wait for it or defer."""
        name = self._name(context)
        end_time = end_of(self.timeout)
        ids: list[str] = []
        snapshot: InstanceSnapshot | None = None
        self._accepted = f"the snapshot {name!r}, if its create was sent"
        client = self.connect()
        try:
            snapshot = client.snapshot_instance(
                self.instance_name,
                instance_snapshot_name=name,
                tags=self.tags,
                timeout=0,
                if_exists=self._if_exists,
            )
        except WaitError as error:
            ids = list(error.ids)
            self._accepted = f"the snapshot {name!r}, operations {ids}"
            self.log.info("Accepted: %s", self._accepted)
            push(context, "operation_ids", ids)
            if not isinstance(error, WaitTimeoutError):
                raise
        if snapshot is None and self.wait_for_completion:
            if self.deferrable:
                self._defer(name, ids, end_time)
            options: _Options = {
                "poll_interval": self.poll_interval,
                "cancel": self._killed,
            }
            if ids:  # none if the snapshot is that of an earlier try
                client.wait(ids, timeout=seconds_left(end_time), **options)
            snapshot = client.wait_until_available(
                name, timeout=seconds_left(end_time), **options
            )
        if snapshot is not None:
            self._push(context, to_plain(snapshot))
        return name

    def execute_complete(
        self, context: Context, event: Mapping[str, Any] | None = None
    ) -> str:
        """Return the name of the snapshot when the trigger has waited for it."""
        snapshot = require_success(event)["snapshot"]
        self._push(context, snapshot)
        name: str = snapshot["name"]
        return name

    def on_kill(self) -> None:
        """End the wait, and log what goes on."""
        self._killed.set()
        self.log.warning(
            "Killed. This goes on at AWS: %s. A retry waits for it.", self._accepted
        )

    @property
    def _if_exists(self) -> Literal["error", "wait"]:
        if self.if_exists is not None:
            return self.if_exists
        return "error" if self.instance_snapshot_name else "wait"

    def _name(self, context: Context) -> str:
        if self.instance_snapshot_name:
            return self.instance_snapshot_name
        ti: Any = cast("dict[str, Any]", context)["ti"]
        parts = [ti.dag_id, ti.task_id, run_of(context)]
        if (ti.map_index or 0) >= 0:
            parts.append(f"{ti.map_index}")
        # No id contains a slash, so two tasks never share a name: a hash is added.
        return next(backup_names(self.instance_name, "airflow", "/".join(parts)))

    def _defer(self, name: str, ids: list[str], end_time: float | None) -> NoReturn:
        self.defer(
            trigger=LightsailOperationsTrigger(
                ids,
                instance_snapshot_name=name,
                poll_interval=self.poll_interval,
                end_time=end_time,
                **self.aws_parameters,
            ),
            method_name="execute_complete",
        )

    def _push(self, context: Context, snapshot: dict[str, Any]) -> None:
        self.log.info("%s is %s", snapshot["name"], snapshot["state"])
        push(context, "instance_snapshot", snapshot)


class _Options(TypedDict):
    poll_interval: float | None
    cancel: Kill


class LightsailBackUpOperator(LightsailOperator):
    """Backs up the instances of a Region by a plan, and waits until all is done.

    The run is named by the logical date, so that a retry finishes the run and creates
    nothing twice. The XCom ``report`` is a BackupReport as AWS's API names its members,
    and is pushed also if the task fails. The operator returns the report's summary.

    To back up several Regions, expand ``region_name``.

    :param plan: A BackupPlan, or a dict for ``BackupPlan.from_dict``. (templated)
    :param run_name: The name of the run; by default the logical date in UTC, or the id
        of a DAG run without one. (templated)
    :param deferrable: Whether to work in the triggerer; by default as Airflow's option
        ``default_deferrable`` says.
    :param timeout: How many seconds to work and wait; None waits forever.
    :param aws_conn_id: The Airflow connection for AWS; None is boto3's own behavior.
        (templated)
    :param region_name: The AWS Region; by default that of the connection. (templated)
    :param verify: Whether to verify certificates, or the path of a CA bundle.
        (templated)
    :param botocore_config: A botocore Config, as a dict.
    """

    template_fields: Collection[str] = (*AWS_FIELDS, "plan", "run_name")
    template_fields_renderers: ClassVar[dict[str, str]] = {"plan": "json"}

    def __init__(
        self,
        *,
        plan: BackupPlan | Mapping[str, object],
        run_name: str | None = None,
        timeout: float | None = 7200.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        # Airflow stores the fields of a task as JSON.
        self.plan: Mapping[str, object] = (
            plan.to_dict() if isinstance(plan, BackupPlan) else plan
        )
        self.run_name = run_name
        self.timeout = timeout

    def execute(self, context: Context) -> str:
        """Back up, or defer to the triggerer."""
        run = self.run_name or run_of(context)
        plan = BackupPlan.from_dict(self.plan)
        self.log.info("Plan %r, run %r", plan.name, run)
        if self.deferrable:
            self.defer(
                trigger=LightsailBackUpTrigger(
                    plan.to_dict(),
                    run,
                    end_time=end_of(self.timeout),
                    **self.aws_parameters,
                ),
                method_name="execute_complete",
            )
        report = self.connect().back_up(
            plan,
            run=run,
            timeout=self.timeout,
            on_poll=AcceptedLog(self.log.info),
            cancel=self._killed,
        )
        return self._finish(context, report)

    def execute_complete(
        self, context: Context, event: Mapping[str, Any] | None = None
    ) -> str:
        """Return the summary when the trigger has performed the run."""
        report = json.dumps(require_success(event)["report"])
        return self._finish(context, BackupReport.from_json(report))

    def on_kill(self) -> None:
        """End the work, and log what goes on."""
        self._killed.set()
        self.log.warning("Killed. What AWS has accepted goes on. A retry finishes it.")

    def _finish(self, context: Context, report: BackupReport) -> str:
        push(context, "report", to_plain(report))
        for outcome in report.outcomes:
            name = outcome.snapshot and outcome.snapshot.name
            self.log.info("%s: %s, %s", outcome.where, outcome.status, name)
        return report.raise_for_failure().summary
