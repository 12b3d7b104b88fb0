"""What breaks: a query that the compiler accepts returns other rows than Kusto would.

The cases are data: see tests/cases/engine/README.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from vedette.engine.database import Database
from vedette.engine.duck import DuckEngine
from vedette.engine.ingest import parse_timespan
from vedette.errors import UnsupportedError
from vedette.kql.binder import Binder
from vedette.schema.catalogue import Catalogue
from vedette.schema.types import Column, TableSchema

CASES = Path(__file__).parents[2] / "cases" / "engine"
NOW = "2026-01-01T12:00:00Z"


@dataclass(frozen=True)
class Example:
    """One case with the tables that it sees."""

    case: Mapping[str, Any]
    tables: Mapping[str, Any]


def examples() -> Iterator[Any]:
    for path in sorted(CASES.glob("*.yaml")):
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        for case in document["cases"]:
            tables = {**document.get("tables", {}), **case.get("tables", {})}
            yield pytest.param(Example(case, tables), id=f"{path.stem}-{case['name']}")


@pytest.fixture(scope="module")
def binder() -> Iterator[Binder]:
    with Binder() as started:
        yield started


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckEngine]:
    with Database.open() as database:
        yield DuckEngine(database)


@pytest.mark.parametrize("example", list(examples()))
def test_a_query_returns_what_kusto_returns(
    example: Example, binder: Binder, engine: DuckEngine
) -> None:
    case = example.case
    schemas = {name: schema(name, table) for name, table in example.tables.items()}
    query = binder.bind(case["query"], Catalogue(schemas))
    assert not [item.message for item in query.diagnostics if item.severity == "Error"]
    engine.clear()
    for name, table in example.tables.items():
        engine.load_events(schemas[name], table["rows"])
    now = datetime.fromisoformat(case.get("now", NOW))

    if "unsupported" in case:
        with pytest.raises(UnsupportedError, match=case["unsupported"]):
            engine.run(query, now=now)
        return
    result = engine.run(query, now=now)

    assert {column.name: column.type for column in result.columns} == case["columns"]
    assert [column.name for column in result.columns] == list(case["columns"])
    expected = [
        tuple(typed(cell, column) for cell, column in zip(row, result.columns, strict=True))
        for row in case["rows"]
    ]
    rows = [tuple(comparable(cell) for cell in row) for row in result.rows]
    if case.get("ordered"):
        assert rows == expected
    else:
        assert sorted(rows, key=repr) == sorted(expected, key=repr)


def schema(name: str, table: Mapping[str, Any]) -> TableSchema:
    columns = tuple(Column(column, type_) for column, type_ in table["columns"].items())
    return TableSchema(name, columns, "a case")


def typed(cell: object, column: Column) -> object:
    """A cell of the file as the engine returns it."""
    if isinstance(cell, str) and column.type == "datetime":
        return datetime.fromisoformat(cell)
    if isinstance(cell, str) and column.type == "timespan":
        return parse_timespan(cell)
    if isinstance(cell, str) and column.type == "decimal":
        return Decimal(cell)
    return comparable(cell)


def comparable(cell: object) -> object:
    """A NaN is not equal to itself."""
    return "NaN" if isinstance(cell, float) and math.isnan(cell) else cell
