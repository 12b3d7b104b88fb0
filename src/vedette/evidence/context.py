"""The watchlists of the workspace that a case pretends to be in.

The trap: a case's rows *replace* those of the repository's watchlist. Added to them, a case would
change its meaning whenever somebody maintains the list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vedette.finding import Finding, did_you_mean
from vedette.model.case import Case, Record
from vedette.model.content import Watchlist

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


def _keyed(watchlist: Watchlist, rows: Sequence[Record]) -> tuple[Record, ...]:
    """The rows as ``_GetWatchlist`` returns them: SearchKey repeats the search column."""
    key = watchlist.search_key
    return tuple({_SEARCH_KEY: row[key], **row} if row.get(key) else row for row in rows)
