"""Parquet files of events: what an engine that reads one would see otherwise than of the lines."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from vedette.engine.database import Database
from vedette.engine.duck import DuckEngine
from vedette.engine.parquet import write_parquet
from vedette.errors import EngineError
from vedette.schema.types import Column, TableSchema

TYPES = ("string", "bool", "int", "long", "real", "decimal", "guid", "dynamic", "timespan")
TABLE = TableSchema(
    "Everything_CL",
    (Column("TimeGenerated", "datetime"), *(Column(f"A_{name}", name) for name in TYPES)),
    "test",
)
LINES = (
    {
        "TimeGenerated": "2026-10-05T06:00:00Z",
        "A_string": "it's",
        "A_bool": True,
        "A_int": 7,
        "A_long": 2**53 + 1,
        "A_real": 0.1,
        "A_decimal": "1.25",
        "A_guid": "0f8fad5b-d9cb-469f-a165-70867728950e",
        "A_dynamic": {"b": [1, None], "a": "ä"},
        "A_timespan": "02:00:00",
        "_IngestionTime": "2026-10-05T09:30:00Z",
    },
    {"TimeGenerated": "2026-10-05T08:00:00+02:00", "A_dynamic": None, "A_string": None},
)


@pytest.mark.parametrize("count", [0, 2])
def test_a_parquet_file_is_read_as_the_lines_that_it_was_made_of(
    tmp_path: Path, count: int
) -> None:
    lines, made = tmp_path / "Everything_CL.jsonl", tmp_path / "Everything_CL.parquet"
    text = "".join(f"{json.dumps(line)}\n" for line in LINES[:count])
    lines.write_text(text, encoding="utf-8", newline="\n")

    write_parquet(tmp_path, [(TABLE, lines, made)])

    found = []
    for file in (lines, made):
        with Database.open(None, None, tmp_path) as database:
            engine = DuckEngine(database)
            engine.load_file(TABLE, file)
            found.append(database.execute('SELECT * FROM events."Everything_CL" ORDER BY ALL'))
            expected = (datetime(2026, 10, 5, 6, tzinfo=UTC),) * 2
            assert engine.bounds(TABLE) == (expected if count else None)
    assert found[0] == found[1]
    assert len(found[1]) == count


def test_a_value_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    lines = tmp_path / "Everything_CL.jsonl"
    lines.write_text('{"A_long": "many"}\n', encoding="utf-8", newline="\n")

    with pytest.raises(EngineError, match="many"):
        write_parquet(tmp_path, [(TABLE, lines, tmp_path / "Everything_CL.parquet")])
