"""Columns that only the rows decide: those of ``bag_unpack`` and ``pivot`` without a schema.

Compiling such a query stops at the operator with a statement that asks the rows for its columns
(``ShapeNeededError``); with the answer, a ``Shape``, it is compiled again and goes further. The
trap: the service fails a query that names a column which no row has. Where there are no rows at all
every name is taken, since nothing can come of it; any other missing name is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vedette.schema.types import Column

#: In the name's place, the line that says whether there are rows at all.
_ANY = "SELECT NULL::VARCHAR AS name, CASE WHEN count(*) > 0 THEN 'rows' ELSE '' END AS type FROM"


@dataclass(frozen=True, slots=True)
class Shape:
    """What the rows said: columns in the order of their names; ``blank``: there were no rows."""

    columns: tuple[Column, ...]
    blank: bool = False


class ShapeNeededError(Exception):
    """Compiling goes no further without the answer to ``sql``."""

    def __init__(self, sql: str) -> None:
        super().__init__(sql)
        self.sql = sql


def question(source: str, columns: str) -> str:
    """The statement that asks ``source`` for its shape; ``columns`` selects names and types."""
    return f"{_ANY} {source} UNION ALL ({columns})"


def answered(rows: Sequence[tuple[object, ...]]) -> Shape:
    """The shape that the rows of a question's statement tell."""
    named = sorted((str(name), str(type_)) for name, type_ in rows if name is not None)
    blank = not any(name is None and type_ for name, type_ in rows)
    return Shape(tuple(Column(name, type_) for name, type_ in named), blank)
