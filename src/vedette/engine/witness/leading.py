"""The filters directly behind each table of a query, with the names that they see.

The trap: a filter may stand in a function's body or behind a ``let``, so it is caught where it is
compiled, with its scope, and not looked for in the text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from vedette.engine.compile import Compiled, Shapes
from vedette.engine.sql.bodies import declared, unbracketed
from vedette.engine.sql.compiler import Compiler, Library, Operator, Source, with_ctes
from vedette.engine.sql.expressions.comparison import conjuncts
from vedette.engine.sql.operators.library import LIBRARY
from vedette.engine.sql.relation import Relation
from vedette.engine.sql.runtime import called_macros
from vedette.engine.sql.scope import Scope
from vedette.engine.sql.shapes import ShapeNeededError
from vedette.engine.sql.translate import CLOCK, renamed_columns, uses_ingestion
from vedette.engine.sql.value import Value
from vedette.engine.translate import Translation
from vedette.errors import UnsupportedError
from vedette.kql.bound import BoundQuery, Node
from vedette.kql.desugar.tree import arguments, called
from vedette.schema.types import Column


@dataclass(frozen=True, slots=True)
class Leading:
    """A table where the query reads it, the conditions on its rows, and the rows that pass."""

    table: str
    tests: tuple[tuple[Node, Scope], ...]
    rows: Relation


@dataclass(eq=False, slots=True)
class WatchingCompiler(Compiler):
    """Compiles a query and notes the filters behind each table."""

    noted: dict[int, Leading] = field(default_factory=dict)
    passed_on: set[int] = field(default_factory=set)

    def shared(self, relation: Relation, name: str) -> Relation:
        """A ``let`` of a table and filters may get further filters where it is read."""
        result = super(WatchingCompiler, self).shared(relation, name)
        leading = self.noted.get(id(relation))
        if leading is not None and result is not relation:
            self.passed_on.add(id(relation))
            self.noted[id(result)] = replace(leading, rows=result)
        return result

    def leading(self) -> list[Leading]:
        """Every table with all the filters directly behind it."""
        return [each for key, each in self.noted.items() if key not in self.passed_on]


def watched(query: BoundQuery) -> WatchingCompiler:
    """The compiler after it has compiled ``query``, as far as it gets."""
    library = Library(
        LIBRARY.expressions,
        {kind: _watched_operator(kind, each) for kind, each in LIBRARY.operators.items()},
        {kind: _watched_source(each) for kind, each in LIBRARY.sources.items()},
    )
    compiler = WatchingCompiler(
        query, library, uses_ingestion(query), renamed=renamed_columns(query)
    )
    if query.tree is not None:
        try:
            scope, last = declared(compiler, query.tree, Scope(query.text))
            compiler.relation(last, scope)
        except (UnsupportedError, ShapeNeededError, RecursionError):
            pass  # What was noted until there is noted.
    return compiler


def _watched_source(build: Source) -> Source:
    def source(compiler: Compiler, node: Node, scope: Scope) -> Relation:
        rows = build(compiler, node, scope)
        if isinstance(compiler, WatchingCompiler) and id(rows) not in compiler.noted:
            name = _table_name(compiler, node, scope)
            if name is not None:
                compiler.noted[id(rows)] = Leading(name, (), rows)
        return rows

    return source


def _table_name(compiler: Compiler, node: Node, scope: Scope) -> str | None:
    """The table that a node reads by its name, or by ``table("T")``."""
    if called(node) == "table":
        name = compiler.expression(arguments(node)[0], scope).text
    elif node.kind == "NameReference":
        name = node.name or unbracketed(scope.source(node))
        name = None if name in scope.names else name
    else:
        name = None
    return name if name in compiler.query.tables else None


def _watched_operator(kind: str, build: Operator) -> Operator:
    if kind != "FilterOperator":
        return build

    def operator(compiler: Compiler, node: Node, relation: Relation, scope: Scope) -> Relation:
        rows = build(compiler, node, relation, scope)
        leading = (
            compiler.noted.get(id(relation)) if isinstance(compiler, WatchingCompiler) else None
        )
        if isinstance(compiler, WatchingCompiler) and leading is not None:
            inside = scope.over(relation)
            tests = tuple((test, inside) for test in conjuncts(node.children[-1]))
            compiler.passed_on.add(id(relation))
            compiler.noted[id(rows)] = Leading(leading.table, (*leading.tests, *tests), rows)
        return rows

    return operator


def values_of(compiler: WatchingCompiler, values: Sequence[Value]) -> Compiled:
    """A compiled query of one row: these values, which no row decides."""
    items = ", ".join(f"{value.sql} AS v{n}" for n, value in enumerate(values))
    columns = tuple(Column(f"v{n}", value.type) for n, value in enumerate(values))
    return _compiled(compiler, f"SELECT {items}", columns)


def passed(compiler: WatchingCompiler, leading: Sequence[Leading]) -> Compiled:
    """A compiled query of one row: for each of ``leading`` whether any row passes."""
    items = ", ".join(f"EXISTS ({each.rows.select()}) AS v{n}" for n, each in enumerate(leading))
    columns = tuple(Column(f"v{n}", "bool") for n in range(len(leading)))
    return _compiled(compiler, f"SELECT {items}", columns)


def _compiled(compiler: WatchingCompiler, statement: str, columns: tuple[Column, ...]) -> Compiled:
    sql = with_ctes(compiler.ctes, statement)
    return Compiled(
        Translation(sql, {}, CLOCK if f"${CLOCK}" in sql else None),
        compiler.ingestion,
        compiler.renamed,
        called_macros(sql),
        compiler.externals,
        in_order=True,
        columns=columns,
    )


def always(compiled: Compiled) -> Callable[[BoundQuery, Shapes], Compiled]:
    """What an engine's compiler makes of any query: this."""

    def make(query: BoundQuery, shapes: Shapes) -> Compiled:
        del query, shapes
        return compiled

    return make
