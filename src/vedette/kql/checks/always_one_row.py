"""A rule whose query returns one row, whatever there is.

The trap: a filter behind the count makes it a rule again; only where none follows is the number of
rows fixed.
"""

from __future__ import annotations

from collections.abc import Iterator

from vedette.finding import Level
from vedette.kql.checks.base import Remark
from vedette.kql.checks.subject.pipelines import group_keys
from vedette.kql.checks.subject.subject import Subject
from vedette.model.detection import TriggerOperator

LEVEL = Level.ERROR

_KEEPS = frozenset(
    {"ExtendOperator", "ProjectOperator", "ProjectAwayOperator", "ProjectRenameOperator"}
    | {"ProjectReorderOperator", "ProjectKeepOperator", "SortOperator"}
)


def check(subject: Subject) -> Iterator[Remark]:
    """The query counts everything into one row, and the rule counts rows.

    count, and summarize without by, return one row even over no events. The trigger counts rows, so
    "more than 0" fires at every run and "more than 10" never does.

    Bad:

        SigninLogs
        | where ResultType == "50126"
        | count

    Good:

        SigninLogs
        | where ResultType == "50126"
        | summarize Failures = count()
        | where Failures > 10
    """
    schedule, pipeline = subject.detection.schedule, subject.result
    if schedule is None or pipeline is None:
        return
    for operator in reversed(pipeline.operators):
        if operator.kind in _KEEPS:
            continue
        grouped = operator.kind == "SummarizeOperator" and group_keys(operator)
        if operator.kind not in {"CountOperator", "SummarizeOperator"} or grouped:
            return
        fires = _fires(schedule.operator, schedule.threshold)
        message = f"the query returns one row whatever happened: the rule fires {fires}"
        yield Remark(operator, message, "filter by the count behind it, or return the events")
        return


def _fires(operator: TriggerOperator, threshold: int) -> str:
    met = {
        TriggerOperator.GREATER_THAN: threshold < 1,
        TriggerOperator.LESS_THAN: threshold > 1,
        TriggerOperator.EQUAL: threshold == 1,
        TriggerOperator.NOT_EQUAL: threshold != 1,
    }[operator]
    return "at every run" if met else "never"
