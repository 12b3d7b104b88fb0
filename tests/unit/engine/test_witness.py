"""What breaks: a row that is made for a filter does not pass it, or the database is not asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from vedette.engine.database import Database
from vedette.engine.duck import DuckEngine
from vedette.engine.witness.rows import Witness
from vedette.engine.witness.values import column_value
from vedette.engine.witness.wants import PARSED, Want
from vedette.kql.binder import Binder
from vedette.schema.catalogue import Catalogue
from vedette.schema.types import Column, FunctionDefinition, TableSchema

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
NAIVE = NOW.replace(tzinfo=None)
TYPES = ("bool", "datetime", "decimal", "dynamic", "guid", "int", "long", "real", "string",
         "timespan")  # fmt: skip
T = TableSchema(
    "T",
    (
        Column("TimeGenerated", "datetime"),
        Column("User", "string"),
        Column("Text", "string"),
        Column("N", "long"),
        Column("Real", "real"),
        Column("Ok", "bool"),
        Column("Took", "timespan"),
        Column("Bag", "dynamic"),
        Column("Id", "guid"),
    ),
    "here",
)
CATALOGUE = Catalogue(
    {"T": T, "U": TableSchema("U", T.columns, "here")},
    {"Recent": FunctionDefinition("Recent", "user: string", "T | where User == user | take 5")},
)


@pytest.fixture(scope="module")
def binder() -> Iterator[Binder]:
    with Binder() as started:
        yield started


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    with Database.open() as opened:
        yield opened


def passes(query: str, binder: Binder, database: Database) -> list[bool]:
    bound = binder.bind(query, CATALOGUE)
    assert bound.ok, bound.diagnostics
    engine = DuckEngine(database)
    engine.clear()
    witness = Witness(bound, database, NOW)
    for table, events in witness.events().items():
        engine.load_events(bound.tables[table], events)
    return witness.passes()


@pytest.mark.parametrize(
    "condition",
    [
        "User == 'bob'",
        "'bob' == User",
        "User =~ 'BOB' and Text has_all ('a b', 'c')",
        "User != 'value'",
        "User !in ('value', 'other') and User !contains 'x'",
        "User in~ ('a', 'b')",
        "Text startswith 'http://' and Text endswith '.exe' and Text contains 'evil'",
        "Text has_any (dynamic(['one', 'two']))",
        "N > 3 and N < 5",
        "N between (5 .. 9) and N != 7",
        "not(N < 3 or Real >= 2)",
        "Real > 1.5",
        "Took > 5m",
        "TimeGenerated > ago(1d)",
        "TimeGenerated between (ago(14d) .. ago(1d))",
        "TimeGenerated between (datetime(2020-01-01) .. 1d)",
        "Ok",
        "not(Ok)",
        "Ok == false and isempty(User)",
        "isnotempty(Text) and isnotnull(N)",
        "tolower(User) == 'bob'",
        "toint(User) > 7",
        "Bag.a.b == 'x' and Bag.a.c has 'y'",
        "tostring(Bag[0].name) == 'first'",
        "tostring(parse_json(Text).key) == 'v'",
        "tostring(parse_json(tostring(Bag.inner)).n) == 'z'",
        "Bag has 'needle'",
        "ipv4_is_private(User)",
        "Text !has 'value'",
        "Id == guid(74be27de-1e4e-49d9-b579-fe0b331d3642)",
    ],
)
def test_a_row_passes_the_filter_that_it_is_made_for(
    condition: str, binder: Binder, database: Database
) -> None:
    assert passes(f"T | where {condition} | project User", binder, database) == [True]


@pytest.mark.parametrize(
    "query",
    [
        "let since = ago(3d); T | where User == 'a' | where TimeGenerated > since | count",
        "let users = dynamic(['a']); T | where User in (users) | count",
        "let from = (n: long) { T | where N == n * 2 }; from(21) | summarize count()",
        "Recent('bob') | count",
        "let base = T | where N == 5; base | where User == 'x' | count",
        "U | where N == toscalar(print 9) | count",
    ],
)
def test_filters_are_followed_to_where_their_names_come_from(
    query: str, binder: Binder, database: Database
) -> None:
    assert passes(query, binder, database) == [True]


def test_every_table_and_every_way_gets_a_row(binder: Binder, database: Database) -> None:
    query = "T | where N == 1 or N == 2 | join kind=inner (U | where User == 'x') on Text"
    bound = binder.bind(query, CATALOGUE)
    events = Witness(bound, database, NOW).events()

    assert [event["N"] for event in events["T"]] == [1, 2]
    assert [event["User"] for event in events["U"]] == ["x"]
    assert passes(query, binder, database) == [True, True]


def test_what_no_row_can_pass_is_not_said_to_be_passed(binder: Binder, database: Database) -> None:
    assert passes("T | where N > 3 and N < 2", binder, database) == [False]
    assert passes("T | where N == 1 | where strlen(User) == 77", binder, database) == [False]


@pytest.mark.parametrize("type_", TYPES)
def test_a_value_fits_its_column_whatever_is_wanted(type_: str, database: Database) -> None:
    table = TableSchema(f"Values_{type_}", (Column("V", type_),), "here")
    constants = ["text", "", 7, 1.5, True, NAIVE, [1, "a"], {"k": 1}, 10**12]
    wants = [Want("V", (), kind, value) for kind in ("eq", "gt", "ne") for value in constants]

    rows = [{"V": column_value(type_, [want], NAIVE)} for want in wants]

    DuckEngine(database).load_events(table, rows)


def test_parts_of_a_value_stand_where_they_are_wanted() -> None:
    wants = [
        Want("D", ("a", 1, "b"), "eq", "x"),
        Want("D", ("a", 1, "c"), "has", "y"),
        Want("D", ("text", PARSED, "k"), "eq", 5),
    ]

    assert column_value("dynamic", wants, NAIVE) == {
        "a": [{}, {"b": "x", "c": "y"}],
        "text": '{"k": 5}',
    }
