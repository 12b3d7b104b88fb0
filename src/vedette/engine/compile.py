"""A bound query as SQL that waits for its clock, its window and its tables; kept once made.

The trap: what is kept may depend on nothing but the query itself. Rows, ``now`` and the window
arrive with each run; the text, the functions and the schemas are the key.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from vedette.engine.sql.compiler import External
from vedette.engine.sql.shapes import Shape
from vedette.engine.sql.translate import translate as translate_tree
from vedette.engine.translate import Translation, translate
from vedette.errors import UnsupportedError
from vedette.kql.bound import BoundQuery
from vedette.kql.desugar.desugar import Desugared, desugar
from vedette.kql.desugar.names import INGESTION_COLUMN, watchlist_table
from vedette.schema.types import Column

#: What rows have said of columns that only they decide.
Shapes: TypeAlias = tuple[Shape, ...]

_KEPT = 1024


@dataclass(frozen=True, slots=True)
class Compiled:
    """SQL over sources that are named like the query's tables.

    ``ingestion``: the sources of event tables must show the hidden column. ``renamed``: columns
    that the sources show under another name. ``macros``: those that the database must know.
    ``externals``: the ``externaldata`` tables that must have been given rows.
    ``in_order``: the result has exactly ``columns`` in their order. ``question``: the result is no
    answer yet, but tells columns that the next compilation needs (``sql/shapes.py``).
    """

    translation: Translation
    ingestion: bool
    renamed: Mapping[str, str]
    macros: tuple[str, ...] = ()
    externals: Mapping[str, External] = field(default_factory=dict)
    in_order: bool = False
    columns: tuple[Column, ...] = ()
    question: bool = False

    @property
    def hidden(self) -> tuple[Column, ...]:
        """The columns that event tables show beside those of their schema."""
        return (Column(INGESTION_COLUMN, "datetime"),) if self.ingestion else ()


def compile_typed(query: BoundQuery, shapes: Shapes = ()) -> Compiled:
    """Our own translator, over the compiler's typed tree."""
    made = translate_tree(query, shapes)
    return Compiled(
        Translation(made.sql, {}, made.clock),
        made.ingestion,
        made.renamed,
        made.macros,
        made.externals,
        in_order=True,
        columns=made.columns,
        question=made.question,
    )


@dataclass(eq=False)
class Compiler:
    """Compiles bound queries; safe to share between threads.

    ``make`` translates: ``compile_typed``, or ``compile_desugared`` to compare with.
    """

    make: Callable[[BoundQuery, Shapes], Compiled] = compile_typed
    _kept: OrderedDict[object, Compiled] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def compile(self, query: BoundQuery, shapes: Shapes = ()) -> Compiled:
        """The SQL of ``query``; ``UnsupportedError`` with an offset in ``query.text``."""
        key = (_key(query), shapes)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        compiled = self.make(query, shapes)
        with self._lock:
            self._kept[key] = compiled
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return compiled


def compile_desugared(query: BoundQuery, shapes: Shapes = ()) -> Compiled:
    """The same query through ``duckdb-kql``, which knows no types: the differential check."""
    del shapes  # its columns are those that the compiler knows
    desugared = desugar(query)
    hidden = [INGESTION_COLUMN] if desugared.ingestion else []
    known = {name: table.columns for name, table in query.tables.items()}
    columns = {name: _shown(shape, desugared) + hidden for name, shape in known.items()}
    for alias, shape in query.watchlists.items():
        columns[watchlist_table(alias)] = _shown(shape, desugared)
    try:
        translation = translate(desugared.body.text, columns, desugared.functions)
    except UnsupportedError as error:
        raise _in_original(error, desugared) from error
    return Compiled(translation, desugared.ingestion, desugared.renamed, columns=query.columns)


def _shown(shape: tuple[Column, ...], desugared: Desugared) -> list[str]:
    return [desugared.renamed.get(column.name, column.name) for column in shape]


def _in_original(error: UnsupportedError, desugared: Desugared) -> UnsupportedError:
    offset = None if error.offset is None else desugared.body.original(error.offset)
    return UnsupportedError(error.construct, offset=offset, hint=error.hint)


def _key(query: BoundQuery) -> object:
    return (
        query.text,
        query.columns,
        tuple(sorted((name, item.parameters, item.body) for name, item in query.functions.items())),
        tuple(sorted(query.tables.items(), key=lambda item: item[0])),
        tuple(sorted(query.watchlists.items(), key=lambda item: item[0])),
    )
