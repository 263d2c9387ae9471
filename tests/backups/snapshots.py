"""Snapshots for tests of retention and reports."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from lightsnap import (
    InstanceSnapshot,
    InstanceSnapshotState,
    ResourceLocation,
    ResourceType,
    Tag,
)

START = datetime(2026, 3, 1, 3, tzinfo=UTC)
NOW = datetime(2040, 1, 1, tzinfo=UTC)
WEB = "arn:aws:lightsail:us-west-2:123456789012:Instance/web"
PLAN = Tag("lightsnap:plan", "nightly")


def snapshot(
    name: str, created_at: datetime, *, source: str | None = WEB, **changes: Any
) -> InstanceSnapshot:
    fields: dict[str, Any] = {
        "name": name,
        "arn": f"arn:aws:lightsail:us-west-2:123456789012:InstanceSnapshot/{name}",
        "created_at": created_at,
        "location": ResourceLocation(availability_zone="all", region_name="us-west-2"),
        "resource_type": ResourceType.INSTANCE_SNAPSHOT,
        "state": InstanceSnapshotState.AVAILABLE,
        "tags": (PLAN,),
        "from_instance_arn": source,
    }
    return InstanceSnapshot(**(fields | changes))


def daily(count: int, **changes: Any) -> list[InstanceSnapshot]:
    """Return snapshots of the first days of March 2026."""
    return [
        snapshot(f"{day + 1:02}", START + timedelta(days=day), **changes)
        for day in range(count)
    ]
