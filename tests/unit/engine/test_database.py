"""What breaks: a query reaches outside the database, runs for ever, or sees another zone."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from vedette.engine.database import Cursor, Database, Limits, RejectedSqlError, quote
from vedette.errors import EngineError


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_text('{path}')",
        "SELECT * FROM read_csv('{path}')",
        "SELECT * FROM read_json_auto('{path}')",
        "SELECT * FROM '{path}'",
        "SELECT * FROM glob('{folder}/*')",
        "SELECT * FROM read_csv('http://127.0.0.1:9/x.csv')",
        "SELECT * FROM 'https://127.0.0.1:9/x.parquet'",
        "COPY (SELECT 1) TO '{folder}/out.csv'",
        "COPY (SELECT 1) TO '{folder}/out.parquet' (FORMAT parquet)",
        "EXPORT DATABASE '{folder}/out'",
        "IMPORT DATABASE '{folder}'",
        "ATTACH '{folder}/other.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "LOAD '{path}'",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "SET TimeZone = 'Asia/Tokyo'",
        "RESET enable_external_access",
        "PRAGMA enable_logging",
    ],
)
def test_no_statement_reaches_files_network_or_settings(statement: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a,b\n1,2\n", encoding="utf-8")
    before = sorted(tmp_path.iterdir())
    with Database.open() as database, pytest.raises(EngineError):
        database.execute(
            statement.replace("{path}", secret.as_posix()).replace("{folder}", tmp_path.as_posix())
        )
    assert sorted(tmp_path.iterdir()) == before


def test_a_variable_of_the_program_is_no_table() -> None:
    # Unless told not to, DuckDB looks for such a name in the frames of its callers.
    leaked = duckdb.sql("SELECT 42 AS answer")
    with Database.open() as database, pytest.raises(RejectedSqlError, match="leaked does not"):
        database.execute("SELECT * FROM leaked")
    assert leaked is not None


def test_every_cursor_is_in_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    with Database.open() as database:
        assert database.execute("SELECT current_setting('TimeZone')") == [("UTC",)]
        shifted = database.execute("SELECT CAST('2026-10-06 09:00' AS TIMESTAMPTZ)::VARCHAR")
        assert shifted == [("2026-10-06 09:00:00+00",)]


def test_a_statement_stops_at_its_time_limit() -> None:
    limits = Limits(statement=timedelta(milliseconds=50))
    endless = "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range < b.range"
    with Database.open(limits=limits) as database:
        with pytest.raises(EngineError, match="stopped after"):
            database.execute(endless)
        assert database.execute("SELECT 1") == [(1,)]


def test_a_statement_stops_at_its_memory_limit() -> None:
    with (
        Database.open(limits=Limits(memory="20MB")) as database,
        pytest.raises(EngineError, match="Out of Memory"),
    ):
        database.execute("SELECT list(range::VARCHAR || repeat('x', 100)) FROM range(10000000)")


def test_sql_that_does_not_bind_is_told_apart_from_sql_that_fails_on_the_data() -> None:
    with Database.open() as database:
        with pytest.raises(RejectedSqlError):
            database.execute("SELECT nothing")
        with pytest.raises(EngineError) as failed:
            database.execute("SELECT CAST(v AS INTEGER) FROM (VALUES ('a')) t(v)")
    assert not isinstance(failed.value, RejectedSqlError)
    assert "\n" not in str(failed.value)


def test_a_failed_transaction_leaves_nothing() -> None:
    with Database.open() as database, database.cursor() as cursor:
        cursor.execute("CREATE TABLE t(a INTEGER)")
        with pytest.raises(EngineError):
            _insert(cursor, "1", "'x'")
        assert cursor.execute("SELECT * FROM t") == []


def _insert(cursor: Cursor, *values: str) -> None:
    with cursor.transaction():
        for value in values:
            cursor.execute("INSERT INTO t VALUES ($value)", {"value": value})


def test_threads_share_a_database_but_no_connection() -> None:
    results: list[tuple[object, ...]] = []
    with Database.open() as database:
        database.execute("CREATE TABLE t AS SELECT range AS a FROM range(1000)")

        def work(number: int) -> None:
            with database.cursor() as cursor:
                cursor.execute("CREATE TEMP TABLE mine AS SELECT $n::INTEGER AS n", {"n": number})
                results.extend(cursor.execute("SELECT n, (SELECT count(*) FROM t) FROM mine"))

        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(results, key=repr) == [(number, 1000) for number in range(8)]


def test_a_file_keeps_its_tables_and_a_second_process_is_told(tmp_path: Path) -> None:
    path = tmp_path / "store.duckdb"
    with Database.open(path) as database:
        database.execute("CREATE TABLE t AS SELECT 1 AS a")
    with Database.open(path) as database:
        assert database.execute("SELECT a FROM t") == [(1,)]
    path.write_text("no database", encoding="utf-8")
    with pytest.raises(EngineError, match="cannot open the database"):
        Database.open(path)


def test_a_name_cannot_leave_its_quotes() -> None:
    with Database.open() as database:
        name = quote('a" ; DROP TABLE t; --')
        sql = " ".join(("SELECT", name, "FROM (SELECT 1 AS", name, ")"))
        assert database.execute(sql) == [(1,)]


@pytest.mark.parametrize("optimise", [True, False])
def test_a_statement_over_a_few_rows_runs_as_it_is_written(optimise: bool) -> None:
    with Database.open(None, Limits(optimise=optimise)) as database:
        ((disabled,),) = database.execute("SELECT current_setting('disabled_optimizers')")
        ((rows,),) = database.execute("SELECT count(*) FROM range(3) WHERE range > 1")
    assert bool(disabled) is not optimise
    assert rows == 1
