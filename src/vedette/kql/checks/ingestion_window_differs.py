"""A bound on the time of ingestion that is not the time between two runs.

The trap: the bound may be written with a margin on purpose; only a bound in a filter counts, and
only a constant one.
"""

from __future__ import annotations

from collections.abc import Iterator

from vedette.finding import Level
from vedette.kql.checks.base import Remark
from vedette.kql.checks.subject.subject import Subject
from vedette.kql.checks.subject.time import time_bounds
from vedette.model.durations import short_duration

LEVEL = Level.WARNING

#: Up to this much more than the frequency is a margin for runs that begin late.
_MARGIN = 1.25


def check(subject: Subject) -> Iterator[Remark]:
    """The bound on ingestion_time() is not the time between two runs.

    Each event is seen by exactly one run only if the bound is queryFrequency. A shorter one leaves
    a gap; one that is more than a quarter longer reports events twice.

    Bad:

        // queryFrequency: 1h
        // queryPeriod: 1d
        SigninLogs
        | where ingestion_time() > ago(30m)
        | where ResultType == "50126"

    Good:

        // queryFrequency: 1h
        // queryPeriod: 1d
        SigninLogs
        | where ingestion_time() > ago(1h)
        | where ResultType == "50126"
    """
    schedule = subject.detection.schedule
    if schedule is None:
        return
    for bound in time_bounds(subject):
        reach = bound.reach
        if bound.column != "ingestion_time" or reach is None:
            continue
        if schedule.frequency <= reach <= schedule.frequency * _MARGIN:
            continue
        frequency = short_duration(schedule.frequency)
        effect = "leaves a gap" if reach < schedule.frequency else "reports events again"
        message = (
            f"a bound of {short_duration(reach)} on ingestion_time() {effect}: "
            f"the rule runs every {frequency}"
        )
        yield Remark(bound.at, message, f"use ago({frequency})")
