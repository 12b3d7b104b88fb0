"""A look-back that is longer than the rule's period.

The trap: only the time of the event is cut off. A bound on another datetime column, or on a table
without TimeGenerated, reaches as far as it says.
"""

from __future__ import annotations

from collections.abc import Iterator

from vedette.finding import Level
from vedette.kql.checks.base import Remark
from vedette.kql.checks.subject.subject import Subject
from vedette.kql.checks.subject.time import TIME_COLUMNS, time_bounds
from vedette.model.durations import short_duration

LEVEL = Level.ERROR


def check(subject: Subject) -> Iterator[Remark]:
    """The query asks for events that are older than queryPeriod.

    The service gives a run the events of queryPeriod and no others, whatever the query asks for.
    What is older is missing without a word: a baseline of 14 days is then one of a single day, and
    everything looks new. (learn.microsoft.com, "Scheduled analytics rules": query scheduling.)

    Bad:

        // queryFrequency: 1d
        // queryPeriod: 1d
        let known = SigninLogs
            | where TimeGenerated between (ago(14d) .. ago(1d))
            | distinct IPAddress;
        SigninLogs
        | where TimeGenerated > ago(1d)
        | where IPAddress !in (known)

    Good:

        // queryFrequency: 1d
        // queryPeriod: 14d
        let known = SigninLogs
            | where TimeGenerated between (ago(14d) .. ago(1d))
            | distinct IPAddress;
        SigninLogs
        | where TimeGenerated > ago(1d)
        | where IPAddress !in (known)
    """
    schedule = subject.detection.schedule
    if schedule is None:
        return
    for bound in time_bounds(subject):
        reach = bound.reach
        if bound.column in TIME_COLUMNS and reach is not None and reach > schedule.period:
            period, asked = short_duration(schedule.period), short_duration(reach)
            message = f"the query looks back {asked}, and queryPeriod gives it {period} only"
            yield Remark(bound.at, message, f"set queryPeriod to {asked}, or look back {period}")
