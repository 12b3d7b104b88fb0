"""Events in, as the Logs ingestion API takes them.

The trap: an event is not in the workspace before it was ingested. Replayed events may carry the
time of that in ``_IngestionTime``, and a rule that runs earlier must not see them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from werkzeug.wrappers import Request, Response

from vedette.engine.ingest import ValueMismatchError, store
from vedette.finding import did_you_mean
from vedette.model.case import INGESTED_KEY
from vedette.schema.types import Column, TableSchema
from vedette.workspace.assumptions import ingested_at
from vedette.workspace.iso8601 import parse_time
from vedette.workspace.journal import Event
from vedette.workspace.messages import answer, read_json
from vedette.workspace.refusal import Refusal
from vedette.workspace.workspace import Workspace

#: The largest body of one call, packed or not (Logs ingestion API).
MAX_BODY = 1024 * 1024
_PREFIXES = ("Custom-", "Microsoft-")
_TIME = "TimeGenerated"


def post_events(workspace: Workspace, request: Request, rule: str, stream: str) -> Response:
    """Take an array of events for a stream's table: 204, or a refusal that names what is wrong.

    All events are taken or none. There is one data collection rule, whatever it is called.
    """
    table = _table(workspace.settings.tables, stream)
    present = workspace.store.clock
    with workspace.aside():
        events = read_json(request, limit=MAX_BODY)
        if not isinstance(events, list):
            raise Refusal(400, "InvalidRequestContent", "The body must be a JSON array of events.")
        columns = {column.name: column for column in table.columns}
        texts = frozenset(one.name for one in table.columns if one.type == "string")
        read = [
            _read(table, columns, texts, record, index, present)
            for index, record in enumerate(events)
        ]
    # Not before here: what is ingested by a time that the clock has passed is in no run any more.
    now = workspace.store.clock
    workspace.journal.add_events(
        Event(table.name, one.ingested or ingested_at(now, one.happened), one.record)
        for one in read
    )
    workspace.feed.follow(now)
    return answer(status=204)


@dataclass(frozen=True, slots=True)
class _Read:
    """An event as its columns take it, when it happened, and when it says that it was ingested."""

    record: Mapping[str, Any]
    happened: datetime | None
    ingested: datetime | None


def _table(tables: Mapping[str, TableSchema], stream: str) -> TableSchema:
    name = next(
        (stream.removeprefix(prefix) for prefix in _PREFIXES if stream.startswith(prefix)), None
    )
    if name is None:
        raise Refusal(
            400,
            "InvalidStream",
            f"The stream '{stream}' must begin with 'Custom-' or 'Microsoft-'.",
        )
    if name not in tables:
        hint = did_you_mean(name, tables)
        raise Refusal(
            404,
            "InvalidStream",
            f"There is no table '{name}' for the stream '{stream}'. {hint}".rstrip(),
        )
    return tables[name]


def _read(
    table: TableSchema,
    columns: Mapping[str, Column],
    texts: frozenset[str],
    record: object,
    index: int,
    now: datetime,
) -> _Read:
    if not isinstance(record, dict):
        raise _invalid(table, index, "it is not an object")
    for name, value in record.items():
        # Most values are texts in columns of text; a call for each would take half of all time.
        if type(value) is not str or name not in texts:
            _check(table, name, columns.get(name), value, index)
    happened = _time(table, record, _TIME, index)
    ingested = _time(table, record, INGESTED_KEY, index)
    if INGESTED_KEY in record:
        record = {name: value for name, value in record.items() if name != INGESTED_KEY}
    if _TIME in columns and happened is None:
        record[_TIME], happened = now.isoformat(), now
    return _Read(record, happened, ingested)


def _time(table: TableSchema, record: Mapping[str, Any], name: str, index: int) -> datetime | None:
    value = record.get(name)
    if value is None:
        return None
    try:
        return parse_time(value)
    except (TypeError, ValueError) as error:
        raise _invalid(table, index, f"'{name}' is not a time with a zone: {value!r}") from error


def _check(table: TableSchema, name: str, column: Column | None, value: object, index: int) -> None:
    if name == INGESTED_KEY:
        return
    if column is None:
        hint = did_you_mean(name, (column.name for column in table.columns))
        raise _invalid(table, index, f"the table has no column '{name}' {hint}".rstrip())
    try:
        store(column, value)
    except ValueMismatchError as error:
        raise _invalid(table, index, str(error)) from error


def _invalid(table: TableSchema, index: int, problem: str) -> Refusal:
    return Refusal(400, "InvalidRecord", f"Event {index} of {table.name} is refused: {problem}.")
