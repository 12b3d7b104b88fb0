"""The event browser: the newest events of a table, and one event with all its columns.

The trap: an event has no name of its own. It is found again by its time and a digest of all that
it holds; two that are equal in everything are one to whoever looks.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from vedette.engine.base import Rows, TimeWindow
from vedette.errors import VedetteError
from vedette.schema.types import Column, TableSchema
from vedette.simulate.text import cell_text
from vedette.workspace.iso8601 import format_time, parse_time
from vedette.workspace.logs.query import run_text
from vedette.workspace.pages.address import address, query_address
from vedette.workspace.pages.event_columns import chosen_columns
from vedette.workspace.pages.event_filter import EventFilter, event_filter
from vedette.workspace.pages.grid import Cell, cells_of, shown
from vedette.workspace.pages.kql_text import equals, name_text
from vedette.workspace.pages.table_list import event_counts
from vedette.workspace.pages.time_range import time_range
from vedette.workspace.refusal import Refusal
from vedette.workspace.workspace import Workspace

PAGE_SIZE = 50
#: Pages that can be turned to. Each is cut from all rows before it.
MOST_PAGES = 100
_WAIT = timedelta(seconds=30)
_TIME = "TimeGenerated"
#: Values that are longer are no link: nobody filters by a whole message.
_LONGEST_LINK = 200


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event's address, its cells, and for each where only events with its value are shown."""

    address: str
    cells: tuple[tuple[Cell, str], ...]


@dataclass(frozen=True, slots=True)
class EventsView:
    """A page of a table's events, the newest first; ``more``: there is a next page."""

    filter: EventFilter
    columns: tuple[Column, ...] = ()
    rows: tuple[EventRow, ...] = ()
    page: int = 1
    more: bool = False
    problem: str = ""

    @property
    def query(self) -> str:
        """Where the query box shows the same."""
        newest = f"{self.filter.query}\n| sort by {_TIME} desc\n| take 100"
        span = self.filter.range.span
        return query_address(newest, "all" if span == "custom" else span)


@dataclass(frozen=True, slots=True)
class EventCell:
    """A column of one event: its text in full, and where events with the same value are."""

    column: Column
    text: str
    link: str


@dataclass(frozen=True, slots=True)
class EventView:
    """One event: its cells that have a value, the names of the others, and where to go on."""

    table: str
    time: datetime
    cells: tuple[EventCell, ...]
    empty: tuple[str, ...]
    query: str
    related: tuple[tuple[str, str], ...]


def events_view(workspace: Workspace, table: TableSchema, given: Mapping[str, str]) -> EventsView:
    """The events that the address asks for."""
    chosen = event_filter(table, time_range(given, workspace.store.clock, "all"), given)
    text = given.get("page", "1")
    page = min(int(text), MOST_PAGES) if text.isascii() and text.isdigit() and int(text) else 1
    if chosen.problems:
        return EventsView(chosen, problem=" ".join(chosen.problems))
    wanted = page * PAGE_SIZE + 1
    ordered = f"{chosen.query}\n| sort by {_order(table)}\n| take {wanted}"
    try:
        _, rows = run_text(workspace, ordered, chosen.range.window, _WAIT)
    except (Refusal, VedetteError) as error:
        return EventsView(chosen, problem=getattr(error, "message", "") or str(error))
    cut = rows.rows[(page - 1) * PAGE_SIZE : wanted - 1]
    return EventsView(
        chosen,
        *_rows(chosen, Rows(rows.columns, cut)),
        page=page,
        more=len(rows.rows) == wanted and page < MOST_PAGES,
    )


def event_view(
    workspace: Workspace, table: TableSchema, digest: str, time: str
) -> EventView | None:
    """The event of a digest, None if there is none at that time."""
    try:
        moment = parse_time(time)
    except ValueError:
        return None
    window = TimeWindow(moment, moment + timedelta(microseconds=1))
    try:
        _, rows = run_text(workspace, name_text(table.name), window, _WAIT)
    except (Refusal, VedetteError):
        return None
    row = next((row for row in rows.rows if digest_of(rows.columns, row) == digest), None)
    return _event(workspace, table, moment, rows.columns, row) if row else None


