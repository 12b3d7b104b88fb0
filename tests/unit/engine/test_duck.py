"""What breaks: a run sees what it must not see, leaves something behind, or answers from memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from vedette.engine.base import TimeWindow
from vedette.engine.database import Database, Limits
from vedette.engine.duck import DuckEngine
from vedette.engine.ingest import UnknownColumnError, ValueMismatchError
from vedette.errors import EngineError, UnsupportedError
from vedette.kql.binder import Binder
from vedette.kql.bound import BoundQuery
from vedette.kql.externals import externals
from vedette.schema.catalogue import Catalogue
from vedette.schema.types import Column, FunctionDefinition, TableSchema

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
MAIL = TableSchema(
    "Mail",
    (Column("TimeGenerated", "datetime"), Column("Id", "long"), Column("Subject", "string")),
    "here",
)
DEVICE = TableSchema("Device", (Column("Timestamp", "datetime"), Column("Id", "long")), "here")
PLAIN = TableSchema("Plain", (Column("Id", "long"),), "here")
LIST = (Column("Domain", "string"), Column("SearchKey", "string"))
CATALOGUE = Catalogue(
    {table.name: table for table in (MAIL, DEVICE, PLAIN)},
    {
        "Shout": FunctionDefinition(
            "Shout", "s:string, mark:string = '!'", "strcat(Loud(s), mark)"
        ),
        "Loud": FunctionDefinition("Loud", "s:string", "toupper(s) // louder"),
        "Recent": FunctionDefinition(
            "Recent", "span:timespan", "Mail\n| where TimeGenerated > ago(span)"
        ),
    },
    {"Trusted": LIST},
)


@pytest.fixture(scope="module")
def binder() -> Iterator[Binder]:
    with Binder() as started:
        yield started


@pytest.fixture
def engine() -> Iterator[DuckEngine]:
    with Database.open() as database:
        yield DuckEngine(database)


def ids(engine: DuckEngine, query: BoundQuery, window: TimeWindow | None = None) -> list[object]:
    return sorted(
        (record["Id"] for record in engine.run(query, now=NOW, window=window).records()), key=repr
    )


def mail(*numbers: int) -> list[dict[str, object]]:
    """Mails of the hour before now, one a minute."""
    return [
        {"TimeGenerated": NOW - timedelta(minutes=number), "Id": number, "Subject": "s"}
        for number in numbers
    ]


def test_the_window_is_half_open_and_cuts_every_event_table(
    engine: DuckEngine, binder: Binder
) -> None:
    engine.load_events(MAIL, mail(0, 1, 59, 60, 61))
    engine.load_events(
        DEVICE, [{"Timestamp": NOW - timedelta(minutes=n), "Id": n} for n in (0, 60)]
    )
    engine.load_events(PLAIN, [{"Id": 7}])
    window = TimeWindow(NOW - timedelta(hours=1), NOW)
    assert ids(engine, binder.bind("Mail", CATALOGUE), window) == [1, 59, 60]
    assert ids(engine, binder.bind("Mail", CATALOGUE)) == [0, 1, 59, 60, 61]
    both = binder.bind(
        "union (Device | project Id), (Mail | where Id == 0 | project Id)", CATALOGUE
    )
    assert ids(engine, both, window) == [60]
    # A table without a time is in every window.
    assert ids(engine, binder.bind("Plain", CATALOGUE), window) == [7]


def test_the_window_holds_inside_variables_and_functions(
    engine: DuckEngine, binder: Binder
) -> None:
    engine.load_events(MAIL, mail(1, 61))
    window = TimeWindow(NOW - timedelta(hours=1), NOW)
    query = binder.bind("let all = Mail; all | join kind=inner (Recent(1d)) on Id", CATALOGUE)
    assert ids(engine, query, window) == [1]
    count = binder.bind("print Id = toscalar(Mail | count)", CATALOGUE)
    assert ids(engine, count, window) == [1]


def test_watchlists_are_seen_in_full_and_replaced_as_a_whole(
    engine: DuckEngine, binder: Binder
) -> None:
    query = binder.bind("_GetWatchlist('Trusted') | project Id = SearchKey", CATALOGUE)
    window = TimeWindow(NOW, NOW)
    assert ids(engine, query, window) == []
    engine.load_watchlist("Trusted", LIST, [{"Domain": "a", "SearchKey": "a"}, {"Domain": "b"}])
    assert ids(engine, query, window) == ["", "a"]
    engine.load_watchlist("Trusted", LIST, [{"Domain": "c", "SearchKey": "c"}])
    assert ids(engine, query, window) == ["c"]


def test_a_table_that_nobody_wrote_to_is_empty(engine: DuckEngine, binder: Binder) -> None:
    assert ids(engine, binder.bind("Mail | where Subject == ''", CATALOGUE)) == []


def test_functions_of_the_workspace_call_each_other(engine: DuckEngine, binder: Binder) -> None:
    engine.load_events(MAIL, mail(1, 100))
    query = binder.bind(
        "Recent(1h) | project Id, S = Shout(Subject), T = Shout(Subject, '?')", CATALOGUE
    )
    assert engine.run(query, now=NOW).rows == ((1, "S!", "S?"),)


def test_the_same_query_is_answered_for_another_time_and_other_events(
    engine: DuckEngine, binder: Binder
) -> None:
    query = binder.bind("Mail | where TimeGenerated > ago(1h)", CATALOGUE)
    engine.load_events(MAIL, mail(1))
    assert ids(engine, query) == [1]
    later = engine.run(query, now=NOW + timedelta(hours=2))
    assert later.rows == ()
    engine.load_events(MAIL, mail(2))
    assert ids(engine, query) == [1, 2]
    engine.clear()
    assert ids(engine, query) == []


def test_a_function_that_has_changed_is_not_answered_from_the_old_translation(
    engine: DuckEngine, binder: Binder
) -> None:
    def answer(body: str) -> object:
        functions = {"F": FunctionDefinition("F", "", body)}
        return engine.run(binder.bind("print F()", Catalogue({}, functions)), now=NOW).rows

    assert answer("1") == ((1,),)
    assert answer("2") == ((2,),)


def test_events_are_loaded_all_or_none_and_by_name(engine: DuckEngine, binder: Binder) -> None:
    with pytest.raises(ValueMismatchError, match="Id is a long column and cannot hold 'x'"):
        engine.load_events(MAIL, [*mail(1), {"Id": "x"}])
    with pytest.raises(UnknownColumnError, match="Mail has no column subject"):
        engine.load_events(MAIL, [*mail(1), {"subject": "s"}])
    assert ids(engine, binder.bind("Mail", CATALOGUE)) == []


def test_a_column_that_the_table_gets_later_is_empty_in_older_events(
    engine: DuckEngine, binder: Binder
) -> None:
    wider = TableSchema("Mail", (Column("From", "string"), *MAIL.columns), "here")
    narrower = TableSchema("Mail", MAIL.columns[:2], "here")
    query = "Mail | project Id, From, E = From == ''"
    engine.load_events(narrower, [{"Id": 1}])
    bound = binder.bind(query, Catalogue({"Mail": wider}))
    assert engine.run(bound, now=NOW).rows == ((1, "", True),)
    engine.load_events(wider, [{"Id": 2, "From": "a"}])
    assert sorted(engine.run(bound, now=NOW).rows) == [(1, "", True), (2, "a", False)]
    with pytest.raises(EngineError, match=r"Mail\.Id is stored as BIGINT"):
        engine.load_events(TableSchema("Mail", (Column("Id", "string"),), "here"), [])


def test_many_events_are_loaded_in_their_order(engine: DuckEngine, binder: Binder) -> None:
    engine.load_events(PLAIN, [{"Id": number} for number in range(25_000)])
    rows = engine.run(binder.bind("Plain", CATALOGUE), now=NOW).rows
    assert rows == tuple((number,) for number in range(25_000))


def test_runs_in_many_threads_do_not_meet(binder: Binder, tmp_path: Path) -> None:
    queries = [binder.bind(f"Mail | where Id == {number}", CATALOGUE) for number in range(8)]
    answers: dict[int, list[object]] = {}
    with Database.open(tmp_path / "store.duckdb") as database:
        engine = DuckEngine(database)
        engine.load_events(MAIL, mail(*range(8)))

        def work(number: int) -> None:
            engine.load_events(PLAIN, [{"Id": number}])
            answers[number] = ids(engine, queries[number])

        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert ids(engine, binder.bind("Plain", CATALOGUE)) == list(range(8))
        made = database.execute("SELECT count(*) FROM duckdb_views() WHERE NOT internal")
        temporary = database.execute("SELECT count(*) FROM duckdb_tables() WHERE temporary")
        assert made == temporary == [(0,)]
    assert answers == {number: [number] for number in range(8)}


def test_a_file_keeps_the_events_for_the_next_engine(binder: Binder, tmp_path: Path) -> None:
    path = tmp_path / "store.duckdb"
    with Database.open(path) as database:
        DuckEngine(database).load_events(MAIL, mail(1))
    with Database.open(path) as database:
        engine = DuckEngine(database)
        engine.load_events(MAIL, mail(2))
        assert ids(engine, binder.bind("Mail", CATALOGUE)) == [1, 2]


@pytest.mark.parametrize(
    ("text", "construct", "marked"),
    [
        (
            "Mail // ü\n| where Id > 1\n| reduce by Subject",
            "the operator reduce",
            "reduce",
        ),
        (
            "Mail | where isnotempty(Subject) | where Id == 1 | reduce by Subject",
            "the operator reduce",
            "reduce",
        ),
        ("externaldata(x:string)[@'https://h.example/x.csv']", "externaldata", "externaldata"),
        ("Mail | extend L = _GetWatchlist(Subject)", "_GetWatchlist", "_GetWatchlist"),
    ],
)
def test_a_refusal_names_the_construct_and_its_place_in_the_original(
    text: str, construct: str, marked: str, engine: DuckEngine, binder: Binder
) -> None:
    bound = binder.bind(text, CATALOGUE)
    with pytest.raises(UnsupportedError, match=construct) as refusal:
        engine.run(replace(bound, diagnostics=()), now=NOW)
    assert refusal.value.offset == text.index(marked)


def test_ingestion_time_of_rows_that_have_lost_it_is_refused(
    engine: DuckEngine, binder: Binder
) -> None:
    query = binder.bind("Mail | project Id | where ingestion_time() > ago(1h)", CATALOGUE)
    with pytest.raises(UnsupportedError, match="dropped the time of ingestion"):
        engine.run(query, now=NOW)


def test_a_query_with_errors_is_not_run(engine: DuckEngine, binder: Binder) -> None:
    with pytest.raises(EngineError, match="a query with errors"):
        engine.run(binder.bind("Mail | where Nothing == 1", CATALOGUE), now=NOW)


def test_a_failure_on_the_data_is_the_databases_own_first_line(
    engine: DuckEngine, binder: Binder
) -> None:
    engine.load_events(MAIL, [{"Subject": "["}])
    query = binder.bind("Mail | where 'x' matches regex Subject", CATALOGUE)
    with pytest.raises(EngineError) as failure:
        engine.run(query, now=NOW)
    assert "\n" not in str(failure.value)


@pytest.mark.parametrize(
    "text",
    [
        "['/etc/passwd']",
        "['read_text(\\'/etc/passwd\\')']",
        "table(\"read_csv('/etc/passwd')\")",
        "['duckdb_settings()']",
        "['information_schema.tables']",
        "events.Mail",
        "Mail | where Subject == \"'; ATTACH '/tmp/x.db'; --\"",
        "Mail | extend ['\"; DROP TABLE events.Mail; --'] = 1",
        ".set-or-replace Mail <| print 1",
        ".show tables",
        "externaldata(x:string)[@'/etc/passwd']",
        "evaluate sql_request('Server=h', 'select 1')",
        "evaluate http_request('http://127.0.0.1/')",
        "cluster('other').database('d').Mail",
    ],
)
def test_no_query_reaches_files_network_or_other_tables(
    text: str, engine: DuckEngine, binder: Binder
) -> None:
    engine.load_events(MAIL, mail(1))
    # As if the compiler had let everything pass.
    bound = replace(binder.bind(text, CATALOGUE), diagnostics=())
    try:
        rows = engine.run(bound, now=NOW).rows
    except (UnsupportedError, EngineError):
        rows = ()
    assert not [row for row in rows if "root:" in repr(row)]
    assert ids(engine, binder.bind("Mail", CATALOGUE)) == [1]


def test_an_endless_query_is_stopped(binder: Binder) -> None:
    with Database.open() as database:
        engine = DuckEngine(database)
        engine.load_events(PLAIN, [{"Id": number} for number in range(20_000)])
        text = (
            "Plain | extend K = 1 | join kind=inner (Plain | extend K = 1) on K"
            " | where strcat(Id, '-', Id1) == 'none' | count"
        )
        with pytest.raises(EngineError, match="stopped after"):
            engine.run(binder.bind(text, CATALOGUE), now=NOW, limit=timedelta(milliseconds=100))


@pytest.mark.parametrize(
    "text",
    [
        "range x from 1 to 900000000 step 1 | summarize make_list(x)",
        "range x from 1 to 900000000 step 1 | where x == 0",
    ],
)
def test_rows_out_of_nothing_are_stopped_too(text: str, binder: Binder) -> None:
    limits = Limits(statement=timedelta(milliseconds=100))
    with (
        Database.open(limits=limits) as database,
        pytest.raises(EngineError, match="stopped after"),
    ):
        DuckEngine(database).run(binder.bind(text, CATALOGUE), now=NOW)


@pytest.mark.parametrize(
    "text",
    [
        "range x from 1 to 2000000000 step 1",
        "range x from 1 to 3 step 1 | extend r = range(x, x + 1000000)",
        "range x from 1 to 3 step 1 | extend r = range(x * 1.0, x + 1e9)",
        "range x from 1 to 3 step 1 | extend r = repeat(x, x * 1000000)",
        "print r = repeat(1, 2000000000)",
        "print t = ago(1h) | make-series n = count() on t from ago(1d) to now() step 1ms",
    ],
)
def test_a_list_that_nothing_could_stop_is_not_begun(
    text: str, engine: DuckEngine, binder: Binder
) -> None:
    with pytest.raises(UnsupportedError, match="more than"):
        engine.run(binder.bind(text, CATALOGUE), now=NOW)


@pytest.mark.parametrize(
    ("ends", "rows"),
    [
        ("1 to 2500 step 1", list(range(1, 2501))),
        ("5 to 1 step -2", [5, 3, 1]),
        ("5 to 1 step 1", []),
        ("1.0 to 2 step 0.5", [1.0, 1.5, 2.0]),
        ("1h to 3h step 1h", [timedelta(hours=number) for number in (1, 2, 3)]),
        ("1 to long(null) step 1", []),
        ("1 to toscalar(print 2) step 1", [1, 2]),
    ],
)
def test_a_range_has_its_rows_in_order(
    ends: str, rows: list[object], engine: DuckEngine, binder: Binder
) -> None:
    made = engine.run(binder.bind(f"range x from {ends}", CATALOGUE), now=NOW)
    assert [row[0] for row in made.rows] == rows


FEED = "externaldata(Id: string, Rank: long)['https://feeds.example/top.csv']"


def test_what_lies_outside_is_refused_until_its_rows_are_given(
    engine: DuckEngine, binder: Binder
) -> None:
    query = binder.bind(f"let feed = {FEED};\nfeed | where Rank > 1 | project Id", CATALOGUE)
    with pytest.raises(UnsupportedError, match=r"a case gives its rows under .*: top\.csv") as said:
        engine.run(query, now=NOW)
    assert said.value.offset == len("let feed = ")

    engine.load_external("top.csv", externals(query)["top.csv"], [{"Id": "a", "Rank": 2}, {}])
    assert ids(engine, query) == ["a"]

    engine.clear()
    with pytest.raises(UnsupportedError, match=r"externaldata top\.csv"):
        engine.run(query, now=NOW)


def test_an_external_table_may_be_named_by_a_parameter(engine: DuckEngine, binder: Binder) -> None:
    text = "let f = (a: string) { externaldata(Id: string)[a] }; f('https://feeds.example/top.csv')"
    engine.load_external("top.csv", (Column("Id", "string"),), [{"Id": "x"}])

    assert ids(engine, binder.bind(text, CATALOGUE)) == ["x"]


def test_the_range_of_a_hunt_is_its_window(engine: DuckEngine, binder: Binder) -> None:
    query = binder.bind("print Id = todatetime('{{StartTimeISO}}')", CATALOGUE)
    window = TimeWindow(NOW - timedelta(days=3), NOW)

    assert ids(engine, query, window) == [NOW - timedelta(days=3)]
    assert ids(engine, query) == [NOW - timedelta(days=1)]


def test_where_an_address_is_a_case_says(engine: DuckEngine, binder: Binder) -> None:
    text = """datatable(ip: string)["192.0.2.9", "192.0.2.200", "2001:db8::7", "198.51.100.1"]
        | extend Id = tostring(geo_info_from_ip_address(ip).country)"""
    query = binder.bind(text, CATALOGUE)
    with pytest.raises(UnsupportedError, match="geo_info_from_ip_address is not supported"):
        engine.run(query, now=NOW)

    networks = {"192.0.2.0/24": "A", "192.0.2.128/25": "B", "2001:db8::/32": "C"}
    rows = [{"network": network, "country": country} for network, country in networks.items()]
    ((name, columns),) = externals(query).items()
    engine.load_external(name, columns, rows)

    assert ids(engine, query) == ["", "A", "B", "C"]
