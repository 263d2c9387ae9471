"""The commands for backups: they read a plan, call the library, and show the result."""

from __future__ import annotations

import os
import re
import shlex
import sys
from argparse import Namespace
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

from attrs import evolve

from lightsnap import _sites
from lightsnap._backups.marks import default_run, run_violations
from lightsnap._backups.plan import BackupPlan, Site
from lightsnap._backups.report import (
    BackupFailure,
    BackupOutcome,
    BackupProgress,
    BackupReport,
    PrunePreview,
)
from lightsnap._backups.retention import Verdict
from lightsnap._clients.client import Client
from lightsnap._text import add_note
from lightsnap.cli.arguments import UsageError
from lightsnap.cli.backup_list import list_snapshots, show_snapshot
from lightsnap.cli.backup_output import (
    Output,
    Row,
    placed,
    report_rows,
    say,
    verdict_rows,
)
from lightsnap.cli.backup_plan import naming, read_plan
from lightsnap.cli.backup_sites import at_each_site, sites_of
from lightsnap.cli.commands import open_client
from lightsnap.cli.connection import Connection
from lightsnap.cli.options import PROGRAM
from lightsnap.errors import ConstraintError, LightsnapError


def back_up(options: Namespace) -> None:
    """Back up the instances of a plan; raise an error unless all succeeded."""
    plan = read_plan(options)
    run = default_run() if options.run is None else options.run
    if violations := run_violations(run):
        raise ConstraintError(violations)
    sites = sites_of(options)
    output = Output.of(options, "BackUp")
    if options.dry_run:
        _preview_backup(output, plan, sites, run)
        return
    try:
        report = _back_up(options, output.connection, plan, sites, run)
    except BaseException as error:
        if not isinstance(error, LightsnapError):
            name = [] if options.run is not None else ["--run", run]
            command = shlex.join([PROGRAM, *options.words, *name])
            add_note(error, f"To repeat this run: {command}")
        raise
    _show_report(output, report, report_rows(report))


def _back_up(
    options: Namespace,
    connection: Connection,
    plan: BackupPlan,
    sites: Sequence[Site],
    run: str,
) -> BackupReport:
    from lightsnap.cli.backup_progress import showing_fleet

    # The library reports on a site when it has ended.
    known = [BackupOutcome(site=site, is_pending=True) for site in sites]
    progress = None
    if known:
        progress = BackupProgress(
            plan=plan.name, run=run, outcomes=tuple(known), elapsed=0, calls=0
        )
    with showing_fleet(sys.stderr, _environ(options), progress) as on_poll:
        given = _timeout(options)
        if sites:
            with naming(lambda path: re.sub(r"^sites\[\d+\]", "--regions", path)):
                return _sites.back_up(plan, sites, run=run, on_poll=on_poll, **given)
        with open_client(connection) as client:
            return client.back_up(plan, run=run, on_poll=on_poll, **given)


def _preview_backup(
    output: Output, plan: BackupPlan, sites: Sequence[Site], run: str
) -> None:
    """Show what a backup would create and delete."""
    from lightsnap.cli.backup_preview import preview_backup

    found = at_each_site(
        sites, output.connection, lambda _, client: preview_backup(client, plan, run)
    )
    backups = [(at.site, each) for at in found.results for each in at.found.backups]
    verdicts = [(at.site, each) for at in found.results for each in at.found.verdicts]
    rows: list[Row] = [("INSTANCE", "SITE", "SNAPSHOT", "WOULD", "ERROR")]
    rows += [
        (each.instance.name, site, each.snapshot_name, each.word, each.error)
        for site, each in backups
    ]
    response = {
        "plan": plan.name,
        "run": run,
        "backups": [
            placed(
                site,
                {
                    "instanceName": each.instance.name,
                    "snapshotName": each.snapshot_name,
                    "snapshot": each.snapshot and each.snapshot.to_dict(),
                    "error": each.error and str(each.error),
                },
            )
            for site, each in backups
        ],
        "verdicts": [placed(site, each.to_dict()) for site, each in verdicts],
    }
    output.show(response, rows, verdict_rows(verdicts))
    failed = sum(each.error is not None for _, each in backups)
    found.raise_for_failure()
    summary = f"{plan.name}, run {run}: would back up {len(backups) - failed}"
    deletions = sum(not each.kept for _, each in verdicts)
    summary += f" and delete {deletions}" * bool(deletions)
    if failed:
        raise LightsnapError(f"{summary}; {failed} would fail")
    say(summary)


