"""A task that is killed: Airflow gets a SIGTERM, and asks the operator to end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

from lightsnap.testing import LightsailServer, Transitions
from tests.airflow.home import HEADER, SETTINGS, dag_file, run, snapshots

TASK = """
    LightsailCreateInstanceSnapshotOperator(task_id="snap", instance_name="WordPress-1")
"""
MAIN = """
if __name__ == "__main__":
    dag.test(logical_date=datetime(2026, 11, 30, 3, tzinfo=UTC))
"""


def test_a_killed_task_logs_what_goes_on_and_can_be_repeated(
    server: LightsailServer, transitions: Transitions
) -> None:
    transitions.set("operation", seconds=60)
    source = HEADER + TASK + MAIN
    with dag_file(source) as path:
        with subprocess.Popen(
            [sys.executable, path],
            env={**os.environ, **SETTINGS},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            assert process.stdout is not None
            lines = iter(process.stdout)
            before = ""
            while "waiting for operations" not in before:
                before = next(lines)
            while "GetOperation" not in server.calls.names:
                time.sleep(0.05)
            # It now sleeps until the next round. Before, it may be writing its log,
            # and Python cannot write another line from a signal handler meanwhile.
            time.sleep(0.5)
            process.send_signal(signal.SIGTERM)
            log = "".join(lines)
        server.clock.advance(minutes=5)
        again = run(path)

    assert "Killed. " in log
    assert "goes on" in log
    assert "WaitCancelledError" in log
    assert "new_state=failed" in log
    assert again.state == "success"
    assert len(snapshots(server)) == 1
