"""The rows of every run of every rule, before it is known which runs take place.

The trap: the fast way must give what the plain way gives. Whatever the fast way refuses or fails
at, for whatever reason, is made again one run after the other, and only that failure counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime

from vedette.engine.base import Engine, Rows
from vedette.engine.bulk import BulkRuns
from vedette.engine.sql.staged.sources import Grid
from vedette.errors import EngineError, UnsupportedError
from vedette.evidence.ordering import is_sorted
from vedette.kql.bound import BoundQuery
from vedette.simulate.assumptions import query_clock
from vedette.simulate.failure import Failure
from vedette.simulate.schedule import executes_at, frequency_of, window_of
from vedette.simulate.types import AnalyticsRule


@dataclass(frozen=True, slots=True)
class RuleRows:
    """What each run (by its number) returned; a run that is in neither returned nothing.

    ``broken``: why no run of the rule can succeed in the service. ``unsupported``: why none can be
    made here.
    """

    rows: Mapping[int, Rows]
    failures: Mapping[int, str] = field(default_factory=dict)
    unsupported: str = ""
    broken: Failure | None = None


def grid_of(rule: AnalyticsRule, start: datetime, end: datetime) -> Grid:
    """The runs of a rule that is created at ``start``, scheduled for times before ``end``."""
    step = frequency_of(rule)
    window = replace(window_of(rule, start), ingested_by=executes_at(rule, start))
    return Grid(query_clock(start), window, step, -((start - end) // step))


def all_rows(
    rules: Sequence[tuple[str, BoundQuery, Grid]],
    engine: Engine,
    bulk: BulkRuns | None,
    *,
    workers: int = 1,
) -> dict[str, RuleRows]:
    """The rows of all rules by their key; without ``bulk`` by running each run by itself."""
    shared: set[str] = set()
    for key, query, grid in rules:
        if bulk is None or not query.ok:
            continue
        try:
            bulk.add(key, query, grid)
        except UnsupportedError:
            continue
        shared.add(key)

    def of_rule(one: tuple[str, BoundQuery, Grid]) -> RuleRows:
        key, query, grid = one
        if not query.ok:
            return RuleRows({}, broken=Failure.SEMANTIC)
        if bulk is not None and key in shared:
            try:
                return RuleRows({each.run: each.rows for each in bulk.runs(key)})
            except (EngineError, UnsupportedError):
                pass  # a run of its own says what is wrong, if anything is
        return run_by_run(query, grid, engine)

    with ThreadPoolExecutor(max_workers=workers) as pool:
        return dict(zip([key for key, _, _ in rules], pool.map(of_rule, rules), strict=True))


def run_by_run(query: BoundQuery, grid: Grid, engine: Engine) -> RuleRows:
    """The plain way: each run by itself, with its own clock and window."""
    rows: dict[int, Rows] = {}
    failures: dict[int, str] = {}
    ordered = is_sorted(query)
    for run in range(grid.count):
        try:
            found = engine.run(query, now=grid.now_of(run), window=grid.window_of(run))
        except UnsupportedError as error:
            return RuleRows({}, unsupported=str(error))
        except EngineError as error:
            failures[run] = str(error)
            continue
        if found.rows:
            rows[run] = found if ordered else settled(found)
    return RuleRows(rows, failures)


def settled(rows: Rows) -> Rows:
    """Rows whose order means nothing in an order that is always the same."""
    return Rows(rows.columns, tuple(sorted(rows.rows, key=repr)))
