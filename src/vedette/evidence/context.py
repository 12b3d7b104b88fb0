"""The watchlists of the workspace that a case pretends to be in, and what lies outside of it.

The trap: a case's rows *replace* those of the repository's watchlist. Added to them, a case would
change its meaning whenever somebody maintains the list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vedette.evidence.values import Mismatch, typed_text, typed_value
from vedette.finding import Finding, did_you_mean
from vedette.model.case import Case, Record
from vedette.model.content import Watchlist
from vedette.schema.types import Column
from vedette.source import ValuePath

_SEARCH_KEY = "SearchKey"


def watchlist_rows(
    case: Case, watchlists: Mapping[str, Watchlist]
) -> tuple[dict[str, tuple[Record, ...]], list[Finding]]:
    """The rows of every watchlist at hand, the case's own before the repository's.

    All cells of a watchlist are text; the findings are about what the case writes otherwise.
    """
    rows: dict[str, tuple[Record, ...]] = {
        alias: _keyed(watchlist, watchlist.rows) for alias, watchlist in watchlists.items()
    }
    findings: list[Finding] = []
    for alias, records in case.watchlists.items():
        known = watchlists.get(alias)
        rows[alias] = records if known is None else _keyed(known, records)
        for index, record in enumerate(records):
            for name, value in record.items():
                path = (*case.at, "watchlists", alias, index, name)
                if known is not None and name not in known.columns:
                    message = f"the watchlist '{alias}' has no column '{name}'"
                    at, hint = case.source.locate_key(path), did_you_mean(name, known.columns)
                    findings.append(Finding(at, "unknown-watchlist-column", message, hint))
                elif value is not None and not isinstance(value, str):
                    message = f"'{name}' is not text, and a watchlist holds nothing else"
                    at = case.source.locate(path)
                    finding = Finding(at, "wrong-watchlist-type", message, "put it in quotes")
                    findings.append(finding)
    return rows, findings


def external_rows(
    case: Case, externals: Mapping[str, Sequence[Column]]
) -> tuple[dict[str, tuple[Record, ...]], list[Finding]]:
    """The typed rows of each ``externaldata`` table that the case supplies, and what is wrong.

    ``externals`` are those that the query reads (``kql.externals``).
    """
    rows: dict[str, tuple[Record, ...]] = {}
    findings: list[Finding] = []
    for name, records in case.externals.items():
        columns = externals.get(name)
        if columns is None:
            at = case.source.locate_key((*case.at, "externaldata", name))
            message = f"the query reads no externaldata '{name}'"
            hint = did_you_mean(name, externals) or "name the file that its address ends in"
            findings.append(Finding(at, "externaldata-not-read", message, hint))
            continue
        types = {column.name: column.type for column in columns}
        typed = []
        for index, record in enumerate(records):
            path = (*case.at, "externaldata", name, index)
            values, wrong = _typed_row(case, record, types, path)
            typed.append(values)
            findings += wrong
        rows[name] = tuple(typed)
    return rows, findings


def _typed_row(
    case: Case, record: Record, types: Mapping[str, str], path: ValuePath
) -> tuple[Record, list[Finding]]:
    values: dict[str, object] = {}
    findings: list[Finding] = []
    for name, value in record.items():
        if name not in types:
            at, hint = case.source.locate_key((*path, name)), did_you_mean(name, types)
            message = f"the externaldata has no column '{name}'"
            findings.append(Finding(at, "unknown-externaldata-column", message, hint))
            continue
        # The file is text, so a number in digits is a number.
        typed = (
            typed_text(value, types[name], case.now)
            if isinstance(value, str)
            else typed_value(value, types[name], case.now)
        )
        if isinstance(typed, Mismatch):
            message = f"'{name}' ({types[name]}) {typed.reason}"
            at = case.source.locate((*path, name))
            findings.append(Finding(at, "wrong-externaldata-type", message, typed.hint))
        else:
            values[name] = typed
    return values, findings


def _keyed(watchlist: Watchlist, rows: Sequence[Record]) -> tuple[Record, ...]:
    """The rows as ``_GetWatchlist`` returns them: SearchKey repeats the search column."""
    key = watchlist.search_key
    return tuple({_SEARCH_KEY: row[key], **row} if row.get(key) else row for row in rows)
