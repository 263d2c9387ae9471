"""The commands that back up and prune, against the emulator over sockets."""

from __future__ import annotations

import json
import re
import sys
import threading
import time
from inspect import signature
from pathlib import Path

import pytest

from lightsnap import BackupReport, Client, PrunePreview
from lightsnap.cli.arguments import BACKUP_COMMANDS
from tests.cli.conftest import Fleet, Ran, Run, write_config
from tests.embedded import create_instances, create_snapshot
from tests.test_package import HEAVY, loaded_by

WEST, EAST = "us-west-2", "us-east-1"
BACKUP = ("backup", "--plan", "nightly")
PRUNE = ("prune", "--plan", "nightly", "--keep-last", "1")
READS = {"GetInstances", "GetInstanceSnapshots"}

pytestmark = pytest.mark.fake


def rows(ran: Ran) -> list[list[str]]:
    """The cells of the tables on standard output, without the headings."""
    lines = [re.split(r" {2,}", line) for line in ran.stdout.splitlines()]
    return [line for line in lines if line != [""] and line[0] != "INSTANCE"]


def test_each_instance_is_backed_up(run: Run, fleet: Fleet) -> None:
    ran = run(*BACKUP, "--run", "1")

    assert ran == (
        0,
        (
            "INSTANCE  STATUS     SNAPSHOT\n"
            "web       succeeded  web-nightly-1\n"
            "web-2     succeeded  web-2-nightly-1\n"
            "db        succeeded  db-nightly-1\n"
        ),
        "lightsnap: nightly, run 1: 3 of 3 succeeded\n",
    )
    assert fleet.names() == ["db-nightly-1", "web-2-nightly-1", "web-nightly-1"]


def test_by_default_a_run_is_named_by_the_time(run: Run, fleet: Fleet) -> None:
    ran = run(*BACKUP, "--instances", "db")

    assert re.fullmatch(
        r"lightsnap: nightly, run \d{8}T\d{6}Z: 1 of 1 succeeded\n", ran.stderr
    )
    assert len(fleet.names()) == 1


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (["--instances", "web*"], ["web", "web-2"]),
        (["--instances", "db", "web"], ["web", "db"]),
        (["--instance-tags", "key=env,value=prod"], ["db"]),
        (["--instance-tags", "key=env"], ["db"]),
        (["--instance-tags", '[{"key": "env"}]', "--instances", "*"], ["db"]),
        (["--instances"], ["web", "web-2", "db"]),
    ],
)
def test_instances_are_selected(
    run: Run, fleet: Fleet, options: list[str], names: list[str]
) -> None:
    ran = run(*BACKUP, "--run", "1", *options)

    assert ran.exit_code == 0
    assert [name for name, *_ in rows(ran)] == names
    assert len(fleet.names()) == len(names)


def test_backups_are_copied_and_expired_ones_deleted(run: Run, fleet: Fleet) -> None:
    for number in ("1", "2"):
        options = ["--instances", "db", "--keep-last", "1", "--copy-to", EAST]
        ran = run(*BACKUP, "--run", number, *options)

    assert ran.stdout.splitlines() == [
        "INSTANCE  STATUS     SNAPSHOT      COPIES  DELETED",
        "db        succeeded  db-nightly-2  1       2",
    ]
    assert ran.stderr.endswith("1 of 1 succeeded, 2 deleted\n")
    assert fleet.names() == ["db-nightly-2"]
    assert fleet.names(EAST) == ["db-nightly-2-from-us-west-2"]


def test_a_failed_instance_stops_no_other(run: Run, fleet: Fleet) -> None:
    create_snapshot(fleet.client(), "web-nightly-1", instanceName="web")

    ran = run(*BACKUP, "--run", "1")

    assert ran.exit_code == 255
    assert [line[1] for line in rows(ran)] == ["failed", "succeeded", "succeeded"]
    assert ran.stderr.startswith(
        "lightsnap: nightly, run 1: 2 of 3 succeeded, 1 failed: web: the name "
        "'web-nightly-1' belongs to another snapshot, "
    )
    assert ran.stderr.count("\n") == 1


