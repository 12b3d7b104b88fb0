"""Rules whose runs fail: the service's reasons, and the rule that it switches off.

The trap: only failures that will not pass by themselves count, and only in a row and of one kind
(troubleshoot-analytics-rules). A timeout is tried again and never switches a rule off.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from vedette.simulate import assumptions
from vedette.simulate.types import AnalyticsRule

#: What the service puts before the name of a rule that it has switched off.
AUTO_DISABLED = "AUTO DISABLED"
DISABLED_REASON = "The analytics rule is disabled and was not executed."


class Failure(StrEnum):
    """Why a run failed, in the words of SentinelHealth (monitor-analytics-rule-integrity)."""

    TABLE_MISSING = "A table referenced in the query was not found."
    SEMANTIC = "A semantic error occurred while running the query."
    SYNTAX = "A syntax error occurred while running the query."
    FUNCTION_MISSING = "A function called by the query was not found."
    RESOURCES = (
        "This query was found to use too many system resources and was prevented from running."
    )
    WORKSPACE_MISSING = "The workspace does not exist."
    NO_PERMISSION = "You don't have permissions to run this query."
    TIMEOUT = "The query execution timed out."

    @property
    def passes(self) -> bool:
        """True for a failure that the service tries again and that switches no rule off."""
        return self is Failure.TIMEOUT


@dataclass(frozen=True, slots=True)
class FailuresInARow:
    """How often a rule has failed for one reason since it last succeeded."""

    reason: Failure | None = None
    count: int = 0

    def after(self, failure: Failure | None) -> FailuresInARow:
        """The same after one more run, which failed or (None) succeeded."""
        if failure is None:
            return FailuresInARow()
        if failure.passes:
            return self
        if failure is self.reason:
            return FailuresInARow(failure, self.count + 1)
        return FailuresInARow(failure, 1)

    @property
    def switch_off(self) -> bool:
        """True if the service switches the rule off now."""
        return self.count >= assumptions.FAILURES_UNTIL_DISABLED


def auto_disabled(rule: AnalyticsRule, reason: Failure) -> AnalyticsRule:
    """The rule as the service leaves it: off, with its name and description saying so."""
    return replace(
        rule,
        enabled=False,
        name=f"{AUTO_DISABLED} {rule.name}",
        description=assumptions.description_of_disabled(rule.description, reason),
    )
