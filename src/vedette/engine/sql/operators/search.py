"""``search`` and ``find``: rows of several tables that fulfil one condition.

Both read the tables as a union, in which a column that a table lacks is null. The trap: a text by
itself is a condition on every column, where ``*`` at its ends asks for a part of a term.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from vedette.engine.sql import terms
from vedette.engine.sql.compiler import Compiler, Operator, Source
from vedette.engine.sql.convert import converted
from vedette.engine.sql.expressions.comparison import condition
from vedette.engine.sql.operators.columns import with_columns
from vedette.engine.sql.operators.shape import parameters
from vedette.engine.sql.operators.sources import table
from vedette.engine.sql.operators.union import members, united
from vedette.engine.sql.relation import Relation, chosen, row_of
from vedette.engine.sql.scope import Scope
from vedette.engine.sql.value import Value, identifier, literal, string
from vedette.kql.bound import Node
from vedette.kql.desugar.tree import arguments, called, child, items, walk
from vedette.schema.types import Column

_PACK = "pack_"
_TABLE = "$table"
_OR = frozenset({"AndExpression", "OrExpression"})
#: Stands for the column at hand where the query says ``*``.
STAR = "*"


def search_source(compiler: Compiler, node: Node, scope: Scope) -> Relation:
    """``search in (A, B) condition``: the table's name is in the column ``$table``."""
    return _searched(compiler, node, united(_sides(compiler, node, scope), _TABLE), scope)


def search(compiler: Compiler, node: Node, relation: Relation, scope: Scope) -> Relation:
    """``T | search condition``."""
    tables = list(compiler.query.tables)
    if len(tables) > 1:
        compiler.refuse("a search behind a pipe in a query of several tables", node, scope)
    name = string(tables[0] if tables else "")
    return _searched(compiler, node, with_columns(relation.nested(), [(_TABLE, name)]), scope)


def _searched(compiler: Compiler, node: Node, relation: Relation, scope: Scope) -> Relation:
    relation = relation.nested()
    kind = parameters(node, scope).get("kind", "case_insensitive")
    finder = _Finder(compiler, relation, scope, cased=kind == "case_sensitive")
    found = replace(relation, where=(finder.test(_condition(node)),)).nested()
    known = [column.name for column in compiler.known(node)]
    names = known or [_TABLE, *(name for name in found.types() if name != _TABLE)]
    return _chosen(compiler, node, found, scope, names)


def find(compiler: Compiler, node: Node, scope: Scope) -> Relation:
    """``find in (A, B) where condition project …``: what is not asked for is packed."""
    given = parameters(node, scope)
    source = given.get("withsource", "source_")
    relation = united(_sides(compiler, node, scope), source).nested()
    finder = _Finder(compiler, relation, scope, cased=False)
    found = replace(relation, where=(finder.test(_condition(node)),)).nested()
    names = [column.name for column in compiler.known(node)]
    if not names:
        compiler.refuse("find over columns that only the rows decide", node, scope)
    if names[-1] != _PACK:
        return _chosen(compiler, node, found, scope, names)
    kept = names[:-1]
    packed = _packed(found, [column for column in found.columns if column.name not in kept])
    columns = [column for name in kept for column in found.columns if column.name == name]
    values = [identifier(found.ident(column.name) or "") for column in columns]
    return chosen(found, [*columns, Column(_PACK, "dynamic")], [*values, packed], keep_hidden=True)


def _packed(relation: Relation, columns: Sequence[Column]) -> str:
    """SQL: a bag of the columns that are not empty."""
    pairs = []
    for column in columns:
        value = converted(
            Value(identifier(relation.ident(column.name) or ""), column.type), "dynamic"
        )
        if value is not None:
            empty = f"nullif({value.sql}, '\"\"'::JSON)" if column.type == "string" else value.sql
            pairs.append(f"{{'k': {literal(column.name)}, 'v': {empty}}}")
    if not pairs:
        return "'{}'::JSON"
    bag = f"list_filter([{', '.join(pairs)}], lambda p: p.v IS NOT NULL)"
    return f"kql.bag_from({bag})"


