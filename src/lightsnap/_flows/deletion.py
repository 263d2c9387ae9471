"""Delete a snapshot, if it still is the one that was seen."""

from __future__ import annotations

from collections.abc import Callable

from lightsnap._aws.attempts import Attempts
from lightsnap._aws.calls import DELETE_INSTANCE_SNAPSHOT
from lightsnap._flows.creation import possibly_accepted
from lightsnap._flows.methods import fetch_snapshot
from lightsnap._flows.snapshots import SNAPSHOT
from lightsnap._flows.steps import Connect, Flow
from lightsnap._model.instances import InstanceSnapshot, SnapshotChangedError
from lightsnap._model.operations import Operations
from lightsnap._text import add_detail, describe
from lightsnap.errors import NotFoundError, require


def delete_instance_snapshot(snapshot: InstanceSnapshot) -> Flow[Operations]:
    require("snapshot", snapshot, InstanceSnapshot, SNAPSHOT)
    yield Connect()
    return (yield from _delete(snapshot, _is_same))


def delete_unchanged(snapshot: InstanceSnapshot) -> Flow[Operations]:
    """Delete a snapshot if its state and tags have not changed either."""
    return (yield from _delete(snapshot, _is_unchanged))


def _delete(
    snapshot: InstanceSnapshot,
    is_same: Callable[[InstanceSnapshot, InstanceSnapshot], bool],
) -> Flow[Operations]:
    region_name = snapshot.location.region_name
    fetch = fetch_snapshot(snapshot.name)._replace(region_name=region_name)
    current: InstanceSnapshot = yield fetch
    if not is_same(current, snapshot):
        message = (
            f"snapshot {snapshot.name!r} is not the one to delete: it is "
            f"{current.arn}, created at {current.created_at}"
        )
        if _is_same(current, snapshot):
            message = f"snapshot {snapshot.name!r} has another state or other tags"
        raise SnapshotChangedError(message, snapshot=current)
    attempts = Attempts()
    delete = DELETE_INSTANCE_SNAPSHOT(instanceSnapshotName=snapshot.name)
    operations: Operations
    try:
        operations = yield delete._replace(attempts=attempts, region_name=region_name)
    except Exception as error:
        if not possibly_accepted(error, attempts):
            raise
        try:
            current = yield fetch
        except NotFoundError:
            return Operations(())
        except Exception as failure:  # noqa: BLE001 (any failure leaves it unknown)
            reason = describe(failure)
            detail = f"it is unknown whether {snapshot.name!r} was deleted: {reason}"
        else:
            if not _is_same(current, snapshot):
                return Operations(())  # deleted, and its name is used again
            detail = f"snapshot {snapshot.name!r} still exists"
        add_detail(error, detail)
        raise
    return operations


def _is_same(one: InstanceSnapshot, other: InstanceSnapshot) -> bool:
    return (one.arn, one.created_at) == (other.arn, other.created_at)


def _is_unchanged(one: InstanceSnapshot, other: InstanceSnapshot) -> bool:
    has_changed = one.state != other.state or set(one.tags or ()) != set(
        other.tags or ()
    )
    return _is_same(one, other) and not has_changed
