"""What operators, sensor and triggers share: parameters, the client, the log."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any, cast

from airflow.sdk import BaseOperator, Context
from airflow.sdk.configuration import conf
from airflow.sdk.exceptions import AirflowException

from lightsnap import BackupProgress, Client
from lightsnap._backups.marks import default_run
from lightsnap.airflow._connection import AwsParameters, connect

AWS_FIELDS = ("aws_conn_id", "region_name", "verify")


class Kill:
    """Ends a wait. Unlike an Event, it can be copied and pickled with its DAG."""

    def __init__(self) -> None:
        self._is_set = False

    def set(self) -> None:
        """End the wait, at its next check."""
        self._is_set = True

    def is_set(self) -> bool:
        """Return whether the wait should end."""
        return self._is_set


class LightsailOperator(BaseOperator):
    """An operator with the parameters of the amazon provider.

    Documented where they are inherited.
    """

    template_fields: Collection[str] = AWS_FIELDS
    ui_color = "#eeaa88"

    def __init__(
        self,
        *,
        deferrable: bool | None = None,
        aws_conn_id: str | None = "aws_default",
        region_name: str | None = None,
        verify: bool | str | None = None,
        botocore_config: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        cast("Any", super()).__init__(**kwargs)  # its types are incomplete
        if deferrable is None:
            options: Any = conf  # its types are incomplete
            deferrable = options.getboolean("operators", "default_deferrable")
        self.deferrable: bool = bool(deferrable)
        self.aws_conn_id = aws_conn_id
        self.region_name = region_name
        self.verify = verify
        self.botocore_config = botocore_config
        self._killed = Kill()

    @property
    def aws_parameters(self) -> AwsParameters:
        """How to reach AWS."""
        return AwsParameters(
            aws_conn_id=self.aws_conn_id,
            region_name=self.region_name,
            verify=self.verify,
            botocore_config=self.botocore_config,
        )

    def connect(self) -> Client:
        """Return a client for the Airflow connection."""
        return connect(self.aws_parameters)


class AcceptedLog:
    """Logs the operations of a backup, once each, as soon as they are accepted.

    It is called with the progress of the backup, after each round.
    """

    def __init__(self, info: Callable[..., object]) -> None:
        self._info = info
        self._seen: set[str] = set()

    def __call__(self, progress: BackupProgress) -> None:
        """Log what is new."""
        for outcome in progress.outcomes:
            ids = [each.id for each in outcome.operations if each.id not in self._seen]
            self._seen.update(ids)
            if ids:
                self._info("Accepted: %s, operations %s", outcome.where, ids)


def run_of(context: Context) -> str:
    """Return the name of the run: the logical date in UTC, or else the run's id.

    It is the same when the task is retried or cleared.
    """
    names = cast("dict[str, Any]", context)  # Airflow declares none of them as required
    logical_date: datetime | None = names.get("logical_date")
    run_id: str = names["run_id"]
    return run_id if logical_date is None else default_run(logical_date)


def push(context: Context, key: str, value: object) -> None:
    """Push an XCom."""
    ti: Any = cast("dict[str, Any]", context)["ti"]
    ti.xcom_push(key, value)


def require_success(event: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """Return a trigger's event.

    Raises:
        AirflowException: It reports an error, or there is none.
    """
    if event is None:
        raise AirflowException("the trigger ended without an event")
    if event["status"] != "success":
        raise AirflowException(event["message"])
    return event
