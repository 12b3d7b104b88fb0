"""Operators that see more than one row, over rows with intervals of runs.

The trap: where neither input has intervals the plain operator is right, and where one has, what has
none is there in every run.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from vedette.engine.sql.compiler import Compiler, Library, Operator
from vedette.engine.sql.operators import columns, expand, parse, rows, search, sources, summarize
from vedette.engine.sql.operators import join as joins
from vedette.engine.sql.operators import union as unions
from vedette.engine.sql.operators.join import Join, matches
from vedette.engine.sql.operators.library import LIBRARY
from vedette.engine.sql.operators.summarize import Aggregated
from vedette.engine.sql.relation import SPAN, Relation, from_source, identifiers
from vedette.engine.sql.scope import Scope
from vedette.engine.sql.staged.compiler import CLOCK
from vedette.engine.sql.staged.intervals.algebra import (
    A,
    B,
    by_segment,
    coalesced,
    gaps_of,
    is_timed,
    key_names,
    overlap,
    segments_of,
    shared_span,
    timed,
    union_of,
)
from vedette.engine.sql.staged.intervals.partial import in_parts
from vedette.engine.sql.staged.stage import mentioned
from vedette.engine.sql.value import Value, identifier
from vedette.kql.bound import Node

_Pairs = Sequence[tuple[Value, Value]]
_JOINED = frozenset({"inner", "leftouter", "rightouter", "fullouter"})


def named(compiler: Compiler, name: str, sql: str) -> str:
    """The identifier under which the statement can read ``sql`` more than once."""
    cte = f"${len(compiler.ctes) + 1}_{name}"
    compiler.ctes.append((cte, sql))
    return identifier(cte)


def join(compiler: Compiler, node: Node, relation: Relation, scope: Scope) -> Relation:
    """``join`` of every kind but ``innerunique``, which takes any row of several."""
    return _joined(compiler, node, joins.join_of(compiler, node, relation, scope), scope)


def lookup(compiler: Compiler, node: Node, relation: Relation, scope: Scope) -> Relation:
    """``lookup``."""
    return _joined(compiler, node, joins.lookup_of(compiler, node, relation, scope), scope)


def _joined(compiler: Compiler, node: Node, parts: Join, scope: Scope) -> Relation:
    if not is_timed(parts.left) and not is_timed(parts.right):
        return joins.joined(parts)
    if parts.one_side is not None:
        side, matched = parts.one_side
        if side == "R":
            turned = [(right, left) for left, right in parts.keys]
            return filtered(compiler, parts.right, parts.left, turned, "RL", matched=matched)
        return filtered(compiler, parts.left, parts.right, parts.keys, "LR", matched=matched)
    if parts.kind not in _JOINED:
        compiler.refuse(f"join kind={parts.kind} in many runs at once", node, scope)
    left, right = (_readable(compiler, each) for each in (parts.left, parts.right))
    idents = identifiers(column.name for column, _ in parts.named)
    items = ", ".join(
        f"{value.sql} AS {identifier(ident)}"
        for (_, value), ident in zip(parts.named, idents, strict=True)
    )
    both = f"{matches(parts.keys)} AND {overlap('L', 'R')}"
    tables = f"{left.source} AS L JOIN {right.source} AS R ON {both}"
    selects = [f"SELECT {items}, {shared_span('L', 'R')} FROM {tables}"]
    if parts.kind in {"leftouter", "fullouter"}:
        alone = filtered(compiler, left, right, parts.keys, "LR", matched=False)
        selects.append(f"SELECT {items}, L.{A}, L.{B} FROM {_beside(alone, 'L', right, 'R')}")
    if parts.kind in {"rightouter", "fullouter"}:
        turned = [(theirs, ours) for ours, theirs in parts.keys]
        alone = filtered(compiler, right, left, turned, "RL", matched=False)
        selects.append(f"SELECT {items}, R.{A}, R.{B} FROM {_beside(alone, 'R', left, 'L')}")
    source = " UNION ALL ".join(selects)
    return from_source(f"({source})", [column for column, _ in parts.named], idents, SPAN)


def _readable(compiler: Compiler, relation: Relation) -> Relation:
    """The relation with intervals, under a name if its SQL is more than one."""
    relation = timed(relation)
    if not relation.source.startswith("("):
        return relation
    return replace(relation, source=named(compiler, "side", f"SELECT * FROM {relation.source}"))


def _beside(kept: Relation, alias: str, other: Relation, missing: str) -> str:
    """The rows of ``kept`` beside nothing of the other side, whose columns are null."""
    nothing = f"(SELECT * FROM {other.source} LIMIT 0)"
    return f"{kept.source} AS {alias} LEFT JOIN {nothing} AS {missing} ON FALSE"


def filtered(
    compiler: Compiler,
    kept: Relation,
    other: Relation,
    keys: _Pairs,
    aliases: str,
    *,
    matched: bool,
) -> Relation:
    """The rows of ``kept`` in the runs in which ``other`` has their key, or has it not.

    ``keys`` are pairs of values of the two, which are called by the two ``aliases``.
    """
    ours, theirs = aliases[0], aliases[1]
    kept = _readable(compiler, kept)
    if not is_timed(other):
        test = f"EXISTS (SELECT 1 FROM {other.source} AS {theirs} WHERE {matches(keys)})"
        word = "" if matched else "NOT "
        source = f"(SELECT {ours}.* FROM {kept.source} AS {ours} WHERE {word}{test})"
        return replace(kept, source=source)
    table = f"{other.source} AS {theirs}"
    union = named(compiler, "runs", union_of(table, [value.sql for _, value in keys]))
    names = key_names(len(keys))
    on = matches(
        [
            (value, replace(partner, sql=f"C.{name}"))
            for (value, partner), name in zip(keys, names, strict=True)
        ]
    )
    others = f"{ours}.* EXCLUDE ({A}, {B})"
    read = union if matched else f"({gaps_of(union, names)})"
    source = (
        f"SELECT {others}, {shared_span(ours, 'C')} FROM {kept.source} AS {ours} "
        f"JOIN {read} AS C ON {on} AND {overlap(ours, 'C')}"
    )
    if not matched:
        source += (
            f" UNION ALL SELECT {others}, {ours}.{A}, {ours}.{B} FROM {kept.source} AS {ours} "
            f"WHERE NOT EXISTS (SELECT 1 FROM {union} AS C WHERE {on})"
        )
    return replace(kept, source=f"({source})")


def distinct(compiler: Compiler, node: Node, relation: Relation, scope: Scope) -> Relation:
    """``distinct``: each value in the runs in which some row has it."""
    if not is_timed(relation):
        return rows.distinct(compiler, node, relation, scope)
    relation = relation.nested()
    columns_, values = rows.distinct_values(compiler, node, relation, scope)
    idents = identifiers(column.name for column in columns_)
    sql = union_of(relation.source, [value.sql for value in values])
    items = ", ".join(
        f"{name} AS {identifier(ident)}"
        for name, ident in zip(key_names(len(values)), idents, strict=True)
    )
    return from_source(f"(SELECT {items}, {A}, {B} FROM ({sql}))", columns_, idents, SPAN)


def summarized(compiler: Compiler, node: Node, relation: Relation, scope: Scope) -> Relation:
    """``summarize``: what it gives in each of the segments between which a group changes."""
    if not is_timed(relation):
        return summarize.summarize(compiler, node, relation, scope)
    found = summarize.summary_of(compiler, node, relation, scope)
    if not found.keys:
        compiler.refuse("one row of all rows in many runs at once", node, scope)
    names = key_names(len(found.keys))
    items = ", ".join(
        f"{key.value.sql} AS {name}" for key, name in zip(found.keys, names, strict=True)
    )
    read = [text for one in found.results for text in (one.value.sql, one.row)]
    kept = [identifier(ident) for ident in mentioned(_idents(found.rows), read)]
    rows_ = f"SELECT {', '.join((items, A, B, *sorted(kept)))} FROM {found.rows.table()}"
    if _PIECES.search(rows_) and not any(CLOCK in text for text in read):
        # Of rows that read the clock each is there in one run, and its time is that run's.
        rows_ = coalesced(f"({rows_})", (*names, *sorted(kept)))
    table = named(compiler, "rows", rows_)
    parts = in_parts(found, table)
    if parts is not None:
        found, select = parts
        table = named(compiler, "parts", select)
    segments = named(compiler, "segments", segments_of(table, names))
    keys = [
        Aggregated(key.name, replace(key.value, sql=f"any_value({name})"))
        for key, name in zip(found.keys, names, strict=True)
    ]
    groups = summarize.grouping(
        found, keys, f"({by_segment(table, segments, names)})", '"$g"', ['"$g"']
    )
    source = (
        f'(SELECT G.* EXCLUDE ("$g"), S.{A}, S.{B} FROM ({groups}) AS G '
        f'JOIN {segments} AS S ON G."$g" = S."$g")'
    )
    return summarize.grouped(found, source, SPAN)


#: What may hold a row in pieces: a table that this query has made.
_PIECES = re.compile(r'"\$\d+_')


def _idents(relation: Relation) -> set[str]:
    return {*relation.idents, *relation.hidden} - set(SPAN)


_UNCHANGED = ("AsOperator", "ConsumeOperator", "FilterOperator", "RenderOperator", "SortOperator")

OPERATORS: Mapping[str, Operator] = {
    **{kind: rows.OPERATORS[kind] for kind in _UNCHANGED},
    **{kind: each for kind, each in columns.OPERATORS.items() if kind != "GetSchemaOperator"},
    "DistinctOperator": distinct,
    "InvokeOperator": sources.OPERATORS["InvokeOperator"],
    "JoinOperator": join,
    "LookupOperator": lookup,
    "MvExpandOperator": expand.OPERATORS["MvExpandOperator"],
    "ParseOperator": parse.OPERATORS["ParseOperator"],
    "SummarizeOperator": summarized,
    "UnionOperator": unions.OPERATORS["UnionOperator"],
}

#: What is let in: all scalar expressions, and the tabular ones of which it is known what they do.
INTERVALS = Library(
    expressions=LIBRARY.expressions,
    operators=OPERATORS,
    sources={
        kind: source for kind, source in LIBRARY.sources.items() if kind not in search.SOURCES
    },
)
