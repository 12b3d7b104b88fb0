"""CSV text into rows of strings: a header line, then one record for each event or item.

The trap: the csv module pads and truncates ragged rows in silence and takes a second column of the
same name for the first; both turn a slip in the file into evidence about something else.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import PurePosixPath

from vedette.finding import Finding
from vedette.source import Location


@dataclass(frozen=True, slots=True)
class CsvTable:
    """The columns in the file's order, the rows by column, and the line each row begins in."""

    columns: tuple[str, ...]
    rows: tuple[dict[str, str], ...]
    lines: tuple[int, ...]


def parse_csv(text: str, path: PurePosixPath) -> tuple[CsvTable | None, list[Finding]]:
    """The table in ``text`` (``\\n`` line ends); None without a usable header.

    Quoting is RFC 4180's. Blank lines are skipped; rows that do not fit the header are findings
    and are left out.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    findings: list[Finding] = []
    records: list[tuple[int, list[str]]] = []
    line = 1
    try:
        for record in reader:
            if record:
                records.append((line, record))
            line = reader.line_num + 1
    except csv.Error as error:
        hint = "double a quote inside a quoted cell, and close every quote"
        findings.append(Finding(Location(path, line), "bad-csv", f"not CSV: {error}", hint))
    if not records:
        hint = "the first line names the columns"
        findings.append(Finding(Location(path), "no-header", "the file has no header", hint))
        return None, findings
    columns = records[0][1]
    findings += _check_header(columns, Location(path, records[0][0]))
    if len(set(columns)) < len(columns):
        return None, findings
    rows: list[dict[str, str]] = []
    lines: list[int] = []
    for line, record in records[1:]:
        if len(record) == len(columns):
            rows.append(dict(zip(columns, record, strict=True)))
            lines.append(line)
        else:
            findings.append(_ragged(record, columns, Location(path, line)))
    return CsvTable(tuple(columns), tuple(rows), tuple(lines)), findings


def _check_header(columns: list[str], at: Location) -> list[Finding]:
    findings: list[Finding] = []
    for index, column in enumerate(columns):
        if not column.strip():
            message = f"column {index + 1} has no name"
            findings.append(Finding(at, "unnamed-column", message, "name every column"))
        elif column != column.strip():
            message = f"the column {column!r} begins or ends with a space"
            hint = "a query would have to name it with the space"
            findings.append(Finding(at, "padded-column", message, hint))
        elif column in columns[:index]:
            message = f"the column '{column}' stands twice in the header"
            findings.append(Finding(at, "duplicate-column", message, "rename or drop one"))
    return findings


def _ragged(record: list[str], columns: list[str], at: Location) -> Finding:
    message = f"the row has {len(record)} cells, the header {len(columns)}"
    return Finding(at, "ragged-row", message, "quote a cell that holds a comma")
