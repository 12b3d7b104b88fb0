"""Rules that are made at a time share stages; only what cannot be shared is made run by run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from vedette.engine.base import Rows, TimeWindow
from vedette.engine.bulk import BulkRuns
from vedette.engine.database import Database, Limits
from vedette.engine.duck import DuckEngine
from vedette.engine.sql.staged.sources import Grid
from vedette.kql.binder import Binder
from vedette.kql.bound import BoundQuery
from vedette.replay.rows import all_rows
from vedette.schema.catalogue import Catalogue
from vedette.schema.types import Column, TableSchema
from vedette.simulate.failure import Failure

START = datetime(2026, 11, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
MAIL = TableSchema("Mail", (Column("TimeGenerated", "datetime"), Column("Id", "string")), "test")
CATALOGUE = Catalogue(tables={"Mail": MAIL}, functions={}, watchlists={})
GRID = Grid(START, TimeWindow(START - HOUR, START, ingested_by=START + 5 * HOUR / 60), HOUR, 24)


@dataclass(eq=False)
class _NoEngine:
    """An engine that must not be asked."""

    def run(self, query: BoundQuery, *, now: datetime, window: TimeWindow | None = None) -> Rows:
        raise AssertionError(f"run by itself: {query.text} at {now} in {window}")


def test_rules_that_share_a_stage_are_made_at_a_time() -> None:
    with Binder() as binder:
        query = binder.bind("Mail | where Id startswith 'a' | summarize count() by Id", CATALOGUE)
        broken = binder.bind("Mail | where Nothing == 1", CATALOGUE)
    with Database.open(None, Limits(threads=1)) as database:
        times = (START + n * HOUR / 2 for n in range(40))
        events = [{"TimeGenerated": at, "Id": f"a{n % 3}"} for n, at in enumerate(times)]
        DuckEngine(database).load_events(MAIL, events)
        rules = [(f"rule {n}", query, GRID) for n in range(8)]
        found = all_rows(
            [*rules, ("broken", broken, GRID)], _NoEngine(), BulkRuns(database), workers=4
        )
    first, *others = (found[key] for key, _, _ in rules)
    assert len(first.rows) == 20
    assert all(other.rows == first.rows for other in others)
    assert found["broken"].broken is Failure.SEMANTIC
