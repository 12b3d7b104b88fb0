"""What became of a plan, change by change; data, for the report and for the exit code."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from vedette.deploy.plan import Change, Plan
from vedette.errors import ServiceError


class Status(StrEnum):
    """How one change ended; only WRITTEN is good."""

    WRITTEN = "written"
    REFUSED = "refused"
    FAILED = "failed"
    UNVERIFIED = "unverified"
    NOT_TRIED = "not tried"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one change; ``message`` is the service's own, or names what differs.

    ``error`` is what ended it, if it was an error.
    """

    change: Change
    status: Status
    message: str = ""
    error: ServiceError | None = None


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of a plan: an outcome for every change that it had to write.

    ``stopped`` is the error that ended the run early, if one did; ``halted`` says that too many
    changes failed. ``apply_id`` names the run in the journal; empty if there was nothing to do.
    """

    plan: Plan
    outcomes: tuple[Outcome, ...]
    stopped: ServiceError | None = None
    halted: str = ""
    apply_id: str = ""

    def having(self, status: Status) -> tuple[Outcome, ...]:
        """The outcomes of this status."""
        return tuple(outcome for outcome in self.outcomes if outcome.status is status)

    @property
    def ok(self) -> bool:
        """True if everything that was planned is written and verified."""
        return (
            self.stopped is None
            and not self.halted
            and all(outcome.status is Status.WRITTEN for outcome in self.outcomes)
        )

    @property
    def exit_code(self) -> int:
        """0 if all is written, 3 if the service ended the run, else 1."""
        if self.stopped is not None:
            return self.stopped.exit_code
        return 0 if self.ok else 1
