"""Files of events as SQL that reads them: JSON lines, and Parquet.

The trap: a month of events is too much for Python to look at one by one, so the database reads and
converts. It takes what looks like a column's type for it, where a case's events are checked.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from vedette.engine.ingest import STORED_TYPES, UnknownColumnError
from vedette.errors import UsageError
from vedette.model.case import INGESTED_KEY
from vedette.schema.types import Column, TableSchema

SUFFIXES = (".jsonl", ".parquet")
#: Lines whose keys are looked at before the database reads the file.
_LOOKED_AT = 1_000
_TEXT = "'"
_TIME_COLUMNS = ("TimeGenerated", "Timestamp")


def time_column(table: TableSchema) -> Column | None:
    """The column that says when an event happened; Defender's tables call it ``Timestamp``."""
    columns = {column.name: column for column in table.columns if column.type == "datetime"}
    return next((columns[name] for name in _TIME_COLUMNS if name in columns), None)


def check_keys(table: TableSchema, file: Path) -> None:
    """``UnknownColumnError`` or ``UsageError`` for what the first lines show to be wrong."""
    known = {column.name for column in table.columns} | {INGESTED_KEY}
    for number, line in _first_lines(file):
        try:
            event = json.loads(line)
        except ValueError as error:
            raise UsageError(f"{file}:{number}: this is no JSON: {error}") from error
        if not isinstance(event, dict):
            raise UsageError(f"{file}:{number}: an event is an object, like {{...}}")
        for name in event:
            if name not in known:
                raise UnknownColumnError(table, name)


def _first_lines(file: Path) -> Iterator[tuple[int, str]]:
    if file.suffix != ".jsonl":
        return
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(islice(lines, _LOOKED_AT), start=1):
            if line.strip():
                yield number, line


def file_rows(table: TableSchema, file: Path) -> str:
    """A SELECT of the table's columns and the time of ingestion, in this order."""
    ingested = Column(INGESTED_KEY, "datetime")
    source = (
        _parquet(file) if file.suffix == ".parquet" else _json(file, (*table.columns, ingested))
    )
    items = [_cell(column) for column in table.columns]
    time = time_column(table)
    when = _cell(ingested) if time is None else f"coalesce({_cell(ingested)}, {_cell(time)})"
    return " ".join(("SELECT", ", ".join([*items, when]), "FROM", source))


def _json(file: Path, columns: tuple[Column, ...]) -> str:
    types = ", ".join(f"{_quoted(c.name, _TEXT)}: {_quoted(_read_as(c), _TEXT)}" for c in columns)
    path = _quoted(file.resolve().as_posix(), "'")
    return f"read_json({path}, format='newline_delimited', columns={{{types}}})"


def _parquet(file: Path) -> str:
    return f"read_parquet({_quoted(file.resolve().as_posix(), _TEXT)})"


def _read_as(column: Column) -> str:
    return "JSON" if column.type == "dynamic" else "VARCHAR"


def _cell(column: Column) -> str:
    name = _quoted(column.name, '"')
    match column.type:
        case "string":
            return f"coalesce({name}::VARCHAR, '')"
        case "datetime":
            return f"({name}::TIMESTAMPTZ AT TIME ZONE 'UTC')"
        case "dynamic":
            return f"nullif({name}::JSON, 'null'::JSON)"
        case other:
            return f"{name}::{STORED_TYPES[other]}"


def _quoted(text: str, mark: str) -> str:
    return mark + text.replace(mark, mark * 2) + mark
