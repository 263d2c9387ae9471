"""How far a wait is: the values that ``on_poll`` is given."""

from __future__ import annotations

from attrs import frozen

from lightsnap.models import InstanceSnapshot, Operations


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


@frozen(kw_only=True)
class SnapshotProgress:
    """How far a wait for a snapshot is, after a round.

    Attributes:
        snapshot: As it last answered, or None.
        elapsed: Seconds since the wait began.
        polls: Rounds so far.
    """

    snapshot: InstanceSnapshot | None
    elapsed: float
    polls: int
