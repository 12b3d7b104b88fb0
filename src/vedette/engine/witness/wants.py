"""What a condition wants of a column: read from the typed tree, one alternative after another.

The trap: a condition that is not understood wants nothing. The row is then made without it, and the
database says whether it passes all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import TypeAlias

from vedette.engine.sql.compiler import Compiler
from vedette.engine.sql.expressions.comparison import listed
from vedette.engine.sql.scope import Scope
from vedette.engine.sql.value import Value
from vedette.errors import UnsupportedError
from vedette.kql.bound import Node
from vedette.kql.desugar.tree import arguments, called, walk

#: A step into a column: a key, an index, or PARSED, where its text is JSON.
Step: TypeAlias = "str | int"
PARSED = "\0parsed"

#: Alternatives that are kept of one condition; a row is made for each.
_ALTERNATIVES = 4


@dataclass(frozen=True, slots=True)
class Want:
    """``kind`` (``eq ne lt le gt ge has contains prefix suffix in not filled empty longer``)."""

    column: str
    path: tuple[Step, ...]
    kind: str
    value: object = None


Wants: TypeAlias = tuple[Want, ...]
#: The constant that an expression is in this run, None where rows decide it.
Evaluate: TypeAlias = Callable[[Value], object]

_ORDERS = {
    "LessThanExpression": "lt",
    "LessThanOrEqualExpression": "le",
    "GreaterThanExpression": "gt",
    "GreaterThanOrEqualExpression": "ge",
    "EqualExpression": "eq",
    "EqualTildeExpression": "eq",
    "NotEqualExpression": "ne",
    "BangTildeExpression": "ne",
}
_TURNED = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le", "eq": "eq", "ne": "ne"}
_OPPOSITE = {"lt": "ge", "le": "gt", "gt": "le", "ge": "lt", "eq": "ne", "ne": "eq"}
_TEXTS = {
    "Has": "has",
    "HasPrefix": "has",
    "HasSuffix": "has",
    "Contains": "contains",
    "StartsWith": "prefix",
    "EndsWith": "suffix",
}
_LISTS = frozenset({"InExpression", "InCsExpression", "HasAnyExpression", "HasAllExpression"})
_NOT_LISTS = frozenset({"NotInExpression", "NotInCsExpression"})
#: Functions that change a value's type or letter case and nothing that a filter asks for.
_PLAIN = frozenset(
    {"tostring", "tolower", "toupper", "tolong", "toint", "toreal", "todouble", "todatetime",
     "tobool", "trim", "trim_start", "trim_end", "toguid", "totimespan", "bin", "floor"}
)  # fmt: skip
#: Functions that ask whether there is a value.
_FILLED: Mapping[str, bool] = {
    **dict.fromkeys(("isempty", "isnull"), False),
    **dict.fromkeys(("isnotempty", "isnotnull", "notempty", "notnull"), True),
}
_JSON = frozenset({"parse_json", "todynamic", "toobject", "parsejson"})


def alternatives(
    compiler: Compiler, node: Node, scope: Scope, evaluate: Evaluate, *, negated: bool = False
) -> list[Wants]:
    """Ways to fulfil a condition, each a set of wants; one of no wants where it is not known."""
    reader = _Reader(compiler, scope, evaluate)
    return reader.read(node, negated=negated)[:_ALTERNATIVES]


@dataclass(frozen=True, slots=True)
class _Reader:
    compiler: Compiler
    scope: Scope
    evaluate: Evaluate

    def read(self, node: Node, *, negated: bool = False) -> list[Wants]:
        if node.kind in {"ParenthesizedExpression", "BracketedExpression"}:
            return self.read(next(n for n in node.children if n.type), negated=negated)
        if node.kind in {"AndExpression", "OrExpression"}:
            sides = [self.read(node.children[index], negated=negated) for index in (0, -1)]
            if (node.kind == "OrExpression") != negated:
                return [*sides[0][:2], *sides[1]][:_ALTERNATIVES]
            return [(*a, *b) for a, b in product(*sides)][:_ALTERNATIVES]
        if called(node) == "not":
            return self.read(arguments(node)[0], negated=not negated)
        wants = self._wanted(node, negated=negated)
        return [(want,) for want in wants] or [()]

    def _wanted(self, node: Node, *, negated: bool) -> list[Want]:
        if node.kind in _ORDERS:
            return self._ordered(node, negated)
        if node.kind in _LISTS | _NOT_LISTS:
            return self._listed(node, (node.kind in _NOT_LISTS) != negated)
        if node.kind in {"BetweenExpression", "NotBetweenExpression"}:
            return self._between(node, (node.kind == "NotBetweenExpression") != negated)
        if node.kind.endswith("Expression") and len(node.children) > 2:
            return self._text(node, negated)
        return self._truth(node, negated)

    def _ordered(self, node: Node, negated: bool) -> list[Want]:
        left, right, kind = node.children[0], node.children[-1], _ORDERS[node.kind]
        subject, constant = self._subject(left), self._constant(right)
        if subject is None or constant is None:
            subject, constant, kind = self._subject(right), self._constant(left), _TURNED[kind]
        if subject is None or constant is None:
            return []
        return [Want(*subject, _OPPOSITE[kind] if negated else kind, constant)]

    def _between(self, node: Node, negated: bool) -> list[Want]:
        subject = self._subject(node.children[0])
        ends = [self._constant(part) for part in node.children[-1].children if part.type]
        if subject is None or len(ends) != 2 or None in ends:
            return []
        return [Want(*subject, "outside" if negated else "between", tuple(ends))]

    def _listed(self, node: Node, negated: bool) -> list[Want]:
        subject = self._subject(node.children[0])
        members: list[object] = []
        for item in listed(node.children[-1]):
            value = self._constant(item)
            members += value if isinstance(value, list) else [value]
        members = [member for member in members if member is not None]
        if subject is None or not members:
            return []
        if negated:
            return [Want(*subject, "not", tuple(members))]
        if node.kind == "HasAllExpression":
            return [Want(*subject, "all", tuple(members))]
        kind = "has" if node.kind == "HasAnyExpression" else "eq"
        return [Want(*subject, kind, member) for member in members[:2]]

    def _text(self, node: Node, negated: bool) -> list[Want]:
        name = node.kind.removesuffix("Expression").removesuffix("Cs")
        kind = _TEXTS.get(name.removeprefix("Not"))
        text = self._constant(node.children[-1])
        subject = self._subject(node.children[0])
        if kind is None or subject is None or text is None:
            return []
        if name.startswith("Not") != negated:
            return [Want(*subject, "not", (text,))]
        return [Want(*subject, kind, text)]

    def _truth(self, node: Node, negated: bool) -> list[Want]:
        function, given = called(node), arguments(node)
        subject = self._subject(given[0] if function and given else node)
        if subject is None:
            return []
        if function in _FILLED:
            return [Want(*subject, "filled" if _FILLED[function] != negated else "empty")]
        if function == "ipv4_is_private":
            return [Want(*subject, "eq", "8.8.8.8" if negated else "10.0.0.1")]
        return [] if function else [Want(*subject, "eq", not negated)]

    def _subject(self, node: Node) -> tuple[str, tuple[Step, ...]] | None:
        """The column that an expression is about, and the way into it."""
        if node.kind in {"ParenthesizedExpression", "BracketedExpression"}:
            return self._subject(next(n for n in node.children if n.type))
        if node.kind == "NameReference" and node.symbol == "column":
            return node.name, ()
        if called(node) in _PLAIN | _JSON and arguments(node):
            found = self._subject(arguments(node)[-1 if called(node).startswith("trim") else 0])
            if found is None or called(node) in _PLAIN:
                return found
            return found[0], (*found[1], PARSED)
        if node.kind in {"PathExpression", "ElementExpression"}:
            found, step = self._subject(node.children[0]), self._step(node.children[-1])
            return None if found is None or step is None else (found[0], (*found[1], step))
        return None

    def _step(self, node: Node) -> Step | None:
        if node.kind == "BracketedExpression":
            value = self._constant(next(n for n in node.children if not n.kind.endswith("Token")))
            return value if isinstance(value, (str, int)) else None
        return node.name or self.scope.source(node)

    def _constant(self, node: Node) -> object:
        """The value of an expression that reads no row, None for any other."""
        if node.type == "table" or any(
            part.kind == "NameReference" and part.symbol == "column" for part in walk(node)
        ):
            return None
        try:
            return self.evaluate(self.compiler.expression(node, self.scope.with_row(None)))
        except UnsupportedError:
            return None
