"""Files of JSON lines as Parquet files with the columns of their table.

The trap: a file of a month is larger than the memory. The database reads and writes it in pieces,
which holds only as long as nothing in the statement has to see all rows at once.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from vedette.engine.database import Database, Limits, quote
from vedette.engine.event_files import file_rows
from vedette.model.case import INGESTED_KEY
from vedette.schema.types import TableSchema

#: One thread: the groups of rows, and so the bytes, are the same on every machine.
_LIMITS = Limits(memory="1GB", threads=1, statement=timedelta(hours=1))


def write_parquet(folder: Path, files: list[tuple[TableSchema, Path, Path]]) -> None:
    """Make Parquet of JSON lines: for each table, from which file to which, both in ``folder``.

    Every column of the table is in the file with the type that ``DuckEngine`` stores it in, and
    ``_IngestionTime`` after them. ``EngineError`` for a value that does not fit its column.
    """
    with Database.open(None, _LIMITS, folder) as database:
        for table, source, target in files:
            names = ", ".join(quote(name) for name in (*_names(table), INGESTED_KEY))
            path = target.resolve().as_posix().replace("'", "''")
            rows = file_rows(table, source)
            made = (f"'{path}'", "(FORMAT parquet, COMPRESSION zstd)")
            parts = ("COPY (SELECT * FROM (", rows, ") AS event(", names, ")) TO", *made)
            database.execute(" ".join(parts))


def _names(table: TableSchema) -> list[str]:
    return [column.name for column in table.columns]
