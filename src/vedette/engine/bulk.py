"""All runs of many rules over the same events: what they share is made once.

Each query is cut into stages (``engine.sql.staged``). Stages that several rules have in common are
one table; each rule then keeps of it what its runs can see and its joins can use, and all its runs
are one statement. The trap: this must give what run after run gives. Whatever cannot be cut for
sure raises ``UnsupportedError``, and the caller makes the runs one at a time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from threading import Lock

from vedette.engine.base import Rows
from vedette.engine.database import Cursor, Database, RejectedSqlError, Result
from vedette.engine.event_files import time_column
from vedette.engine.run_rows import RunRows, by_run, by_span
from vedette.engine.runtime import Runtime
from vedette.engine.sql.relation import END, FIRST
from vedette.engine.sql.runtime import called_macros
from vedette.engine.sql.staged import sources
from vedette.engine.sql.staged.sources import Grid
from vedette.engine.sql.staged.stage import Reducer, Stage, stages_in
from vedette.engine.sql.staged.statement import Staged, in_intervals, staged
from vedette.engine.sql.value import identifier
from vedette.engine.stepwise import stepwise
from vedette.engine.storage import Storage
from vedette.errors import EngineError, UnsupportedError
from vedette.kql.bound import BoundQuery
from vedette.kql.desugar.names import INGESTION_COLUMN, watchlist_table
from vedette.schema.types import Column

_SCHEMA = "stages"
#: Rows that all runs of a rule may read as one statement. Beyond, what the statement holds for each
#: row and run costs more than to plan it once and to make each run by itself.
_ROWS_AT_ONCE = 2_000_000
#: Into so many parts the runs are cut if together they need more memory than there is.
_PARTS = 6
#: Names that count up within a query: the same stage of two queries differs in nothing else.
_NUMBERED = re.compile(r'"\$([TSDP]|\d+_)\d*')


@dataclass(eq=False, slots=True)
class _Shared:
    """A stage that may be several queries': its table, and which of its columns it holds."""

    table: str
    kept: dict[int, str] = field(default_factory=dict)
    made: bool = False
    lock: Lock = field(default_factory=Lock)


@dataclass(eq=False, slots=True)
class _Rule:
    query: BoundQuery
    staged: Staged
    grid: Grid
    shared: Mapping[str, _Shared]
    statics: tuple[tuple[str, str], ...]