def _chosen(
    compiler: Compiler, node: Node, relation: Relation, scope: Scope, names: Sequence[str]
) -> Relation:
    types = relation.types()
    if not types.keys() >= set(names):
        compiler.refuse("a column of two types", node, scope)
    columns = [Column(name, types[name]) for name in names]
    values = [identifier(relation.ident(name) or "") for name in names]
    return chosen(relation, columns, values, keep_hidden=True)


def _sides(compiler: Compiler, node: Node, scope: Scope) -> list[tuple[str, Relation]]:
    """The tables that are named, or all of them where none is."""
    clause = child(node, "FindInClause")
    if clause is None:
        return [(name, table(compiler, name)) for name in sorted(compiler.query.tables)]
    listed = items(child(clause, "List"))
    return [side for item in listed for side in members(compiler, item, scope)]


def _condition(node: Node) -> Node:
    """The condition: the last part of the operator that is a value."""
    return next(part for part in reversed(node.children) if part.type and part.type != "table")


class _Finder:
    """Compiles the condition of one ``search`` or ``find`` over its rows."""

    def __init__(
        self, compiler: Compiler, relation: Relation, scope: Scope, *, cased: bool
    ) -> None:
        self._compiler = compiler
        self._row = row_of(relation)
        self._scope = scope.with_row(self._row)
        self._cased = cased

    def test(self, node: Node) -> str:
        """SQL of a condition, in which texts and stars may stand for all columns."""
        if node.kind in _OR:
            word = " AND " if node.kind == "AndExpression" else " OR "
            return f"({self.test(node.children[0])}{word}{self.test(node.children[-1])})"
        if node.kind == "ParenthesizedExpression":
            return self.test(next(n for n in node.children if not n.kind.endswith("Token")))
        if called(node) == "not":
            return f"(NOT {self.test(arguments(node)[0])})"
        if node.kind == "StringLiteralExpression":
            return self._anywhere(node)
        if node.kind == "SearchExpression":
            column = self._compiler.typed(node.children[0], self._scope, "string")
            return self._in(column, node.children[-1])
        if any(part.kind == "StarExpression" for part in walk(node)):
            return self._starred(node)
        return f"coalesce({condition(self._compiler, node, self._scope).sql}, FALSE)"

    def _text(self, node: Node) -> str:
        value = self._compiler.expression(node, self._scope)
        if value.text is None:
            self._compiler.refuse("a search for what is no constant text", node, self._scope)
        return value.text

    def _texts(self) -> list[Value]:
        """Every column as a text, but those that hold nothing to search for."""
        columns = [self._row.column(name) for name in self._row.values if name != _TABLE]
        texts = [converted(value, "string") for value in columns if value is not None]
        return [text for text in texts if text is not None]

    def _anywhere(self, node: Node) -> str:
        return f"({' OR '.join(self._in(column, node) for column in self._texts())})"

    def _in(self, column: Value, node: Node) -> str:
        """SQL: the column has the text as a term; a star at an end lets the term go on there."""
        text = self._text(node)
        word = text.strip("*")
        if not word:
            return "TRUE"
        if "*" in word:
            self._compiler.refuse("a star inside a searched text", node, self._scope)
        lead, trail = not text.startswith("*"), not text.endswith("*")
        return terms.has(column, [word], cased=self._cased, lead=lead, trail=trail)

    def _starred(self, node: Node) -> str:
        tests = []
        for name in self._row.values:
            value = self._row.column(name)
            text = None if value is None else converted(value, "string")
            if text is None:
                continue
            inside = self._scope.named({STAR: text})
            tests.append(f"coalesce({condition(self._compiler, node, inside).sql}, FALSE)")
        return f"({' OR '.join(tests)})"


def star(compiler: Compiler, node: Node, scope: Scope) -> Value:
    """``*`` in a condition of ``search`` or ``find``: the column at hand, as a text."""
    value = scope.names.get(STAR)
    if not isinstance(value, Value):
        compiler.refuse("* as a value", node, scope)
    return value


OPERATORS: Mapping[str, Operator] = {"SearchOperator": search}
SOURCES: Mapping[str, Source] = {"FindOperator": find, "SearchOperator": search_source}
EXPRESSIONS = {"StarExpression": star}
