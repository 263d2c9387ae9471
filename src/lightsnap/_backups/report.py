"""What became of a backup or a prune: values that can be shown and stored."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from attrs import frozen

from lightsnap._backups.plan import Site
from lightsnap._backups.retention import Verdict
from lightsnap._escape import printable
from lightsnap._model import html
from lightsnap._model.convert import WireModel
from lightsnap._model.instances import InstanceSnapshot
from lightsnap._model.operations import Operation
from lightsnap._text import describe, first_of
from lightsnap.errors import LightsnapError, require


@frozen(kw_only=True)
class BackupFailure(WireModel):
    """Why a backup failed: an error as a plain value."""

    type: str
    """The class of the error, such as ``AccessDeniedError``."""
    code: str | None = None
    """The error code of the service, if it has one."""
    message: str
    """What happened."""

    @classmethod
    def from_error(cls, error: BaseException) -> Self:
        """Return the failure that an error stands for."""
        code: object = getattr(error, "code", None)
        return cls(
            type=type(error).__name__,
            code=code if isinstance(code, str) else None,
            message=describe(error),
        )

    def __str__(self) -> str:
        return printable(self.message)


@frozen(kw_only=True)
class BackupOutcome(WireModel):
    """What became of one instance, or, in a prune, of one snapshot."""

    site: Site | None = None
    """The site; None for that of the client."""
    instance_name: str | None = None
    """The instance; None if the whole site failed."""
    snapshot: InstanceSnapshot | None = None
    """The backup, as last fetched, or the snapshot that was to be deleted."""
    operations: tuple[Operation, ...] = ()
    """The operations that created the backup and its copies, as last fetched."""
    copies: tuple[InstanceSnapshot, ...] = ()
    """The copies of the backup, as last fetched."""
    deleted: tuple[InstanceSnapshot, ...] = ()
    """The snapshots that were deleted, also those that were gone already."""
    error: BackupFailure | None = None
    """What failed, be it the backup, a copy or a deletion; None if nothing did."""
    is_pending: bool = False
    """Whether the time ran out, or the backup was cancelled, before all was done. The
    same run again finishes it."""

    @property
    def succeeded(self) -> bool:
        """Whether all was done."""
        return self.error is None and not self.is_pending

    @property
    def status(self) -> str:
        """``succeeded``, ``failed`` or ``pending``."""
        if self.error is not None:
            return "failed"
        return "pending" if self.is_pending else "succeeded"

    @property
    def where(self) -> str:
        """The instance and the site, for people."""
        names = (self.instance_name, None if self.site is None else f"{self.site}")
        return printable(" in ".join(filter(None, names)) or "all instances")

    def __repr__(self) -> str:
        because = f": {self.error}" if self.error else ""
        return f"<BackupOutcome of {self.where}: {self.status}{because}>"


class BackupError(LightsnapError):
    """A backup or a prune did not succeed everywhere.

    Args:
        message: What happened.
        report: What became of each instance.

    Raises:
        TypeError: An argument has a wrong type.
    """

    report: BackupReport
    """What became of each instance."""

    def __init__(self, message: str, *, report: BackupReport) -> None:
        require("message", message, str, "text")
        require("report", report, BackupReport, "a BackupReport")
        self.report = report
        super().__init__(message)


@frozen(kw_only=True)
class BackupReport(WireModel):
    """What became of each instance of a backup, or of each snapshot of a prune."""

    plan: str
    """The name of the plan."""
    run: str | None = None
    """The name of the run, which ``back_up`` takes to repeat it; None for a prune."""
    outcomes: tuple[BackupOutcome, ...]
    """The outcomes, of a backup by site and instance, of a prune by snapshot."""

    @property
    def succeeded(self) -> tuple[BackupOutcome, ...]:
        """The outcomes where all was done."""
        return self._with_status("succeeded")

    @property
    def failed(self) -> tuple[BackupOutcome, ...]:
        """The outcomes where something failed."""
        return self._with_status("failed")

    @property
    def pending(self) -> tuple[BackupOutcome, ...]:
        """The outcomes that are neither; the same run again finishes them."""
        return self._with_status("pending")

    def _with_status(self, status: str) -> tuple[BackupOutcome, ...]:
        return tuple(each for each in self.outcomes if each.status == status)

    @property
    def summary(self) -> str:
        """One line that a mail or a chat can carry."""
        run = "prune" if self.run is None else f"run {self.run}"
        counts = [f"{len(self.succeeded)} of {len(self.outcomes)} succeeded"]
        counts += [
            f"{len(outcomes)} {status}"
            for status, outcomes in (("failed", self.failed), ("pending", self.pending))
            if outcomes
        ]
        deleted = sum(len(each.deleted) for each in self.outcomes)
        if deleted:
            counts.append(f"{deleted} deleted")
        return printable(f"{self.plan}, {run}: {', '.join(counts)}")

    def raise_for_failure(self) -> Self:
        """Return this report, if everything succeeded.

        Raises:
            BackupError: Something failed or is pending; carries this report.
        """
        bad = [*self.failed, *self.pending]
        if not bad:
            return self
        shown = [f"{each.where}: {each.error or 'pending'}" for each in bad]
        raise BackupError(f"{self.summary}: {first_of(shown, '; ')}", report=self)

    def __repr__(self) -> str:
        return f"<BackupReport of {self.summary}>"

    def _repr_html_(self) -> str:
        return html.heading("Backup", self.summary) + html.table(
            ("Instance", "Status", "Snapshot", "Copies", "Deleted", "Error"),
            [
                (
                    each.where,
                    each.status,
                    each.snapshot and each.snapshot.name,
                    len(each.copies) or "",
                    len(each.deleted) or "",
                    each.error or "",
                )
                for each in self.outcomes
            ],
        )


@frozen(kw_only=True)
class PrunePreview(WireModel):
    """What a prune would delete, and why it would keep the rest."""

    plan: str
    """The name of the plan."""
    now: datetime
    """The time that the verdicts hold for, in UTC."""
    verdicts: tuple[Verdict, ...]
    """The verdict on each snapshot that carries the plan's mark."""

    @property
    def to_delete(self) -> tuple[InstanceSnapshot, ...]:
        """The snapshots that the prune would delete."""
        return tuple(each.snapshot for each in self.verdicts if not each.kept)

    @property
    def summary(self) -> str:
        """One line for people."""
        count = len(self.to_delete)
        kept = len(self.verdicts) - count
        return printable(f"{self.plan}: {count} to delete, {kept} to keep")

    def __repr__(self) -> str:
        return f"<PrunePreview of {self.summary}>"

    def _repr_html_(self) -> str:
        return html.heading("Prune", self.summary) + html.table(
            ("Instance", "Snapshot", "Created", "Verdict", "Because"),
            [
                (
                    each.snapshot.from_instance_name,
                    each.snapshot.name,
                    each.snapshot.created_at,
                    "keep" if each.kept else "delete",
                    ", ".join(each.reasons),
                )
                for each in self.verdicts
            ],
        )


@frozen(kw_only=True)
class BackupProgress:
    """The progress of a backup or a prune, after a round of calls, or after a site."""

    plan: str
    """The name of the plan."""
    run: str | None
    """The name of the run; None for a prune."""
    outcomes: tuple[BackupOutcome, ...]
    """The outcomes so far. Those that are not done yet are pending."""
    elapsed: float
    """Seconds since the backup began."""
    calls: int
    """The number of steps taken, most of which are one call."""

    def to_dict(self) -> dict[str, object]:
        """Return the progress as a dict that ``json.dumps`` takes: its counts."""
        return {
            "plan": self.plan,
            "run": self.run,
            "total": len(self.outcomes),
            "succeeded": sum(each.succeeded for each in self.outcomes),
            "failed": sum(each.error is not None for each in self.outcomes),
            "elapsed": self.elapsed,
            "calls": self.calls,
        }

    def __repr__(self) -> str:
        done = sum(each.succeeded for each in self.outcomes)
        return printable(
            f"<BackupProgress of {self.plan}: {done} of {len(self.outcomes)} "
            f"succeeded, {self.elapsed:.1f} s>"
        )
