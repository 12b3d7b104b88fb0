"""Events that pass the leading filters of a query, one for each way to fulfil them.

The trap: a filter may compare with what only a run knows (``ago(1d)``, a ``let``, a parameter). The
database is asked for it, at the clock of the run that the events are for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice, product

from vedette.engine.compile import Compiled, Compiler, Shapes
from vedette.engine.database import Database
from vedette.engine.duck import DuckEngine
from vedette.engine.sql.value import Value
from vedette.engine.witness.leading import (
    Leading,
    WatchingCompiler,
    always,
    passed,
    values_of,
    watched,
)
from vedette.engine.witness.values import column_value
from vedette.engine.witness.wants import Want, alternatives
from vedette.errors import EngineError, UnsupportedError
from vedette.kql.bound import BoundQuery
from vedette.model.case import Record
from vedette.schema.types import TableSchema

#: Rows that are made for one table where it is read once.
_ROWS = 6


@dataclass(eq=False)
class Witness:
    """Makes rows for one query at one clock; ``database`` has what it reads from outside."""

    query: BoundQuery
    database: Database
    now: datetime
    _compiler: WatchingCompiler = field(init=False)
    _leading: list[Leading] = field(init=False)
    _known: dict[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._compiler = watched(self.query)
        self._leading = self._compiler.leading()

    def events(self) -> dict[str, list[Record]]:
        """For each table rows that each of its leading filters should let pass."""
        made: dict[str, list[Record]] = {}
        for leading in self._leading:
            table = self.query.tables[leading.table]
            ways = [
                alternatives(self._compiler, test, scope, self._constant)
                for test, scope in leading.tests
            ]
            for chosen in islice(product(*ways), _ROWS):
                wants = [want for way in chosen for want in way]
                made.setdefault(leading.table, []).append(_event(table, wants, self.now))
        return made

    def passes(self) -> list[bool]:
        """For each table, where it is read, whether any of the rows that are loaded passes."""
        if not self._leading:
            return []
        (row,) = self._run(always(passed(self._compiler, self._leading)))
        return [bool(cell) for cell in row]

    def _constant(self, value: Value) -> object:
        """What a value is that no row decides; None where it cannot be told."""
        if value.known:
            return value.constant
        if value.sql not in self._known:
            try:
                ((cell,),) = self._run(always(values_of(self._compiler, [value])))
            except (EngineError, UnsupportedError):
                cell = None
            self._known[value.sql] = _as_constant(cell)
        return self._known[value.sql]

    def _run(self, make: Callable[[BoundQuery, Shapes], Compiled]) -> Sequence[tuple[object, ...]]:
        engine = DuckEngine(self.database, compiler=Compiler(make))
        return engine.run(self.query, now=self.now).rows


def _event(table: TableSchema, wants: Sequence[Want], now: datetime) -> Record:
    """An event of all the table's columns: what is wanted of them, and something in the others."""
    by_column: dict[str, list[Want]] = {}
    for want in wants:
        by_column.setdefault(want.column, []).append(want)
    naive = now.astimezone(UTC).replace(tzinfo=None)
    values: Mapping[str, object] = {
        column.name: column_value(column.type, by_column.get(column.name, ()), naive)
        for column in table.columns
    }
    return {
        name: value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
        for name, value in values.items()
    }


def _as_constant(cell: object) -> object:
    """A cell of a result as the translator writes constants: naive times, ticks."""
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).replace(tzinfo=None)
    if isinstance(cell, timedelta):
        return cell // timedelta(microseconds=1) * 10
    return cell
