"""A look-back that is shorter than the time between two runs.

The trap: one table that is bounded otherwise can be the one that matters; only where every read
of the query is bounded, and by less than the frequency, is the gap certain.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from vedette.finding import Level
from vedette.kql.checks.base import Remark
from vedette.kql.checks.subject.subject import Subject
from vedette.kql.checks.subject.time import TIME_COLUMNS, reads
from vedette.model.durations import short_duration

LEVEL = Level.ERROR


def check(subject: Subject) -> Iterator[Remark]:
    """Every time filter of the query looks back less than queryFrequency.

    What happens between the end of one run's look-back and the start of the next one's is never
    looked at.

    Bad:

        // queryFrequency: 1d
        // queryPeriod: 1d
        SigninLogs
        | where TimeGenerated > ago(1h)
        | where ResultType == "50126"

    Good:

        // queryFrequency: 1h
        // queryPeriod: 1h
        SigninLogs
        | where TimeGenerated > ago(1h)
        | where ResultType == "50126"
    """
    schedule = subject.detection.schedule
    found = reads(subject)
    if schedule is None or not found:
        return
    # A bound on the time of ingestion is judged by another check.
    bounds = [each.bound for each in found if each.bound and each.bound.column in TIME_COLUMNS]
    reaches = [bound.reach for bound in bounds if bound.reach is not None]
    if len(reaches) != len(found) or not timedelta() < max(reaches) < schedule.frequency:
        return
    longest = max(bounds, key=lambda b: b.reach or timedelta())
    reach = longest.reach or timedelta()
    frequency = short_duration(schedule.frequency)
    message = (
        f"the query looks back {short_duration(reach)} and runs every {frequency}: "
        f"{short_duration(schedule.frequency - reach)} of each {frequency} are never looked at"
    )
    yield Remark(longest.at, message, f"look back {frequency}, or run more often")
