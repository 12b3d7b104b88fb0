"""Turns a watchlist and its items into the values of its file and the rows of its CSV.

The trap: the service never gives back the text that was uploaded, only items: a list without items
has no columns any more but the one by which it is searched.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from vedette.convert.content import Content, Form, Loss
from vedette.convert.rule_content import description_text
from vedette.deploy.canonical import canonical_rows
from vedette.deploy.payload import without_empty
from vedette.deploy.resource import Body, Rows
from vedette.model.shape import mapping, text


def watchlist_content(alias: str, body: Body, rows: Rows) -> Content:
    """The watchlist ``body`` with its ``rows``, which were read from its items."""
    properties = mapping(body.get("properties"))
    name = text(properties.get("displayName"))
    description = text(properties.get("description")).strip()
    losses = []
    if not description:
        losses.append(Loss("description", "there is none; the file says the name instead"))
    if not rows:
        losses.append(Loss("rows", "it has no items: of its columns only the search key is known"))
    values = without_empty(
        {
            "alias": properties.get("watchlistAlias") or alias,
            "name": name,
            "description": description_text(description or name),
            "provider": properties.get("provider"),
            "searchKey": properties.get("itemsSearchKey"),
        }
    )
    return Content(Form.WATCHLIST, alias, name, values, body, rows, tuple(losses))


def columns_of(rows: Rows, search_key: str) -> tuple[str, ...]:
    """Every column of ``rows`` in the order of its first row; the search key if there are none."""
    found = dict.fromkeys(column for row in rows for column in row)
    return tuple(found) or (search_key,)


def csv_text(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> str:
    """The rows as CSV; a cell that a row lacks is empty."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([row.get(column, "") for column in columns] for row in rows)
    return stream.getvalue()


def merged_csv(columns: Sequence[str], old: Rows, live: Rows) -> str | None:
    """A file's CSV with the live rows: those that are still right stay in their order.

    ``columns`` and ``old`` are the file's columns and rows. None if nothing differs.
    """
    if canonical_rows(old) == canonical_rows(live):
        return None
    wanted = {canonical_rows([row])[0]: row for row in live}
    kept = [row for row in old if wanted.pop(canonical_rows([row])[0], None) is not None]
    every = dict.fromkeys([*columns, *(column for row in live for column in row)])
    return csv_text(tuple(every), [*kept, *wanted.values()])
