"""What breaks when a query runs for long: nobody else may wait for it.

Nothing here sleeps: the engine is held in the middle of a statement, until the test lets it go on.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from vedette.engine.base import Rows, TimeWindow
from vedette.kql.bound import BoundQuery
from vedette.workspace.event_feed import Snapshot

if TYPE_CHECKING:
    from tests.unit.workspace.conftest import Api
    from werkzeug.test import TestResponse

Ask = Callable[["Api", str], "TestResponse"]
#: Longer than anything here takes; a test that waits for it has failed.
LONG = 60


class Gate:
    """Holds every statement of the engine that is marked, and says that it got there."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.opened = threading.Event()

    def pass_through(self) -> None:
        self.reached.set()
        assert self.opened.wait(LONG), "nobody opened the gate"


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    """A gate in front of the engine, for queries that speak of it."""
    made = Gate()
    run = Snapshot.run

    def held(
        self: Snapshot,
        query: BoundQuery,
        *,
        now: datetime,
        window: TimeWindow | None = None,
        limit: timedelta | None = None,
        ingested_by: datetime | None = None,
    ) -> Rows:
        if "held" in query.text:
            made.pass_through()
        return run(self, query, now=now, window=window, limit=limit, ingested_by=ingested_by)

    monkeypatch.setattr(Snapshot, "run", held)
    return made


@pytest.fixture
def api(api: Api, rule: Callable[..., dict[str, Any]]) -> Api:
    api.put("alertRules/a", rule())
    return api


def _query(api: Api, text: str) -> TestResponse:
    customer = api.app.workspace.settings.scope.customer_id
    return api.send("POST", f"/v1/workspaces/{customer}/query", {"query": text})


def _hunt(api: Api, text: str) -> TestResponse:
    return api.send("POST", "/v1.0/security/runHuntingQuery", {"Query": text})


HELD = "let held = 1; EmailEvents | count"


@contextmanager
def _running(
    api: Api, gate: Gate, ask: Ask, text: str = HELD
) -> Iterator[Callable[[], TestResponse]]:
    """A query that has begun; call what this gives to let it end, and for its answer."""
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(ask, api, text)
        try:
            assert gate.reached.wait(LONG)

            def end() -> TestResponse:
                gate.opened.set()
                return future.result(LONG)

            yield end
        finally:
            gate.opened.set()


@pytest.mark.parametrize("ask", [_query, _hunt], ids=["logs", "hunting"])
def test_a_long_query_keeps_events_calls_runs_and_queries_waiting(
    api: Api, gate: Gate, mail: Callable[..., dict[str, object]], ask: Ask
) -> None:
    with _running(api, gate, ask) as end:
        api.events("EmailEvents", mail())
        assert api.put("alertRules/a", api.get("alertRules/a"))["name"] == "a"
        assert api.advance("PT5M")["runs"] == 1
        assert len(api.get("incidents")["value"]) == 1
        assert _query(api, "EmailEvents | count").json is not None
        assert not gate.opened.is_set()
        assert end().status_code == 200


def test_a_query_sees_what_was_ingested_after_its_clock(
    api: Api, gate: Gate, mail: Callable[..., dict[str, object]]
) -> None:
    api.events("EmailEvents", mail())
    with _running(api, gate, _query) as end:
        api.advance("PT1H")
        api.events("EmailEvents", mail(), mail())
        after = _query(api, "EmailEvents | count").json
        began = end().json
    assert after is not None
    assert began is not None
    assert after["tables"][0]["rows"] == [[3]]
    assert began["tables"][0]["rows"] == [[1]]


def test_a_reset_takes_the_tables_from_under_a_query(
    api: Api, gate: Gate, mail: Callable[..., dict[str, object]]
) -> None:
    api.events("EmailEvents", mail())
    with _running(api, gate, _query) as end:
        assert api.send("POST", "/_vedette/reset", {}).status_code == 200
        assert api.get("incidents")["value"] == []
        answered = end().json
    assert answered is not None
    assert answered["tables"][0]["rows"] == [[1]]


def test_a_watchlist_that_gets_other_columns_fails_a_query(api: Api, gate: Gate) -> None:
    def write(column: str) -> None:
        body = {
            "properties": {
                "displayName": "Trusted",
                "provider": "Custom",
                "source": "Local file",
                "contentType": "text/csv",
                "itemsSearchKey": column,
                "rawContent": f"{column}\na\n",
            }
        }
        api.put("watchlists/Trusted", body)

    write("Sender")
    text = "let held = 1; _GetWatchlist('Trusted') | project Sender"
    with _running(api, gate, _query, text) as end:
        api.send("DELETE", "watchlists/Trusted")
        write("Other")
        _query(api, "_GetWatchlist('Trusted') | count")
        answered = end()
    # Of the list that is there now it has no column, and of the one before no row is left.
    assert answered.status_code == 400, answered.text


def test_a_query_that_fails_keeps_the_workspace_locked(api: Api) -> None:
    failed = _query(api, "EmailEvents | where Nothing == 1")
    assert failed.status_code == 400
    unsupported = _query(api, "externaldata(a:string)['https://x/y.csv']")
    assert unsupported.status_code == 501
    assert api.get("incidents")["value"] == []
