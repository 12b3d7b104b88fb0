"""What a case costs beside the SQL that it comes down to, over the cases of this repository.

    python3 benchmarks/cases.py [--every 8] [--format json]

Every eighth case (``--every``) runs once, so that its query is compiled; then, in turns, the run
again and the bare statement that it gives to the database. The least of the rounds counts for each.
Prints the sums in milliseconds, their ratio, and the worst ratio of a single case. ``load_ms`` is
what emptying the engine and loading the events of these cases takes; the ratio is without it.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import ClassVar

from vedette.engine.base import Rows, TimeWindow
from vedette.engine.database import Cursor, Database, Parameters, Result
from vedette.engine.duck import DuckEngine
from vedette.evidence.outcome import Outcome
from vedette.evidence.run import run_cases
from vedette.kql.binder import Binder
from vedette.kql.bound import BoundQuery
from vedette.kql.lint import catalogue_of
from vedette.model.case import Record
from vedette.project.loading import load_project
from vedette.schema.types import TableSchema

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 3


class NotedCursor(Cursor):
    """A cursor that notes the last statement that it ran."""

    def __init__(self, cursor: Cursor, noted: list[tuple[str, Parameters]]) -> None:
        self._cursor = cursor
        self._noted = noted

    def query(self, sql: str, parameters: Parameters = (), most: int | None = None) -> Result:
        """Note the statement, and run it."""
        self._noted[:] = [(sql, parameters)]
        return self._cursor.query(sql, parameters, most)

    @contextmanager
    def transaction(self) -> Iterator[Cursor]:
        """All statements of the block, or none of them."""
        with self._cursor.transaction() as inside:
            yield inside


class NotedDatabase(Database):
    """A database whose cursors note the last statement."""

    noted: ClassVar[list[tuple[str, Parameters]]] = []

    @contextmanager
    def cursor(self, limit: timedelta | None = None) -> Iterator[Cursor]:
        """A cursor that notes its last statement."""
        with super().cursor(limit) as cursor:
            yield NotedCursor(cursor, self.noted)


@dataclass
class Costs:
    """Seconds of each case: the run, and the statement alone."""

    runs: list[float] = field(default_factory=list)
    statements: list[float] = field(default_factory=list)
    loads: float = 0.0

    def report(self) -> dict[str, float | int]:
        """The figures for JSON."""
        run, statement = sum(self.runs), sum(self.statements)
        worst = max(a / b for a, b in zip(self.runs, self.statements, strict=True))
        return {
            "cases": len(self.runs),
            "run_ms": round(run * 1000, 1),
            "sql_ms": round(statement * 1000, 1),
            "ratio": round(run / statement, 3),
            "worst_ratio": round(worst, 3),
            "load_ms": round(self.loads * 1000, 1),
        }


@dataclass(eq=False)
class TimedEngine(DuckEngine):
    """An engine that times every run once its query is compiled."""

    costs: Costs = field(default_factory=Costs)
    noted: list[tuple[str, Parameters]] = field(default_factory=list)

    def clear(self) -> None:
        """Empty the engine, and count the time."""
        started = time.perf_counter()
        super().clear()
        self.costs.loads += time.perf_counter() - started

    def load_events(self, table: TableSchema, events: Sequence[Record]) -> None:
        """Load events, and count the time."""
        started = time.perf_counter()
        super().load_events(table, events)
        self.costs.loads += time.perf_counter() - started

    def run(
        self,
        query: BoundQuery,
        *,
        now: datetime,
        window: TimeWindow | None = None,
        limit: timedelta | None = None,
        ingested_by: datetime | None = None,
    ) -> Rows:
        """Run the query; then time it again, in turns with the bare statement."""
        rows = super().run(query, now=now, window=window, limit=limit)
        ((sql, parameters),) = self.noted
        again = super().run
        database = self.database

        def bare() -> None:
            with Database.cursor(database) as cursor:
                cursor.query(sql, parameters)

        run, statement = least(lambda: again(query, now=now, window=window), bare)
        self.costs.runs.append(run)
        self.costs.statements.append(statement)
        return rows


def least(*works: Callable[[], object]) -> list[float]:
    """The least time of each, in turns: a slow moment of the machine falls on all of them."""
    taken: list[list[float]] = [[] for _ in works]
    for _ in range(ROUNDS):
        for times, work in zip(taken, works, strict=True):
            started = time.perf_counter()
            work()
            times.append(time.perf_counter() - started)
    return [min(times) for times in taken]


def main() -> int:
    """Run every case of the repository; 1 if one does not pass, whose time would mean nothing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--every", type=int, default=8, help="every how many cases (8)")
    options = parser.parse_args()
    numbers = count()
    project = load_project(ROOT)
    with NotedDatabase.open() as database, Binder() as binder:
        engine = TimedEngine(database, noted=NotedDatabase.noted)
        results = run_cases(
            project,
            catalogue_of(project),
            binder,
            project.selected,
            select=lambda _: next(numbers) % options.every == 0,
            engine=engine,
        )
        failed = [result for result in results if result.outcome is not Outcome.PASS]
    for result in failed:
        print(f"{result.location}: {result.outcome.value}", file=sys.stderr)
    report = engine.costs.report()
    if options.format == "json":
        print(json.dumps(report, indent=1))
    else:
        print("  ".join(f"{name} {value}" for name, value in report.items()))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
