"""Which backups to keep, and why: pure functions of a list of snapshots.

The rules are those of restic's ``forget``: each keeps the newest snapshot of each of
its last N periods that have any. A snapshot stays if any rule keeps it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from attrs import Attribute, asdict, field, fields, frozen

from lightsnap._backups.marks import hold_of, source_of
from lightsnap._escape import printable
from lightsnap._model.convert import WireModel
from lightsnap._model.enums import InstanceSnapshotState
from lightsnap._model.instances import InstanceSnapshot
from lightsnap.errors import (
    ConstraintError,
    Violation,
    require,
    type_violation,
)

EXPIRED = "no rule keeps it"

_UNITS = {
    "w": timedelta(weeks=1),
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
}


def parse_duration(text: str) -> timedelta:
    """Parse a whole number of weeks, days, hours, minutes or seconds, such as ``7d``.

    Raises:
        ValueError: The text is something else.
    """
    match = re.fullmatch(r"([0-9]+)([wdhms])", text)
    if match is None:
        raise ValueError("is not a duration such as 7d, 36h or 2w")
    try:
        return int(match[1]) * _UNITS[match[2]]
    except OverflowError:
        raise ValueError("is too long a duration") from None


def format_duration(duration: timedelta) -> str:
    """Return the shortest text that ``parse_duration`` reads, to the second."""
    for unit, length in _UNITS.items():
        if duration % length == timedelta(0):
            return f"{duration // length}{unit}"
    return f"{duration // _UNITS['s']}s"


@frozen
class Verdict(WireModel):
    """Whether a snapshot is kept, and why."""

    snapshot: InstanceSnapshot
    """The snapshot."""
    kept: bool
    """Whether it is kept."""
    reasons: tuple[str, ...]
    """Why it is kept, in words such as ``daily 2026-03-20``, or why it is not."""

    def __repr__(self) -> str:
        kept = "kept" if self.kept else "not kept"
        return printable(
            f"<Verdict on {self.snapshot.name!r}: {kept}: {', '.join(self.reasons)}>"
        )


_PERIODS = {
    # At the end of daylight saving time an hour occurs twice, with two offsets.
    "hourly": "%Y-%m-%d %H:00%z",
    "daily": "%Y-%m-%d",
    "weekly": "%G-W%V",
    "monthly": "%Y-%m",
    "yearly": "%Y",
}
"""How a local time tells its period from others, by the rule."""


@frozen(kw_only=True)
class Retention:
    """How many backups of each instance to keep.

    Each rule keeps the newest snapshot of each of its last N periods that have any. A
    snapshot stays if any rule keeps it. While a rule has places left, the oldest
    snapshot stays too. The newest of each instance always stays.

    Raises:
        ConstraintError: A value is wrong, or there is no rule at all.

    >>> Retention(keep_daily=7, keep_weekly=4)
    Retention(keep_daily=7, keep_weekly=4)
    """

    keep_last: int = 0
    """How many of the newest snapshots to keep."""
    keep_hourly: int = 0
    """For how many hours to keep the newest snapshot."""
    keep_daily: int = 0
    """For how many days to keep the newest snapshot."""
    keep_weekly: int = 0
    """For how many weeks (ISO 8601, from Monday) to keep the newest snapshot."""
    keep_monthly: int = 0
    """For how many months to keep the newest snapshot."""
    keep_yearly: int = 0
    """For how many years to keep the newest snapshot."""
    keep_within: timedelta | None = None
    """Keep all snapshots that are less than this older than the newest one."""
    time_zone: str = field(default="UTC")
    """The time zone of hours, days and so on, such as ``Europe/Berlin``."""

    def __attrs_post_init__(self) -> None:
        if violations := _violations(self):
            raise ConstraintError(violations)

    def __repr__(self) -> str:
        given = [
            f"{attribute.name}={getattr(self, attribute.name)!r}"
            for attribute in _fields()
            if getattr(self, attribute.name) != attribute.default
        ]
        return f"Retention({', '.join(given)})"

    def apply(
        self, snapshots: Iterable[InstanceSnapshot], *, now: datetime
    ) -> tuple[Verdict, ...]:
        """Decide which snapshots to keep.

        Each instance is decided on by itself: snapshots belong together by the ARN of
        their instance. A snapshot that is not available, is held by a tag, is dated
        in the future or has no source is kept, and does not count. The order of the
        snapshots does not matter; of two with the same time, the one with the greater
        name counts as newer.

        Args:
            snapshots: The snapshots. All of them are decided on: which belong to a plan
                is known to ``Client.preview_prune``.
            now: The time, as a timezone-aware datetime.

        Returns:
            A verdict on each snapshot, in the order given.

        Raises:
            TypeError: ``snapshots`` are not snapshots, or ``now`` is not a datetime.
            ValueError: ``now`` is not timezone-aware.
        """
        given = tuple(snapshots)
        for each in given:
            require("snapshots", each, InstanceSnapshot, "a list of InstanceSnapshot")
        require("now", now, datetime, "a datetime")
        if now.tzinfo is None:
            message = f"now must be timezone-aware: {now!r}"
            raise ValueError(message)
        reasons = [_set_aside(each, now) for each in given]
        groups: dict[str | None, list[int]] = {}
        for index, each in enumerate(given):
            if not reasons[index]:
                groups.setdefault(source_of(each), []).append(index)
        for group in groups.values():
            group.sort(key=lambda index: _age_key(given[index]), reverse=True)
            kept = self._kept([given[index].created_at for index in group])
            for index, why in zip(group, kept, strict=True):
                reasons[index] = why
        return tuple(
            Verdict(each, bool(why), tuple(why) or (EXPIRED,))
            for each, why in zip(given, reasons, strict=True)
        )

    def _kept(self, times: list[datetime]) -> list[list[str]]:
        """Return why each snapshot of a group is kept, the newest first."""
        reasons: list[list[str]] = [[] for _ in times]
        for index in range(min(self.keep_last, len(times))):
            reasons[index].append(f"last {index + 1} of {self.keep_last}")
        zone = ZoneInfo(self.time_zone)
        for rule, format_ in _PERIODS.items():
            left: int = getattr(self, f"keep_{rule}")
            latest = None
            for index, time in enumerate(times):
                period = time.astimezone(zone).strftime(format_)
                is_oldest = index == len(times) - 1
                if left and (period != latest or is_oldest):
                    oldest = "oldest " if period == latest else ""
                    reasons[index].append(f"{oldest}{rule} {period}")
                    left -= 1
                    latest = period
        if self.keep_within is not None:
            for index, time in enumerate(times):
                if times[0] - time < self.keep_within:
                    duration = format_duration(self.keep_within)
                    reasons[index].append(f"within {duration} of the newest")
        return reasons


def _set_aside(snapshot: InstanceSnapshot, now: datetime) -> list[str]:
    """Return why a snapshot is kept without being counted, if it is."""
    if snapshot.state != InstanceSnapshotState.AVAILABLE:
        return [f"state {snapshot.state}"]
    if hold := hold_of(snapshot):
        return [f"held by tag {hold}"]
    if snapshot.created_at > now:
        return ["in the future"]
    return [] if source_of(snapshot) else ["unknown source"]


def _age_key(snapshot: InstanceSnapshot) -> tuple[datetime, str]:
    return snapshot.created_at, snapshot.name


def _fields() -> tuple[Attribute[Any], ...]:
    return fields(Retention)


def _violations(retention: Retention) -> list[Violation]:
    violations: list[Violation] = []
    given = asdict(retention)
    counts = [each.name for each in _fields() if each.default == 0]
    for name in counts:
        count = given[name]
        if isinstance(count, bool) or not isinstance(count, int):
            violations.append(type_violation(name, count, "a whole number"))
        elif count < 0:
            advice = "give 0 or more"
            violations.append(Violation(name, "count", f"is {count}", advice))
    within = given["keep_within"]
    if within is not None and not isinstance(within, timedelta):
        violations.append(type_violation("keep_within", within, "a timedelta"))
    elif within is not None and within <= timedelta(0):
        problem, advice = f"is {within}", "give more than no time"
        violations.append(Violation("keep_within", "count", problem, advice))
    violations += _zone_violations(retention.time_zone)
    is_empty = within is None and not any(given[each] for each in counts)
    if is_empty and not violations:
        problem, advice = "has no rule", "give a count, such as keep_daily=7"
        violations.append(Violation("retention", "required", problem, advice))
    return violations


def _zone_violations(name: object) -> Iterator[Violation]:
    if not isinstance(name, str):
        yield type_violation("time_zone", name, "text")
        return
    try:
        ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        problem = f"is {name!r:.80}, which is not a known time zone"
        advice = "give a name such as UTC or Europe/Berlin"
        yield Violation("time_zone", "type", problem, advice)
