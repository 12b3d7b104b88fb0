"""A filter behind summarize that could stand before it.

The trap: only a filter on what is grouped by, as it is, comes to the same. One on an aggregate, a
bin or a computed key does not.
"""

from __future__ import annotations

from collections.abc import Iterator

from vedette.finding import Level
from vedette.kql.bound import Node
from vedette.kql.checks.base import Remark
from vedette.kql.checks.subject.pipelines import group_keys
from vedette.kql.checks.subject.subject import Subject
from vedette.kql.desugar.tree import walk

LEVEL = Level.WARNING


def check(subject: Subject) -> Iterator[Remark]:
    """A filter right behind summarize looks at nothing but columns that are grouped by.

    In front of it, it gives the same rows, and fewer of them have to be grouped. Advice on cost:
    the result does not change.

    Bad:

        SigninLogs
        | summarize Failures = count() by UserPrincipalName, ResultType
        | where ResultType == "50126"

    Good:

        SigninLogs
        | where ResultType == "50126"
        | summarize Failures = count() by UserPrincipalName, ResultType
    """
    for pipeline in subject.pipelines:
        for first, second in zip(pipeline.operators, pipeline.operators[1:], strict=False):
            if first.kind != "SummarizeOperator" or second.kind != "FilterOperator":
                continue
            keys = {key.name for key in group_keys(first) if key.kind == "NameReference"}
            nodes = list(walk(second))
            columns = {node.name for node in nodes if node.symbol == "column"}
            if columns and columns <= keys and not any(map(_reads_tables, nodes)):
                shown = ", ".join(sorted(columns))
                message = f"the filter on {shown} gives the same in front of summarize"
                yield Remark(second, message, "move it in front of summarize")


def _reads_tables(node: Node) -> bool:
    return node.type == "table" and node.kind != "FilterOperator"
