"""What a stage is, and the relation that may still become one.

The trap: a relation that is still open has left its clock behind (``deferred``), so its SQL means
nothing by itself. Its source has a name of its own, and a statement in which that name is left
over is not used.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from vedette.engine.sql.relation import Relation

#: Hidden columns of every stage: when an event happened, and when it was ingested.
TIME, INGESTED = "$W_time", "$W_in"

_OPEN = re.compile(r'"\$T\d+"')
_STAGE = re.compile(r'"(\$S\d+)"')


@dataclass(frozen=True, slots=True)
class Stage:
    """Rows of one event table, filtered and computed in ways that no run changes.

    ``sql`` reads ``source``, which stands for the event table ``table`` or for the stage ``base``.
    ``shown`` are the identifiers of its columns, ``types`` their Kusto types where that matters,
    ``deferred`` the conditions that need a clock.
    """

    name: str
    source: str
    table: str
    base: str
    sql: str
    shown: tuple[str, ...]
    types: Mapping[str, str]
    deferred: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Origin:
    """A column of a stage, on one of the ways in which a query uses that stage."""

    stage: str
    ident: str
    use: int


@dataclass(frozen=True, slots=True)
class Key:
    """Where the values of a column come from.

    Every value is one of these origins'. ``exact``: to leave out rows of the stages by these
    columns is to leave out rows of the relation by this one, and nothing else.
    """

    origins: tuple[Origin, ...]
    exact: bool = True


@dataclass(frozen=True, slots=True)
class OpenRelation(Relation):
    """Rows of an event table so far; ``kept`` are hidden columns that the stage must have."""

    table_name: str = ""
    base: str = ""
    kept: tuple[str, ...] = ()
    deferred: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TracedRelation(Relation):
    """Rows of which it is known where some columns' values come from."""

    keys: Mapping[str, Key] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reducer:
    """Rows of a stage in one use are needed only if ``columns`` hold values of the other stage.

    ``among`` are the other side's origins, for each column.
    """

    use: int
    stage: str
    columns: tuple[str, ...]
    among: tuple[tuple[Origin, ...], ...]


def stages_in(sql: str) -> set[str]:
    """The names of the stages that ``sql`` reads."""
    return set(_STAGE.findall(sql))


def is_complete(sql: str) -> bool:
    """True if nothing in ``sql`` reads a relation that was left open."""
    return _OPEN.search(sql) is None


def mentioned(idents: Iterable[str], texts: Iterable[str]) -> set[str]:
    """Those of ``idents`` that are written in one of ``texts``, in quotes as all of them are."""
    everything = "\n".join(texts)
    return {ident for ident in idents if '"' + ident.replace('"', '""') + '"' in everything}
