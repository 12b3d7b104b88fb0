"""A join whose right side reads more time than its left.

The trap: a rule's period bounds both sides, and an unbounded right side is then a look-back of the
period. Only a hunt has no period.
"""

from __future__ import annotations

from collections.abc import Iterator

from vedette.finding import Level
from vedette.kql.bound import Node
from vedette.kql.checks.base import Remark
from vedette.kql.checks.subject.pipelines import join_right
from vedette.kql.checks.subject.subject import Subject
from vedette.kql.checks.subject.time import TIME_COLUMNS, TimeBound, time_bounds
from vedette.kql.desugar.tree import walk

LEVEL = Level.WARNING


def check(subject: Subject) -> Iterator[Remark]:
    """A hunt bounds the left side of a join in time, and not the right side.

    The right side then reads whatever the time picker says, or all that is kept, for the few rows
    that the left side has: matches from outside the time that was meant, and a large table held in
    memory.

    Bad:

        // kind: Hunting
        UrlClickEvents
        | where TimeGenerated > ago(1d)
        | join kind=inner (EmailUrlInfo | project NetworkMessageId, UrlDomain) on NetworkMessageId

    Good:

        // kind: Hunting
        UrlClickEvents
        | where TimeGenerated > ago(1d)
        | join kind=inner (
            EmailUrlInfo
            | where TimeGenerated > ago(7d)
            | project NetworkMessageId, UrlDomain) on NetworkMessageId
    """
    if subject.detection.is_rule:
        return
    bounds = list(time_bounds(subject))
    for join in subject.nodes("JoinOperator"):
        pipeline = subject.pipeline_of(join)
        right = subject.resolve(join_right(join))
        if pipeline is None or _is_bounded(subject, right, bounds):
            continue
        left = [b for b in bounds if any(_within(o, b.node) for o in pipeline.before(join))]
        if not left:
            continue
        source = right
        while source.kind == "PipeExpression":
            source = subject.resolve(source.children[0])
        if source.symbol != "table" or not {c.name for c in source.columns} & TIME_COLUMNS:
            continue
        if _bounded_later(pipeline.after(join), bounds):
            continue
        message = f"{source.name} is joined without a time bound, and the left side has one"
        yield Remark(join_right(join), message, "filter it by TimeGenerated before it is joined")


def _is_bounded(subject: Subject, side: Node, bounds: list[TimeBound]) -> bool:
    """True if a bound stands in the side, or in a let that it begins with."""
    while True:
        if any(_within(side, each.node) for each in bounds):
            return True
        source = side.children[0] if side.kind == "PipeExpression" else side
        resolved = subject.resolve(source)
        if resolved is side:
            return False
        side = resolved


def _within(outer: Node, inner: Node) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _bounded_later(operators: tuple[Node, ...], bounds: list[TimeBound]) -> bool:
    """True if a filter behind the join looks at a time: it holds the right side to something."""
    filters = [each for each in operators if each.kind == "FilterOperator"]
    return any(
        node.type in {"datetime", "timespan"} and node.symbol == "column"
        for each in filters
        for node in walk(each)
    ) or any(_within(each, bound.node) for each in filters for bound in bounds)
