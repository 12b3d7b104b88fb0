"""A filter behind a join that looks at one of its sides.

The trap: an outer join's right side may be empty behind it, and a filter on that asks for rows
without a match; such a filter belongs where it is. So does one behind innerunique, which another
check judges.
"""

from __future__ import annotations

from collections.abc import Iterator

from vedette.finding import Level
from vedette.kql.checks.base import Remark
from vedette.kql.checks.subject.pipelines import join_kind, join_right
from vedette.kql.checks.subject.subject import Subject
from vedette.kql.desugar.tree import walk

LEVEL = Level.WARNING


def check(subject: Subject) -> Iterator[Remark]:
    """A filter right behind a join looks at columns of one side alone.

    In front of the join it gives the same rows, and the join has fewer of them to match and to
    hold in memory. Advice on cost: the result does not change.

    Bad:

        SigninLogs
        | join kind=inner (AADUserRiskEvents | project UserId, RiskEventType) on UserId
        | where ResultType == "0"
        | project TimeGenerated, UserPrincipalName, RiskEventType

    Good:

        SigninLogs
        | where ResultType == "0"
        | join kind=inner (AADUserRiskEvents | project UserId, RiskEventType) on UserId
        | project TimeGenerated, UserPrincipalName, RiskEventType
    """
    for join in subject.nodes("JoinOperator"):
        pipeline = subject.pipeline_of(join)
        kind = join_kind(join, subject.text)
        behind = pipeline.after(join)[:1] if pipeline else ()
        if pipeline is None or kind not in {"inner", "leftouter"} or not behind:
            continue
        (operator,) = behind
        if operator.kind != "FilterOperator":
            continue
        nodes = list(walk(operator))
        if any(node.type == "table" and node is not operator for node in nodes):
            continue
        used = {node.name for node in nodes if node.symbol == "column"}
        left = {column.name for column in pipeline.input_of(join).columns}
        right = {column.name for column in join_right(join).columns} - left
        side = "left" if used <= left else "right" if used <= right and kind == "inner" else ""
        if used and side:
            shown = ", ".join(sorted(used))
            message = f"the filter on {shown} looks at the {side} side of the join alone"
            yield Remark(operator, message, f"move it in front of the join, to its {side} side")
