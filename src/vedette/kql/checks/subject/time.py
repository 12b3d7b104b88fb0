"""Spans, and how far back a query looks.

The trap: a bound that cannot be worked out (a parameter, a subquery) is unknown, not absent. A
read counts as bounded by a span only if the span is certain.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from vedette.kql.bound import Node
from vedette.kql.checks.subject.comparisons import text_of
from vedette.kql.checks.subject.subject import Subject
from vedette.kql.desugar.tree import arguments, called, walk

#: The columns that say when an event took place, in Sentinel and in Defender XDR.
TIME_COLUMNS = frozenset({"TimeGenerated", "Timestamp"})

_UNITS = {
    "d": timedelta(days=1),
    "day": timedelta(days=1),
    "days": timedelta(days=1),
    "h": timedelta(hours=1),
    "hr": timedelta(hours=1),
    "hrs": timedelta(hours=1),
    "hour": timedelta(hours=1),
    "hours": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "min": timedelta(minutes=1),
    "minute": timedelta(minutes=1),
    "minutes": timedelta(minutes=1),
    "s": timedelta(seconds=1),
    "sec": timedelta(seconds=1),
    "second": timedelta(seconds=1),
    "seconds": timedelta(seconds=1),
}
_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+)")
_CLOCK = re.compile(r"(?:(\d+)\.)?(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")

#: Sums that nest deeper are no look-back that anybody wrote.
_DEEPEST = 50

_ROUNDING = frozenset({"startofday", "bin", "floor", "startofhour", "todatetime"})
_LOWER = {"GreaterThanExpression": 0, "GreaterThanOrEqualExpression": 0}
_UPPER = {"LessThanExpression": 0, "LessThanOrEqualExpression": 0}


@dataclass(frozen=True, slots=True)
class TimeBound:
    """A filter that keeps what is younger than ``reach`` (None: unknown) by ``column``.

    ``column`` is ``ingestion_time`` for the time of ingestion; ``at`` the expression of the bound.
    A ``rounded`` bound (``startofday``) reaches further by up to the unit that it is rounded to.
    """

    node: Node
    at: Node
    column: str
    reach: timedelta | None
    rounded: bool = False


@dataclass(frozen=True, slots=True)
class Read:
    """A table that the query reads, and the tightest known bound of its own pipeline."""

    table: Node
    bound: TimeBound | None


def span_of(subject: Subject, node: Node) -> timedelta | None:
    """The constant timespan that the expression is, None if it is not one."""
    return _worked_out(subject, node, 0, _span)


def reach_of(subject: Subject, node: Node) -> timedelta | None:
    """How long before now the moment lies, at least; None if it is not known or no moment."""
    return _worked_out(subject, node, 0, _reach)


def _worked_out(
    subject: Subject,
    node: Node,
    depth: int,
    rule: Callable[[Subject, Node, int], timedelta | None],
) -> timedelta | None:
    node = subject.resolve(node)
    if depth > _DEEPEST:
        return None
    # Kept, since a chain of lets that each add the next to itself doubles the work with each.
    key = (rule.__name__, id(node))
    if key not in subject.spans:
        try:
            subject.spans[key] = rule(subject, node, depth + 1)
        except OverflowError:
            subject.spans[key] = None
    return subject.spans[key]


def _span(subject: Subject, node: Node, depth: int) -> timedelta | None:
    match node.kind:
        case "TimespanLiteralExpression":
            return _literal_span(subject.text(node))
        case "UnaryMinusExpression":
            inner = _worked_out(subject, node.children[-1], depth, _span)
            return None if inner is None else -inner
        case "MultiplyExpression":
            return _product(subject, node.children[0], node.children[-1], depth)
        case "AddExpression" | "SubtractExpression":
            first = _worked_out(subject, node.children[0], depth, _span)
            second = _worked_out(subject, node.children[-1], depth, _span)
            if first is None or second is None:
                return None
            return first + second if node.kind == "AddExpression" else first - second
        case "FunctionCallExpression" if node.name == "totimespan" and arguments(node):
            text = text_of(subject, subject.resolve(arguments(node)[0]))
            return None if text is None else _literal_span(text)
    return None


def _literal_span(text: str) -> timedelta | None:
    text = text.strip().lower()
    for name in ("timespan", "time"):
        if text.startswith(name):
            text = text.removeprefix(name).strip().strip("()").strip()
    if clock := _CLOCK.fullmatch(text):
        days, hours, minutes, seconds = (int(part or 0) for part in clock.groups())
        return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    found = _SPAN.fullmatch(text)
    unit = _UNITS.get(found[2]) if found else None
    return float(found[1]) * unit if found and unit else None


def _product(subject: Subject, first: Node, second: Node, depth: int) -> timedelta | None:
    for factor, span in ((first, second), (second, first)):
        number = subject.text(subject.resolve(factor))
        length = _worked_out(subject, span, depth, _span)
        if length is not None and _NUMBER.fullmatch(number):
            return float(number) * length
    return None


def _reach(subject: Subject, node: Node, depth: int) -> timedelta | None:
    if node.kind in {"AddExpression", "SubtractExpression"}:
        moment = _worked_out(subject, node.children[0], depth, _reach)
        span = _worked_out(subject, node.children[-1], depth, _span)
        if moment is None or span is None:
            return None
        return moment + span if node.kind == "SubtractExpression" else moment - span
    if node.kind != "FunctionCallExpression":
        return None
    given = arguments(node)
    if node.name == "now":
        span = _worked_out(subject, given[0], depth, _span) if given else timedelta()
        return None if span is None else -span
    if node.name == "ago" and given:
        return _worked_out(subject, given[0], depth, _span)
    if node.name in _ROUNDING and given:
        return _worked_out(subject, given[0], depth, _reach)
    return None


def time_bounds(subject: Subject) -> Iterator[TimeBound]:
    """Every condition that asks for events younger than some moment, in any filter."""
    for kind in (*_LOWER, *_UPPER):
        for node in subject.nodes(kind):
            left, right = node.children[0], node.children[-1]
            # 'ago(1d) < TimeGenerated' is a lower bound too.
            column, at = (left, right) if kind in _LOWER else (right, left)
            if (name := _time_column(column)) and _filters(subject, node):
                yield _bound(subject, node, at, name)
    for node in subject.nodes("BetweenExpression"):
        name = _time_column(node.children[0])
        couple = node.children[-1]
        if name and couple.kind == "ExpressionCouple" and _filters(subject, node):
            yield _bound(subject, node, couple.children[1], name)


def _bound(subject: Subject, node: Node, at: Node, column: str) -> TimeBound:
    below = list(walk(subject.resolve(at)))
    below += [each for name in below for each in walk(subject.resolve(name))]
    rounded = any(called(each) in _ROUNDING for each in below)
    return TimeBound(node, at, column, reach_of(subject, at), rounded)


def _time_column(node: Node) -> str:
    if node.kind == "NameReference" and node.symbol == "column" and node.name in TIME_COLUMNS:
        return node.name
    if node.kind == "FunctionCallExpression" and node.name == "ingestion_time":
        return node.name
    return ""


def _filters(subject: Subject, node: Node) -> bool:
    """True if every row that does not meet the condition is dropped: ``and`` all the way up."""
    for above in subject.ancestors(node):
        if above.kind == "FilterOperator":
            return True
        if above.kind not in {"AndExpression", "ParenthesizedExpression"}:
            return False
    return False


def reads(subject: Subject) -> list[Read]:
    """Every place where the query reads a table that has times."""
    bounds = list(time_bounds(subject))
    found = []
    for table in subject.nodes("NameReference"):
        if table.symbol == "table" and any(each.name in TIME_COLUMNS for each in table.columns):
            own = [each for each in bounds if _same_pipeline(subject, table, each.node)]
            known = [each for each in own if each.reach is not None and not each.rounded]
            unknown = [each for each in own if each.reach is None or each.rounded]
            tightest = min(known, key=lambda each: each.reach or timedelta(), default=None)
            found.append(Read(table, None if unknown and not known else tightest))
    return found


def _same_pipeline(subject: Subject, table: Node, condition: Node) -> bool:
    """True if the condition filters the pipeline that begins with the table, before rows change."""
    pipeline = subject.pipeline_from(table)
    for operator in pipeline.operators if pipeline else ():
        if operator.kind == "FilterOperator":
            if operator.start <= condition.start and condition.end <= operator.end:
                return True
        elif operator.kind in {"SummarizeOperator", "JoinOperator", "UnionOperator"}:
            return False
    return False
