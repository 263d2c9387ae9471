"""The DAGs and the commands of docs/how-to/airflow.md."""

from __future__ import annotations

import pytest

from lightsnap.testing import LightsailServer
from tests.airflow.home import run_tasks, snapshots
from tests.airflow.page import blocks, run_commands, shown
from tests.shell_blocks import without_varying

_, REGIONS, SNAPSHOT = blocks("python")


def test_the_recorded_run_is_what_the_commands_show() -> None:
    (recorded,) = blocks("text")

    assert without_varying(shown(run_commands())) == without_varying(recorded)
    assert "WordPress-1: succeeded" in recorded


@pytest.mark.usefixtures("at_once")
def test_several_regions_are_backed_up(server: LightsailServer) -> None:
    server.create_instances("WordPress-1", region_names=["eu-central-1"])

    ran = run_tasks(REGIONS)

    assert ran.state == "success"
    assert [
        len(snapshots(server, region_name))
        for region_name in ("us-west-2", "eu-central-1")
    ] == [1, 1]


def test_a_snapshot_of_one_instance_is_created(server: LightsailServer) -> None:
    ran = run_tasks(SNAPSHOT)

    assert ran.state == "success"
    (snapshot,) = snapshots(server)
    assert snapshot.name == ran.xcoms["before_update", "return_value"]
