"""How far a wait is: the values that ``on_poll`` is given, and their words."""

from __future__ import annotations

from collections import Counter

from attrs import frozen

from lightsnap._model import html
from lightsnap._model.enums import InstanceSnapshotState, ResourceType
from lightsnap._model.instances import InstanceSnapshot
from lightsnap._model.operations import Operations, operations_table
from lightsnap._text import printable

_AVAILABLE = InstanceSnapshotState.AVAILABLE
_SNAPSHOT = ResourceType.INSTANCE_SNAPSHOT


@frozen(kw_only=True)
class WaitProgress:
    """How far a wait for operations is, after a round.

    Attributes:
        operations: Those that are known, in order: as they last answered, or as they
            were handed to the wait.
        ids: The ids of all, in order.
        elapsed: Seconds since the wait began.
        polls: Rounds so far.
        calls: Calls of ``GetOperation`` so far.
    """

    operations: Operations
    ids: tuple[str, ...]
    elapsed: float
    polls: int
    calls: int

    def __repr__(self) -> str:
        return f"<WaitProgress of {_summary(self)}>"

    def _repr_html_(self) -> str:
        return _waiting(self) + operations_table(self.operations)


@frozen(kw_only=True)
class SnapshotProgress:
    """How far a wait for a snapshot is, after a round.

    Attributes:
        instance_snapshot_name: The snapshot that is waited for.
        snapshot: As it last answered, or None.
        elapsed: Seconds since the wait began.
        polls: Rounds so far.
    """

    instance_snapshot_name: str
    snapshot: InstanceSnapshot | None
    elapsed: float
    polls: int

    def __repr__(self) -> str:
        return f"<SnapshotProgress of {_summary(self)}>"

    def _repr_html_(self) -> str:
        return _waiting(self)


def describe_progress(
    progress: WaitProgress | SnapshotProgress,
) -> tuple[str, str, str, str]:
    """Say what is waited for, how far it is, the same in detail, and the calls.

    The four follow one another in a sentence; a reader short of room drops the last.
    """
    if isinstance(progress, WaitProgress):
        calls, known, ids = progress.calls, progress.operations, progress.ids
        made = [each for each in known if each.resource_type == _SNAPSHOT] or known
        names = dict.fromkeys(each.resource_name for each in made) or ids
        name, *others = names or ("nothing",)
        if others:
            name = f"{name} and {len(others)} more"
        statuses = Counter(str(each.status) for each in known)
        statuses["not seen yet"] = len(ids) - len(known)
        state = f"{len(known) - len(known.pending)} of {len(ids)} ended"
        detail = ", ".join(f"{statuses[each]} {each}" for each in +statuses)
    else:
        calls, name = progress.polls, progress.instance_snapshot_name
        state, detail = "not seen yet", None
        if progress.snapshot is not None:
            state, detail = str(progress.snapshot.state), progress.snapshot.progress
    return (
        printable(name),
        printable(f": {state}"),
        printable(f" ({detail})") if detail else "",
        f", {calls} {'call' if calls == 1 else 'calls'}",
    )


def done_of(progress: WaitProgress | SnapshotProgress) -> tuple[int, int]:
    """Count what has ended well, and all that is waited for."""
    if isinstance(progress, WaitProgress):
        return len(progress.operations.succeeded), len(progress.ids)
    snapshot = progress.snapshot
    return int(snapshot is not None and snapshot.state == _AVAILABLE), 1


def _summary(progress: WaitProgress | SnapshotProgress) -> str:
    return f"{''.join(describe_progress(progress))}, {progress.elapsed:.1f} s"


def _waiting(progress: WaitProgress | SnapshotProgress) -> str:
    heading = html.heading("Wait", _summary(progress))
    return heading + html.bar(*done_of(progress))
