"""An NRT rule with a time filter of a scheduled one.

The trap: what an NRT run sees is chosen by the time of ingestion; a filter on the time of the
event can only take away from that.
"""

from __future__ import annotations

from collections.abc import Iterator

from vedette.finding import Level
from vedette.kql.checks.base import Remark
from vedette.kql.checks.subject.subject import Subject
from vedette.kql.checks.subject.time import time_bounds
from vedette.model.detection import Kind

LEVEL = Level.WARNING


def check(subject: Subject) -> Iterator[Remark]:
    """A near-real-time rule filters by time itself.

    The service runs it every minute over what was ingested in the minute before. A filter on
    TimeGenerated does not widen that window, and it drops what the source delivered late, which
    the rule would otherwise see. (learn.microsoft.com, "Near-real-time analytics rules".)

    Bad:

        // kind: NRT
        SigninLogs
        | where TimeGenerated > ago(1h)
        | where ResultType == "50126"

    Good:

        // kind: NRT
        SigninLogs
        | where ResultType == "50126"
    """
    if subject.detection.kind is not Kind.NRT:
        return
    result = subject.result
    for bound in time_bounds(subject):
        # Whether tables that are only looked up are held to the same minute is not documented.
        own = result is not None and any(
            each.start <= bound.node.start and bound.node.end <= each.end
            for each in result.operators
            if each.kind == "FilterOperator"
        )
        if bound.reach is not None and own:
            message = (
                f"an NRT rule sees one minute of ingestion, whatever {bound.column} is held to"
            )
            yield Remark(bound.node, message, "remove the time filter, or make the rule Scheduled")
