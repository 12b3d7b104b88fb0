"""Watchlists as a part of the query, for a product that has none.

The trap: the rows are those of the repository when the query is rendered. A change of the list
changes every rule that reads it, and whoever edits the list in the portal changes none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence

from vedette.kql.desugar.tree import quoted
from vedette.kql.products.renames import Renames
from vedette.model.content import Watchlist
from vedette.schema.catalogue import WATCHLIST_COLUMNS

#: A watchlist's rows: column to cell, all text.
WatchlistRows = Sequence[Mapping[str, object]]

#: What only the service knows of a row.
SERVICE_COLUMNS = frozenset(column.name for column in WATCHLIST_COLUMNS) - {"SearchKey"}


def keyed_rows(watchlist: Watchlist) -> WatchlistRows:
    """The repository's rows as ``_GetWatchlist`` returns them: SearchKey repeats the key column."""
    key = watchlist.search_key
    return [{"SearchKey": row.get(key, ""), **row} for row in watchlist.rows]


def variable(alias: str) -> str:
    """The name of the variable that stands for ``_GetWatchlist('alias')``."""
    return "Watchlist_" + re.sub(r"\W", "_", alias)


def statement(alias: str, columns: Iterable[str], rows: WatchlistRows, renames: Renames) -> str:
    """``let Watchlist_x = datatable(…)[…];`` with a line for each row."""
    names = [name for name in columns if name not in SERVICE_COLUMNS]
    head = ", ".join(f"{quoted(renames.of(name))}: string" for name in names)
    lines = ",\n".join(
        "  " + ", ".join(json.dumps(str(row.get(name) or ""), ensure_ascii=False) for name in names)
        for row in rows
    )
    body = f"[\n{lines}\n]" if lines else "[]"
    return f"let {variable(alias)} = datatable ({head}) {body};\n"
