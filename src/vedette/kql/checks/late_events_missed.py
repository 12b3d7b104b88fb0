"""A source whose events arrive after the run that should have seen them.

The trap: most sources are quick, and the delay differs by workspace. Only tables whose vendor
states a delay are judged, by that statement.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from vedette.finding import Level
from vedette.kql.checks.base import Remark
from vedette.kql.checks.subject.subject import Subject
from vedette.kql.desugar.tree import walk
from vedette.model.durations import short_duration

LEVEL = Level.WARNING

#: Table → how long after the event its record may appear. OfficeActivity: "60 to 90 minutes"
#: for the core services (learn.microsoft.com/purview/audit-search, "Before you search").
DELAYS = {"OfficeActivity": timedelta(minutes=90)}

#: A run begins this long after its window has ended (learn.microsoft.com, "Scheduled analytics
#: rules"): what is late by less is seen.
_RUN_DELAY = timedelta(minutes=5)

#: Below this part of the window a loss is no reason to rewrite a rule.
_NOTABLE = 0.25


def check(subject: Subject) -> Iterator[Remark]:
    """The window ends where the next begins, and the source is known to be late.

    An event belongs to the window of the time at which it happened. If it is ingested after the
    run of that window, no later run looks at that time again, and the event is never seen. A
    longer period with a bound on ingestion_time() sees each event once, however late.

    Bad:

        // queryFrequency: 1h
        // queryPeriod: 1h
        OfficeActivity
        | where Operation == "New-InboxRule"

    Good:

        // queryFrequency: 1h
        // queryPeriod: 4h
        OfficeActivity
        | where ingestion_time() > ago(1h)
        | where Operation == "New-InboxRule"
    """
    schedule = subject.detection.schedule
    if schedule is None or any(node.name == "ingestion_time" for node in walk(subject.root)):
        return
    for table in subject.nodes("NameReference"):
        delay = DELAYS.get(table.name) if table.symbol == "table" else None
        if delay is None or schedule.period - schedule.frequency >= delay - _RUN_DELAY:
            continue
        lost = (delay - _RUN_DELAY - (schedule.period - schedule.frequency)) / schedule.frequency
        if lost < _NOTABLE:
            continue
        share = "all" if lost >= 1 else f"{lost:.0%}"
        message = (
            f"records of {table.name} may arrive {short_duration(delay)} late: "
            f"a run every {short_duration(schedule.frequency)} then misses {share} of them"
        )
        frequency = short_duration(schedule.frequency)
        hint = f"lengthen queryPeriod and add 'where ingestion_time() > ago({frequency})'"
        yield Remark(table, message, hint)
        return
