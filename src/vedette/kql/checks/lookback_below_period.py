"""A period that the query's own filters make no use of.

The trap: a bound that is unknown (a parameter, a subquery, a filter behind a join) may be long;
the period is idle only where every read is known to be shorter.
"""

from __future__ import annotations

from collections.abc import Iterator

from vedette.finding import Level
from vedette.kql.checks.base import Remark
from vedette.kql.checks.subject.subject import Subject
from vedette.kql.checks.subject.time import reads
from vedette.model.durations import short_duration

LEVEL = Level.WARNING

#: From this ratio on the difference is no margin for late events.
_RATIO = 3


def check(subject: Subject) -> Iterator[Remark]:
    """The query filters for a third of queryPeriod or less.

    Whoever reads the rule's schedule believes that it covers queryPeriod, and it covers what the
    filter says. A period of two days and more also forbids to run more often than hourly.

    Bad:

        // queryFrequency: 1d
        // queryPeriod: 14d
        SigninLogs
        | where TimeGenerated > ago(1d)
        | where ResultType == "50126"

    Good:

        // queryFrequency: 1d
        // queryPeriod: 1d
        SigninLogs
        | where TimeGenerated > ago(1d)
        | where ResultType == "50126"
    """
    schedule = subject.detection.schedule
    found = reads(subject)
    if schedule is None or not found:
        return
    bounds = [each.bound for each in found]
    if any(each is None or each.column == "ingestion_time" for each in bounds):
        return
    reaches = [each.reach for each in bounds if each is not None and each.reach is not None]
    longest = max(reaches)
    if longest < schedule.frequency or longest * _RATIO > schedule.period:
        return
    period, asked = short_duration(schedule.period), short_duration(longest)
    message = f"queryPeriod is {period}, and the query looks back {asked} at most"
    yield Remark(("queryPeriod",), message, f"set queryPeriod to {asked}, or widen the filters")
