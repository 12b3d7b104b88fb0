"""Small changes of a query, each of which some case of its detection should notice.

A condition taken out, a threshold moved by one, a join of another kind: whoever changes the rule
could make such a slip. The trap: a change that no case could ever notice (a filter that only saves
time) looks like one that a case is missing for. The case file says which those are, with a reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from vedette.kql.bound import BoundQuery, Node
from vedette.kql.desugar.tree import arguments, child, items, walk

#: What is put in place of a node, and where: start, end, text, and what names the change.
_Change = tuple[int, int, str, str]

_ORDERED = {">": ">=", ">=": ">", "<": "<=", "<=": "<"}
_COMPARISONS = frozenset(
    {
        "GreaterThanExpression",
        "GreaterThanOrEqualExpression",
        "LessThanExpression",
        "LessThanOrEqualExpression",
    }
)
_NUMBERS = frozenset({"int", "long", "real", "decimal"})
#: Comparisons that ignore case, as those that do not.
_SPELLINGS: Mapping[str, tuple[str, str]] = {
    "EqualTildeExpression": ("=~", "=="),
    "NotEqualTildeExpression": ("!~", "!="),
    "InCsExpression": ("in~", "in"),
    "NotInCsExpression": ("!in~", "!in"),
}
#: What a join of this kind is mistaken for.
_JOINS: Mapping[str, tuple[str, ...]] = {
    "inner": ("leftouter", "innerunique"),
    "innerunique": ("inner",),
    "leftouter": ("inner",),
    "leftanti": ("leftsemi",),
    "leftsemi": ("leftanti",),
    "anti": ("leftsemi",),
    "semi": ("leftanti",),
}
_OTHER_END = {"min": "max", "max": "min", "arg_min": "arg_max", "arg_max": "arg_min"}
_LAST_IS_CONDITION = frozenset({"countif", "dcountif", "sumif", "make_set_if", "make_list_if"})
_TIMESPAN = re.compile(r"(\d+)([dhms])")
_SMALLER = {"d": "12h", "h": "30m", "m": "30s"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of a query, at the offset ``start``; ``text`` is the query that comes of it.

    ``change`` names it in a line (``Recipients >= 3 -> true``), as a case file names those that no
    case can notice.
    """

    start: int
    change: str
    text: str


def mutants_of(query: BoundQuery) -> tuple[Mutant, ...]:
    """The mutants of a query in the order of its text, each resulting text once.

    Functions of the workspace are left as they are. Some mutants do not bind: a key that was
    dropped is named further down. None where the query has no tree.
    """
    if query.tree is None:
        return ()
    text = query.text
    found: dict[str, Mutant] = {}
    for start, end, replacement, label in sorted(_changes(query.tree, text)):
        mutated = text[:start] + replacement + text[end:]
        if mutated != text:
            change = label or f"{text[start:end]} -> {replacement}"
            found.setdefault(mutated, Mutant(start, one_line(change), mutated))
    return tuple(found.values())


def one_line(text: str) -> str:
    """The text without line breaks: white space does not count in the name of a change."""
    return " ".join(text.split())


def _changes(tree: Node, text: str) -> Iterator[_Change]:
    for node in walk(tree):
        for rule in _RULES:
            yield from rule(node, text)


def _filter(node: Node, text: str) -> Iterator[_Change]:
    """A filter that lets everything through."""
    if node.kind == "FilterOperator":
        yield _put(node.children[-1], "true")


def _operand(node: Node, text: str) -> Iterator[_Change]:
    """A condition among others that always holds, an alternative that never does."""
    neutral = {"AndExpression": "true", "OrExpression": "false"}.get(node.kind)
    if neutral is not None:
        for operand in (node.children[0], node.children[-1]):
            # Of a chain (a and b and c) each link is reached by itself.
            if operand.kind != node.kind:
                yield _put(operand, neutral)


def _branch(node: Node, text: str) -> Iterator[_Change]:
    """A branch of ``case`` or ``iff`` that is never taken, an aggregate that counts everything."""
    name, given = node.name, arguments(node) if node.kind == "FunctionCallExpression" else []
    if name == "case":
        yield from (_put(each, "false") for each in given[:-1:2])
    elif name in ("iff", "iif") and given:
        yield from (_put(given[0], "true"), _put(given[0], "false"))
    elif name in _LAST_IS_CONDITION and given:
        at = 1 if name in ("sumif", "dcountif", "make_set_if", "make_list_if") else 0
        yield from (_put(each, "true") for each in given[at : at + 1])