@dataclass(eq=False)
class BulkRuns:
    """Prepares rules, then makes all runs of each; the events must be loaded before.

    Several threads may make runs at once, each of another rule.
    """

    database: Database
    _storage: Storage = field(init=False)
    _runtime: Runtime = field(init=False)
    _shared: dict[str, _Shared] = field(default_factory=dict)
    _rules: dict[str, _Rule] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._storage = Storage(self.database)
        self._runtime = Runtime(self.database)
        self.database.execute(f"CREATE SCHEMA IF NOT EXISTS {_SCHEMA}")

    def add(self, key: str, query: BoundQuery, grid: Grid) -> None:
        """Take in a rule; ``UnsupportedError`` if its runs cannot share anything for sure."""
        try:
            cut = in_intervals(query, grid, partial(self._origin, grid))
        except UnsupportedError:
            cut = staged(query)
        statics = tuple((name, sql) for name, sql in cut.static)
        watchlists = tuple(
            (watchlist_table(alias), self._storage.watchlist_source(alias, columns, cut.renamed))
            for alias, columns in query.watchlists.items()
        )
        shared: dict[str, _Shared] = {}
        texts: dict[str, str] = {}
        for stage in cut.stages:
            text = self._text(stage, cut, texts.get(stage.base, ""), (*watchlists, *statics))
            texts[stage.name] = text
            one = self._shared.setdefault(text, _Shared(f'{_SCHEMA}."s{len(self._shared)}"'))
            needed = cut.needed[stage.name]
            for place, ident in enumerate(stage.shown):
                if ident in needed:
                    one.kept[place] = f"c{place}"
            shared[stage.name] = one
        self._rules[key] = _Rule(query, cut, grid, shared, (*watchlists, *statics))

    @property
    def keys(self) -> tuple[str, ...]:
        """The rules that were taken in."""
        return tuple(self._rules)

    def in_intervals(self, key: str) -> bool:
        """True if the rule's runs are one relation, whose rows know the runs that have them."""
        return self._rules[key].staged.spans

    def _text(
        self, stage: Stage, cut: Staged, base: str, statics: Sequence[tuple[str, str]]
    ) -> str:
        """What tells a stage from others: its SQL and that of all it reads, without numbers."""
        read = [stage.sql]
        for name, sql in reversed(statics):
            if any(identifier(name) in text for text in read):
                read.append(f"{name}: {sql}")
        parts = (base or stage.table, cut.renamed_text, str(len(stage.shown)), *read)
        numbers: dict[str, str] = {}
        return _NUMBERED.sub(
            lambda found: numbers.setdefault(found[0], f'"${found[1][0]}#{len(numbers)}'),
            "\n".join(parts),
        )

    def _origin(self, grid: Grid, sql: str) -> datetime | None:
        """What ``sql`` over the clock gives in the first run, if it goes on by a step with each."""
        self._runtime.provide(called_macros(sql))
        value = sources.over_runs(grid, sql)
        try:
            ((first, steady),) = self.database.execute(value)
        except EngineError:
            return None
        if not isinstance(first, datetime) or not steady:
            return None
        return first.replace(tzinfo=UTC)

    def forget(self) -> None:
        """Drop all stages: the events have changed."""
        self._shared.clear()
        self._rules.clear()
        self.database.execute(f"DROP SCHEMA {_SCHEMA} CASCADE")
        self.database.execute(f"CREATE SCHEMA {_SCHEMA}")

    def runs(self, key: str) -> Iterator[RunRows]:
        """The rows of every run of a rule in turn; a run without rows is left out.

        Raises ``EngineError`` where the database fails at one of them.
        """
        rule = self._rules[key]
        self._runtime.provide(rule.staged.macros)
        tables = self._tables(key, rule)
        try:
            if rule.staged.spans:
                yield from self._spanned(rule, tables)
                return
            spans = self._spans(rule, list(tables.values()))
            lengths = dict(spans)
            for run, rows in self._found(rule, tables, spans):
                yield from (RunRows(run + n, rows) for n in range(lengths[run]))
        finally:
            for table in tables.values():
                self._drop(table)

    # ---- stages

    def _tables(self, key: str, rule: _Rule) -> dict[str, str]:
        """Make the rule's own tables of the stages that its statement reads."""
        read = stages_in(rule.staged.sql)
        stages = [stage for stage in rule.staged.stages if stage.name in read]
        for stage in rule.staged.stages:
            # Two rules that are made at a time may both come to a stage that nobody has made yet.
            with rule.shared[stage.name].lock:
                self._make_shared(stage, rule)
        counted = sorted(stages, key=lambda one: self._count(rule.shared[one.name].table))
        tables: dict[str, str] = {}
        for turn in range(2):
            for stage in counted:
                table = f"{_SCHEMA}.{identifier(f'{key}{stage.name}{turn}')}"
                reducers = rule.staged.lineage.of_stage(stage.name)
                known = {name for name, _ in tables.items()}
                uses = _applicable(reducers, known)
                if turn and not uses:
                    continue
                self._make_run_table(rule, stage, table, tables, uses)
        return tables

    def _make_run_table(
        self,
        rule: _Rule,
        stage: Stage,
        table: str,
        tables: dict[str, str],
        uses: list[list[Reducer]],
    ) -> None:
        conditions = [sources.needed_rows(uses, tables)] if uses else []
        needed = rule.staged.needed[stage.name]
        before = tables.get(stage.name)
        if before is None:
            shared = rule.shared[stage.name]
            places = {ident: place for place, ident in enumerate(stage.shown)}
            columns = {ident: identifier(shared.kept[places[ident]]) for ident in needed}
            timed = time_column(rule.query.tables[stage.table]) is not None
            seen = sources.visible(rule.grid, timed=timed)
            rows = sources.run_rows(shared.table, columns, seen, conditions)
        else:
            columns = {ident: identifier(ident) for ident in needed}
            rows = sources.run_rows(before, columns, None, conditions)
        if rule.staged.spans and not uses:
            # Nothing is left out that the shared table has, so what it has need not be copied.
            tables[stage.name] = f"({rows})"
            return
        self._execute(sources.run_table(table, rows, in_order=not rule.staged.spans))
        if before is not None:
            self._drop(before)
        tables[stage.name] = table

    def _make_shared(self, stage: Stage, rule: _Rule) -> None:
        shared = rule.shared[stage.name]
        if shared.made:
            return
        if stage.base:
            base = rule.shared[stage.base]
            names = next(one.shown for one in rule.staged.stages if one.name == stage.base)
            items = (f"{identifier(c)} AS {identifier(names[p])}" for p, c in base.kept.items())
            raw = f"SELECT {', '.join(items)} FROM {base.table}"
        else:
            raw = self._raw(rule, stage)
        sql = sources.base_table(stage, raw, rule.statics, shared.table, shared.kept)
        self._execute(sql)
        shared.made = True

    def _raw(self, rule: _Rule, stage: Stage) -> str:
        table = rule.query.tables[stage.table]
        time = time_column(table)
        renamed = rule.staged.renamed
        hidden = (Column(INGESTION_COLUMN, "datetime"),)
        source = self._storage.event_source(table, hidden=hidden, renamed=renamed)
        shown = None if time is None else renamed.get(time.name, time.name)
        return sources.raw_source(source, shown, INGESTION_COLUMN)

    # ---- runs

    def _spanned(self, rule: _Rule, tables: Mapping[str, str]) -> Iterator[RunRows]:
        """The runs over intervals: all at once, or in parts that memory holds."""
        waiting = [range(rule.grid.count)]
        while waiting:
            runs = waiting.pop(0)
            try:
                found = self._part(rule, tables, runs)
            except EngineError:
                size = -(-len(runs) // _PARTS)
                if size * _PARTS * _PARTS < rule.grid.count:
                    raise
                waiting = [runs[n : n + size] for n in range(0, len(runs), size)] + waiting
                continue
            yield from (RunRows(run, rows) for run, rows in found.items())

    def _part(self, rule: _Rule, tables: Mapping[str, str], runs: range) -> dict[int, Rows]:
        needed = rule.staged.needed
        given = dict(rule.statics[: len(rule.query.watchlists)])
        for stage in rule.staged.stages:
            if stage.name in tables:
                given[stage.name] = sources.spanned_source(
                    stage, tables[stage.name], needed[stage.name], stage.types, runs
                )
        with self._cursor() as cursor:
            result = stepwise(cursor, rule.staged.steps, given)
        return by_span(rule.query.columns, result, runs, ranked=rule.staged.ranked)

    def _by_run(self, rule: _Rule, result: Result) -> dict[int, Rows]:
        return by_run(rule.query.columns, result, ranked=rule.staged.ranked)

    def _given(self, rule: _Rule, tables: Mapping[str, str], run: str) -> list[tuple[str, str]]:
        """What the statement reads: watchlists, and of each stage what the run ``run`` sees."""
        needed = rule.staged.needed
        return [
            *rule.statics[: len(rule.query.watchlists)],
            *(
                (
                    stage.name,
                    sources.stage_source(
                        stage, tables[stage.name], needed[stage.name], stage.types, run
                    ),
                )
                for stage in rule.staged.stages
                if stage.name in tables
            ),
        ]

    def _are_together(self, rule: _Rule, tables: list[str]) -> bool:
        """True if all runs are one statement: they can be, and read little."""
        if rule.staged.apart:
            return False
        return sum(self._reads(table) for table in tables) <= _ROWS_AT_ONCE

    def _spans(self, rule: _Rule, tables: list[str]) -> list[tuple[int, int]]:
        """Each run, or without a clock each run that sees something else than the one before."""
        count = rule.grid.count
        if rule.staged.clocked:
            return [(run, 1) for run in range(count)]
        changes = {0}
        for table in tables:
            for column in (FIRST, END):
                found = self.database.execute(f"SELECT DISTINCT {identifier(column)} FROM {table}")
                changes.update(int(str(number)) for (number,) in found)
        starts = [*sorted(run for run in changes if run < count), count]
        return [(start, end - start) for start, end in pairwise(starts)]

    def _found(
        self, rule: _Rule, tables: Mapping[str, str], spans: Sequence[tuple[int, int]]
    ) -> Iterator[tuple[int, Rows]]:
        if self._are_together(rule, list(tables.values())):
            try:
                yield from list(self._together(rule, tables, spans))
            except EngineError:
                # The database cannot plan some statements over many runs that it can over one.
                pass
            else:
                return
        yield from self._one_by_one(rule, tables, spans)

    def _together(
        self, rule: _Rule, tables: Mapping[str, str], spans: Sequence[tuple[int, int]]
    ) -> Iterator[tuple[int, Rows]]:
        """All runs as one statement."""
        listed = ", ".join(str(run) for run, _ in spans)
        given = self._given(rule, tables, f"{sources.RUN}.i")
        runs = f"SELECT unnest([{listed}]::BIGINT[])"
        sql = sources.together(rule.staged.sql, given, rule.grid, runs)
        with self._cursor() as cursor:
            yield from self._by_run(rule, cursor.query(sql)).items()

    def _one_by_one(
        self, rule: _Rule, tables: Mapping[str, str], spans: Sequence[tuple[int, int]]
    ) -> Iterator[tuple[int, Rows]]:
        """The runs one after the other, by a statement that is planned once."""
        sql = sources.one_by_one(rule.staged.sql, self._given(rule, tables, "$run"))
        parameters = [name for name in ("run", "kqlnow") if f"${name}" in sql]
        with self._cursor() as cursor:
            cursor.execute(f"PREPARE run AS SELECT 0 AS i, * FROM ({sql})")
            for run, _ in spans:
                values = {"run": str(run), "kqlnow": sources.moment(rule.grid.now_of(run))}
                given = ", ".join(f"{name} := {values[name]}" for name in parameters)
                result = cursor.query(f"EXECUTE run({given})" if given else "EXECUTE run")
                for rows in self._by_run(rule, result).values():
                    yield run, rows

    # ---- the database

    def _execute(self, sql: str) -> None:
        with self._cursor() as cursor:
            cursor.execute(sql)

    @contextmanager
    def _cursor(self) -> Iterator[Cursor]:
        """A cursor; what DuckDB refuses is what the query compiles to."""
        try:
            with self.database.cursor() as cursor:
                yield cursor
        except RejectedSqlError as error:
            raise UnsupportedError("what this query compiles to", hint=str(error)) from error

    def _drop(self, table: str) -> None:
        if not table.startswith("("):
            self.database.execute(f"DROP TABLE IF EXISTS {table}")

    def _count(self, table: str) -> int:
        return int(str(self.database.execute(f"SELECT count(*) FROM {table}")[0][0]))

    def _reads(self, table: str) -> int:
        spans = f"SELECT coalesce(sum({identifier(END)} - {identifier(FIRST)}), 0) FROM {table}"
        return int(str(self.database.execute(spans)[0][0]))


def _applicable(uses: list[list[Reducer]], known: set[str]) -> list[list[Reducer]]:
    """What can be said of each use with the tables that are made; nothing if one use has none."""
    found = [
        [
            one
            for one in use
            if all(origin.stage in known for among in one.among for origin in among)
        ]
        for use in uses
    ]
    return found if found and all(found) else []
