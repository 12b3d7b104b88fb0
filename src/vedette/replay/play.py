"""Makes the alerts and incidents of all runs in the order in which they execute.

The trap: whether a run takes place depends on what came before it (suppression, failures in a
row), and so does the incident that an alert ends in. So all rules move on one clock.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from vedette.engine.base import Rows
from vedette.engine.sql.staged.sources import Grid
from vedette.model.automation import AutomationRule
from vedette.replay.outcome import (
    Replay,
    ReplayedRun,
    RunStatus,
    StartedPlaybook,
    Timeline,
)
from vedette.replay.rows import RuleRows
from vedette.simulate.alerts import AlertRun, alerts_from
from vedette.simulate.automation import Automation, automate, automation_of
from vedette.simulate.conditions import Happening
from vedette.simulate.failure import DISABLED_REASON, Failure, FailuresInARow, auto_disabled
from vedette.simulate.incidents import group
from vedette.simulate.schedule import executes_at, is_suppressed
from vedette.simulate.types import Alert, AnalyticsRule, Incident


@dataclass(slots=True)
class _Course:
    """A rule on its way: its timeline, its incidents, and what its next run depends on."""

    grid: Grid
    found: RuleRows
    timeline: Timeline
    last_alert: datetime | None = None
    failures: FailuresInARow = field(default_factory=FailuresInARow)
    incidents: tuple[Incident, ...] = ()


def play(
    rules: Sequence[tuple[AnalyticsRule, Grid]],
    rows: Mapping[str, RuleRows],
    start: datetime,
    end: datetime,
    *,
    automation: Sequence[AutomationRule] = (),
    detections: Mapping[str, str] | None = None,
) -> Replay:
    """The replay of ``rules``; ``rows`` holds by rule id what the query of each run returns.

    ``detections`` are the stems by rule id, by which ``automation`` names the rules that it is for.
    """
    nothing = RuleRows({})
    courses = [_Course(grid, rows.get(rule.id, nothing), Timeline(rule)) for rule, grid in rules]
    responses = [automation_of(rule, detections or {}) for rule in automation]
    started: list[tuple[object, str, datetime]] = []
    alerts: list[Alert] = []
    numbers: dict[object, int] = {}
    for executed, at, run in _in_order(courses):
        course = courses[at]
        made = _run(course, run)
        if made is None or not made.alerts:
            continue
        alerts += made.alerts
        before = {incident.id: incident for incident in course.incidents}
        grouped = group(course.incidents, made.alerts, course.timeline.rule, now=executed)
        for incident in grouped:
            numbers.setdefault(incident.id, len(numbers) + 1)
        course.incidents = tuple(
            incident
            if incident is before.get(incident.id)
            else _automated(incident, before.get(incident.id), responses, started)
            for incident in grouped
        )
    incidents = [
        replace(incident, number=numbers[incident.id])
        for course in courses
        for incident in course.incidents
    ]
    incidents.sort(key=lambda incident: incident.number)
    timelines = tuple(course.timeline for course in courses)
    playbooks = tuple(StartedPlaybook(app, numbers[one], at) for one, app, at in started)
    return Replay(start, end, timelines, tuple(alerts), tuple(incidents), playbooks)


def _automated(
    incident: Incident,
    before: Incident | None,
    responses: Sequence[Automation],
    started: list[tuple[object, str, datetime]],
) -> Incident:
    """The incident after the automation rules; an alert that joins it is an update."""
    made = automate(Happening(incident, before), responses, now=incident.modified)
    started += [(incident.id, one.logic_app, incident.modified) for one in made.playbooks]
    return made.incident


def _in_order(courses: Sequence[_Course]) -> Iterator[tuple[datetime, int, int]]:
    """Every run that may matter: when it executes, whose it is, and its number."""

    def runs(at: int) -> Iterator[tuple[datetime, int, int]]:
        course = courses[at]
        for run in _told(course):
            scheduled = course.grid.now_of(run)
            yield executes_at(course.timeline.rule, scheduled), at, run

    yield from heapq.merge(*(runs(at) for at in range(len(courses))))


def _told(course: _Course) -> Iterator[int]:
    """The runs that take place unless something earlier prevents them."""
    timeline = course.timeline
    if not timeline.rule.enabled or course.found.unsupported:
        timeline.unsupported = course.found.unsupported
        timeline.disabled = 0 if timeline.rule.enabled else course.grid.count
        return iter(())
    return iter(range(course.grid.count))


def _run(course: _Course, run: int) -> AlertRun | None:
    """Make one run; None if it makes no alerts for another reason than its rows."""
    timeline, rule = course.timeline, course.timeline.rule
    scheduled = course.grid.now_of(run)
    if not rule.enabled:
        timeline.disabled += 1
        return None
    if is_suppressed(rule, scheduled, course.last_alert):
        timeline.suppressed += 1
        timeline.told.append(ReplayedRun(scheduled, RunStatus.SUPPRESSED))
        return None
    timeline.runs += 1
    broken = course.found.broken
    failure = broken or course.found.failures.get(run)
    if failure:
        _fail(course, scheduled, failure, broken)
        return None
    course.failures = course.failures.after(None)
    rows = course.found.rows.get(run)
    if rows is None:
        rows = _NOTHING
    made = alerts_from(rule, rows, scheduled=scheduled)
    timeline.rows += made.rows_count
    timeline.alerts += len(made.alerts)
    timeline.dropped_entities += made.dropped_entities
    if made.rows_count or made.alerts:
        timeline.told.append(
            ReplayedRun(scheduled, RunStatus.SUCCESS, made.rows_count, len(made.alerts))
        )
    if made.alerts:
        course.last_alert = scheduled
    return made


_NOTHING = Rows((), ())


def _fail(course: _Course, scheduled: datetime, reason: str, broken: Failure | None) -> None:
    """Note a failed run; the service switches a rule off that goes on failing for one reason.

    A failure of the database here says nothing of the service's.
    """
    timeline = course.timeline
    timeline.failed += 1
    timeline.told.append(ReplayedRun(scheduled, RunStatus.FAILURE, reason=str(reason)))
    if broken is None:
        return
    course.failures = course.failures.after(broken)
    if course.failures.switch_off:
        timeline.rule = auto_disabled(timeline.rule, broken)
        timeline.told.append(ReplayedRun(scheduled, RunStatus.DISABLED, reason=DISABLED_REASON))