def digest_of(columns: Sequence[Column], row: Sequence[object]) -> str:
    """What tells an event from others of its time, whatever order its columns come in."""
    cells = sorted(
        (column.name, cell_text(value)) for column, value in zip(columns, row, strict=True)
    )
    return hashlib.sha256(json.dumps(cells).encode()).hexdigest()[:24]


def _order(table: TableSchema) -> str:
    """The newest first; events of one time by what names them, so that no page repeats one."""
    ids = [
        name_text(column.name)
        for column in table.columns
        if column.type == "string" and (column.name.endswith("Id") or "Address" in column.name)
    ]
    return ", ".join([f"{_TIME} desc", *(f"{name} asc" for name in ids[:8])])


def _rows(chosen: EventFilter, rows: Rows) -> tuple[tuple[Column, ...], tuple[EventRow, ...]]:
    places = chosen_columns(rows)
    found = []
    for row in rows.rows:
        cells = cells_of([row[at] for at in places])
        links = [_link(chosen, rows.columns[at], row[at]) for at in places]
        found.append(
            EventRow(
                _address(chosen.table, rows.columns, row), tuple(zip(cells, links, strict=True))
            )
        )
    return tuple(rows.columns[at] for at in places), tuple(found)


def _address(table: TableSchema, columns: Sequence[Column], row: Sequence[object]) -> str:
    by_name = {column.name: value for column, value in zip(columns, row, strict=True)}
    moment = by_name.get(_TIME)
    if not isinstance(moment, datetime):
        return ""
    # What a search adds to the rows is no part of them.
    own = [column for column in columns if table.column(column.name)]
    digest = digest_of(own, [by_name[column.name] for column in own])
    return address("events", table.name, digest, at=format_time(moment))


def _link(chosen: EventFilter, column: Column, value: object) -> str:
    text = filter_text(value)
    if column.name == _TIME or not text or len(text) > _LONGEST_LINK:
        return ""
    return chosen.with_value(column.name, text)


def filter_text(value: object) -> str:
    """A value as an address has it; see ``event_filter.typed``."""
    return format_time(value) if isinstance(value, datetime) else cell_text(value)


def _event(
    workspace: Workspace,
    table: TableSchema,
    moment: datetime,
    columns: Sequence[Column],
    row: Sequence[object],
) -> EventView:
    everything = time_range({}, workspace.store.clock, "all")
    chosen = EventFilter(table, everything)
    cells = [
        EventCell(column, shown(value), _link(chosen, column, value))
        for column, value in zip(columns, row, strict=True)
        if value not in (None, "")
    ]
    cells.sort(key=lambda cell: cell.column.name != _TIME)
    values = {column.name: value for column, value in zip(columns, row, strict=True)}
    conditions = [equals(_TIME, "datetime", moment)]
    if "NetworkMessageId" in values:
        conditions.append(equals("NetworkMessageId", "string", values["NetworkMessageId"]))
    query = "\n| ".join([name_text(table.name), *(f"where {one}" for one in conditions)])
    return EventView(
        table.name,
        moment,
        tuple(cells),
        tuple(c.name for c, value in zip(columns, row, strict=True) if value in (None, "")),
        query_address(query, "all"),
        _related(workspace, table, values),
    )


#: Columns by which events of other tables belong to one, with the names that they have there.
_SHARED = (
    ("NetworkMessageId",),
    ("RecipientEmailAddress", "AccountUpn", "UserPrincipalName"),
    ("Url",),
    ("SHA256",),
    ("IPAddress", "SenderIPv4"),
)


def _related(
    workspace: Workspace, table: TableSchema, values: Mapping[str, object]
) -> tuple[tuple[str, str], ...]:
    tables = workspace.definitions.catalogue().tables
    everything = time_range({}, workspace.store.clock, "all")
    found = []
    for names in _SHARED:
        name = next((name for name in names if values.get(name)), None)
        if name is None:
            continue
        value = cell_text(values[name])
        for other in event_counts(workspace):
            there = next((each for each in names if tables[other].column(each)), None)
            if other != table.name and there:
                link = EventFilter(tables[other], everything).with_value(there, value)
                found.append((f"{other} with this {there}", link))
    return tuple(found)
