"""The rows that a watchlist's ``rawContent`` holds, read as the service does.

The trap: a CSV file from a spreadsheet starts with a byte order mark, which would become part of
the first column's name.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass

from vedette.workspace.refusal import bad_request

#: Limits of sentinel-service-limits: inline content, and one line of it.
MAX_CONTENT_BYTES = 3_800_000
MAX_LINE = 10_240
_DELIMITERS = {"text/csv": ",", "text/tsv": "\t"}


@dataclass(frozen=True, slots=True)
class Content:
    """Columns in their order, and rows with a text for each column."""

    columns: tuple[str, ...]
    rows: tuple[dict[str, str], ...]


def parse_content(raw: str, *, content_type: str, skip: int, search_key: str) -> Content:
    """Read the rows; raises Refusal for what the service does not take."""
    if len(raw.encode()) > MAX_CONTENT_BYTES:
        raise bad_request("The raw content of a watchlist must not exceed 3.8 MB.")
    delimiter = _DELIMITERS.get(content_type.partition(";")[0].strip().lower())
    if delimiter is None:
        raise bad_request(f"The content type '{content_type}' is not supported: use 'text/csv'.")
    lines = raw.removeprefix("\ufeff").splitlines(keepends=True)[skip:]
    for number, line in enumerate(lines, skip + 1):
        if len(line) > MAX_LINE:
            raise bad_request(f"Line {number} of the raw content exceeds {MAX_LINE} characters.")
    try:
        records = [row for row in csv.reader(lines, delimiter=delimiter, strict=True) if row]
    except csv.Error as error:
        raise bad_request(f"The raw content could not be parsed: {error}.") from error
    if not records:
        raise bad_request("The raw content of a watchlist must have a header line.")
    columns = tuple(name.strip() for name in records[0])
    _check_header(columns, search_key)
    return Content(columns, tuple(_row(columns, record, search_key) for record in records[1:]))


def _check_header(columns: tuple[str, ...], search_key: str) -> None:
    if not all(columns):
        raise bad_request("The header of the raw content has a column without a name.")
    if len(set(columns)) != len(columns):
        raise bad_request("The header of the raw content names a column twice.")
    if search_key not in columns:
        raise bad_request(
            f"The search key '{search_key}' is not a column of the raw content: "
            f"{', '.join(columns)}."
        )


def _row(columns: tuple[str, ...], cells: list[str], search_key: str) -> dict[str, str]:
    if len(cells) != len(columns):
        raise bad_request(
            f"A row of the raw content has {len(cells)} values for {len(columns)} columns: "
            f"'{','.join(cells)}'."
        )
    row = dict(zip(columns, cells, strict=True))
    if not row[search_key].strip():
        raise bad_request(f"A row of the raw content has no value for '{search_key}'.")
    return row
