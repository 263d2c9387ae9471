"""Airflow in a folder of its own, with its database, and the runs of DAGs in it.

A DAG is a file in Airflow's folder, since Airflow runs no other. ``dag.test()`` runs
its tasks in this process, and what they wait for in the triggerer too.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from tempfile import mkdtemp
from textwrap import dedent
from typing import Any

from attrs import frozen

from lightsnap import Client, InstanceSnapshot
from lightsnap.testing import LightsailServer

HOME = Path(mkdtemp(prefix="airflow-"))
DAGS = HOME / "dags"
SECRET = "not-to-be-shown"  # in the connection
SETTINGS = {
    "AIRFLOW_HOME": f"{HOME}",
    "AIRFLOW__CORE__LOAD_EXAMPLES": "false",
    "NO_PROXY": "127.0.0.1,::1",
}
LOGICAL_DATE = datetime(2026, 11, 30, 3, tzinfo=UTC)

HEADER = """\
from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG

from lightsnap.airflow.operators import (
    LightsailBackUpOperator,
    LightsailCreateInstanceSnapshotOperator,
)
from lightsnap.airflow.sensors import LightsailInstanceSnapshotSensor

quick = {"poll_interval": 0.01}
start_date = datetime(2026, 1, 1, tzinfo=UTC)
with DAG(dag_id="nightly", schedule=None, start_date=start_date) as dag:
"""


def connection(url: str) -> dict[str, str]:
    """Return the environment variable that connects Airflow to the emulator."""
    extra = {"endpoint_url": url, "region_name": "us-west-2"}
    values = {"conn_type": "aws", "login": "testing", "password": SECRET}
    return {"AIRFLOW_CONN_AWS_DEFAULT": json.dumps(values | {"extra": extra})}


def create_database() -> None:
    """Create the database, and remove the folder at the end of this process."""
    DAGS.mkdir(exist_ok=True)
    atexit.register(shutil.rmtree, HOME, ignore_errors=True)
    from airflow.utils.db import initdb  # noqa: PLC0415 (it reads the settings)

    initdb()


@frozen
class DagRun:
    """How a DAG run ended.

    Attributes:
        state: The state of the run.
        states: The states of its tasks.
        xcoms: Their XComs: by task and key, or by task, map index and key.
    """

    state: str
    states: dict[str, str]
    xcoms: dict[tuple[str, str] | tuple[str, int, str], Any]


@contextmanager
def dag_file(source: str) -> Iterator[Path]:
    """Write a DAG to Airflow's folder."""
    path = DAGS / "nightly.py"
    path.write_text(source, encoding="utf-8")
    try:
        yield path
    finally:
        path.unlink()


def load(path: Path) -> Any:
    """Return the DAG of a file."""
    spec = spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.dag


def run_tasks(
    tasks: str, logical_date: datetime | None = LOGICAL_DATE, header: str = HEADER
) -> DagRun:
    """Run a DAG with these tasks."""
    source = header + "".join(f"    {line}\n" for line in dedent(tasks).splitlines())
    with dag_file(source) as path:
        return run(path, logical_date)


def run(path: Path, logical_date: datetime | None = LOGICAL_DATE) -> DagRun:
    """Run the DAG of a file."""
    from airflow.models.xcom import XComModel  # noqa: PLC0415 (it reads the settings)
    from airflow.utils.session import create_session  # noqa: PLC0415

    before = dict(os.environ)
    try:
        ran = load(path).test(logical_date=logical_date)
    finally:  # tasks export their context
        os.environ.clear()
        os.environ |= before
    with create_session() as session:
        rows = session.query(XComModel).filter(XComModel.run_id == ran.run_id).all()
        xcoms: dict[Any, Any] = {}
        for row in rows:
            index = () if row.map_index < 0 else (row.map_index,)
            xcoms[(row.task_id, *index, row.key)] = row.value
    states = {ti.task_id: f"{ti.state}" for ti in ran.get_task_instances()}
    return DagRun(state=f"{ran.state}", states=states, xcoms=xcoms)


def snapshots(
    server: LightsailServer, region_name: str = "us-west-2"
) -> tuple[InstanceSnapshot, ...]:
    """Return the snapshots of a Region."""
    with Client(region_name=region_name, endpoint_url=server.url) as client:
        return client.get_instance_snapshots()
