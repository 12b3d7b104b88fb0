"""What breaks: columns that the rows decide are asked for wrongly, or kept for other rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from vedette.engine.compile import Compiler
from vedette.engine.database import Database
from vedette.engine.duck import DuckEngine
from vedette.engine.sql.shapes import Shape, answered
from vedette.kql.binder import Binder
from vedette.kql.bound import BoundQuery
from vedette.schema.catalogue import Catalogue
from vedette.schema.types import Column, TableSchema

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
T = TableSchema("T", (Column("K", "string"), Column("D", "dynamic")), "here")


@pytest.fixture(scope="module")
def query() -> Iterator[BoundQuery]:
    with Binder() as binder:
        yield binder.bind(
            "T | evaluate bag_unpack(D) | extend X = strcat(K, a)", Catalogue({"T": T})
        )


def test_an_answer_is_sorted_and_says_whether_there_were_rows() -> None:
    rows = [(None, "rows"), ("b", "long"), ("a", "string")]

    assert answered(rows) == Shape((Column("a", "string"), Column("b", "long")))
    assert answered([(None, "")]) == Shape((), blank=True)


def test_each_answer_is_compiled_by_itself_and_once(query: BoundQuery) -> None:
    compiler = Compiler()
    assert compiler.compile(query).question

    text, number = (Shape((Column("a", type_),)) for type_ in ("string", "long"))
    first, second = compiler.compile(query, (text,)), compiler.compile(query, (number,))

    assert [column.type for column in first.columns] == ["string", "string", "string"]
    assert [column.type for column in second.columns] == ["string", "long", "string"]
    assert compiler.compile(query, (text,)) is first


def test_columns_follow_the_rows_of_each_run(query: BoundQuery) -> None:
    with Database.open() as database:
        engine = DuckEngine(database)
        seen = []
        for bag in ({"a": 1}, {"a": "x", "b": True}):
            engine.clear()
            engine.load_events(T, [{"K": "k", "D": bag}])
            rows = engine.run(query, now=NOW)
            seen.append([(column.name, column.type) for column in rows.columns])

    assert seen == [
        [("K", "string"), ("a", "long"), ("X", "string")],
        [("K", "string"), ("a", "string"), ("b", "bool"), ("X", "string")],
    ]


def test_a_query_can_be_checked_without_rows(query: BoundQuery) -> None:
    with Database.open() as database:
        DuckEngine(database).check(query)
