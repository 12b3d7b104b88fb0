"""What breaks: the measurement against the documentation flatters the engine, or wrongs it."""

from __future__ import annotations

import importlib.util
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from uuid import UUID

import pytest

from vedette.engine.base import Rows
from vedette.schema.types import Column

EXAMPLES = Path(__file__).parents[4] / "shared" / "oracle" / "kusto-doc-examples.jsonl"
GUID = UUID("01234567-89ab-cdef-0123-456789abcdef")
NOON = datetime(2026, 1, 2, 12, 0, 0, 123456, tzinfo=UTC)


def load(folder: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, folder / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def printed(repository: Path) -> ModuleType:
    return load(repository / "benchmarks", "printed")


@pytest.fixture(scope="module")
def oracle(repository: Path, printed: ModuleType) -> ModuleType:
    del printed  # the benchmark imports it by this name
    return load(repository / "benchmarks", "oracle")


@pytest.mark.parametrize(
    ("value", "type_", "text"),
    [
        (None, "long", ""),
        (None, "dynamic", "null"),
        ("", "string", ""),
        ("a b", "string", "a\u00a0b"),
        ("https://x", "string", "<https://x>"),
        ("x", "string", "`x`"),
        ("a_b", "string", r"a\_b"),
        (1234, "long", "1,234"),
        (1546754.35197381, "real", "1546754.35197381"),
        (0.1 + 0.2, "real", "0.3"),
        (2 / 3, "real", "0.67"),
        (2 / 3, "real", "0.66"),
        (-2 / 3, "real", "-0.66"),
        (float("nan"), "real", "NaN"),
        (float("inf"), "real", "∞"),
        (Decimal("1.250"), "decimal", "1.25"),
        (True, "bool", "1"),
        (False, "bool", "False"),
        (NOON, "datetime", "2026-01-02 12:00:00.1234567"),
        (NOON, "datetime", "2026-01-02T12:00:00Z"),
        (NOON.replace(microsecond=0), "datetime", "1/2/2026 12:00:00 PM"),
        (timedelta(days=1, hours=2), "timespan", "1.02:00:00"),
        (GUID, "guid", str(GUID)),
        ({"a": [1, 2.0, None]}, "dynamic", '{"a":[1,<br>2.0,null]}'),
    ],
)
def test_what_a_page_prints_is_the_value(
    printed: ModuleType, value: object, type_: str, text: str
) -> None:
    assert printed.cell(value, type_, text)


@pytest.mark.parametrize(
    ("value", "type_", "text"),
    [
        (0, "long", ""),
        (None, "long", "0"),
        ("a", "string", "A"),
        ("", "string", '""'),
        (1235, "long", "1,234"),
        (0.42, "real", "0.3"),
        (0.24, "real", "0.3"),
        (-0.24, "real", "-0.3"),
        (1e-9, "real", "0"),
        (2.5, "real", "3"),
        (True, "bool", "0"),
        (1, "bool", "1"),
        (NOON, "datetime", "2026-01-02 12:00:01"),
        (NOON, "datetime", "2026-01-02 12:00:00.123457"),
        (timedelta(hours=1), "timespan", "00:01:00"),
        ({"a": 1}, "dynamic", '{"a":"1"}'),
        ({"a": 1}, "dynamic", '{"a":1,"b":null}'),
        ([1, 2], "dynamic", "[2,1]"),
        (True, "dynamic", "[1]"),
    ],
)
def test_what_a_page_prints_is_another_value(
    printed: ModuleType, value: object, type_: str, text: str
) -> None:
    assert not printed.cell(value, type_, text)


def test_rows_are_compared_without_order_unless_the_query_sorts(printed: ModuleType) -> None:
    page = printed.Page("T | project a", ["a"], [["2"], ["1"]])
    rows = Rows((Column("a", "long"),), ((1,), (2,)))
    assert printed.same(rows, page, ordered=False) == ""
    assert printed.same(rows, page, ordered=True) != ""
    assert printed.same(Rows(rows.columns, ((1,), (1,))), page, ordered=False) != ""
    assert printed.same(Rows(rows.columns, ((1,),)), page, ordered=False) != ""


def test_columns_that_the_query_names_must_be_headed_so(printed: ModuleType) -> None:
    rows = Rows((Column("a", "long"),), ((1,),))
    assert printed.same(rows, printed.Page("print a = 1", ["b"], [["1"]]), ordered=False) != ""
    unnamed = Rows((Column("print_0", "long"),), ((1,),))
    assert printed.same(unnamed, printed.Page("print 1", ["b"], [["1"]]), ordered=False) == ""


def test_an_example_is_set_aside_once_and_with_a_reason(oracle: ModuleType) -> None:
    document = oracle.SET_ASIDE.read_text(encoding="utf-8")
    aside = oracle.set_aside()
    listed = [line.split()[1] for line in document.splitlines() if line.startswith("  - ")]
    assert sorted(listed) == sorted(aside)
    assert all(len(key) == 12 and reason.endswith(".") for key, reason in aside.items())


@pytest.mark.skipif(not EXAMPLES.is_file(), reason="the documentation's examples are not here")
def test_the_documentation_is_matched_as_far_as_it_was(oracle: ModuleType) -> None:
    counts, others = oracle.measure(EXAMPLES)
    assert counts["differ"] == counts["geo"]["differ"] == 0, [
        f"{example.page}: {found.reason}" for example, found in others if found.kind == "differ"
    ]
    assert counts["match"] >= 182
    assert counts["geo"]["match"] >= 23