def test_a_pending_backup_ends_with_255(run: Run, fleet: Fleet) -> None:
    fleet.server.faults.leave_unfinished("CreateInstanceSnapshot", resource_name="web")

    ran = run(*BACKUP, "--run", "1", "--timeout", "60")

    assert ran.exit_code == 255
    assert ran.stderr == (
        "lightsnap: nightly, run 1: 2 of 3 succeeded, 1 pending: web: pending\n"
    )


def test_a_run_can_be_repeated(run: Run, fleet: Fleet) -> None:
    first, second = (run(*BACKUP, "--run", "1") for _ in range(2))

    assert first == second
    assert len(fleet.names()) == 3


def test_the_report_is_shown_as_json(run: Run, fleet: Fleet) -> None:
    ran = run(*BACKUP, "--run", "1", "--output", "json")

    report = BackupReport.from_json(ran.stdout)
    assert [each.instance_name for each in report.outcomes] == ["web", "web-2", "db"]
    assert all(each.snapshot for each in report.outcomes)
    assert ran.stderr == f"lightsnap: {report.summary}\n"
    assert len(fleet.names()) == 3


def test_a_query_is_shown_as_json(
    run: Run, fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = run(*BACKUP, "--run", "1", "--query", "outcomes[].snapshot.name")

    assert json.loads(ran.stdout) == [f"{name}-nightly-1" for name in names(fleet)]
    # The settings of the AWS CLI hold for responses, not for the tables for people.
    monkeypatch.setenv("AWS_DEFAULT_OUTPUT", "text")
    ran = run(*BACKUP, "--run", "1", "--query", "outcomes[].instanceName")
    assert ran.stdout == "web\tweb-2\tdb\n"
    assert run(*BACKUP, "--run", "1").stdout.startswith("INSTANCE  STATUS")


def names(fleet: Fleet) -> list[str]:
    return [each["name"] for each in fleet.client().get_instances()["instances"]]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "--plan is missing: give a name"),
        (["--plan", "a b"], "--plan is 'a b', which cannot be a part of a "),
        (["--plan", "a", "--run", " "], "--run is blank: give a name"),
        (["--plan", "a", "--copy-to", "x"], "--copy-to[0] is 'x', which is not the "),
        (["--plan", "a", "--copy-to", WEST], "--copy-to contains 'us-west-2', the R"),
        (["--plan", "a", "--instances", ""], "--instances[0] is empty\n"),
        (["--plan", "a", "--keep-daily", "-1"], "--keep-daily is -1: give 0 or more"),
        (["--plan", "a", "--keep-daily", "x"], "argument --keep-daily: invalid whole "),
        (["--plan", "a", "--keep-last", "0"], "retention has no rule: give a count"),
        (["--plan", "a", "--keep-within", "7"], "--keep-within '7' is not a duration "),
        (["--plan", "a", "--instance-tags", "a=b"], "--instance-tags[0].a is not a "),
        (["--plan", "a", "--instance-tags", "key="], "--instance-tags[0].key "),
        (["--plan", "a", "--timeout", "x"], "argument --timeout: invalid number of s"),
        (["--plan", "a", "--regions", "x"], "--regions is 'x', which is not the name "),
        (
            ["--plan", "a", "--regions", WEST, "--copy-to", WEST],
            "--regions is us-west-2, which the plan copies to",
        ),
        (["--plan", "a", "--region", WEST, "--regions", WEST], "--region cannot be "),
        (["--plan", "a", "--profile", "b", "--profiles", "b"], "--profile cannot be c"),
        (["--plan", "a", "--regions", WEST, "--ca-bundle", "x"], "--ca-bundle does no"),
    ],
)
def test_invalid_options_are_rejected(
    run: Run, fleet: Fleet, options: list[str], message: str
) -> None:
    ran = run("backup", *options)

    assert ran.stderr.startswith(f"lightsnap: {message}")
    assert (ran.exit_code, ran.stdout, fleet.sent) == (252, "", set())


