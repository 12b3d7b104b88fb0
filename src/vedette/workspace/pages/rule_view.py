"""A rule as the pages show it: what it is, when it runs, how its runs went.

The trap: a rule that the service has switched off looks like one that somebody disabled, but for
the words before its name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from vedette.simulate.failure import AUTO_DISABLED

AUTO, FAILING, UNSUPPORTED, HEALTHY, WAITING, DISABLED, STORED = (
    "Auto disabled",
    "Failing",
    "Unsupported",
    "Healthy",
    "Not run yet",
    "Disabled",
    "Never run here",
)
#: The worst first: what somebody must look at.
HEALTHS = (AUTO, FAILING, UNSUPPORTED, WAITING, HEALTHY, DISABLED, STORED)
_OF_STATUS = {"Failure": FAILING, "Unsupported": UNSUPPORTED}


@dataclass(frozen=True, slots=True)
class RuleView:
    """A rule with its next and latest runs (records of ``/_vedette/runs``), the newest first.

    ``run_count`` and ``alert_count`` are of all its runs; ``runnable``: its kind runs here.
    ``body`` has its properties as the API has them.
    """

    id: str
    name: str
    kind: str
    severity: str
    enabled: bool
    every: timedelta | None
    next_run: datetime | None
    runs: tuple[Mapping[str, Any], ...] = ()
    run_count: int = 0
    alert_count: int = 0
    runnable: bool = True
    failures: int = 0
    description: str = ""
    query: str = ""
    facts: tuple[tuple[str, str], ...] = ()

    @property
    def health(self) -> str:
        """One of ``HEALTHS``."""
        if self.name.startswith(AUTO_DISABLED):
            return AUTO
        if not self.runnable:
            return STORED
        if not self.enabled:
            return DISABLED
        if not self.runs:
            return WAITING
        return _OF_STATUS.get(self.runs[0]["status"], HEALTHY)

    @property
    def reason(self) -> str:
        """What its last run came to, or why it does not run."""
        if self.runs:
            return str(self.runs[0]["reason"])
        return "" if self.enabled else "It is disabled."


def health_counts(rules: Iterable[RuleView]) -> dict[str, int]:
    """How many rules have each health, the worst first; none that no rule has."""
    counts = dict.fromkeys(HEALTHS, 0)
    for rule in rules:
        counts[rule.health] += 1
    return {health: count for health, count in counts.items() if count}
