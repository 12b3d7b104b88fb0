"""The SQL of intervals: ``$a`` is the first run that has a row, ``$b`` the first that no more has.

The trap: in each run a row must be there as often as the query says. Pieces of one row may lie side
by side, but never over each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vedette.engine.sql.relation import END, FIRST, SPAN, Relation
from vedette.engine.sql.value import identifier

#: A run that no rule reaches: what holds at all times ends there.
FOREVER = 1 << 40
A, B = identifier(FIRST), identifier(END)


def is_timed(relation: Relation) -> bool:
    """True if the relation's rows know which runs have them; else every run has all of them."""
    return FIRST in relation.hidden


def timed(relation: Relation) -> Relation:
    """The relation with intervals; rows that have none yet are there in every run."""
    inner = relation.nested()
    if is_timed(inner):
        return inner
    source = f"(SELECT *, 0::BIGINT AS {A}, {FOREVER}::BIGINT AS {B} FROM {inner.source})"
    return replace(
        inner,
        source=source,
        present=inner.present | set(SPAN),
        hidden=(*inner.hidden, *SPAN),
    )


def points(source: str, count: int) -> str:
    """A row for each run: intervals of one run each."""
    runs = f"unnest(range({A}, least({B}, {count}::BIGINT)))"
    inner = f"SELECT * EXCLUDE ({A}, {B}), {runs} AS {A} FROM {source}"
    return f"(SELECT *, {A} + 1 AS {B} FROM ({inner}))"


def cut(source: str, column: str, first: Sequence[str], end: Sequence[str]) -> str:
    """Rows only from the runs ``first`` on and only before the runs ``end``.

    ``column`` is what these are computed from: ``greatest`` and ``least`` leave a null out.
    """
    items = []
    if first:
        items.append(f"greatest({', '.join((A, *first))}) AS {A}")
    if end:
        items.append(f"least({', '.join((B, *end))}) AS {B}")
    inner = f"SELECT * REPLACE ({', '.join(items)}) FROM {source} WHERE {column} IS NOT NULL"
    return f"(SELECT * FROM ({inner}) WHERE {A} < {B})"


def overlap(left: str, right: str) -> str:
    """The condition under which two rows are there in one run."""
    return f"{left}.{A} < {right}.{B} AND {right}.{A} < {left}.{B}"


def shared_span(left: str, right: str) -> str:
    """The interval in which both are."""
    return f"greatest({left}.{A}, {right}.{A}) AS {A}, least({left}.{B}, {right}.{B}) AS {B}"


def coalesced(table: str, columns: Sequence[str]) -> str:
    """The rows of ``table`` by these columns, in as few pieces as there can be.

    Where one piece ends another may go on: starts and ends at one run cancel each other out, and
    what is left is paired in its order. How often a run has a row remains what it was.
    """
    by = ", ".join(columns)
    change = f'SELECT {by}, {A} AS "$at", 1 AS "$by" FROM {table} UNION ALL '
    change += f"SELECT {by}, {B}, -1 FROM {table}"
    net = f'SELECT {by}, "$at", sum("$by") AS "$net" FROM ({change}) GROUP BY {by}, "$at"'
    lists = " , ".join(
        f'list("$at" ORDER BY "$at") FILTER (WHERE "$sign" = {sign}) AS {name}'
        for sign, name in ((1, '"$starts"'), (-1, '"$ends"'))
    )
    each = f'SELECT {by}, "$at", sign("$net") AS "$sign", unnest(range(abs("$net")::BIGINT)) '
    each += f'FROM ({net}) WHERE "$net" <> 0'
    paired = f"SELECT {by}, {lists} FROM ({each}) GROUP BY {by}"
    return f'SELECT {by}, unnest("$starts") AS {A}, unnest("$ends") AS {B} FROM ({paired})'


def key_names(count: int) -> tuple[str, ...]:
    """The identifiers of so many computed keys."""
    return tuple(identifier(f"$k{n}") for n in range(count))


def union_of(table: str, keys: Sequence[str]) -> str:
    """For each key the runs that have any row of ``table`` with it, as few intervals as can be.

    ``keys`` are the SQL of the keys; they come out under ``key_names``.
    """
    names = key_names(len(keys))
    by = ", ".join(names)
    items = ", ".join(f"{sql} AS {name}" for sql, name in zip(keys, names, strict=True))
    rows = f"SELECT DISTINCT {items}, {A}, {B} FROM {table}"
    before = f"PARTITION BY {by} ORDER BY {A}, {B} ROWS BETWEEN UNBOUNDED PRECEDING"
    opens = f"({A} > max({B}) OVER ({before} AND 1 PRECEDING)) IS NOT FALSE"
    marked = f'SELECT *, ({opens})::BIGINT AS "$new" FROM ({rows})'
    counted = f'SELECT *, sum("$new") OVER ({before} AND CURRENT ROW) AS "$island" FROM ({marked})'
    return (
        f'SELECT {by}, min({A}) AS {A}, max({B}) AS {B} FROM ({counted}) GROUP BY {by}, "$island"'
    )


def gaps_of(union: str, names: Sequence[str]) -> str:
    """For each key of ``union`` the runs in which there is none of it."""
    by = ", ".join(names)
    last = f"lag({B}) OVER (PARTITION BY {by} ORDER BY {A})"
    return (
        f"SELECT * FROM (SELECT {by}, coalesce({last}, 0) AS {A}, {A} AS {B} FROM {union}) "
        f"WHERE {A} < {B} UNION ALL "
        f"SELECT {by}, max({B}) AS {A}, {FOREVER}::BIGINT AS {B} FROM {union} GROUP BY {by}"
    )


def segments_of(table: str, names: Sequence[str]) -> str:
    """For each key the runs between which its rows do not change, numbered as ``$g``.

    The numbers of one key's segments follow each other, so that a row's are a range.
    """
    by = ", ".join(names)
    ends = " UNION ".join(f"SELECT {by}, {end} AS {A} FROM {table}" for end in (A, B))
    return (
        f"SELECT {by}, {A}, lead({A}) OVER (PARTITION BY {by} ORDER BY {A}) AS {B}, "
        f'row_number() OVER (ORDER BY {by}, {A}) AS "$g" FROM ({ends})'
    )


def by_segment(table: str, segments: str, names: Sequence[str]) -> str:
    """Each row once for every segment that it is in, whose number is ``$g``."""
    same = {
        alias: " AND ".join(f"T.{name} IS NOT DISTINCT FROM {alias}.{name}" for name in names)
        for alias in ("P", "Q")
    }
    return (
        f'SELECT T.*, unnest(range(P."$g", Q."$g")) AS "$g" FROM {table} AS T '
        f"JOIN {segments} AS P ON {same['P']} AND T.{A} = P.{A} "
        f"JOIN {segments} AS Q ON {same['Q']} AND T.{B} = Q.{A}"
    )
