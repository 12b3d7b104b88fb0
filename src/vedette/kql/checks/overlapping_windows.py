"""A window that is longer than the time between two runs, with nothing against repeats.

The trap: a longer window is right where it is a baseline. A filter for the newest part, a filter
on ingestion_time, or a pause after the alert all keep an event from being reported again.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from vedette.finding import Level
from vedette.kql.bound import Node
from vedette.kql.checks.base import Remark
from vedette.kql.checks.subject.subject import Subject
from vedette.kql.checks.subject.time import reach_of, span_of, time_bounds
from vedette.kql.desugar.tree import walk
from vedette.model.durations import short_duration

LEVEL = Level.WARNING


def check(subject: Subject) -> Iterator[Remark]:
    """The windows of two runs overlap, and nothing keeps an event from being reported twice.

    The service removes no duplicates: with a period of one day and a run every hour, an event
    makes up to 24 alerts. (learn.microsoft.com, "Handle ingestion delay in scheduled analytics
    rules": bound ingestion_time() by the frequency.)

    Bad:

        // queryFrequency: 1h
        // queryPeriod: 1d
        SigninLogs
        | where ResultType == "50126"

    Good:

        // queryFrequency: 1h
        // queryPeriod: 1d
        SigninLogs
        | where ingestion_time() > ago(1h)
        | where ResultType == "50126"
    """
    schedule = subject.detection.schedule
    if schedule is None or schedule.period <= schedule.frequency:
        return
    pause = subject.detection.suppression
    if pause.enabled and pause.duration >= schedule.period - schedule.frequency:
        return
    if _uses_ingestion_time(subject):
        return
    moments = [reach_of(subject, each) for each in subject.calls("ago", "now")]
    lengths = [span_of(subject, each) for each in subject.nodes("TimespanLiteralExpression")]
    known = [each for each in (*moments, *lengths) if each is not None]
    # A span of at most the frequency anywhere is the newest part, or the step of a series.
    if any(not each or each <= schedule.frequency for each in known if each.total_seconds() >= 0):
        return
    # Beside a baseline, it is the newest part of the period that is reported.
    bounds = [each.reach for each in time_bounds(subject) if each.reach]
    window = min([schedule.period, *(each for each in bounds if each > timedelta())])
    frequency = short_duration(schedule.frequency)
    message = (
        f"the rule looks at the last {short_duration(window)} and runs every {frequency}: "
        f"an event can be reported {-(-window // schedule.frequency)} times"
    )
    hint = f"add 'where ingestion_time() > ago({frequency})', or look at the last {frequency} only"
    yield Remark(("queryPeriod",), message, hint)


def _uses_ingestion_time(subject: Subject) -> bool:
    trees: list[Node] = [each for each in subject.bound.bodies.values() if each is not None]
    nodes = (node for tree in (subject.root, *trees) for node in walk(tree))
    return any(node.name == "ingestion_time" for node in nodes)
