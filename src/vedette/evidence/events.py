"""The events of a case, typed by their tables' schemas.

The trap: what is misspelt here is missing in the engine, and a case that must not fire then passes
because of the slip. So every name and value is checked, and nothing is dropped in silence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from vedette.engine.storage import time_column
from vedette.evidence.values import Mismatch, typed_text, typed_value
from vedette.finding import Finding, did_you_mean
from vedette.model.case import INGESTED_KEY, Case, Record
from vedette.schema.types import TableSchema


@dataclass(frozen=True, slots=True)
class Event:
    """One event: typed values by column, and when it was ingested (aware, UTC)."""

    values: Record
    ingested: datetime

    def record(self) -> Record:
        """What the engine loads: the values with the time of ingestion among them."""
        return {**self.values, INGESTED_KEY: self.ingested}


def typed_events(
    case: Case, tables: Mapping[str, TableSchema]
) -> tuple[dict[str, tuple[Event, ...]], list[Finding]]:
    """The case's events by table, and what is wrong with them; what is wrong is left out."""
    reader = _EventReader(case)
    events: dict[str, tuple[Event, ...]] = {}
    for name, records in case.events.items():
        table = tables.get(name)
        if table is None:
            at = case.source.locate_key((*case.at, "events", name))
            hint = did_you_mean(name, tables) or "define it in schemas/tables/"
            message = f"there is no table '{name}'"
            reader.findings.append(Finding(at, "unknown-event-table", message, hint))
            continue
        events[name] = tuple(
            event
            for index, record in enumerate(records)
            if (event := reader.read(table, index, record)) is not None
        )
    return events, reader.findings


class _EventReader:
    """Reads the events of one case and collects what is wrong with them."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self.findings: list[Finding] = []

    def read(self, table: TableSchema, index: int, record: Record) -> Event | None:
        """The event, or None if its time is missing, since it could never be in a workspace."""
        values: dict[str, object] = {}
        for name, value in record.items():
            if name == INGESTED_KEY:
                continue
            column = table.column(name)
            if column is None:
                self._unknown_column(table, index, name)
            else:
                values[name] = self._typed(table, index, name, value, column.type)
        time = time_column(table)
        happened = values.get(time.name) if time else self._case.now
        if time is not None and happened is None:
            self._without_time(table, index, time.name, record)
        ingested: object = None
        if record.get(INGESTED_KEY) is not None:
            ingested = self._typed(table, index, INGESTED_KEY, record[INGESTED_KEY], "datetime")
        moment = ingested or happened
        return Event(values, moment) if isinstance(moment, datetime) else None

    def _typed(
        self, table: TableSchema, index: int, name: str, value: object, type_name: str
    ) -> object:
        now = self._case.now
        # A CSV file has nothing but text, so there a number in digits is a number.
        places = self._case.event_places.get(table.name, ())
        textual = isinstance(value, str) and bool(places) and places[0].path.suffix == ".csv"
        typed = (
            typed_text(str(value), type_name, now)
            if textual
            else typed_value(value, type_name, now)
        )
        if not isinstance(typed, Mismatch):
            return typed
        at = self._case.locate_event(table.name, index, name)
        message = f"'{name}' ({type_name}) {typed.reason}"
        self.findings.append(Finding(at, "wrong-event-type", message, typed.hint))
        return None

    def _unknown_column(self, table: TableSchema, index: int, name: str) -> None:
        at = self._case.locate_event(table.name, index, name)
        message = f"'{table.name}' has no column '{name}'"
        names = [column.name for column in table.columns] + [INGESTED_KEY]
        self.findings.append(
            Finding(at, "unknown-event-column", message, did_you_mean(name, names))
        )

    def _without_time(self, table: TableSchema, index: int, column: str, record: Record) -> None:
        if column in record and record[column] is not None:
            return  # its value is of the wrong type, which is reported already
        at = self._case.locate_event(table.name, index)
        message = f"the event has no '{column}', so it lies outside every window"
        hint = "the workspace sets it in every event: say when it happened, like -2h"
        self.findings.append(Finding(at, "event-without-time", message, hint))
