"""What breaks: a query leaves its quotes, reads a file, or takes the time and memory of others.

A query is somebody else's text. What it says is put into SQL as literals and quoted names; what it
calls is what the compiler knows and the library has.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from vedette.engine import duck
from vedette.engine.base import Rows
from vedette.engine.database import Database, Limits
from vedette.engine.duck import DuckEngine
from vedette.errors import EngineError, UnsupportedError
from vedette.kql.binder import Binder
from vedette.schema.catalogue import Catalogue
from vedette.schema.types import Column, TableSchema

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CANARY = TableSchema("Canary", (Column("Id", "long"),), "test")

#: Texts that mean something in SQL, in DuckDB's parameters, in Python's templates, or to us.
TEXTS = (
    "'; DROP SCHEMA events CASCADE; --",
    "''; SELECT read_text('/etc/passwd'); --",
    '"; DROP TABLE x; --',
    "/* */ ' || current_setting('home_directory') || '",
    "$kqlnow $window_start $1 ?",
    "{0} {} %s %(x)s \\g<0> \\1",
    ") OVER (ORDER BY 1",
    "kql.refused('x', 'y')",
    "\x00 \x1a \ufeff \u202e '",
    "\\'",
)


@pytest.fixture(scope="module")
def binder() -> Iterator[Binder]:
    with Binder() as started:
        yield started


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckEngine]:
    with Database.open() as database:
        engine = DuckEngine(database)
        engine.load_events(CANARY, [{"Id": 1}])
        yield engine


def run(binder: Binder, engine: DuckEngine, text: str, *tables: TableSchema) -> Rows:
    catalogue = Catalogue({table.name: table for table in (CANARY, *tables)})
    query = binder.bind(text, catalogue)
    assert query.ok, [item.message for item in query.diagnostics]
    return engine.run(query, now=NOW)


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\0", "\\0")
    return f'"{escaped}"'


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_stays_a_text(text: str, binder: Binder, engine: DuckEngine) -> None:
    literal = quoted(text)
    rows = run(
        binder,
        engine,
        f"datatable(a: string)[{literal}] | where a == {literal} and a has_any ({literal}, 'x')"
        f" | extend b = strcat({literal}, ''), d = bag_pack({literal}, {literal})"
        f" | extend e = tostring(d[{literal}]), f = replace_string(a, {literal}, 'gone')"
        f" | summarize take_any(b, e, f), Rows = count() by a",
    ).rows
    assert rows == ((text, text, text, "gone", 1),)
    assert run(binder, engine, "Canary | count").rows == ((1,),)


@pytest.mark.parametrize("text", [text for text in TEXTS if "\0" not in text])
def test_a_name_stays_a_name(text: str, binder: Binder, engine: DuckEngine) -> None:
    name = f"[{quoted(text)}]"
    result = run(
        binder,
        engine,
        f"let {name} = datatable({name}: string, a: string)['v', 'w'];"
        f" {name} | extend a = strcat(a, {name}) | summarize Rows = count() by {name}, a"
        f" | join kind=inner ({name}) on {name} | project {name}, a, Rows | sort by {name}",
    )
    assert result.columns[0].name == text
    assert result.rows == (("v", "wv", 1),)


@pytest.mark.parametrize(
    "call",
    [
        "read_text('/etc/passwd')", "read_csv('{path}')", "glob('*')", "getenv('HOME')",
        "current_setting('home_directory')", "pragma_version()", "duckdb_settings()",
        "kql.refused('x')", "query('select 1')", "query_table('x')",
    ],
)  # fmt: skip
def test_functions_of_the_database_are_no_functions_of_a_query(call: str, binder: Binder) -> None:
    for text in (f"print {call}", f"{call} | take 1", f"Canary | where {call} == 1"):
        assert not binder.bind(text, Catalogue({"Canary": CANARY})).ok


@pytest.mark.parametrize("name", ["secret.csv", "secret.json", "secret.parquet", "/etc/passwd"])
def test_a_file_is_no_table(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, binder: Binder
) -> None:
    # DuckDB would read such a file where a statement names it and no table has that name.
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secret.csv").write_text("a\nleaked\n", encoding="utf-8")
    for text in (f"['{name}'] | take 1", f"table('{name}') | take 1", f"_GetWatchlist('{name}')"):
        assert not binder.bind(text, Catalogue({"Canary": CANARY})).ok


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "/etc/passwd", "http://127.0.0.1:9/x.csv", "s3://x/y.csv"]
)
def test_nothing_outside_is_fetched(address: str, binder: Binder, engine: DuckEngine) -> None:
    query = binder.bind(f"externaldata(a: string)['{address}'] with (format='csv')", Catalogue({}))
    with pytest.raises(UnsupportedError, match="externaldata"):
        engine.run(query, now=NOW)


@pytest.mark.parametrize(
    "plugin", ["http_request('http://127.0.0.1:9/')", "python(typeof(*), 'print(1)')"]
)
def test_plugins_that_reach_out_are_refused(
    plugin: str, binder: Binder, engine: DuckEngine
) -> None:
    query = binder.bind(f"Canary | evaluate {plugin}", Catalogue({"Canary": CANARY}))
    if query.ok:
        with pytest.raises(UnsupportedError, match=plugin.partition("(")[0]):
            engine.run(query, now=NOW)


HUGE = {
    "a-product-of-many-rows": (
        "range x from 1 to 1000000 step 1 | extend k = 1"
        " | join kind=inner (range y from 1 to 1000000 step 1 | extend k = 1) on k"
        " | where x * y % 7 == 9 | count"
    ),
    "a-cascade-of-expansions": (
        "print a = range(1, 1000) | mv-expand b = a | mv-expand c = a | mv-expand d = a"
        " | mv-expand e = a | where tostring(e) == 'x' | count"
    ),
    "a-long-array": "print array_length(repeat(1, 100000000000))",
    "a-long-text": "print strlen(strrep(strrep(strrep('abcdefgh', 1024), 1024), 1024))",
}


@pytest.mark.parametrize("query", HUGE.values(), ids=HUGE.keys())
def test_a_huge_query_is_stopped_and_leaves_the_engine_usable(query: str, binder: Binder) -> None:
    limits = Limits(memory="100MB", statement=timedelta(milliseconds=300))
    with Database.open(limits=limits) as database:
        engine = DuckEngine(database)
        reason = r"stopped after|more memory|larger than|maximum|more than"
        with pytest.raises((EngineError, UnsupportedError), match=reason):
            run(binder, engine, query)
        assert run(binder, engine, "print 1").rows == ((1,),)


def test_a_result_of_more_rows_than_the_service_returns_fails(
    binder: Binder, engine: DuckEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duck, "MOST_ROWS", 10)
    assert len(run(binder, engine, "range x from 1 to 10 step 1").rows) == 10
    with pytest.raises(EngineError, match="more than 10 rows"):
        run(binder, engine, "range x from 1 to 11 step 1")
