"""What a Kusto endpoint is sent, and what its answers become: against a server on the loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import duckdb
import pytest
from duckdb_kql.server import KustoRestServer

from vedette.deploy.kusto import KustoCluster
from vedette.engine.base import DifferenceError, Rows, TimeWindow
from vedette.engine.both import BothEngines
from vedette.engine.database import Database
from vedette.engine.duck import DuckEngine
from vedette.engine.kusto import KustoEngine
from vedette.engine.kusto_answer import rows_of
from vedette.engine.kusto_text import TEXT_LIMIT, kusto_text
from vedette.errors import EngineError, ServiceError, UnsupportedError, UsageError
from vedette.kql.binder import Binder
from vedette.kql.bound import BoundQuery
from vedette.schema.catalogue import Catalogue
from vedette.schema.types import Column, FunctionDefinition, TableSchema

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
MAILS = TableSchema(
    "Mails",
    (
        Column("TimeGenerated", "datetime"),
        Column("Subject", "string"),
        Column("Size", "long"),
        Column("Score", "real"),
        Column("Details", "dynamic"),
        Column("Span", "timespan"),
        Column("Key", "guid"),
        Column("Price", "decimal"),
        Column("Flag", "bool"),
    ),
    "test",
)
CATALOGUE = Catalogue(
    {"Mails": MAILS},
    {
        "Large": FunctionDefinition("Large", "least: long = 10", "Mails | where Size > least"),
        "IsLarge": FunctionDefinition("IsLarge", "size: long", "size > 10"),
        "Huge": FunctionDefinition("Huge", "", "Large(1000)"),
    },
    {"VIPs": (Column("Address", "string"), Column("SearchKey", "string"))},
)
EVENT = {
    "TimeGenerated": "2026-11-02T11:00:00Z",
    "Subject": 'say "hi" \\ it\'s\n❤',
    "Size": 20,
    "Score": 0.5,
    "Details": {"a": [1, "x"]},
    "Span": "1.02:03:04",
    "Key": "6f1d7f7e-0000-4000-8000-000000000001",
    "Price": "1.5",
    "Flag": True,
}


@pytest.fixture(scope="module")
def binder() -> Iterator[Binder]:
    with Binder() as ready:
        yield ready


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The address of a server that speaks Kusto's protocol and holds no tables."""
    with duckdb.connect() as connection, KustoRestServer(connection, port=0, quiet=True) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.url
        server.shutdown()
        thread.join()


@pytest.fixture
def engine(url: str) -> Iterator[KustoEngine]:
    with KustoCluster(url, "memory") as cluster:
        made = KustoEngine(cluster)
        made.load_events(MAILS, [EVENT, {"TimeGenerated": "2026-11-01T11:00:00Z", "Size": 5}])
        made.load_watchlist("VIPs", CATALOGUE.watchlists["VIPs"], [{"Address": "a@example.com"}])
        yield made


def test_every_type_goes_there_and_comes_back(binder: Binder, engine: KustoEngine) -> None:
    rows = engine.run(binder.bind("Mails | where Size > 10", CATALOGUE), now=NOW)

    assert rows.records() == (
        {
            "TimeGenerated": datetime(2026, 11, 2, 11, tzinfo=UTC),
            "Subject": EVENT["Subject"],
            "Size": 20,
            "Score": 0.5,
            "Details": {"a": [1, "x"]},
            "Span": timedelta(days=1, hours=2, minutes=3, seconds=4),
            "Key": UUID("6f1d7f7e-0000-4000-8000-000000000001"),
            "Price": Decimal("1.5"),
            "Flag": True,
        },
    )


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("Mails | where TimeGenerated > ago(2h) | project Size", [(20,)]),
        ("Mails | where isempty(Subject) | project Score, Span, Key", [(None, None, None)]),
        ("Mails | where IsLarge(Size) | project Size", [(20,)]),
        ("_GetWatchlist('VIPs') | project Address", [("a@example.com",)]),
        ("Mails | where ingestion_time() > ago(2h) | project Size", [(20,)]),
    ],
)
def test_clock_functions_watchlists_and_ingestion_are_there(
    query: str,
    expected: list[tuple[object, ...]],
    binder: Binder,
    engine: KustoEngine,
) -> None:
    bound = binder.bind(query, CATALOGUE)
    assert list(engine.run(bound, now=NOW).rows) == expected


def test_a_run_sees_its_window_alone(binder: Binder, engine: KustoEngine) -> None:
    bound = binder.bind("Mails | summarize count()", CATALOGUE)
    day = TimeWindow(NOW - timedelta(days=1), NOW)
    before = TimeWindow(NOW - timedelta(days=2), NOW, ingested_by=NOW - timedelta(hours=20))

    assert engine.run(bound, now=NOW).rows == ((2,),)
    assert engine.run(bound, now=NOW, window=day).rows == ((1,),)
    assert engine.run(bound, now=NOW, window=before).rows == ((1,),)


