"""The automatic snapshots of an instance: one a day, of which seven are kept."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from .clock import now
from .exceptions import InvalidStateException, NotFoundException

KEPT = 7
DAY = timedelta(days=1)
# A snapshot is created within this time after the chosen hour. Here it takes all of it,
# so that a test knows when.
DURATION = timedelta(minutes=45)
# A new hour applies today only if it is at least this far away.
NOTICE = timedelta(minutes=30)


@dataclass(frozen=True)
class AutoSnapshot:
    """An automatic snapshot. It has no name: its date identifies it."""

    created_at: datetime

    @property
    def date(self) -> date:
        return self.created_at.date()

    @property
    def is_in_progress(self) -> bool:
        return self.created_at <= now() < self.created_at + DURATION

    def to_dict(self) -> dict[str, object]:
        return {
            "date": self.date.isoformat(),
            "createdAt": self.created_at,
            "status": "InProgress" if self.is_in_progress else "Success",
            "fromAttachedDisks": [],
        }


class AutoSnapshots:
    """Creates the snapshots that are due whenever it is used."""

    def __init__(self, instance_name: str) -> None:
        self._instance_name = instance_name
        self._hour = 0
        # When the next one starts; None while the add-on is disabled.
        self._next: datetime | None = None
        self._last: date | None = None  # the day of the latest one, even if deleted
        self._snapshots: list[AutoSnapshot] = []  # oldest first

    def enable(self, time_of_day: str) -> None:
        """Enable the add-on, or change the hour, as the API reference describes it."""
        self._create_due()
        self._hour = int(time_of_day.partition(":")[0])
        current = now()
        chosen = self._at_hour(current.date())
        scheduled = self._next
        if self._last is not None and self._last >= current.date():
            self._next = self._at_hour(self._last + DAY)
        elif scheduled is None or scheduled.date() != current.date():
            self._next = chosen if chosen - current >= NOTICE else chosen + DAY
        elif chosen > scheduled and scheduled - current >= NOTICE:
            self._next = chosen
        # Otherwise today's is created at the hour chosen before.

    def disable(self) -> None:
        """Disable the add-on. The snapshots stay."""
        self._create_due()
        self._next = None

    def delete_all(self) -> None:
        self._next = None
        self._snapshots = []

    def newest_first(self) -> list[AutoSnapshot]:
        self._create_due()
        return self._snapshots[::-1]

    @property
    def is_one_in_progress(self) -> bool:
        return any(each.is_in_progress for each in self.newest_first())

    def find(self, day: str) -> AutoSnapshot:
        """Return the snapshot of a day. It must not be in progress."""
        for snapshot in self.newest_first():
            if snapshot.date.isoformat() == day:
                if snapshot.is_in_progress:
                    raise InvalidStateException(
                        f"The automatic snapshot of {day} of {self._instance_name} is "
                        "being created. Please try again in a few minutes."
                    )
                return snapshot
        raise NotFoundException("AutoSnapshot", f"{self._instance_name} {day}")

    def find_latest(self) -> AutoSnapshot:
        for snapshot in self.newest_first():
            if not snapshot.is_in_progress:
                return snapshot
        raise NotFoundException("AutoSnapshot", self._instance_name)

    def delete(self, day: str) -> None:
        snapshot = self.find(day)
        self._snapshots.remove(snapshot)

    def _at_hour(self, day: date) -> datetime:
        return datetime.combine(day, time(self._hour))

    def _create_due(self) -> None:
        current = now()
        if self._next is not None:
            # Older ones than these would be deleted again at once.
            skipped = (current - self._next) // DAY - KEPT
            if skipped > 0:
                self._next = self._at_hour(self._next.date() + skipped * DAY)
            while self._next <= current:
                self._snapshots.append(AutoSnapshot(self._next))
                self._last = self._next.date()
                self._next = self._at_hour(self._last + DAY)
        # One in progress replaces no other yet.
        pending = [each for each in self._snapshots if each.is_in_progress]
        ended = [each for each in self._snapshots if not each.is_in_progress]
        self._snapshots = [*ended[-KEPT:], *pending]