def test_no_selected_instance_is_a_failure(run: Run, fleet: Fleet) -> None:
    ran = run(*BACKUP, "--instances", "wbe")

    assert (ran.exit_code, fleet.names()) == (255, [])
    reason = (
        "the plan selects no instance; the Region has web, web-2, db: correct the "
        "selection, or set allow_empty if that is right\n"
    )
    assert ran.stderr.endswith(f": 0 of 1 succeeded, 1 failed: all instances: {reason}")
    dry_run = run(*BACKUP, "--instances", "wbe", "--dry-run")
    assert (dry_run.exit_code, dry_run.stderr) == (255, f"lightsnap: {reason}")


def test_without_credentials_the_exit_code_is_253(
    run: Run, fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    ran = run(*BACKUP)

    assert (ran.exit_code, ran.stdout, fleet.sent) == (253, "", set())
    assert ran.stderr.startswith("lightsnap: Unable to locate credentials: use a ")


def interrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the next sleep of the main thread be interrupted by Ctrl-C."""

    def interrupted(_: float) -> None:
        if threading.current_thread() is threading.main_thread():
            raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", interrupted)


@pytest.mark.parametrize("options", [[], ["--run", "1"]])
def test_ctrl_c_shows_how_to_repeat_the_run(
    run: Run, fleet: Fleet, options: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet.server.faults.leave_unfinished("CreateInstanceSnapshot", resource_name="web")
    interrupt(monkeypatch)

    ran = run(*BACKUP, *options)

    interrupted, library, last = ran.stderr.splitlines()
    assert (ran.exit_code, interrupted) == (130, "lightsnap: interrupted")
    assert "accepted and not available yet: web-nightly-" in library
    match = re.fullmatch(
        r"To repeat this run: lightsnap backup --plan nightly --run (\w+)", last
    )
    assert match
    assert f"web-nightly-{match[1]}" in fleet.names()


def test_what_was_done_is_said_if_stdout_cannot_be_written(
    run: Run, fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        monkeypatch.setattr(sys, "stdout", full)
        ran = run(*BACKUP, "--run", "1")
        monkeypatch.undo()

    assert ran.exit_code == 255
    assert ran.stderr.splitlines()[:2] == [
        "lightsnap: cannot write to standard output: No space left on device",
        "nightly, run 1: 3 of 3 succeeded",
    ]
    assert len(Fleet(fleet.server).server.calls.of("CreateInstanceSnapshot")) == 3


def test_without_stdout_nothing_is_sent(
    run: Run, fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", None)

    ran = run(*BACKUP)

    assert (ran.exit_code, fleet.sent) == (255, set())
    assert ran.stderr.startswith("lightsnap: standard output is closed: open it")


def test_the_default_timeout_in_the_help_is_that_of_the_library(run: Run) -> None:
    default = signature(Client.back_up).parameters["timeout"].default

    for command in ("backup", "prune"):
        words = " ".join(run(command, "--help").stdout.split())
        assert f"(default: {default:.0f}; none: no limit)" in words


@pytest.mark.parametrize("command", ["backup", "prune", "list", "show"])
def test_help_is_shown(run: Run, command: str) -> None:
    ran = run(command, "help")

    assert ran.exit_code == 0
    assert f"usage: lightsnap {command} " in ran.stdout
    assert "output format (default: a table for people)" in ran.stdout
    assert all(len(line) < 80 for line in ran.stdout.splitlines())


def test_options_can_be_abbreviated(run: Run, fleet: Fleet) -> None:
    ran = run("--reg", WEST, *BACKUP, "--instances", "db", "--ru", "1", "--keep-d", "2")

    assert (ran.exit_code, fleet.names()) == (0, ["db-nightly-1"])
    ran = run(*BACKUP, "--keep", "1")
    assert (ran.exit_code, ran.stderr[:27]) == (252, "lightsnap: --keep is ambigu")


@pytest.mark.parametrize(
    "words", [["backup", "--help"], ["list", "--max-age"], ["wait"], ["help"]]
)
def test_help_and_usage_errors_load_little(words: list[str]) -> None:
    loaded = loaded_by(f"from lightsnap.cli import main; main({words})")

    assert loaded & {*HEAVY, "attr", "lightsnap.cli.backups"} == set()
    is_of_backups = words[0] in BACKUP_COMMANDS
    assert ("lightsnap.cli.backup_options" in loaded) == is_of_backups


def test_a_plan_may_allow_that_no_instance_is_selected(run: Run, fleet: Fleet) -> None:
    select = 'select = { names = ["x"], allow_empty = true }\n'
    Path("plan.toml").write_text(f'name = "nightly"\n{select}', encoding="utf-8")
    plan = ["--plan-file", "plan.toml"]

    ran = run("backup", *plan, "--run", "1")

    assert ran == (0, "", "lightsnap: nightly, run 1: 0 of 0 succeeded\n")
    assert run("backup", *plan, "--dry-run").exit_code == 0
    assert run("list", *plan, "--max-age", "1h").exit_code == 0
    assert fleet.names() == []


# Dry runs


def test_a_dry_run_rejects_what_the_run_would(run: Run, fleet: Fleet) -> None:
    for options in (["--dry-run"], ["--dry-run", "--regions", WEST]):
        ran = run(*BACKUP, "--copy-to", WEST, *options)

        assert (ran.exit_code, ran.stdout) == (252, "")
        assert ran.stderr.startswith("lightsnap: --copy-to contains 'us-west-2', ")
    assert fleet.sent <= READS


def test_a_dry_run_shows_what_would_be_done(run: Run, fleet: Fleet) -> None:
    options = ["--keep-last", "1", "--copy-to", EAST]
    run(*BACKUP, "--run", "1", "--instances", "db", *options)
    fleet.server.calls.clear()

    ran = run(*BACKUP, "--run", "2", *options, "--dry-run")

    assert rows(ran)[:3] == [
        ["web", "web-nightly-2", "create"],
        ["web-2", "web-2-nightly-2", "create"],
        ["db", "db-nightly-2", "create"],
    ]
    assert sorted([*line[:3], *line[4:]] for line in rows(ran)[3:]) == [
        ["db", EAST, "db-nightly-1-from-us-west-2", "delete", "no rule keeps it"],
        ["db", WEST, "db-nightly-1", "delete", "no rule keeps it"],
    ]
    assert (ran.exit_code, ran.stderr) == (
        0,
        "lightsnap: nightly, run 2: would back up 3 and delete 2\n",
    )
    assert fleet.sent == READS


def test_a_dry_run_says_what_the_run_then_does(run: Run, fleet: Fleet) -> None:
    for number, days in (("1", 3), ("2", 2), ("3", 1)):
        run(*BACKUP, "--run", number, "--instances", "db")
        fleet.server.age(f"db-nightly-{number}", days=days)
    options = ["--run", "4", "--keep-daily", "3", "--output", "json"]

    preview = json.loads(run(*BACKUP, *options, "--dry-run").stdout)
    report = BackupReport.from_json(run(*BACKUP, *options).stdout)

    assert [each["snapshotName"] for each in preview["backups"]] == [
        each.snapshot and each.snapshot.name for each in report.outcomes
    ]
    deleted = {each["snapshot"]["name"]: each["kept"] for each in preview["verdicts"]}
    assert deleted == {f"db-nightly-{n}": n != 1 for n in (1, 2, 3)}
    assert [each.name for each in report.outcomes[2].deleted] == ["db-nightly-1"]
    assert (preview["plan"], preview["run"]) == ("nightly", "4")


def test_a_dry_run_counts_a_copy_that_is_there_once(run: Run, fleet: Fleet) -> None:
    options = ["--run", "1", "--instances", "db", "--copy-to", EAST]
    run(*BACKUP, *options)

    ran = run(*BACKUP, *options, "--keep-last", "1", "--dry-run")

    assert sorted([line[2], line[4]] for line in rows(ran)[1:]) == [
        ["db-nightly-1", "keep"],
        ["db-nightly-1-from-us-west-2", "keep"],
    ]
    assert fleet.names(EAST) == ["db-nightly-1-from-us-west-2"]


def test_a_dry_run_without_a_retention_deletes_nothing(run: Run, fleet: Fleet) -> None:
    ran = run(*BACKUP, "--run", "1", "--dry-run")

    assert ran.stderr == "lightsnap: nightly, run 1: would back up 3\n"
    assert (len(rows(ran)), fleet.sent) == (3, READS)


def test_a_dry_run_of_a_repeated_run_shows_what_is_there(
    run: Run, fleet: Fleet
) -> None:
    faults = fleet.server.faults
    faults.fail_operations(
        "CreateInstanceSnapshot", error_code="x", resource_name="web", after_polls=0
    )
    assert run(*BACKUP, "--run", "1", "--instances", "web*").exit_code == 255
    faults.clear()
    create_snapshot(fleet.client(), "db-nightly-1", instanceName="db")

    ran = run(*BACKUP, "--run", "1", "--keep-last", "1", "--dry-run")

    assert ran.exit_code == 255
    assert [line[:3] for line in rows(ran)[:3]] == [
        ["web", "web-nightly-1-2", "create"],
        ["web-2", "web-2-nightly-1", "available already"],
        ["db", "db-nightly-1", "fail"],
    ]
    assert rows(ran)[2][3].startswith("the name 'db-nightly-1' belongs to another ")
    assert [[line[2], line[4]] for line in rows(ran)[3:]] == [
        ["web-nightly-1", "keep"],
        ["web-2-nightly-1", "keep"],
    ]
    assert ran.stderr == ("lightsnap: nightly, run 1: would back up 2; 1 would fail\n")


# prune


def test_prune_shows_verdicts_and_deletes_nothing(run: Run, fleet: Fleet) -> None:
    for number in ("1", "2"):
        run(*BACKUP, "--run", number, "--instances", "db", "web")
        fleet.server.age(f"db-nightly-{number}", hours=3 - int(number))
        fleet.server.age(f"web-nightly-{number}", hours=3 - int(number))
    before = fleet.names()
    fleet.server.calls.clear()

    ran = run(*PRUNE)

    assert [[line[0], line[2], *line[4:]] for line in rows(ran)] == [
        ["db", "db-nightly-2", "keep", "last 1 of 1"],
        ["db", "db-nightly-1", "delete", "no rule keeps it"],
        ["web", "web-nightly-2", "keep", "last 1 of 1"],
        ["web", "web-nightly-1", "delete", "no rule keeps it"],
    ]
    assert (ran.exit_code, ran.stderr) == (
        0,
        "lightsnap: nightly: 2 to delete, 2 to keep; add --delete to delete\n",
    )
    assert (fleet.sent, fleet.names()) == ({"GetInstanceSnapshots"}, before)


def test_ages_are_by_the_services_clock(run: Run, fleet: Fleet) -> None:
    run(*BACKUP, "--run", "1", "--instances", "db")
    fleet.server.clock.advance(days=3)

    ran = run("list", "--plan", "nightly", "--instances", "db", "--max-age", "26h")

    assert [line[3] for line in rows(ran)] == ["3d"]
    assert ran.stderr == "lightsnap: no backup within 26h: db (3d old)\n"


def test_prune_deletes_only_when_told_to(run: Run, fleet: Fleet) -> None:
    for number in ("1", "2"):
        run(*BACKUP, "--run", number, "--instances", "db")
        fleet.server.age(f"db-nightly-{number}", hours=3 - int(number))
    preview = run(*PRUNE, "--output", "json")

    ran = run(*PRUNE, "--delete", "--timeout", "none")

    [to_delete] = PrunePreview.from_json(preview.stdout).to_delete
    assert to_delete.name == "db-nightly-1"
    assert [line[4:] for line in rows(ran)] == [
        ["keep", "last 1 of 1"],
        ["deleted", "no rule keeps it"],
    ]
    assert ran.stderr == "lightsnap: nightly, prune: 1 of 1 succeeded, 1 deleted\n"
    assert fleet.names() == ["db-nightly-2"]
    again = run(*PRUNE, "--delete", "--output", "json")
    assert BackupReport.from_json(again.stdout).outcomes == ()
    assert run(*PRUNE).stderr == "lightsnap: nightly: 0 to delete, 1 to keep\n"


def test_a_failed_deletion_ends_with_255(run: Run, fleet: Fleet) -> None:
    for number in ("1", "2", "3"):
        run(*BACKUP, "--run", number, "--instances", "db")
        fleet.server.age(f"db-nightly-{number}", hours=4 - int(number))
    code = "AccessDeniedException"
    fleet.server.faults.error(
        "DeleteInstanceSnapshot", code=code, resource_name="db-nightly-1"
    )

    ran = run(*PRUNE, "--delete")

    assert ran.exit_code == 255
    assert [line[4] for line in rows(ran)] == ["keep", "deleted", "failed"]
    assert "AccessDenied" in rows(ran)[2][5]
    assert fleet.names() == ["db-nightly-1", "db-nightly-3"]


def test_prune_needs_a_retention(run: Run, fleet: Fleet) -> None:
    ran = run("prune", "--plan", "nightly")

    assert (ran.exit_code, fleet.sent) == (252, set())
    assert ran.stderr.startswith("lightsnap: the plan has no retention: give --keep-d")


# Several sites


@pytest.fixture
def regions(fleet: Fleet) -> Fleet:
    create_instances(fleet.client(EAST), "eastern")
    fleet.server.calls.clear()
    return fleet


SITES = ("--regions", WEST, EAST)


def test_several_regions_are_backed_up(run: Run, regions: Fleet) -> None:
    ran = run(*BACKUP, "--run", "1", *SITES, "--instances", "db", "eastern")

    assert rows(ran) == [
        ["db", WEST, "succeeded", "db-nightly-1"],
        ["eastern", EAST, "succeeded", "eastern-nightly-1"],
    ]
    assert ran.stderr == "lightsnap: nightly, run 1: 2 of 2 succeeded\n"
    assert regions.names(EAST) == ["eastern-nightly-1"]


def test_a_failed_region_stops_no_other(run: Run, regions: Fleet) -> None:
    ran = run(*BACKUP, "--run", "1", *SITES, "--instances", "db", "--timeout", "9")

    assert ran.exit_code == 255
    assert [line[:3] for line in rows(ran)] == [
        ["db", WEST, "succeeded"],
        ["-", EAST, "failed"],
    ]
    dry = run(*BACKUP, *SITES, "--instances", "db", "--dry-run", "--run", "2")
    assert (dry.exit_code, dry.stderr) == (
        255,
        (
            "lightsnap: 1 of 2 sites failed: us-east-1: the plan selects no instance; "
            "the Region has eastern: correct the selection, or set allow_empty if "
            "that is right\n"
        ),
    )
    assert rows(dry) == [["db", WEST, "db-nightly-2", "create"]]
    assert regions.names() == ["db-nightly-1"]


def test_several_regions_are_pruned(run: Run, regions: Fleet) -> None:
    for number in ("1", "2"):
        run(*BACKUP, "--run", number, *SITES, "--instances", "db", "eastern")
        for name in ("db", "eastern"):
            regions.server.age(f"{name}-nightly-{number}", hours=3 - int(number))

    preview = json.loads(run(*PRUNE, *SITES, "--output", "json").stdout)
    assert [each["site"]["regionName"] for each in preview["previews"]] == [WEST, EAST]
    assert PrunePreview.from_dict(preview["previews"][0]).summary == (
        "nightly: 1 to delete, 1 to keep"
    )
    ran = run(*PRUNE, *SITES, "--delete")

    assert ran.stderr == "lightsnap: nightly, prune: 2 of 2 succeeded, 2 deleted\n"
    assert [line[:3] for line in rows(ran) if line[4] == "deleted"] == [
        ["db", WEST, "db-nightly-1"],
        ["eastern", EAST, "eastern-nightly-1"],
    ]
    assert regions.names(EAST) == ["eastern-nightly-2"]


def refuse_listing(fleet: Fleet, times: int) -> None:
    fleet.server.faults.error(
        "GetInstanceSnapshots", code="AccessDeniedException", times=times
    )


def test_a_region_that_cannot_be_listed_fails(run: Run, regions: Fleet) -> None:
    run(*BACKUP, "--run", "1", *SITES)
    refuse_listing(regions, 1)
    ran = run(*PRUNE, *SITES, "--delete")

    assert ran.exit_code == 255
    assert ran.stderr.startswith(
        "lightsnap: nightly, prune: 0 of 1 succeeded, 1 failed: us-"
    )
    assert len(rows(ran)) in (1, 3)  # of the other
    refuse_listing(regions, 1)
    ran = run(*PRUNE, *SITES)
    assert ran.stderr.startswith("lightsnap: 1 of 2 sites failed: us-")


def test_if_all_regions_fail_the_exit_code_is_that_of_the_first(
    run: Run, regions: Fleet
) -> None:
    for options in ([], ["--delete"]):
        refuse_listing(regions, 2)
        ran = run(*PRUNE, *SITES, *options)

        assert (ran.exit_code, ran.stdout) == (254, "")
        assert "(AccessDeniedException)" in ran.stderr


def test_each_profile_is_backed_up_in_its_region(
    run: Run, regions: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.delenv("AWS_REGION", raising=False)
    keys = "aws_access_key_id = testing\naws_secret_access_key = testing\n"
    write_config(output="json")
    with Path("config").open("a", encoding="utf-8") as file:
        file.write(f"[profile one]\nregion = {WEST}\n{keys}")
        file.write(f"[profile two]\nregion = {EAST}\n{keys}")
        file.write(f"[profile three]\n{keys}")

    ran = run(*BACKUP, "--run", "1", "--profiles", "one", "two")

    assert ran.exit_code == 0
    assert [line[:2] for line in rows(ran)][2:] == [
        ["db", "us-west-2, profile one"],
        ["eastern", "us-east-1, profile two"],
    ]
    ran = run(*BACKUP, "--profiles", "three")
    assert (ran.exit_code, ran.stderr[:42]) == (
        253,
        "lightsnap: You must specify a region: use ",
    )
    ran = run(*BACKUP, "--profiles", "three", "--region", WEST, "--dry-run")
    assert ran.exit_code == 0
    assert regions.names(EAST) == ["eastern-nightly-1"]


def test_a_wrong_plan_for_several_sites_is_rejected(run: Run, regions: Fleet) -> None:
    ran = run(*PRUNE, *SITES, "--copy-to", EAST)

    assert (ran.exit_code, ran.stdout) == (252, "")
    assert ran.stderr == (
        "lightsnap: --copy-to contains 'us-east-1', the Region of the backups "
        "themselves\n"
    )
    assert "DeleteInstanceSnapshot" not in regions.sent