def test_functions_come_after_those_that_they_call(binder: Binder) -> None:
    text = kusto_text(binder.bind("Huge | take 1", CATALOGUE), {}, {})

    assert text.index("let Large =") < text.index("let Huge =") < text.index("Huge() | take 1")


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("search 'x'", "search"),
        ("union withsource = T Mails, Mails", "withsource"),
        ("table('Mails') | take 1", "table()"),
        ("workspace('w').Mails | take 1", "workspace()"),
        ("union Ma*", "wildcard"),
        ("Mails | where ingestion_time() > ago(1h) | distinct *", "all columns"),
    ],
)
def test_what_a_datatable_cannot_be_is_refused_by_name(
    query: str, named: str, binder: Binder
) -> None:
    with pytest.raises(UnsupportedError, match=named):
        kusto_text(binder.bind(query, CATALOGUE), {}, {})


def test_inputs_that_are_too_large_are_refused(binder: Binder) -> None:
    events = {"Mails": [{"Subject": "x" * TEXT_LIMIT}]}

    with pytest.raises(UnsupportedError, match="1,000,"):
        kusto_text(binder.bind("Mails | take 1", CATALOGUE), events, {})


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"error": {"message": "outer", "innererror": {"message": "inner"}}}, "no frames"),
        ([{"FrameType": "DataSetCompletion", "OneApiErrors": [{"error": {"message": "m"}}]}], "m"),
        ([], "0 results"),
        ([{"TableKind": "PrimaryResult", "Columns": [{"ColumnName": "b"}], "Rows": []}], "not a"),
        (
            [
                {
                    "TableKind": "PrimaryResult",
                    "Columns": [{"ColumnName": "a"}],
                    "Rows": [{"OneApiErrors": [{"error": {"message": "too large"}}]}],
                }
            ],
            "too large",
        ),
        (
            [{"TableKind": "PrimaryResult", "Columns": [{"ColumnName": "a"}], "Rows": [["x"]]}],
            "no long",
        ),
    ],
)
def test_a_failure_inside_a_good_status_is_a_failure(answer: object, message: str) -> None:
    with pytest.raises(EngineError, match=message):
        rows_of(answer, (Column("a", "long"),), "_hidden")


def test_a_refused_query_is_the_cases_error_and_no_endpoint_the_tools(
    url: str, binder: Binder
) -> None:
    bound = binder.bind("Mails | evaluate autocluster()", CATALOGUE)
    with KustoCluster(url, "memory") as cluster, pytest.raises(EngineError):
        KustoEngine(cluster).run(bound, now=NOW)
    with KustoCluster(url, "elsewhere") as cluster, pytest.raises(ServiceError):
        KustoEngine(cluster).run(binder.bind("print 1", CATALOGUE), now=NOW)


@pytest.mark.parametrize(
    "address",
    [
        "http://help.kusto.windows.net",
        "https://kusto.windows.net.example.com",
        "https://example.com",
        "https://help.kusto.windows.net/Samples",
        "help.kusto.windows.net",
        "ftp://127.0.0.1",
    ],
)
def test_no_token_goes_to_a_host_that_is_not_the_service(address: str) -> None:
    with pytest.raises(UsageError):
        KustoCluster(address, "db")


class _Constant:
    """An endpoint that answers every query with one cell."""

    def __init__(self, value: object) -> None:
        self.value = value

    def query(self, text: str, options: Mapping[str, object]) -> object:
        assert json.loads(json.dumps(options)) == {"query_now": "2026-11-02T12:00:00.0000000Z"}
        frame = {"TableKind": "PrimaryResult", "Columns": [{"ColumnName": "x"}]}
        return [{**frame, "Rows": [[self.value]]}]


@pytest.mark.parametrize("value", [0.3, 0.30000000000000004])
def test_reals_may_differ_in_the_last_digits(value: float, binder: Binder) -> None:
    assert _both(value, binder.bind("print x = 0.1 + 0.2", CATALOGUE)).rows


def test_a_difference_names_the_rows_of_both(binder: Binder) -> None:
    with pytest.raises(DifferenceError) as caught:
        _both(2.5, binder.bind("print x = 1.5", CATALOGUE))

    assert caught.value.differences == (
        "only here: [1.5]",
        "only on the Kusto endpoint: [2.5]",
    )


def _both(value: float, bound: BoundQuery) -> Rows:
    with Database.open(None) as database:
        engines = BothEngines(DuckEngine(database), KustoEngine(_Constant(value)))
        engines.clear()
        engines.load_events(MAILS, [EVENT])
        return engines.run(bound, now=NOW)
