"""Walks the typed tree and asks, for each node, who compiles its kind.

The trap: the tree nests as deep as a query is long. Chains (``a or b or …``, ``T | … | …``) are
walked in a loop; what nests for real is bounded by Python's stack, and then refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NoReturn, TypeAlias

from vedette.engine.sql.convert import converted
from vedette.engine.sql.relation import Relation, from_source
from vedette.engine.sql.scope import Scope, Variable
from vedette.engine.sql.shapes import Shape, ShapeNeededError
from vedette.engine.sql.value import Value, identifier
from vedette.errors import UnsupportedError
from vedette.kql.bound import BoundQuery, Node
from vedette.kql.desugar.tree import called, walk
from vedette.schema.types import Column

Expression: TypeAlias = "Callable[[Compiler, Node, Scope], Value]"
Operator: TypeAlias = "Callable[[Compiler, Node, Relation, Scope], Relation]"
Source: TypeAlias = "Callable[[Compiler, Node, Scope], Relation]"


@dataclass(frozen=True, slots=True)
class Library:
    """Who compiles what, by node kind."""

    expressions: Mapping[str, Expression]
    operators: Mapping[str, Operator]
    sources: Mapping[str, Source]


@dataclass(frozen=True, slots=True)
class External:
    """An ``externaldata`` table that the query reads, and where in the query it does."""

    columns: tuple[Column, ...]
    offset: int | None


@dataclass(eq=False, slots=True)
class Compiler:
    """Compiles one query; collects what all its parts share.

    ``shapes`` answer the questions about columns that only the rows decide, in their order.
    ``parametric``: a function reads a table that its parameter names, so that the columns in its
    body are those of each call. ``unreal`` columns are in the official compiler's tree only.
    """

    query: BoundQuery
    library: Library
    ingestion: bool
    ctes: list[tuple[str, str]] = field(default_factory=list)
    renamed: Mapping[str, str] = field(default_factory=dict)
    aliases: dict[str, Relation] = field(default_factory=dict)
    externals: dict[str, External] = field(default_factory=dict)
    shapes: tuple[Shape, ...] = ()
    asked: int = 0
    parametric: bool = False
    unreal: set[str] = field(default_factory=set)

    def expression(self, node: Node, scope: Scope) -> Value:
        """A scalar expression."""
        compile_ = self.library.expressions.get(node.kind)
        if compile_ is None:
            self.refuse(_described(node, scope), node, scope)
        return compile_(self, node, scope)

    def typed(self, node: Node, scope: Scope, type_: str) -> Value:
        """A scalar expression as a value of ``type_``."""
        return self.convert(self.expression(node, scope), type_, node, scope)

    def convert(self, value: Value, type_: str, node: Node, scope: Scope) -> Value:
        """``value`` as a ``type_``; refused where Kusto converts nothing by itself."""
        result = converted(value, type_)
        if result is None:
            self.refuse(f"a {value.type} where a {type_} stands", node, scope)
        return result

    def relation(self, node: Node, scope: Scope, rows: Relation | None = None) -> Relation:
        """A tabular expression: its source, then one operator after another.

        ``rows`` is what a subquery that begins with an operator reads (``mv-apply``).
        """
        operators: list[Node] = []
        while node.kind == "PipeExpression":
            operators.append(node.children[-1])
            node = node.children[0]
        if rows is None:
            rows = self._source(node, scope)
        else:
            operators.append(node)
        for operator in reversed(operators):
            compile_ = self.library.operators.get(operator.kind)
            if compile_ is None:
                self.refuse(_described(operator, scope), operator, scope)
            rows = compile_(self, operator, rows, scope)
        return rows

    def _source(self, node: Node, scope: Scope) -> Relation:
        compile_ = self.library.sources.get(node.kind)
        if compile_ is None:
            self.refuse(_described(node, scope), node, scope)
        return compile_(self, node, scope)

    def opened(self, relation: Relation, table: str) -> Relation:
        """The rows of an event table, as the source of a tabular expression."""
        del table
        return relation

    def completed(self, relation: Relation) -> Relation:
        """A relation whose SQL may be written into other SQL."""
        return relation

    def abreast(self, sides: list[tuple[str, Relation]]) -> list[tuple[str, Relation]]:
        """The sides of a union with the hidden columns that all of them must have."""
        return sides

    def shared(self, relation: Relation, name: str) -> Relation:
        """The same rows under a name, for whoever reads them more than once."""
        if relation.bare and not relation.source.startswith("("):
            return relation
        cte = f"${len(self.ctes) + 1}_{name}"
        self.ctes.append((cte, relation.select()))
        result = from_source(identifier(cte), relation.columns, relation.idents, relation.hidden)
        return replace(result, sorted=relation.sorted)

    def shape(self, question: str) -> Shape:
        """The columns that the rows make; ``ShapeNeededError`` where they are still to be asked."""
        if self.asked == len(self.shapes):
            raise ShapeNeededError(with_ctes(self.ctes, question))
        self.asked += 1
        return self.shapes[self.asked - 1]

    @property
    def open(self) -> bool:
        """True if there may be columns of which the official compiler's tree does not know."""
        return self.parametric or self.asked > 0

    @property
    def blank(self) -> bool:
        """True if there were no rows to decide columns, so that any name may be one."""
        return any(shape.blank for shape in self.shapes[: self.asked])

    def known(self, node: Node) -> tuple[Column, ...]:
        """The node's columns, as far as the official compiler knows all of them."""
        return () if self.open else node.columns

    def variable(self, node: Node, scope: Scope, name: str) -> Variable:
        """A ``let`` variable, compiled when it is first read."""

        def make() -> Value | Relation:
            if node.type == "table":
                return self.shared(self.relation(node, scope), name)
            return self.expression(node, scope)

        return Variable(make)

    def refuse(self, construct: str, node: Node, scope: Scope, hint: str = "") -> NoReturn:
        """Say that ``construct`` cannot be answered exactly."""
        raise UnsupportedError(construct, offset=scope.place(node), hint=hint)


def with_ctes(ctes: Sequence[tuple[str, str]], statement: str) -> str:
    """``statement`` with the tables that it may read by name."""
    if not ctes:
        return statement
    listed = ",\n".join(f"{identifier(name)} AS ({sql})" for name, sql in ctes)
    return f"WITH {listed}\n{statement}"


def _described(node: Node, scope: Scope) -> str:
    """A node in the words of the query: its first word, or its kind where that says nothing."""
    words = scope.source(node).split(maxsplit=1)
    word = words[0] if words else ""
    if node.kind == "EvaluateOperator":
        # Which plugin it is says more than that it is one.
        plugin = next((each for each in walk(node) if each.kind == "FunctionCallExpression"), None)
        return f"the plugin {called(plugin)}" if plugin is not None else "the operator evaluate"
    if node.kind.endswith("Operator") and word:
        return f"the operator {word}"
    return node.kind.removesuffix("Expression") or "this syntax"
