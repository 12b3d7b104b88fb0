"""Turns documents into workspace functions and watchlists.

The trap: the service takes a watchlist's CSV as it is and answers later, in an empty list, what was
wrong with it; its limits are therefore checked here, on the very text that is sent.
"""

from __future__ import annotations

import json
import math
from pathlib import Path, PurePosixPath

from vedette.finding import Finding, did_you_mean
from vedette.model.content import Watchlist, WorkspaceFunction
from vedette.model.csv_text import CsvTable, parse_csv
from vedette.model.data_file import find_data_file, read_data_file
from vedette.model.document import Document
from vedette.model.shape import guid, items, mapping, text
from vedette.source import Location, ValuePath

#: The service's limits on a watchlist that is sent inline (sentinel-service-limits). Assumed: its
#: "3.8 MB" is the smaller of the two readings (10^6), since the page does not say which it means.
MAX_WATCHLIST_BYTES = 3_800_000
MAX_WATCHLIST_LINE = 10_240

#: Types whose default is a number in YAML.
_NUMBERS = frozenset({"int", "long", "real", "decimal"})


def load_function(document: Document) -> tuple[WorkspaceFunction | None, list[Finding]]:
    """The function in ``document``; None if a value that it needs is missing or unusable."""
    data = mapping(document.data)
    parameters, findings = _load_parameters(document, items(data.get("parameters")))
    identity = guid(data.get("id"))
    alias, query = text(data.get("alias")), text(data.get("query"))
    if identity is None or not alias or not query.strip():
        return None, findings
    function = WorkspaceFunction(
        id=identity,
        alias=alias,
        name=text(data.get("name")) or alias,
        description=text(data.get("description")).strip(),
        query=query,
        version=text(data.get("version")),
        parameters=parameters,
        category=text(data.get("category")) or "Functions",
        source=document,
    )
    return function, findings


def _load_parameters(document: Document, values: list[object]) -> tuple[str, list[Finding]]:
    """The parameters in the service's form, ``"Details:string, Days:int = 7"``."""
    findings: list[Finding] = []
    written: list[str] = []
    first: dict[str, Location] = {}
    optional = ""
    for index, value in enumerate(values):
        path: ValuePath = ("parameters", index)
        data = mapping(value)
        name, kind = text(data.get("name")), text(data.get("type"))
        at = document.locate((*path, "name"))
        if name in first:
            message = f"the parameter '{name}' stands here again; it is first at {first[name]}"
            findings.append(Finding(at, "duplicate-parameter", message))
        first.setdefault(name, at)
        default = ""
        if "default" in data:
            literal = _literal(data["default"], kind)
            if literal is None:
                findings.append(_bad_default(document, path, name, kind))
            default, optional = f" = {literal}", name
        elif optional:
            message = f"'{name}' has no default, but '{optional}' before it has one"
            hint = "move parameters with a default to the end"
            findings.append(Finding(at, "required-after-optional", message, hint))
        written.append(f"{name}:{kind}{default}")
    return ", ".join(written), findings


def _bad_default(document: Document, path: ValuePath, name: str, kind: str) -> Finding:
    message = f"the default of '{name}' is not a value of type {kind}"
    hint = "for datetime, timespan, guid and dynamic write KQL: datetime(2026-01-31), 1d"
    return Finding(document.locate((*path, "default")), "bad-default", message, hint)


def _literal(value: object, kind: str) -> str | None:
    """``value`` as a KQL literal of ``kind``, None if it is not one; tables have no defaults."""
    if kind == "string":
        # KQL's double-quoted strings know every escape that JSON's have.
        return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else None
    if kind == "bool":
        return str(value).lower() if isinstance(value, bool) else None
    if kind in _NUMBERS:
        return _number(value, whole=kind in {"int", "long"})
    if kind.startswith("("):
        return None
    return value.strip() if isinstance(value, str) and value.strip() else None


def _number(value: object, *, whole: bool) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if whole and isinstance(value, float):
        return None
    return str(value) if math.isfinite(value) else None


def load_watchlist(document: Document, root: Path) -> tuple[Watchlist | None, list[Finding]]:
    """The watchlist in ``document`` with the rows of its CSV.

    ``root`` is the repository's, to which ``document.path`` is relative. The CSV is the file that
    ``file`` names, else the one beside the document with its stem. None if the CSV cannot be read.
    """
    data = mapping(document.data)
    name = text(data.get("file")) or f"{document.path.stem}.csv"
    at = document.locate(("file",) if "file" in data else ("alias",))
    path, findings = find_data_file(name, document.path, root, at)
    if path is None:
        return None, findings
    csv, problems = read_data_file(root, path)
    findings += problems
    if csv is None:
        return None, findings
    findings += _check_limits(csv, path)
    table, problems = parse_csv(csv, path)
    findings += problems
    search_key = text(data.get("searchKey"))
    if table is None:
        return None, findings
    findings += _check_search_key(document, search_key, table)
    watchlist = Watchlist(
        alias=text(data.get("alias")),
        name=text(data.get("name")),
        description=text(data.get("description")).strip(),
        provider=text(data.get("provider")),
        search_key=search_key,
        columns=table.columns,
        rows=table.rows,
        csv=csv,
        source=document,
    )
    return (watchlist if watchlist.alias else None), findings


def _check_search_key(document: Document, key: str, table: CsvTable) -> list[Finding]:
    if not key or key in table.columns:
        return []
    message = f"the search key '{key}' is not a column of the CSV"
    hint = did_you_mean(key, table.columns) or f"columns: {', '.join(table.columns)}"
    return [Finding(document.locate(("searchKey",)), "unknown-search-key", message, hint)]


def _check_limits(csv: str, path: PurePosixPath) -> list[Finding]:
    findings: list[Finding] = []
    size = len(csv.encode("utf-8"))
    if size > MAX_WATCHLIST_BYTES:
        message = f"the watchlist has {size:,} bytes; the service takes {MAX_WATCHLIST_BYTES:,}"
        hint = "split it, or keep the rows in a custom table"
        findings.append(Finding(Location(path), "watchlist-too-large", message, hint))
    for number, line in enumerate(csv.split("\n"), start=1):
        if len(line) > MAX_WATCHLIST_LINE:
            message = f"the line has {len(line):,} characters; the limit is {MAX_WATCHLIST_LINE:,}"
            findings.append(Finding(Location(path, number), "watchlist-line-too-long", message))
    return findings
