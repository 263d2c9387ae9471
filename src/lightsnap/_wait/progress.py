"""The progress of a wait: the values that ``on_poll`` receives, and their text."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import TypeAlias

from attrs import frozen

from lightsnap._backups.report import BackupProgress
from lightsnap._escape import printable
from lightsnap._model import html
from lightsnap._model.enums import InstanceSnapshotState, ResourceType
from lightsnap._model.instances import Instance, InstanceSnapshot
from lightsnap._model.operations import Operations, operations_table

_AVAILABLE = InstanceSnapshotState.AVAILABLE
_SNAPSHOT = ResourceType.INSTANCE_SNAPSHOT


@frozen(kw_only=True)
class WaitProgress:
    """The progress of a wait for operations, after a round."""

    operations: Operations
    """The known operations, in the order given, as last fetched or as given."""
    ids: tuple[str, ...]
    """The ids of all operations, in the order given."""
    elapsed: float
    """Seconds since the wait began."""
    polls: int
    """The number of rounds."""
    calls: int
    """The number of calls of ``GetOperation``."""

    def to_dict(self) -> dict[str, object]:
        """Return the progress as a dict that ``json.dumps`` takes.

        Names are in camelCase, and each operation is as in ``Operation.to_json``.
        """
        return {
            "operations": [json.loads(each.to_json()) for each in self.operations],
            "ids": list(self.ids),
            "elapsed": self.elapsed,
            "polls": self.polls,
            "calls": self.calls,
        }

    def __repr__(self) -> str:
        return f"<WaitProgress of {_summary(self)}>"

    def _repr_html_(self) -> str:
        return _waiting(self) + operations_table(self.operations)


@frozen(kw_only=True)
class SnapshotProgress:
    """The progress of a wait for a snapshot, after a round."""

    instance_snapshot_name: str
    """The name of the snapshot."""
    snapshot: InstanceSnapshot | None
    """The snapshot as last fetched, or None if it was not."""
    elapsed: float
    """Seconds since the wait began."""
    polls: int
    """The number of rounds."""

    def to_dict(self) -> dict[str, object]:
        """Return the progress as a dict that ``json.dumps`` takes.

        Names are in camelCase. The snapshot is as in ``InstanceSnapshot.to_json``, or
        None.
        """
        snapshot = self.snapshot
        return {
            "instanceSnapshotName": self.instance_snapshot_name,
            "snapshot": None if snapshot is None else json.loads(snapshot.to_json()),
            "elapsed": self.elapsed,
            "polls": self.polls,
        }

    def __repr__(self) -> str:
        return f"<SnapshotProgress of {_summary(self)}>"

    def _repr_html_(self) -> str:
        return _waiting(self)


@frozen(kw_only=True)
class InstanceProgress:
    """The progress of a wait for an instance, after a round."""

    instance_name: str
    """The name of the instance."""
    instance: Instance | None
    """The instance as last fetched, or None if it was not."""
    elapsed: float
    """Seconds since the wait began."""
    polls: int
    """The number of rounds."""

    def to_dict(self) -> dict[str, object]:
        """Return the progress as a dict that ``json.dumps`` takes.

        Names are in camelCase. The instance is as in ``Instance.to_json``, or None.
        """
        instance = self.instance
        return {
            "instanceName": self.instance_name,
            "instance": None if instance is None else json.loads(instance.to_json()),
            "elapsed": self.elapsed,
            "polls": self.polls,
        }

    def __repr__(self) -> str:
        return f"<InstanceProgress of {_summary(self)}>"

    def _repr_html_(self) -> str:
        return _waiting(self)


@frozen
class Resource:
    """A resource of any kind.

    Attributes:
        name: Its name.
        state: Its state.
        payload: It, as AWS describes it.
    """

    name: str
    state: str
    payload: Mapping[str, object]


@frozen
class ResourceProgress:
    """The progress of a wait for a resource of any kind, after a round."""

    name: str
    resource: Resource | None
    elapsed: float
    polls: int


Progress: TypeAlias = (
    WaitProgress | SnapshotProgress | InstanceProgress | BackupProgress
)


def describe_progress(
    progress: Progress | ResourceProgress,
) -> tuple[str, str, str, str]:
    """Return the name of what is waited for, its state, details, and the calls.

    Joined, the four are a sentence; where space is short, the last ones are dropped.
    """
    if isinstance(progress, WaitProgress):
        calls, known, ids = progress.calls, progress.operations, progress.ids
        of_snapshots = [each for each in known if each.resource_type == _SNAPSHOT]
        named = of_snapshots or known
        names = dict.fromkeys(each.resource_name for each in named) or ids
        name, *others = names or ("nothing",)
        if others:
            name = f"{name} and {len(others)} more"
        statuses = Counter(str(each.status) for each in known)
        statuses["not seen yet"] = len(ids) - len(known)
        state = f"{len(known) - len(known.pending)} of {len(ids)} ended"
        detail = ", ".join(f"{statuses[each]} {each}" for each in +statuses)
    elif isinstance(progress, SnapshotProgress):
        calls, name = progress.polls, progress.instance_snapshot_name
        state, detail = "not seen yet", None
        if progress.snapshot is not None:
            state, detail = str(progress.snapshot.state), progress.snapshot.progress
    elif isinstance(progress, ResourceProgress):
        calls, name, resource = progress.polls, progress.name, progress.resource
        state, detail = "not seen yet", None
        if resource is not None:
            progressed = resource.payload.get("progress")
            state, detail = resource.state, f"{progressed}" if progressed else None
    elif isinstance(progress, BackupProgress):
        calls, name, outcomes = progress.calls, progress.plan, progress.outcomes
        statuses = Counter(each.status for each in outcomes)
        state = f"{statuses.pop('succeeded', 0)} of {len(outcomes)} succeeded"
        detail = ", ".join(f"{statuses[each]} {each}" for each in sorted(statuses))
    else:
        calls, name, detail = progress.polls, progress.instance_name, None
        instance = progress.instance
        state = "not seen yet" if instance is None else instance.state_name
    return (
        printable(name),
        printable(f": {state}"),
        printable(f" ({detail})") if detail else "",
        f", {calls} {'call' if calls == 1 else 'calls'}",
    )


def count_done(progress: Progress) -> tuple[int, int]:
    """Return how many succeeded, and how many are waited for."""
    if isinstance(progress, WaitProgress):
        return len(progress.operations.succeeded), len(progress.ids)
    if isinstance(progress, SnapshotProgress):
        snapshot = progress.snapshot
        return int(snapshot is not None and snapshot.state == _AVAILABLE), 1
    if isinstance(progress, BackupProgress):
        return sum(each.succeeded for each in progress.outcomes), len(progress.outcomes)
    instance = progress.instance
    return int(instance is not None and instance.is_running), 1


def _summary(progress: Progress) -> str:
    return f"{''.join(describe_progress(progress))}, {progress.elapsed:.1f} s"


def _waiting(progress: Progress) -> str:
    heading = html.heading("Wait", _summary(progress))
    return heading + html.bar(*count_done(progress))
