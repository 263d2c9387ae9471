"""The progress of a backup, shown on terminals."""

from __future__ import annotations

import io
import re
import sys

import pytest

from lightsnap import BackupFailure, BackupOutcome, BackupProgress, Site
from lightsnap.cli.backup_progress import showing_fleet
from tests.backups.snapshots import START, snapshot
from tests.cli.conftest import Fleet
from tests.cli.terminal import CTRL_C, Terminal
from tests.cli.test_progress import Screen, text_on

pytestmark = pytest.mark.fake

pytest.importorskip("rich")

PENDING = BackupOutcome(
    instance_name="web",
    snapshot=snapshot("web-nightly-1", START, state="pending"),
    is_pending=True,
)
WAITING = BackupOutcome(instance_name="db", is_pending=True)
DONE = BackupOutcome(instance_name="web-2", snapshot=snapshot("web-2-nightly-1", START))
FAILED = BackupOutcome(
    site=Site("us-east-1"), error=BackupFailure(type="X", message="no\x1b way")
)


def progress(*outcomes: BackupOutcome) -> BackupProgress:
    return BackupProgress(
        plan="nightly", run="1", outcomes=outcomes, elapsed=12.3, calls=3
    )


def lines(*rounds: BackupProgress, **environ: str) -> list[str]:
    """The lines on a terminal after some rounds."""
    with (
        Screen(**environ) as screen,
        showing_fleet(screen.stream, screen.environ) as on_poll,
    ):
        assert on_poll is not None
        for each in rounds:
            on_poll(each)
        screen.wait_for("nightly:" if rounds else "starting")
        shown = text_on(screen.read(0.05))
    return [line.strip() for line in shown if line.strip()]


def test_there_is_a_row_for_each_instance() -> None:
    first, *rest = lines(progress(PENDING, WAITING, DONE, FAILED))

    assert re.fullmatch(r"\d s  nightly: 1 of 4 succeeded.*", first)
    assert rest == [
        "web        pending: web-nightly-1 is pending",
        "db         pending",
        "web-2      succeeded",
        "us-east-1  failed: no\\x1b way",
    ]


@pytest.mark.parametrize(("count", "is_shown"), [(8, True), (9, False)])
def test_rows_that_do_not_fit_are_only_counted(count: int, is_shown: bool) -> None:
    shown = lines(progress(*[WAITING] * count), LINES="10")

    assert "0 of" in shown[0]
    assert len(shown) == (1 + count if is_shown else 1)


def test_lines_that_do_not_fit_are_cut() -> None:
    shown = lines(progress(PENDING, DONE), COLUMNS="20")

    assert max(map(len, shown)) <= 20
    assert len(shown) == 3


def test_it_says_what_happens_before_the_first_round() -> None:
    assert lines() == ["0 s  starting"]


def test_an_empty_fleet_is_counted() -> None:
    assert len(lines(progress())) == 1


def test_all_is_removed_at_the_end() -> None:
    with Screen() as screen:
        with showing_fleet(screen.stream, screen.environ) as on_poll:
            assert on_poll is not None
            on_poll(progress(PENDING, WAITING))
            screen.wait_for("db")
        assert screen.is_clean


@pytest.mark.parametrize("environ", [{"CI": "true"}, {"TERM": "dumb"}])
def test_it_is_silent_in_ci_and_where_lines_cannot_be_redrawn(
    environ: dict[str, str],
) -> None:
    with Screen(**environ) as screen:
        with showing_fleet(screen.stream, screen.environ) as on_poll:
            assert on_poll is None
        assert screen.read() == ""


def test_it_is_silent_without_a_terminal() -> None:
    stream = io.StringIO()
    with showing_fleet(stream, {}) as on_poll:
        assert on_poll is None
    assert stream.getvalue() == ""


def test_it_is_silent_without_rich(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rich.live", None)
    with (
        Screen() as screen,
        showing_fleet(screen.stream, screen.environ) as on_poll,
    ):
        assert on_poll is None


@pytest.mark.parametrize("options", [[], ["--regions", "us-west-2"]])
def test_a_backup_shows_its_fleet_until_ctrl_c(
    fleet: Fleet, options: list[str]
) -> None:
    fleet.server.faults.leave_unfinished("CreateInstanceSnapshot", times=None)
    program = [sys.executable, "-m", "lightsnap", "backup", "--plan", "nightly"]
    with Terminal(*program, "--run", "1", *options) as terminal:
        terminal.wait_for("us-west-2" if options else "web-2")
        terminal.wait_for("pending")
        terminal.type(CTRL_C)
        status, _ = terminal.finish()

    assert status == 130
    assert "To repeat this run: lightsnap backup --plan nightly --run 1" in (
        terminal.text
    )


def test_debug_logs_are_not_mixed_with_a_display(fleet: Fleet) -> None:
    program = [sys.executable, "-m", "lightsnap", "backup", "--plan", "nightly"]
    with Terminal(*program, "--debug", "--timeout", "0") as terminal:
        status, _ = terminal.finish()

    assert status == 255
    assert "GetInstances" in terminal.text
    assert "\x1b[?25l" not in terminal.raw  # hides the cursor
    assert "GetInstances" in fleet.sent
