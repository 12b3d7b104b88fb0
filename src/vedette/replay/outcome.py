"""What a replay came to: each rule's runs, all alerts, all incidents."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from vedette.simulate.types import Alert, AnalyticsRule, Incident


class RunStatus(StrEnum):
    """How a run ended. A run that is suppressed or whose rule is disabled does not take place."""

    SUCCESS = "Success"
    FAILURE = "Failure"
    SUPPRESSED = "Suppressed"
    DISABLED = "Disabled"


@dataclass(frozen=True, slots=True)
class ReplayedRun:
    """A run that is worth telling of: it had rows, or it did not succeed."""

    scheduled: datetime
    status: RunStatus
    rows: int = 0
    alerts: int = 0
    reason: str = ""


@dataclass(slots=True)
class Timeline:
    """One rule's month. ``runs`` counts those that took place; ``unsupported`` says why none did.

    ``dropped_entities`` counts the entities that alerts lack.
    """

    rule: AnalyticsRule
    runs: int = 0
    rows: int = 0
    alerts: int = 0
    suppressed: int = 0
    failed: int = 0
    disabled: int = 0
    dropped_entities: int = 0
    unsupported: str = ""
    told: list[ReplayedRun] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class StartedPlaybook:
    """A playbook that an automation rule would have started: for which incident, and when."""

    logic_app: str
    incident: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Replay:
    """Everything, in the order in which it happened; ``timelines`` in the order of the rules."""

    start: datetime
    end: datetime
    timelines: tuple[Timeline, ...]
    alerts: tuple[Alert, ...]
    incidents: tuple[Incident, ...]
    playbooks: tuple[StartedPlaybook, ...] = ()

    @property
    def runs(self) -> int:
        """How many runs took place."""
        return sum(timeline.runs for timeline in self.timelines)