def prune(options: Namespace) -> None:
    """Show what a plan does not keep and, with ``--delete``, delete it."""
    plan = read_plan(options)
    if plan.retention is None:
        message = (
            "the plan has no retention: give --keep-daily or another --keep option, or "
            "a retention in the plan file"
        )
        raise UsageError(message)
    sites = sites_of(options)
    output = Output.of(options, "Prune")
    if options.delete:
        _delete(options, output, plan, sites)
        return
    found = at_each_site(
        sites, output.connection, lambda _, client: client.preview_prune(plan)
    )
    verdicts = [(at.site, each) for at in found.results for each in at.found.verdicts]
    previews = [placed(at.site, at.found.to_dict()) for at in found.results]
    is_one = [at.site for at in found.results] == [None]
    response = previews[0] if is_one else {"previews": previews}
    output.show(response, verdict_rows(verdicts))
    found.raise_for_failure()
    preview = PrunePreview(
        plan=plan.name,
        now=min(at.found.now for at in found.results),
        verdicts=tuple(verdict for _, verdict in verdicts),
    )
    say(f"{preview.summary}" + "; add --delete to delete" * bool(preview.to_delete))


def _delete(
    options: Namespace, output: Output, plan: BackupPlan, sites: Sequence[Site]
) -> None:
    """Delete what a plan does not keep; raise an error unless all succeeded."""
    from lightsnap.cli.backup_progress import showing_fleet

    shown: dict[Site | None, tuple[BackupOutcome, ...]] = {}

    def work(site: Site | None, client: Client) -> tuple[PrunePreview, BackupReport]:
        def show(progress: BackupProgress) -> None:
            shown[site] = tuple(evolve(each, site=site) for each in progress.outcomes)
            outcomes = tuple(chain.from_iterable(list(shown.values())))
            show_all(evolve(progress, outcomes=outcomes))

        preview = client.preview_prune(plan)
        return preview, client.prune(preview, on_poll=show, **_timeout(options))

    with showing_fleet(sys.stderr, _environ(options)) as on_poll:
        show_all = on_poll or _show_nothing
        found = at_each_site(sites, output.connection, work)
    found.raise_if_all_failed()
    outcomes: list[BackupOutcome] = []
    verdicts: list[tuple[Site | None, Verdict]] = []
    for at in found.results:
        preview, report = at.found
        verdicts += ((at.site, each) for each in preview.verdicts)
        outcomes += (evolve(each, site=at.site) for each in report.outcomes)
    outcomes += (
        BackupOutcome(site=site, error=BackupFailure.from_error(error))
        for site, error in found.errors
    )
    report = BackupReport(plan=plan.name, outcomes=tuple(outcomes))
    _show_report(output, report, verdict_rows(verdicts, outcomes))


def _show_nothing(progress: BackupProgress) -> None:
    """Where no display is possible."""
    del progress


COMMANDS: Mapping[str, Callable[[Namespace], None]] = {
    "backup": back_up,
    "prune": prune,
    "list": list_snapshots,
    "show": show_snapshot,
}


def _show_report(output: Output, report: BackupReport, rows: Iterable[Row]) -> None:
    """Show a report, and its summary on standard error.

    Raises:
        BackupError: Something failed or is pending.
        LightsnapError: Standard output cannot be written.
    """
    try:
        output.show(report.to_dict(), rows)
    except LightsnapError as error:
        add_note(error, report.summary)
        raise
    report.raise_for_failure()
    say(report.summary)


def _timeout(options: Namespace) -> dict[str, Any]:
    return {} if options.timeout is None else {"timeout": options.timeout}


def _environ(options: Namespace) -> Mapping[str, str]:
    """Return the environment; with ``--debug``, log lines would break up a display."""
    return {**os.environ, "CI": "true"} if options.debug else os.environ
