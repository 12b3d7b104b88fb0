"""When a rule runs, what it sees, and whether what it sees makes it fire.

The trap: three times belong to one run. It is *scheduled* for a time, it *sees* the events whose
time lies in the window before that, and it *executes* some minutes later, so that it also sees
events that were ingested after the window had ended.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from vedette.engine.base import TimeWindow
from vedette.model.detection import Kind, Schedule, TriggerOperator
from vedette.simulate import assumptions
from vedette.simulate.types import AnalyticsRule

#: A scheduled run executes this long after the time it is scheduled for (scheduled-rules-overview).
RUN_DELAY = timedelta(minutes=5)

#: NRT rules run every minute, see the minute before, and execute two minutes later
#: (near-real-time-rules).
NRT_FREQUENCY = timedelta(minutes=1)
NRT_PERIOD = timedelta(minutes=1)
NRT_DELAY = timedelta(minutes=2)


def frequency_of(rule: AnalyticsRule) -> timedelta:
    """The time between two runs."""
    return NRT_FREQUENCY if rule.kind is Kind.NRT else _schedule_of(rule).frequency


def executes_at(rule: AnalyticsRule, scheduled: datetime) -> datetime:
    """When the run scheduled for ``scheduled`` starts; later events cannot be in it."""
    return scheduled + (NRT_DELAY if rule.kind is Kind.NRT else RUN_DELAY)


def window_of(rule: AnalyticsRule, scheduled: datetime) -> TimeWindow:
    """What the run scheduled for ``scheduled`` sees of every table: [T - period, T).

    An NRT rule's window is over ingestion time, a scheduled rule's over TimeGenerated.
    """
    if rule.kind is Kind.NRT:
        return assumptions.window_before(scheduled, NRT_PERIOD, on_ingestion=True)
    return assumptions.window_before(scheduled, _schedule_of(rule).period)


def run_times(rule: AnalyticsRule, created: datetime, until: datetime) -> Iterator[datetime]:
    """The times for which runs are scheduled: at creation, then every frequency, before ``until``.

    Suppression does not move them: it skips runs (``is_suppressed``) and leaves the grid.
    """
    step = frequency_of(rule)
    scheduled = created
    while scheduled < until:
        yield scheduled
        scheduled += step


def next_run(rule: AnalyticsRule, created: datetime, after: datetime) -> datetime:
    """The first time strictly after ``after`` for which a run is scheduled."""
    if after < created:
        return created
    step = frequency_of(rule)
    return created + ((after - created) // step + 1) * step


def is_suppressed(rule: AnalyticsRule, scheduled: datetime, last_alert: datetime | None) -> bool:
    """True if the run is skipped because an earlier one, scheduled for ``last_alert``, fired.

    The rule stops for the duration; a run exactly at its end takes place again.
    """
    if rule.suppression is None or last_alert is None:
        return False
    return last_alert < scheduled < assumptions.end_of_suppression(last_alert, rule.suppression)


def fires(rule: AnalyticsRule, count: int) -> bool:
    """True if a run with ``count`` rows meets the threshold; an NRT rule fires on any row.

    The threshold counts the rows of one run, never of several (scheduled-rules-overview).
    """
    if rule.kind is Kind.NRT:
        return count > 0
    schedule = _schedule_of(rule)
    match schedule.operator:
        case TriggerOperator.GREATER_THAN:
            return count > schedule.threshold
        case TriggerOperator.LESS_THAN:
            return count < schedule.threshold
        case TriggerOperator.EQUAL:
            return count == schedule.threshold
        case TriggerOperator.NOT_EQUAL:
            return count != schedule.threshold


def _schedule_of(rule: AnalyticsRule) -> Schedule:
    if rule.schedule is None:
        raise ValueError(f"rule {rule.id} of kind {rule.kind} has no schedule")
    return rule.schedule
