"""A rule whose threshold is above the number of alerts that a run can make.

The trap: how many rows a query returns is not known here; that more than the threshold are needed
before anything fires is.
"""

from __future__ import annotations

from collections.abc import Iterator

from vedette.finding import Level
from vedette.kql.checks.base import Remark
from vedette.kql.checks.subject.subject import Subject
from vedette.model.detection import AggregationKind, TriggerOperator

LEVEL = Level.WARNING

#: Alerts of one run with AlertPerResult (learn.microsoft.com, "Microsoft Sentinel service limits").
ALERTS_PER_RUN = 150


def check(subject: Subject) -> Iterator[Remark]:
    """A rule with an alert for each row fires only at more rows than a run makes alerts of.

    A run makes 149 alerts of single rows, and one for all the others together. If the threshold
    alone asks for 150 rows and more, every firing of the rule overflows.

    Bad:

        // triggerThreshold: 500
        // eventGroupingSettings: {aggregationKind: AlertPerResult}
        SigninLogs
        | where ResultType == "50126"

    Good:

        // triggerThreshold: 500
        // eventGroupingSettings: {aggregationKind: SingleAlert}
        SigninLogs
        | where ResultType == "50126"
    """
    schedule = subject.detection.schedule
    if schedule is None or subject.detection.aggregation is not AggregationKind.ALERT_PER_RESULT:
        return
    least = {
        TriggerOperator.GREATER_THAN: schedule.threshold + 1,
        TriggerOperator.EQUAL: schedule.threshold,
    }.get(schedule.operator, 0)
    if least > ALERTS_PER_RUN:
        message = (
            f"the rule fires at {least} rows, and a run makes {ALERTS_PER_RUN} alerts at most: "
            "the last one stands for all the others"
        )
        yield Remark(("triggerThreshold",), message, "use SingleAlert, or count in the query")