def _boundary(node: Node, text: str) -> Iterator[_Change]:
    """A number's comparison that counts the boundary in, or out.

    Not of times: whether an event of just this moment counts is nothing to write a case for.
    """
    if node.kind in _COMPARISONS and {each.type for each in node.children} & _NUMBERS:
        sign = node.children[1]
        written = text[sign.start : sign.end]
        if written in _ORDERED:
            yield _within(node, sign, _ORDERED[written], text)


def _literal(node: Node, text: str) -> Iterator[_Change]:
    """A threshold one more or less: in a ``let``, a comparison, or an end of a span of time."""
    if node.kind == "LetStatement" or node.kind in _COMPARISONS:
        moved = node.children
    elif node.kind in ("AddExpression", "SubtractExpression"):
        moved = tuple(each for each in node.children if each.type == "timespan")
    elif node.kind == "FunctionCallExpression" and node.name == "ago":
        moved = tuple(arguments(node))
    else:
        return
    for each in moved:
        for other in _moved(each, text):
            yield _within(node, each, other, text)


def _moved(node: Node, text: str) -> Iterator[str]:
    written = text[node.start : node.end]
    if node.kind == "LongLiteralExpression" and written.isdigit():
        yield from (str(int(written) + more) for more in (1, -1))
    span = _TIMESPAN.fullmatch(written)
    if node.kind == "TimespanLiteralExpression" and span:
        count, unit = int(span[1]), span[2]
        yield f"{count + 1}{unit}"
        yield f"{count - 1}{unit}" if count > 1 else _SMALLER.get(unit, "0s")


def _join(node: Node, text: str) -> Iterator[_Change]:
    """A join of another kind, or on one key less."""
    if node.kind != "JoinOperator":
        return
    clause = child(node, "JoinOnClause")
    keys = "" if clause is None else f" {text[clause.start : clause.end]}"
    for each in walk(node.children[1]):
        written = text[each.start : each.end]
        if each.kind == "TokenLiteralExpression" and written in _JOINS:
            for other in _JOINS[written]:
                label = f"join kind={written}{keys} -> kind={other}"
                yield each.start, each.end, other, label
    if clause is not None:
        yield from _one_less(clause, text)


def _group(node: Node, text: str) -> Iterator[_Change]:
    """Groups by one key less."""
    if node.kind == "SummarizeByClause":
        yield from _one_less(node, text)


def _one_less(clause: Node, text: str) -> Iterator[_Change]:
    named = items(child(clause, "List"))
    if len(named) < 2:
        return
    word = text[clause.start : named[0].start]
    for left_out in named:
        rest = [text[each.start : each.end] for each in named if each is not left_out]
        yield clause.start, named[-1].end, word + ", ".join(rest), ""


def _leg(node: Node, text: str) -> Iterator[_Change]:
    """A union without one of its tables."""
    if node.kind == "UnionOperator":
        for each in items(node.children[-1]):
            if each.type == "table":
                yield _put(each, f"({text[each.start : each.end]} | where false)")


def _spelling(node: Node, text: str) -> Iterator[_Change]:
    """A comparison that minds capitals."""
    if node.kind in _SPELLINGS:
        written, minding = _SPELLINGS[node.kind]
        for each in node.children:
            if text[each.start : each.end] == written:
                yield _within(node, each, minding, text)
    elif node.kind == "FunctionCallExpression" and node.name in ("tolower", "toupper"):
        yield from (_put(node, text[each.start : each.end]) for each in arguments(node))


def _extreme(node: Node, text: str) -> Iterator[_Change]:
    """The first instead of the last."""
    if node.kind == "FunctionCallExpression" and node.name in _OTHER_END:
        yield _within(node, node.children[0], _OTHER_END[node.name], text)


_RULES: tuple[Callable[[Node, str], Iterator[_Change]], ...] = (
    _filter,
    _operand,
    _branch,
    _boundary,
    _literal,
    _join,
    _group,
    _leg,
    _spelling,
    _extreme,
)


def _put(node: Node, replacement: str) -> _Change:
    return node.start, node.end, replacement, ""


def _within(node: Node, part: Node, replacement: str, text: str) -> _Change:
    """The whole node with another part, so that the change says what it is about."""
    changed = text[node.start : part.start] + replacement + text[part.end : node.end]
    return node.start, node.end, changed, ""
