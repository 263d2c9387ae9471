"""Back up sites on loky's processes."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from loky import get_reusable_executor

import lightsnap
from lightsnap import BackupPlan
from tests.engines.conftest import Service

pytestmark = pytest.mark.foreign

PLAN = BackupPlan("nightly")


@pytest.fixture
def processes(service: Service) -> Iterator[Any]:
    del service  # the processes inherit its variables
    executor = get_reusable_executor(max_workers=2)
    yield executor
    executor.shutdown(kill_workers=True)


def test_killed_processes_fail_their_sites_and_the_same_run_finishes_them(
    service: Service, processes: Any
) -> None:
    sites = service.sites(3)
    assert lightsnap.back_up(PLAN, sites, run="1", executor=processes).succeeded
    service.server.faults.delay("CreateInstanceSnapshot", seconds=10)

    def kill() -> None:
        while service.count("CreateInstanceSnapshot") == len(sites):
            time.sleep(0.01)
        for pid in list(processes._processes):
            os.kill(pid, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    report = lightsnap.back_up(PLAN, sites, run="2", executor=processes)
    killer.join()

    assert report.failed
    for each in report.failed:
        assert each.error is not None
        assert (each.instance_name, each.error.type) == (None, "TerminatedWorkerError")
    executor = get_reusable_executor(max_workers=2)
    report = lightsnap.back_up(PLAN, sites, run="2", executor=executor)
    executor.shutdown()
    assert len(report.raise_for_failure().outcomes) == 3
    for site in sites:
        assert service.snapshots(site) == ["web-nightly-1", "web-nightly-2"]
