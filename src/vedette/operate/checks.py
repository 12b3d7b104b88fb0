"""What ``vedette doctor`` found: one thing each, with what was read and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How a check ended; ``UNKNOWN`` is for what could not be looked at, and is no success."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; ``next`` are commands or settings, a line each."""

    group: str
    name: str
    state: State
    read: str
    next: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Every check, in the order in which they were made."""

    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """True if nothing failed and nothing is unknown; a warning is not a failure."""
        return all(check.state in {State.OK, State.WARNING} for check in self.checks)

    def count(self, state: State) -> int:
        """How many checks ended so."""
        return sum(check.state is state for check in self.checks)
