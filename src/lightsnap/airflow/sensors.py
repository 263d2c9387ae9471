"""A sensor that waits until a snapshot is available."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any, NoReturn

from airflow.sdk import BaseSensorOperator, Context, PokeReturnValue

from lightsnap import WaitTimeoutError
from lightsnap.airflow._base import AWS_FIELDS, LightsailOperator, require_success
from lightsnap.airflow._connection import to_plain
from lightsnap.airflow.triggers import LightsailOperationsTrigger


class LightsailInstanceSnapshotSensor(LightsailOperator, BaseSensorOperator):
    """Waits until a Lightsail snapshot exists and is available.

    It returns the snapshot, as AWS's API names its members. A snapshot in the state
    ``error`` fails the task.

    :param instance_snapshot_name: The name of the snapshot. (templated)
    :param deferrable: Whether to wait in the triggerer; by default as Airflow's option
        ``default_deferrable`` says.
    :param aws_conn_id: The Airflow connection for AWS; None is boto3's own behavior.
        (templated)
    :param region_name: The AWS Region; by default that of the connection. (templated)
    :param verify: Whether to verify certificates, or the path of a CA bundle.
        (templated)
    :param botocore_config: A botocore Config, as a dict.
    """

    template_fields: Collection[str] = (*AWS_FIELDS, "instance_snapshot_name")

    def __init__(self, *, instance_snapshot_name: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.instance_snapshot_name = instance_snapshot_name

    def poke(self, context: Context) -> PokeReturnValue:  # noqa: ARG002
        """Fetch the snapshot; transient errors count as not available yet."""
        try:
            snapshot = self.connect().wait_until_available(
                self.instance_snapshot_name, timeout=0
            )
        except WaitTimeoutError as error:
            self.log.info("%s", error)
            return PokeReturnValue(is_done=False)
        return PokeReturnValue(is_done=True, xcom_value=to_plain(snapshot))

    def execute(self, context: Context) -> Any:
        """Wait here, or defer to the triggerer."""
        if self.deferrable:
            self._defer()
        return super().execute(context)

    def _defer(self) -> NoReturn:
        self.defer(
            trigger=LightsailOperationsTrigger(
                [],
                instance_snapshot_name=self.instance_snapshot_name,
                wait_for_existence=True,
                poll_interval=self.poke_interval,
                **self.aws_parameters,
            ),
            timeout=timedelta(seconds=self.timeout),
            method_name="execute_complete",
        )

    def execute_complete(
        self,
        context: Context,  # noqa: ARG002
        event: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return the snapshot when the trigger has waited for it."""
        snapshot: dict[str, Any] = require_success(event)["snapshot"]
        return snapshot
