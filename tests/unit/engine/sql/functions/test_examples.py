"""What breaks: a function that is registered, and listed as supported, returns another value.

The examples are data: see tests/cases/engine/functions/README.md. All calls of a file run in one
query, so that a hundred functions cost one compilation.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml

from vedette.engine.cells import timespan_text
from vedette.engine.database import Database
from vedette.engine.duck import DuckEngine
from vedette.engine.sql.support import supported
from vedette.errors import UnsupportedError
from vedette.kql.binder import Binder
from vedette.schema.catalogue import Catalogue

CASES = Path(__file__).parents[4] / "cases" / "engine"
FILES = sorted((CASES / "functions").glob("*.yaml"))
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
KINDS = ("print", "extend", "summarize")
#: Executed in test_duck.py, since a case must supply a table for it.
ELSEWHERE = {"geo_info_from_ip_address"}


@pytest.fixture(scope="module")
def binder() -> Iterator[Binder]:
    with Binder() as started:
        yield started


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckEngine]:
    with Database.open() as database:
        yield DuckEngine(database)


@cache
def document(path: Path) -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


def refusal(value: object) -> str | None:
    found = isinstance(value, str) and value.startswith("refused: ")
    return str(value).removeprefix("refused: ") if found else None


def query_of(file: Mapping[str, Any], calls: list[str]) -> str:
    kind = next(kind for kind in KINDS if kind in file)
    listed = ", ".join(f"c{number} = {call}" for number, call in enumerate(calls))
    if kind == "print":
        return f"{file.get('before', '')}\nprint {listed}"
    return f"{file['over'].strip()}\n| {kind} {listed}"


def examples(path: Path) -> list[tuple[str, Any]]:
    file = document(path)
    return [(call, value) for kind in KINDS for call, value in file.get(kind, [])]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_functions_return_what_their_pages_say(
    path: Path, binder: Binder, engine: DuckEngine
) -> None:
    file = document(path)
    rows_each = "extend" in file
    cases = [(call, value) for call, value in examples(path) if refusal(value) is None]
    query = binder.bind(query_of(file, [call for call, _ in cases]), Catalogue({}))
    assert not [item.message for item in query.diagnostics if item.severity == "Error"]
    records = engine.run(query, now=NOW).records()

    wrong = {}
    for number, (call, value) in enumerate(cases):
        found = [plain(record[f"c{number}"]) for record in records]
        expected = value if rows_each else [value]
        if not same(found, expected, file.get("tolerance", 0)):
            wrong[call] = (found, expected)
    assert wrong == {}


@pytest.mark.parametrize(
    ("path", "call", "reason"),
    [
        pytest.param(path, call, refusal(value), id=call)
        for path in FILES
        for call, value in examples(path)
        if refusal(value) is not None
    ],
)
def test_what_cannot_be_answered_is_refused_by_name(
    path: Path, call: str, reason: str, binder: Binder, engine: DuckEngine
) -> None:
    query = binder.bind(query_of(document(path), [call]), Catalogue({}))
    assert query.ok
    with pytest.raises(UnsupportedError, match=re.escape(reason)) as refused:
        engine.run(query, now=NOW)
    assert refused.value.construct == f"{call.partition('(')[0]}()"


def test_every_supported_function_has_an_example_that_is_executed() -> None:
    texts = [call for path in FILES for call, value in examples(path) if refusal(value) is None]
    for path in CASES.glob("*.yaml"):
        cases = yaml.safe_load(path.read_text(encoding="utf-8"))["cases"]
        texts += [case["query"] for case in cases if "unsupported" not in case]
    called = {name for text in texts for name in re.findall(r"\b(\w+)\s*\(", text)}
    assert {*supported().functions, *supported().aggregates} - called == ELSEWHERE


def plain(cell: object) -> object:
    """A cell as the files write it."""
    if isinstance(cell, datetime):
        return cell.isoformat().replace("+00:00", "Z")
    if isinstance(cell, timedelta):
        return timespan_text(cell)
    if isinstance(cell, Decimal):
        return f"{cell.normalize():f}"
    return str(cell) if isinstance(cell, UUID) else cell


def same(found: object, expected: object, tolerance: float) -> bool:
    if isinstance(found, list) and isinstance(expected, list):
        pairs = zip(found, expected, strict=False)
        return len(found) == len(expected) and all(same(a, b, tolerance) for a, b in pairs)
    if isinstance(found, bool) or isinstance(expected, bool):
        return found is expected
    if isinstance(found, float) and isinstance(expected, (int, float)):
        if math.isnan(found) or math.isnan(expected):
            return math.isnan(found) and math.isnan(expected)
        return found == expected or math.isclose(found, expected, rel_tol=tolerance or 1e-15)
    return found == expected
