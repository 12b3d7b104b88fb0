"""Aggregates in two parts: of the rows that the same runs have, and of those parts in each run.

A history holds thousands of rows that come and go with the same runs, and each run would aggregate
all of them again. The trap: only forms that are known to be made of parts are taken apart; a
summary with any other is aggregated from its rows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from vedette.engine.sql.operators.summarize import Aggregated, Summary
from vedette.engine.sql.staged.intervals.algebra import A, B, key_names, union_of
from vedette.engine.sql.value import identifier

_IDENT = r'"(?:[^"]|"")+"'
_COUNT = re.compile(r"count\(\*\)(?: FILTER \(WHERE .*\))?", re.DOTALL)
_SUM = re.compile(rf"coalesce\(sum\({_IDENT}\), 0\)::BIGINT")
_DISTINCT = re.compile(rf"count\(DISTINCT ({_IDENT})\)")
_EXTREME = re.compile(rf"(coalesce\()?(min|max)\(({_IDENT})\)(, ''\))?")
_ROW = re.compile(r"(?:coalesce\()?(arg_min|arg_max)\(\{")


@dataclass(frozen=True, slots=True)
class _Part:
    """What is made of rows with the same runs, or of the union of a column's values' runs."""

    made: str
    whole: str
    distinct: str = ""


def in_parts(found: Summary, table: str) -> tuple[Summary, str] | None:
    """The summary over a SELECT of parts of ``table``, whose keys have names; None if it has none.

    The parts have the same keys and intervals, so that they can stand for the rows.
    """
    parts: dict[str, _Part] = {}
    results: list[Aggregated] = []
    for item in found.results:
        text = item.row or item.value.sql
        part = _part_of(text, identifier(f"$p{len(parts)}"), is_row=bool(item.row))
        if part is None:
            return None
        part = parts.setdefault(text, part)
        results.append(
            replace(item, row=part.whole)
            if item.row
            else replace(item, value=replace(item.value, sql=part.whole))
        )
    names = key_names(len(found.keys))
    return replace(found, results=results), _select(list(parts.values()), table, names)


def _part_of(text: str, name: str, *, is_row: bool) -> _Part | None:
    if is_row:
        row = _ROW.match(text)
        if row is None:
            return None
        # The first field of such a row is what it is the largest or smallest by.
        return _Part(text, f"coalesce({row[1]}({name}, {name}.f0), any_value({name}))")
    if _COUNT.fullmatch(text) or _SUM.fullmatch(text):
        return _Part(text, f"coalesce(sum({name}), 0)::BIGINT")
    distinct = _DISTINCT.fullmatch(text)
    if distinct is not None:
        return _Part("", f"coalesce(sum({name}), 0)::BIGINT", distinct[1])
    extreme = _EXTREME.fullmatch(text)
    if extreme is None:
        return None
    whole = f"{extreme[2]}({name})"
    return _Part(f"{extreme[2]}({extreme[3]})", f"coalesce({whole}, '')" if extreme[1] else whole)


def _select(parts: Sequence[_Part], table: str, names: Sequence[str]) -> str:
    keys = ", ".join((*names, A, B))
    made = [f"{part.made} AS {identifier(f'$p{n}')}" for n, part in enumerate(parts) if part.made]
    selects = [f"SELECT {', '.join([keys, *made])} FROM {table} GROUP BY {keys}"]
    for n, part in enumerate(parts):
        if part.distinct:
            # A value that several rows have counts once in a run: it is one more of them where
            # the runs of all its rows begin, and one less where they end.
            values = union_of(
                f"(SELECT * FROM {table} WHERE {part.distinct} IS NOT NULL)",
                [*names, part.distinct],
            )
            selects.append(
                f"SELECT {keys}, count(*) AS {identifier(f'$p{n}')} FROM ({values}) GROUP BY {keys}"
            )
    return " UNION ALL BY NAME ".join(selects)
