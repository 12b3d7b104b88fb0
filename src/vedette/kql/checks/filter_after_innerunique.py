"""A filter on the left side's columns behind a join that keeps one row of them.

The trap: a left side that has one row a key (grouped by it, or distinct) loses nothing, and a
filter that looks at the keys alone comes to the same before and after.
"""

from __future__ import annotations

from collections.abc import Iterator

from vedette.finding import Level
from vedette.kql.checks.base import Remark
from vedette.kql.checks.subject.pipelines import is_grouped, join_keys, join_kind
from vedette.kql.checks.subject.subject import Subject
from vedette.kql.desugar.tree import names

LEVEL = Level.WARNING


def check(subject: Subject) -> Iterator[Remark]:
    """A join without a kind drops left rows, and a later filter looks at what is left of them.

    Without kind=, Kusto joins innerunique: of the left rows with one key it keeps any one. A filter
    behind the join sees that row alone. If it is the wrong one, the match is gone, and the same
    data can give another result in the next run. (learn.microsoft.com, "innerunique join".)

    Bad:

        SigninLogs
        | join (AuditLogs | project CorrelationId, OperationName) on CorrelationId
        | where ResultType == "50126"

    Good:

        SigninLogs
        | where ResultType == "50126"
        | join kind=inner (AuditLogs | project CorrelationId, OperationName) on CorrelationId
    """
    for join in subject.nodes("JoinOperator"):
        pipeline = subject.pipeline_of(join)
        if join_kind(join, subject.text) not in {"", "innerunique"} or pipeline is None:
            continue
        left = pipeline.input_of(join)
        if is_grouped(left, subject.lets):
            continue
        keys = {each.name for pair in join_keys(join) for each in pair}
        columns = {column.name for column in left.columns} - keys
        for operator in pipeline.after(join):
            if operator.kind == "FilterOperator" and (seen := columns & names(operator)):
                shown = ", ".join(sorted(seen))
                message = (
                    "the join keeps any one left row of each key, "
                    f"and this filter on {shown} sees that row alone"
                )
                yield Remark(operator, message, "write kind=inner, or filter before the join")
                break
            if operator.kind not in {"FilterOperator", "ExtendOperator", "JoinOperator"}:
                break
