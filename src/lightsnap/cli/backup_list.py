"""The commands that list snapshots, and show one."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from attrs import frozen

from lightsnap._aws.calls import GET_INSTANCE_SNAPSHOTS
from lightsnap._backups.marks import PLAN, is_of_plan, source_of, tag_value
from lightsnap._backups.plan import BackupPlan, Selection, Site
from lightsnap._backups.retention import Verdict, format_duration
from lightsnap._clients.client import Client
from lightsnap._flows.fleet import selected_instances
from lightsnap._flows.snapshots import all_pages
from lightsnap._model.enums import InstanceSnapshotState
from lightsnap._model.instances import Instance, InstanceSnapshot
from lightsnap.cli.backup_output import (
    Output,
    Row,
    format_age,
    placed,
    snapshot_rows,
)
from lightsnap.cli.backup_plan import has_plan, naming, read_plan
from lightsnap.cli.backup_sites import at_each_site, sites_of
from lightsnap.cli.commands import open_client
from lightsnap.errors import LightsnapError


def list_snapshots(options: Namespace) -> None:
    """List snapshots; with ``--max-age``, raise an error if one is missing or old."""
    plan = read_plan(options) if has_plan(options) else None
    sites = sites_of(options)
    output = Output.of(options, "List")
    found = at_each_site(
        sites,
        output.connection,
        lambda _, client: _list(client, plan, options.max_age),
    )
    listed = [(at.site, each) for at in found.results for each in at.found.listed]
    listed.sort(key=lambda each: _order(each[1]))
    output.show(
        {"snapshots": [placed(site, each.to_dict()) for site, each in listed]},
        _listed_rows(listed),
    )
    found.raise_for_failure()
    late = [
        f"{name} in {at.site} {age}" if at.site else f"{name} {age}"
        for at in found.results
        for name, age in at.found.late
    ]
    if late:
        limit = format_duration(options.max_age)
        raise LightsnapError(f"no backup within {limit}: {', '.join(late)}")


@frozen
class _Listed:
    """A snapshot of a list, with the verdict if there is a retention."""

    snapshot: InstanceSnapshot
    age: timedelta
    verdict: Verdict | None

    @property
    def plan_name(self) -> str | None:
        return tag_value(self.snapshot, PLAN)

    def to_dict(self) -> dict[str, object]:
        verdict = self.verdict
        judged: dict[str, object] = {}
        if verdict is not None:
            judged = {"kept": verdict.kept, "reasons": list(verdict.reasons)}
        return {"plan": self.plan_name, **self.snapshot.to_dict(), **judged}


@frozen
class _List:
    """The snapshots of a site, and the instances whose backups are late."""

    listed: list[_Listed]
    late: list[tuple[str, str]]


def _list(client: Client, plan: BackupPlan | None, max_age: timedelta | None) -> _List:
    # Ages are by the service's clock, which the client's method does not return.
    listing = client._run(all_pages(GET_INSTANCE_SNAPSHOTS))  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    snapshots, now = listing.items, listing.now
    if plan is not None:
        snapshots = tuple(each for each in snapshots if is_of_plan(each, plan.name))
    verdicts: Iterable[Verdict | None] = [None] * len(snapshots)
    if plan is not None and plan.retention is not None:
        verdicts = plan.retention.apply(snapshots, now=now)
    late: list[tuple[str, str]] = []
    if max_age is not None:
        select = Selection() if plan is None else plan.select
        selected = selected_instances(client.get_instances(), select)
        late = list(_late(selected, snapshots, now, max_age))
    ages = [now - each.created_at for each in snapshots]
    return _List(list(map(_Listed, snapshots, ages, verdicts)), late)


def _late(
    instances: Iterable[Instance],
    snapshots: Iterable[InstanceSnapshot],
    now: datetime,
    max_age: timedelta,
) -> Iterator[tuple[str, str]]:
    """Yield the instances without a recent backup, and how old the newest is."""
    newest: dict[str | None, datetime] = {}
    for each in snapshots:
        if each.state == InstanceSnapshotState.AVAILABLE:
            source = source_of(each)
            newest[source] = max(newest.get(source, each.created_at), each.created_at)
    for instance in instances:
        created_at = newest.get(instance.arn)
        if created_at is None:
            yield instance.name, "(none)"
        elif now - created_at > max_age:
            yield instance.name, f"({format_age(now - created_at)} old)"


def _order(listed: _Listed) -> tuple[str, str, float]:
    snapshot = listed.snapshot
    return (
        snapshot.from_instance_name or "",
        listed.plan_name or "",
        -snapshot.created_at.timestamp(),
    )


def _listed_rows(listed: Iterable[tuple[Site | None, _Listed]]) -> Iterator[Row]:
    headings = "INSTANCE", "SITE", "PLAN", "SNAPSHOT", "AGE", "SIZE", "STATE"
    yield (*headings, "VERDICT", "BECAUSE")
    for site, each in listed:
        snapshot, verdict = each.snapshot, each.verdict
        size = snapshot.size_in_gb
        yield (
            snapshot.from_instance_name or "-",
            site,
            each.plan_name,
            snapshot.name,
            format_age(each.age),
            None if size is None else f"{size} GB",
            snapshot.state,
            verdict and ("keep" if verdict.kept else "delete"),
            verdict and ", ".join(verdict.reasons),
        )


def show_snapshot(options: Namespace) -> None:
    """Show all that is known about a snapshot."""
    output = Output.of(options, "Show")
    with (
        naming(lambda path: path.replace("instance_snapshot_name", "NAME")),
        open_client(output.connection) as client,
    ):
        snapshot = client.get_instance_snapshot(options.name)
    rows = snapshot_rows(snapshot, now=datetime.now(UTC))
    output.show({"instanceSnapshot": snapshot.to_dict()}, rows)
