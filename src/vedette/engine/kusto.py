"""The engine that runs bound queries on a Kusto endpoint: a cluster, a free one, or the emulator.

The trap: nothing is stored there. Inputs travel in the query's text, cut to the window here, and
the clock in a property of the request, so that a run leaves nothing behind and reads nobody's data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from vedette.engine.base import Rows, TimeWindow
from vedette.engine.cells import datetime_text
from vedette.engine.ingest import store
from vedette.engine.kusto_answer import rows_of
from vedette.engine.kusto_text import HIDDEN, kusto_text
from vedette.engine.storage import time_column
from vedette.errors import EngineError, ServiceError
from vedette.kql.bound import BoundQuery
from vedette.model.case import INGESTED_KEY, Record
from vedette.schema.types import Column, TableSchema

_BAD_REQUEST = 400


class KustoEndpoint(Protocol):
    """Whatever sends a query over the wire; the engine itself knows no network."""

    def query(self, text: str, options: Mapping[str, object]) -> object:
        """The answer as JSON, the frames of v2; ``ServiceError`` with its status if none."""
        ...


@dataclass(eq=False)
class KustoEngine:
    """Runs queries over the events and watchlists that were loaded, all of them held here."""

    endpoint: KustoEndpoint
    _events: dict[str, list[Record]] = field(default_factory=dict)
    _watchlists: dict[str, Sequence[Record]] = field(default_factory=dict)

    def clear(self) -> None:
        """Forget all events and watchlists."""
        self._events.clear()
        self._watchlists.clear()

    def load_events(self, table: TableSchema, events: Sequence[Record]) -> None:
        """Append ``events`` to ``table``; ``_IngestionTime`` sets an event's ingestion time."""
        self._events.setdefault(table.name, []).extend(events)

    def load_watchlist(self, alias: str, columns: Sequence[Column], rows: Sequence[Record]) -> None:
        """Replace the rows of a watchlist."""
        self._watchlists[alias] = rows

    def load_external(self, name: str, columns: Sequence[Column], rows: Sequence[Record]) -> None:
        """Accept what an ``externaldata`` reads: a query with one is refused when it is run."""

    def run(self, query: BoundQuery, *, now: datetime, window: TimeWindow | None = None) -> Rows:
        """The rows of ``query`` at ``now`` over the events in ``window`` (watchlists in full).

        Raises ``UnsupportedError`` for what cannot be sent, ``EngineError`` if the endpoint fails.
        """
        if not query.ok:
            raise EngineError("a query with errors cannot be run")
        events = {
            name: [event for event in self._events.get(name, ()) if _seen(event, table, window)]
            for name, table in query.tables.items()
        }
        text = kusto_text(query, events, self._watchlists)
        try:
            answer = self.endpoint.query(text, {"query_now": datetime_text(now)})
        except ServiceError as error:
            # It answered, and does not take this query; anything else ends the run.
            if error.status != _BAD_REQUEST:
                raise
            raise EngineError(str(error)) from error
        return rows_of(answer, query.columns, HIDDEN)


def _seen(event: Record, table: TableSchema, window: TimeWindow | None) -> bool:
    """True if a run with this window sees the event."""
    time = time_column(table)
    if window is None or time is None:
        return True
    happened = _moment(time, event.get(time.name))
    ingested = _moment(time, event.get(INGESTED_KEY)) or happened
    if window.ingested_by is not None and (ingested is None or ingested > window.ingested_by):
        return False
    moment = ingested if window.on_ingestion else happened
    return moment is not None and window.start <= moment < window.end


def _moment(column: Column, value: object) -> datetime | None:
    moment = store(column, value)
    return moment.replace(tzinfo=UTC) if isinstance(moment, datetime) else None
