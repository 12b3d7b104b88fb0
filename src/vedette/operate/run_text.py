"""One run of a rule as a query that any later moment answers as that run would have.

The trap: asked a week later, the same text sees another clock and more events. So the clock is set
in the text, as the service itself writes it into every alert (``set query_now``), and each table
is cut to the run's window and to what had arrived when the run executed. What the tree does not
show as a table (a wildcard, a function of the service) cannot be cut by its arrival, and is named.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from vedette.engine.base import TimeWindow
from vedette.engine.cells import datetime_text
from vedette.engine.kusto_text import in_order
from vedette.errors import UnsupportedError
from vedette.kql.bound import BoundQuery, Node
from vedette.kql.desugar.tree import called, walk
from vedette.model.detection import Kind
from vedette.operate.assumptions import ARRIVES_WITHIN
from vedette.simulate.assumptions import query_clock
from vedette.simulate.schedule import executes_at, window_of
from vedette.simulate.types import AnalyticsRule

#: What reads tables that the tree does not name one by one.
_UNNAMED = {
    "FindOperator": "find",
    "SearchOperator": "search",
    "WildcardedName": "a wildcard",
    "WildcardedNameReference": "a wildcard",
}
_UNNAMED_CALLS = frozenset({"table", "workspace", "app", "resource", "cluster", "database"})

#: Stands where the filter of a run goes; no query can hold it.
_CUT = "\0"


@dataclass(frozen=True, slots=True)
class RunText:
    """What to send for one run: the query, and the span of TimeGenerated beside it."""

    text: str
    timespan: str


@dataclass(frozen=True, slots=True)
class Template:
    """A rule's query, ready for any of its runs.

    ``caveats`` say what in it does not look at the past as the run did.
    """

    rule: AnalyticsRule
    text: str
    caveats: tuple[str, ...] = ()

    def at(self, scheduled: datetime) -> RunText:
        """The text for the run scheduled for ``scheduled``."""
        window = window_of(self.rule, scheduled)
        cut = _cut(window, executes_at(self.rule, scheduled))
        clock = f"set query_now = {_literal(query_clock(scheduled))};"
        return RunText(f"{clock}\n{self.text.replace(_CUT, cut)}", _timespan(window))


def template_of(rule: AnalyticsRule, bound: BoundQuery, own: Collection[str]) -> Template:
    """``rule`` with its bound query; the functions named in ``own`` are those of the repository.

    They go along in the text, so that the repository's version is what runs.

    Raises:
        UnsupportedError: the query cannot be taken apart, or its window cannot be asked for.
    """
    mine = [name for name in in_order(bound) if name in own]
    texts = {name: bound.functions[name].body for name in mine} | {"": bound.text}
    trees = {name: bound.bodies.get(name) for name in mine} | {"": bound.tree}
    if not bound.ok or None in trees.values() or any(_CUT in text for text in texts.values()):
        raise UnsupportedError("a query that does not compile, or that is nested this deeply")
    parts, caveats = [], set[str]()
    for name, tree in trees.items():
        if tree is None:
            continue
        caveats |= _caveats(tree)
        text = _prepared(texts[name], tree, own)
        if name:
            text = f"let {name} = ({bound.functions[name].parameters}) {{\n{text}\n}};"
        parts.append(text)
    caveats |= {f"the function {name}" for name in set(bound.functions) - set(mine)}
    if caveats and rule.kind is Kind.NRT:
        reason = f"{min(caveats)} in a near-real-time rule, whose window is of arrival"
        raise UnsupportedError(reason)
    return Template(rule, "\n".join(parts), tuple(sorted(caveats)))


def _prepared(text: str, tree: Node, own: Collection[str]) -> str:
    """The text with a place for the filter behind each table, and calls as calls.

    A function without parameters may be named without parentheses where it is stored, not where
    it stands in the text.
    """
    edits: list[tuple[int, int, str]] = []
    named: set[int] = set()
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if node.kind in {"FindOperator", "SearchOperator"}:
            continue  # They take names of tables, not expressions.
        waiting.extend(node.children)
        if node.kind == "FunctionCallExpression":
            named.update(id(each) for each in node.children[:1])
        elif node.kind == "NameReference" and node.symbol == "table":
            if not any(each.kind.startswith("Wildcarded") for each in walk(node)):
                table = text[node.start : node.end]
                edits.append((node.start, node.end, f"({table} | {_CUT})"))
        elif node.kind == "NameReference" and node.symbol == "function" and node.name in own:
            edits += [] if id(node) in named else [(node.end, node.end, "()")]
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _caveats(tree: Node) -> set[str]:
    """What reads tables that the tree does not name, so that they are cut by time alone.

    Raises:
        UnsupportedError: the names of the tables are part of the result.
    """
    found = set()
    for node in walk(tree):
        below = {each.name for each in (node, *node.children)}
        if node.kind == "NamedParameter" and below & {"withsource", "with_source"}:
            raise UnsupportedError("withsource: a table that is cut to its run has no name")
        if node.kind in _UNNAMED:
            found.add(_UNNAMED[node.kind])
        elif called(node) in _UNNAMED_CALLS:
            found.add(f"{called(node)}()")
    return found


def _cut(window: TimeWindow, executed: datetime) -> str:
    """The filter behind each table."""
    start, end = _literal(window.start), _literal(window.end)
    if window.on_ingestion:
        return f"where ingestion_time() >= {start} and ingestion_time() < {end}"
    arrived = f"ingestion_time() <= {_literal(executed)}"
    return f"where TimeGenerated >= {start} and TimeGenerated < {end} and {arrived}"


def _timespan(window: TimeWindow) -> str:
    """ISO 8601; for a window of arrival what may have happened in it, and some more."""
    start, end = window.start, window.end
    if window.on_ingestion:
        start, end = start - ARRIVES_WITHIN, end + ARRIVES_WITHIN
    return f"{datetime_text(start)}/{datetime_text(end)}"


def _literal(moment: datetime) -> str:
    return f"datetime({datetime_text(moment)})"
