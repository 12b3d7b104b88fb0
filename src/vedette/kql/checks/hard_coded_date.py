"""A rule that asks for a fixed date.

The trap: a date that is compared with anything but the time of the event (a build date, an expiry)
may be what is meant.
"""

from __future__ import annotations

from collections.abc import Iterator

from vedette.finding import Level
from vedette.kql.checks.base import Remark
from vedette.kql.checks.subject.subject import Subject
from vedette.kql.checks.subject.time import time_bounds

LEVEL = Level.WARNING


def check(subject: Subject) -> Iterator[Remark]:
    """A rule keeps events by a date that is written into it.

    A rule runs for years over the last hours or days. A fixed date is either always met, so that it
    filters nothing, or one day never again, so that the rule is silently dead.

    Bad:

        SigninLogs
        | where TimeGenerated between (datetime(2024-01-01) .. datetime(2024-02-01))

    Good:

        // queryFrequency: 1d
        // queryPeriod: 1d
        SigninLogs
        | where TimeGenerated > ago(1d)
    """
    if not subject.detection.is_rule:
        return
    for bound in time_bounds(subject):
        at = subject.resolve(bound.at)
        if at.kind == "DateTimeLiteralExpression":
            message = f"{bound.column} is held to the fixed date {subject.text(at)}"
            yield Remark(bound.at, message, "use ago(), which moves with the rule's runs")
