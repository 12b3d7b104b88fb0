"""The runs of a case one after the other: their alerts, and the incidents that these end in.

The trap: whether a run takes place depends on those before it. A rule that is suppressed after an
alert makes no alerts in the runs that follow, and a case of several runs must say so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from vedette.engine.base import Rows
from vedette.evidence.moments import parse_moment
from vedette.model.case import Case
from vedette.simulate.alerts import AlertRun
from vedette.simulate.incidents import group
from vedette.simulate.schedule import executes_at, is_suppressed
from vedette.simulate.types import AnalyticsRule, Incident


@dataclass(frozen=True, slots=True)
class Course:
    """What all runs came to: their alerts as those of one run, and the incidents at the end."""

    alerts: AlertRun
    incidents: tuple[Incident, ...]


def run_times(case: Case) -> tuple[datetime, ...] | None:
    """The times of the case's runs; None if one is no time, or comes before the one before it."""
    if not case.runs:
        return (case.now,)
    found = [parse_moment(text, case.now) for text in case.runs]
    times = tuple(moment for moment in found if moment is not None)
    ordered = all(one < other for one, other in pairwise(times))
    return times if ordered and len(times) == len(found) else None


def course_of(
    rule: AnalyticsRule,
    found: Sequence[tuple[datetime, Rows]],
    alerts_of: Callable[[Rows, datetime], AlertRun],
) -> Course:
    """The course of ``rule`` whose runs, in their order, returned ``found``."""
    made: list[AlertRun] = []
    incidents: tuple[Incident, ...] = ()
    last_alert: datetime | None = None
    for scheduled, rows in found:
        if is_suppressed(rule, scheduled, last_alert):
            continue
        run = alerts_of(rows, scheduled)
        made.append(run)
        if run.alerts:
            last_alert = scheduled
            incidents = group(incidents, run.alerts, rule, now=executes_at(rule, scheduled))
    together = AlertRun(
        alerts=tuple(alert for run in made for alert in run.alerts),
        dropped_entities=sum(run.dropped_entities for run in made),
        rows_count=sum(run.rows_count for run in made),
        fired=any(run.fired for run in made),
    )
    return Course(together, incidents)
