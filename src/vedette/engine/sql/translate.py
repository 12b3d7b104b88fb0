"""A bound query as DuckDB SQL over sources that are named like its tables.

The trap: nothing here may depend on rows, on the clock or on the window; they arrive with each run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from vedette.engine.sql.bodies import declared
from vedette.engine.sql.compiler import Compiler, External, with_ctes
from vedette.engine.sql.convert import converted
from vedette.engine.sql.operators.library import LIBRARY
from vedette.engine.sql.relation import Relation, identifiers
from vedette.engine.sql.runtime import called_macros
from vedette.engine.sql.scope import Scope
from vedette.engine.sql.shapes import Shape, ShapeNeededError
from vedette.engine.sql.value import Value, identifier, names_parameter
from vedette.errors import UnsupportedError
from vedette.kql.bound import BoundQuery
from vedette.kql.desugar.tree import called, walk
from vedette.schema.types import Column

#: The parameter that takes ``now()``.
CLOCK = "kqlnow"


@dataclass(frozen=True, slots=True)
class Translated:
    """SQL, and what it needs: the clock, the hidden column, renamed columns, macros and stubs."""

    sql: str
    clock: str | None
    ingestion: bool
    renamed: Mapping[str, str]
    macros: tuple[str, ...]
    externals: Mapping[str, External] = field(default_factory=dict)
    columns: tuple[Column, ...] = ()
    question: bool = False


def translate(query: BoundQuery, shapes: tuple[Shape, ...] = ()) -> Translated:
    """The SQL of ``query``, which must bind; ``UnsupportedError`` for what has no exact SQL.

    Without all the ``shapes`` that it needs it is the question for the next one (``shapes.py``).
    """
    if query.tree is None:
        raise UnsupportedError("a query nested this deeply")
    ingestion = uses_ingestion(query)
    renamed = renamed_columns(query)
    compiler = Compiler(query, LIBRARY, ingestion, renamed=renamed, shapes=shapes)
    columns, question = query.columns, False
    try:
        scope, last = declared(compiler, query.tree, Scope(query.text))
        relation = compiler.relation(last, scope)
        columns = _wanted(compiler, relation)
        sql = statement(compiler, relation)
    except ShapeNeededError as needed:
        sql, question = needed.sql, True
    except RecursionError as error:
        raise UnsupportedError("a query nested this deeply") from error
    clock = CLOCK if names_parameter(sql, CLOCK) else None
    macros = called_macros(sql)
    return Translated(sql, clock, ingestion, renamed, macros, compiler.externals, columns, question)


def uses_ingestion(query: BoundQuery) -> bool:
    """True if the query asks when an event was ingested."""
    trees = [query.tree, *query.bodies.values()]
    nodes = (node for tree in trees if tree is not None for node in walk(tree))
    return any(called(node) == "ingestion_time" for node in nodes)


def renamed_columns(query: BoundQuery) -> dict[str, str]:
    """Columns that a source must show under another name, since SQL knows no letter case."""
    shapes: Iterable[tuple[Column, ...]] = (
        *(table.columns for table in query.tables.values()),
        *query.watchlists.values(),
    )
    pairs = (
        pair
        for shape in shapes
        for pair in zip(
            [column.name for column in shape],
            identifiers(column.name for column in shape),
            strict=True,
        )
    )
    return {name: ident for name, ident in pairs if name != ident}


def _wanted(compiler: Compiler, relation: Relation) -> tuple[Column, ...]:
    """The query's columns in their order."""
    if compiler.asked or not compiler.query.columns:
        return relation.columns
    unreal = compiler.unreal - relation.types().keys()
    return tuple(column for column in compiler.query.columns if column.name not in unreal)


def statement(compiler: Compiler, relation: Relation, hidden: tuple[str, ...] = ()) -> str:
    """The whole statement: what the query shares, and its ``selection``."""
    return with_ctes(compiler.ctes, selection(compiler, relation, hidden))


def selection(compiler: Compiler, relation: Relation, hidden: tuple[str, ...] = ()) -> str:
    """The query's columns in their order and under unique names.

    Timespans leave as the INTERVALs that readers know. ``hidden`` columns follow as they are.
    """
    nested = relation.nested()
    wanted = _wanted(compiler, nested)
    if {column.name for column in wanted} != {column.name for column in nested.columns}:
        raise UnsupportedError("how this query names its columns")
    types, items = nested.types(), []
    for column, unique in zip(wanted, identifiers(c.name for c in wanted), strict=True):
        cell = Value(identifier(nested.ident(column.name) or ""), types[column.name])
        value = converted(cell, column.type)
        if value is None:
            raise UnsupportedError(f"a {cell.type} in the {column.type} column {column.name}")
        sql = f"to_microseconds({value.sql} // 10)" if value.type == "timespan" else value.sql
        items.append(f"{sql} AS {identifier(unique)}")
    items += [identifier(name) for name in hidden]
    return f"SELECT {', '.join(items)} FROM {nested.source}"
