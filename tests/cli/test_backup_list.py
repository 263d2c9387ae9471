"""The commands that list snapshots, and show one."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from lightsnap import InstanceSnapshot
from lightsnap.cli.backup_output import format_age, format_table
from tests.cli.conftest import Fleet, Run
from tests.cli.test_backups import BACKUP, EAST, SITES, WEST, rows
from tests.embedded import create_instances, create_snapshot

pytestmark = pytest.mark.fake


@pytest.fixture
def backups(run: Run, fleet: Fleet) -> Fleet:
    """Backups of db that are 50 and 20 hours old, and a manual snapshot of web."""
    for number, hours in (("1", 50), ("2", 20)):
        run(*BACKUP, "--run", number, "--instances", "db")
        fleet.server.age(f"db-nightly-{number}", hours=hours)
    create_snapshot(fleet.client(), "manual", instanceName="web")
    fleet.server.calls.clear()
    return fleet


def test_snapshots_are_listed_by_instance_and_plan(run: Run, backups: Fleet) -> None:
    ran = run("list")

    assert ran == (
        0,
        (
            "INSTANCE  PLAN     SNAPSHOT      AGE  SIZE   STATE\n"
            "db        nightly  db-nightly-2  20h  20 GB  available\n"
            "db        nightly  db-nightly-1  2d   20 GB  available\n"
            "web                manual        0m   20 GB  available\n"
        ),
        "",
    )
    assert backups.sent == {"GetInstanceSnapshots"}


def test_a_plan_with_a_retention_shows_its_verdicts(run: Run, backups: Fleet) -> None:
    ran = run("list", "--plan", "nightly", "--keep-last", "1")

    assert [[line[2], *line[6:]] for line in rows(ran)] == [
        ["db-nightly-2", "keep", "last 1 of 1"],
        ["db-nightly-1", "delete", "no rule keeps it"],
    ]
    assert backups.sent == {"GetInstanceSnapshots"}
    assert run("list", "--plan", "weekly") == (0, "", "")


def test_the_list_is_shown_as_json(run: Run, backups: Fleet) -> None:
    options = ["--plan", "nightly", "--keep-last", "1", "--regions", WEST]
    ran = run("list", *options, "--output", "json")

    found = json.loads(ran.stdout)["snapshots"]
    assert [each["kept"] for each in found] == [True, False]
    assert found[1]["reasons"] == ["no rule keeps it"]
    assert found[0]["plan"] == "nightly"
    assert found[0]["site"] == {"regionName": WEST}
    assert InstanceSnapshot.from_dict(found[0]).from_instance_name == "db"
    manual = json.loads(run("list", "--output", "json").stdout)["snapshots"][2]
    assert manual.keys() & {"plan", "site", "kept"} == set()
    assert "GetInstances" not in backups.sent


@pytest.mark.parametrize(
    ("options", "late"),
    [
        (["--instances", "db", "--max-age", "21h"], ""),
        (["--instances", "db", "--max-age", "19h"], "db (20h old)"),
        (["--max-age", "1d"], "web (none), web-2 (none)"),
    ],
)
def test_old_and_missing_backups_of_a_plan_fail(
    run: Run, backups: Fleet, options: list[str], late: str
) -> None:
    ran = run("list", "--plan", "nightly", *options)

    message = f"lightsnap: no backup within {options[-1]}: {late}\n"
    assert (ran.exit_code, ran.stderr) == ((255, message) if late else (0, ""))
    assert len(rows(ran)) == 2
    assert backups.sent == {"GetInstances", "GetInstanceSnapshots"}


def test_without_a_plan_any_snapshot_counts(run: Run, backups: Fleet) -> None:
    ran = run("list", "--max-age", "1d")

    assert ran.stderr == "lightsnap: no backup within 1d: web-2 (none)\n"
    assert backups.names()


def test_a_snapshot_that_is_not_available_is_no_backup(run: Run, fleet: Fleet) -> None:
    fleet.server.faults.leave_unfinished("CreateInstanceSnapshot")
    create_snapshot(fleet.client(), "db-1", instanceName="db")

    ran = run("list", "--max-age", "1d")

    assert ran.exit_code == 255
    assert "db (none)" in ran.stderr
    assert rows(ran)[0][:1] == ["db"]


def test_no_selected_instance_is_a_failure(run: Run, backups: Fleet) -> None:
    options = ["--plan", "nightly", "--instances", "bd"]
    ran = run("list", *options, "--max-age", "1d")

    assert (ran.exit_code, ran.stderr) == (
        255,
        (
            "lightsnap: the plan selects no instance; the Region has web, web-2, db: "
            "correct the selection, or set allow_empty if that is right\n"
        ),
    )
    assert "GetInstances" in backups.sent


def test_several_regions_are_listed(run: Run, backups: Fleet) -> None:
    create_instances(backups.client(EAST), "eastern")
    create_snapshot(backups.client(EAST), "new", instanceName="eastern")

    ran = run("list", *SITES, "--max-age", "1d")

    assert [line[:2] for line in rows(ran)][-2:] == [["eastern", EAST], ["web", WEST]]
    assert ran.stderr == ("lightsnap: no backup within 1d: web-2 in us-west-2 (none)\n")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--max-age", "1y"], "argument --max-age: '1y' is not a duration such as "),
        (["--instances", "db"], "--plan is missing: give a name"),
        (["--copy-to", EAST], "unrecognized arguments: --copy-to us-east-1; see "),
    ],
)
def test_invalid_options_are_rejected(
    run: Run, fleet: Fleet, options: list[str], message: str
) -> None:
    ran = run("list", *options)

    assert ran.stderr.startswith(f"lightsnap: {message}")
    assert (ran.exit_code, fleet.sent) == (252, set())


# show


def test_a_snapshot_is_shown(run: Run, backups: Fleet) -> None:
    ran = run("show", "db-nightly-1")

    shown = dict(line.split(maxsplit=1) for line in ran.stdout.splitlines())
    assert ran.exit_code == 0
    assert shown["name"] == "db-nightly-1"
    assert shown["location.regionName"] == WEST
    assert shown["tags"] == "lightsnap:plan = nightly, lightsnap:run = 1"
    assert shown["createdAt"].endswith(" UTC (2d ago)")
    assert shown["state"] == "available"
    assert backups.sent == {"GetInstanceSnapshot"}


def test_lists_in_a_snapshot_are_shown(run: Run, backups: Fleet) -> None:
    disk = {"name": "data", "sizeInGb": 8, "createdAt": 0}
    backups.server.faults.replace(
        "GetInstanceSnapshot", members={"fromAttachedDisks": [disk]}
    )
    ran = run("show", "db-nightly-1")

    shown = dict(line.split(maxsplit=1) for line in ran.stdout.splitlines())
    assert shown["fromAttachedDisks[0].name"] == "data"
    assert shown["fromAttachedDisks[0].createdAt"] == "1970-01-01 00:00:00 UTC"


def test_a_snapshot_is_shown_as_json(run: Run, backups: Fleet) -> None:
    ran = run("show", "db-nightly-1", "--output", "json")

    snapshot = InstanceSnapshot.from_dict(json.loads(ran.stdout)["instanceSnapshot"])
    assert snapshot.name == "db-nightly-1"
    assert backups.sent == {"GetInstanceSnapshot"}


def test_an_unknown_snapshot_is_not_found(run: Run, fleet: Fleet) -> None:
    ran = run("show", "nothing")

    assert (ran.exit_code, ran.stdout) == (254, "")
    assert "(NotFoundException)" in ran.stderr
    assert fleet.sent == {"GetInstanceSnapshot"}
    assert run("show").exit_code == 252
    ran = run("show", "no name")
    assert ran.exit_code == 252
    assert ran.stderr.startswith("lightsnap: NAME may not contain ' ': use ASCII ")


# Tables


@pytest.mark.parametrize(
    ("age", "text"),
    [
        (timedelta(minutes=-5), "0m"),
        (timedelta(minutes=59, seconds=59), "59m"),
        (timedelta(hours=1), "1h"),
        (timedelta(hours=47, minutes=59), "47h"),
        (timedelta(hours=48), "2d"),
    ],
)
def test_ages_are_rounded_down(age: timedelta, text: str) -> None:
    assert format_age(age) == text


def test_a_table_is_safe_to_print_and_leaves_out_empty_columns() -> None:
    table = [("A", "B", "C"), ("x\x1b[2J", None, "1"), ("y", "", "")]

    assert format_table(table) == "A         C\nx\\x1b[2J  1\ny\n"
    assert format_table([("A", "B")]) == ""
