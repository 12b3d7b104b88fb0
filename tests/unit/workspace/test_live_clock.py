"""What breaks when the clock runs by itself: runs beside other work, late, twice or not at all."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from vedette.engine.base import Rows, TimeWindow
from vedette.kql.bound import BoundQuery
from vedette.schema.catalogue import stock_tables
from vedette.workspace.event_feed import Snapshot
from vedette.workspace.ticking import Ticker

if TYPE_CHECKING:
    from tests.unit.workspace.conftest import Api

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
Rule = Callable[..., dict[str, Any]]
Mail = Callable[..., dict[str, object]]
LONG = 60


@pytest.fixture
def pool() -> Iterator[Executor]:
    with ThreadPoolExecutor(2) as made:
        yield made


def _incidents(api: Api) -> list[dict[str, Any]]:
    kept = ("title", "severity", "createdTimeUtc", "additionalData", "incidentNumber")
    found = api.get("incidents")["value"]
    return [{name: one["properties"][name] for name in kept} for one in found]


def _prepared(api: Api, rule: Rule, mail: Mail) -> Api:
    api.put("alertRules/a", rule())
    api.put("alertRules/b", rule("NRT", displayName="At once"))
    api.put("alertRules/c", rule(displayName="Rarely", suppressionEnabled=True, queryPeriod="PT3H"))
    for minute in (0, 20, 59):
        api.events("EmailEvents", mail(TimeGenerated=f"2026-11-02T12:{minute:02}:00Z"))
    return api


def test_runs_differ_from_those_of_a_clock_that_is_moved(
    make_api: Callable[..., Api], rule: Rule, mail: Mail, pool: Executor
) -> None:
    moved = _prepared(make_api(), rule, mail)
    moved.advance("PT3H")
    ran = _prepared(make_api(), rule, mail)
    for minutes in range(7, 187, 20):
        ran.app.workspace.keep_up(min(NOW + timedelta(minutes=minutes), NOW + _LATEST), pool)
    ran.app.workspace.keep_up(NOW + _LATEST, pool)

    assert ran.runs() == moved.runs()
    assert _incidents(ran) == _incidents(moved)
    assert ran.get("/_vedette/clock") == moved.get("/_vedette/clock")


_LATEST = timedelta(hours=3)


def test_a_rule_does_not_see_what_the_runs_before_it_wrote(
    make_api: Callable[..., Api], rule: Rule, mail: Mail, pool: Executor
) -> None:
    api = make_api(tables=stock_tables())
    query = "SecurityAlert | project TimeGenerated, RecipientEmailAddress = AlertName"
    api.put("alertRules/a", rule())
    api.put("alertRules/b", rule(query=query, queryPeriod="PT2H", displayName="Of alerts"))
    api.events("EmailEvents", mail())
    api.app.workspace.keep_up(NOW + timedelta(hours=1, minutes=5), pool)
    rows = {(run["rule"], run["scheduled"]): run["rows"] for run in api.runs()}
    assert rows["b", "2026-11-02T13:00:00Z"] == 1


class _Held:
    """Holds the first query, until it is let go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reached, self.opened = threading.Event(), threading.Event()
        run = Snapshot.run

        def held(
            snapshot: Snapshot,
            query: BoundQuery,
            *,
            now: datetime,
            window: TimeWindow | None = None,
            limit: timedelta | None = None,
            ingested_by: datetime | None = None,
        ) -> Rows:
            self.reached.set()
            assert self.opened.wait(LONG)
            return run(
                snapshot, query, now=now, window=window, limit=limit, ingested_by=ingested_by
            )

        monkeypatch.setattr(Snapshot, "run", held)


def test_a_rule_that_is_deleted_in_the_middle_of_its_run_makes_an_incident(
    api: Api, rule: Rule, mail: Mail, pool: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.put("alertRules/a", rule())
    api.put("alertRules/b", rule(displayName="Stays"))
    api.events("EmailEvents", mail())
    held = _Held(monkeypatch)
    with ThreadPoolExecutor(1) as beside:
        tick = beside.submit(api.app.workspace.keep_up, NOW + timedelta(minutes=5), pool)
        assert held.reached.wait(LONG)
        try:
            api.events("EmailEvents", mail())
            assert api.send("DELETE", "alertRules/a").status_code == 200
        finally:
            held.opened.set()
        assert tick.result(LONG) == 1
    assert [one["title"] for one in _incidents(api)] == ["Stays"]
    assert [run["rule"] for run in api.runs()] == ["b"]


def test_the_clock_stands_or_is_moved_by_somebody_else(api: Api) -> None:
    ticked = threading.Event()

    def elapsed() -> timedelta:
        # Asked in the middle of the second tick, so the first one is written.
        if asked:
            ticked.set()
        asked.append(None)
        return timedelta(seconds=len(asked))

    asked: list[None] = []
    ticker = Ticker(api.app.workspace, elapsed, every=timedelta(milliseconds=1))
    try:
        assert ticked.wait(LONG)
        assert api.get("/_vedette/clock")["now"] > "2026-11-02T12:00:00Z"
        moved = api.send("POST", "/_vedette/clock", {"advance": "PT1H"})
        assert moved.status_code == 409
    finally:
        ticker.close()
    stood = api.get("/_vedette/clock")
    assert api.get("/_vedette/clock") == stood
