"""Comparisons of an expression with literal texts, whatever the operator.

The trap: ``in`` and the ``has_any`` family take their texts from a list, an array or a ``let``;
a comparison whose texts are not all known is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from vedette.kql.bound import Node
from vedette.kql.checks.subject.subject import Subject
from vedette.kql.desugar.tree import child, items, walk

#: Kind of node → operator, for the operators that compare text.
OPERATORS = {
    "EqualExpression": "==",
    "NotEqualExpression": "!=",
    "EqualTildeExpression": "=~",
    "BangTildeExpression": "!~",
    "InExpression": "in",
    "NotInExpression": "!in",
    "InCsExpression": "in~",
    "NotInCsExpression": "!in~",
    "HasExpression": "has",
    "NotHasExpression": "!has",
    "HasCsExpression": "has_cs",
    "HasAnyExpression": "has_any",
    "HasAllExpression": "has_all",
    "ContainsExpression": "contains",
    "NotContainsExpression": "!contains",
    "ContainsCsExpression": "contains_cs",
    "StartsWithExpression": "startswith",
    "NotStartsWithExpression": "!startswith",
    "EndsWithExpression": "endswith",
    "NotEndsWithExpression": "!endswith",
    "MatchesRegexExpression": "matches regex",
}

_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "0": "\0"}


@dataclass(frozen=True, slots=True)
class Comparison:
    """``left operator texts``; ``column`` is the name of the column if left is one, else empty."""

    node: Node
    operator: str
    left: Node
    column: str
    texts: tuple[str, ...]
    literals: tuple[Node, ...]

    @property
    def negated(self) -> bool:
        """True for ``!=``, ``!in`` and the like."""
        return self.operator.startswith("!")


def comparisons(subject: Subject, *operators: str) -> Iterator[Comparison]:
    """The comparisons with these operators, all without any."""
    for kind, operator in OPERATORS.items():
        if operators and operator not in operators:
            continue
        for node in subject.nodes(kind):
            left = node.children[0]
            found = list(_literals(subject, node.children[-1]))
            texts = [text_of(subject, each) for each in found]
            if found and None not in texts:
                known = tuple(text for text in texts if text is not None)
                yield Comparison(node, operator, left, column_of(left), known, tuple(found))


def column_of(node: Node) -> str:
    """The name of the column that the node is, empty if it is none."""
    while node.kind == "ParenthesizedExpression":
        node = node.children[1]
    return node.name if node.kind == "NameReference" and node.symbol == "column" else ""


def text_of(subject: Subject, node: Node) -> str | None:
    """The value of a string literal, None for anything else."""
    if node.kind != "StringLiteralExpression":
        return None
    written = subject.text(node)
    if written[:1] in {"h", "H"}:
        written = written[1:]
    if written.startswith("@"):
        quote = written[1]
        return written[2:-1].replace(quote * 2, quote)
    if written.startswith(("```", "~~~")):
        return written[3:-3]
    return _ESCAPE.sub(_unescaped, written[1:-1])


def _unescaped(match: re.Match[str]) -> str:
    code = match[1]
    if code[0] in "ux" and len(code) > 1:
        return chr(int(code[1:], 16))
    return _ESCAPED.get(code, code)


def _literals(subject: Subject, node: Node) -> Iterator[Node]:
    """The literals that the node lists; the node itself where it is something else."""
    node = subject.resolve(node)
    if node.kind == "ExpressionList":
        for item in items(child(node, "List")):
            yield from _literals(subject, item)
    elif node.kind == "DynamicExpression":
        array = child(node, "JsonArrayExpression")
        yield from items(child(array, "List")) if array else [node]
    else:
        yield node


def first_table(subject: Subject, node: Node) -> str:
    """The only table from which the pipeline around ``node`` reads, empty if it is not certain."""
    for above in subject.ancestors(node):
        if above.kind == "PipeExpression":
            names = {each.name for each in walk(above) if each.symbol == "table"}
            return next(iter(names)) if len(names) == 1 else ""
    return ""
