"""A join that carries a whole table through it.

The trap: width costs on the right side, which is held in memory for every node that joins. A side
that is grouped or projected is as narrow as its author made it, and a later star needs them all.
"""

from __future__ import annotations

from collections.abc import Iterator

from vedette.finding import Level
from vedette.kql.bound import Node
from vedette.kql.checks.base import Remark
from vedette.kql.checks.subject.pipelines import join_kind, join_right
from vedette.kql.checks.subject.subject import Subject
from vedette.kql.desugar.tree import EVERYTHING, names

LEVEL = Level.WARNING

#: From this width on a row is carried for its sake, not for its columns'.
_WIDE = 30

_NARROWS = frozenset({"ProjectOperator", "SummarizeOperator", "DistinctOperator"})
_SEMI = frozenset({"leftsemi", "leftanti", "anti", "leftantisemi"})


def check(subject: Subject) -> Iterator[Remark]:
    """A join's right side is a whole wide table, of which the query uses a few columns.

    The right side is held in memory and sent to every node that joins, with all its columns. A
    project in front keeps what is used. Advice on cost: the result does not change.
    (learn.microsoft.com, "Best practices for Kusto Query Language queries".)

    Bad:

        UrlClickEvents
        | join kind=inner (SigninLogs | where ResultType == "0") on IPAddress
        | project TimeGenerated, Url, UserPrincipalName

    Good:

        UrlClickEvents
        | join kind=inner (
            SigninLogs
            | where ResultType == "0"
            | project IPAddress, UserPrincipalName) on IPAddress
        | project TimeGenerated, Url, UserPrincipalName
    """
    for join in subject.nodes("JoinOperator"):
        pipeline = subject.pipeline_of(join)
        right = join_right(join)
        if pipeline is None or join_kind(join, subject.text) in _SEMI:
            continue
        if len(right.columns) < _WIDE or _source(right).symbol != "table":
            continue
        used: set[str] = set()
        for operator in pipeline.after(join):
            used |= names(operator)
            if operator.kind in _NARROWS:
                break
        else:
            continue
        given = {column.name for column in right.columns}
        # The columns of both sides have a 1 behind their name on the right.
        needed = {name for name in given if name in used or f"{name}1" in used}
        if EVERYTHING not in used and len(needed) * 4 < len(given):
            message = (
                f"the join carries {len(given)} columns of {_source(right).name}, "
                f"and {len(needed)} of them at most are used behind it"
            )
            yield Remark(right, message, "add a project in front of the join")


def _source(side: Node) -> Node:
    while side.kind == "PipeExpression":
        side = side.children[0]
    return side
