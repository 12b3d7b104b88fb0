"""What happened in the workspace: the events that it was sent and the runs that were made.

The trap: an event may be sent long before or after the time at which it counts as ingested. Its
number says when it was sent; both are needed to tell what a reader has not seen.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from vedette.workspace.iso8601 import EPOCH
from vedette.workspace.store import Store

_MICROSECOND = timedelta(microseconds=1)
#: Events that are remembered for whoever reads them next; a call of the ingestion API has fewer.
_RECENT = 10_000
_SCHEMA = (
    # No key: an index over every event costs more than to write them, and nobody asks for one.
    """CREATE TABLE IF NOT EXISTS events (
        seq BIGINT NOT NULL, name VARCHAR NOT NULL, ingested BIGINT NOT NULL,
        body VARCHAR NOT NULL
    )""",
    # Whether the workspace wrote it itself; state files of before have no such events.
    "ALTER TABLE events ADD COLUMN IF NOT EXISTS own BOOLEAN DEFAULT false",
    # How many events a row has, numbered on from its own; NULL: one, and not in a list.
    "ALTER TABLE events ADD COLUMN IF NOT EXISTS count BIGINT",
    """CREATE TABLE IF NOT EXISTS runs (
        rule VARCHAR NOT NULL, scheduled BIGINT NOT NULL, executed BIGINT NOT NULL,
        alerts BIGINT NOT NULL, body VARCHAR NOT NULL, PRIMARY KEY (rule, scheduled)
    )""",
)


@dataclass(frozen=True, slots=True)
class Event:
    """An event as it was sent: table, time of ingestion, and the record without it."""

    table: str
    ingested: datetime
    record: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Run:
    """A run of a rule and the record of what it came to (see ``rule_run``)."""

    rule: str
    scheduled: datetime
    executed: datetime
    record: Mapping[str, Any]


class Journal:
    """Events and runs, kept in the tables of the store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        # The events that were sent last, so that what was just read need not be read again.
        self._recent: list[tuple[int, Event]] = []
        self._latest: int | None = None
        store.add_tables(_SCHEMA, ("DELETE FROM events", "DELETE FROM runs"))

    def add_events(self, events: Iterable[Event], *, own: bool = False) -> None:
        """Append events in their order; ``own``: the workspace writes them, nobody sent them."""
        numbered = list(enumerate(events, self.last_event() + 1))
        latest = self._latest_ingested()
        columns: tuple[list[object], ...] = ([], [], [], [], [])
        # What was sent together stands together: a row for each event costs more than all else.
        for (table, ingested), group in groupby(numbered, _sent_as):
            together = list(group)
            bodies = [event.record for _, event in together]
            values = (
                together[0][0],
                table,
                _micros(ingested),
                json.dumps(bodies, ensure_ascii=False),
                len(bodies),
            )
            for column, value in zip(columns, values, strict=True):
                column.append(value)
        # One statement for all: DuckDB takes half a millisecond for a row of its own.
        self._store.write(
            "INSERT INTO events SELECT unnest(?::BIGINT[]), unnest(?::VARCHAR[]),"
            " unnest(?::BIGINT[]), unnest(?::VARCHAR[]), ?::BOOLEAN, unnest(?::BIGINT[])",
            (*columns[:4], own, columns[4]),
        )
        self._latest = max((latest, *(_micros(event.ingested) for _, event in numbered)))
        self._recent = [*self._recent, *numbered][-max(_RECENT, len(numbered)) :]
        if numbered:
            self._store.set_fact("lastEvent", str(numbered[-1][0]))
        if not own:
            self._store.set_fact("events", str(self.count_events() + len(numbered)))

    def events_between(
        self, after: datetime | None, until: datetime, seen: int
    ) -> tuple[tuple[int, Event], ...]:
        """Events ingested in (after, until], and older ones that were sent after number ``seen``.

        In the order of ingestion, each with its number.
        """
        rows = self._store.read(
            "SELECT seq, name, ingested, body, count FROM events"
            " WHERE ingested <= ? AND (ingested > ? OR seq > ?) ORDER BY ingested, seq",
            (_micros(until), -(2**62) if after is None else _micros(after), seen),
        )
        return tuple(one for row in rows for one in _events(row))

    def events_since(self, seen: int) -> tuple[tuple[int, Event], ...]:
        """Events that were sent after number ``seen``, as ``events_between`` gives them."""
        if self._recent and self._recent[0][0] <= seen + 1:
            new = self._recent[max(0, seen + 1 - self._recent[0][0]) :]
            return tuple(sorted(new, key=lambda one: (one[1].ingested, one[0])))
        rows = self._store.read(
            "SELECT seq, name, ingested, body, count FROM events WHERE seq > ?"
            " ORDER BY ingested, seq",
            (seen,),
        )
        return tuple(one for row in rows for one in _events(row))

    def all_ingested_by(self, now: datetime) -> bool:
        """Whether no event waits for the clock to reach the time of its ingestion."""
        return self._latest_ingested() <= _micros(now)

    def forget(self) -> None:
        """Read from the store again at the next use."""
        self._recent = []
        self._latest = None

    def _latest_ingested(self) -> int:
        if self._latest is None:
            [(latest,)] = self._store.read("SELECT coalesce(max(ingested), 0) FROM events")
            self._latest = _int(latest)
        return self._latest

    def last_event(self) -> int:
        """The number of the event that was sent or written last; 0: none was."""
        return int(self._store.fact("lastEvent") or self._store.fact("events") or "0")

    def count_events(self) -> int:
        """How many events were sent, ingested already or not."""
        return int(self._store.fact("events") or "0")

    def events_by_table(self) -> dict[str, int]:
        """How many events each table was sent, ingested already or not."""
        rows = self._store.read(
            "SELECT name, sum(coalesce(count, 1))::BIGINT FROM events WHERE NOT own"
            " GROUP BY name ORDER BY name"
        )
        return {str(name): _int(count) for name, count in rows}

    def sizes_between(self, start: datetime, end: datetime) -> list[tuple[str, datetime, int]]:
        """Table, hour and bytes of what was sent and ingested in [start, end), whole hours."""
        rows = self._store.read(
            "SELECT name, ingested // 3600000000, "
            "sum(strlen(body) - coalesce(2 * count, 0))::BIGINT FROM events"
            " WHERE NOT own AND ingested >= ? AND ingested < ?"
            " GROUP BY ALL ORDER BY 2, 1",
            (_micros(start), _micros(end)),
        )
        return [
            (str(name), EPOCH + _int(hour) * timedelta(hours=1), _int(size))
            for name, hour, size in rows
        ]

    def add_runs(self, runs: Iterable[Run]) -> None:
        """Remember what runs came to; a run that is repeated replaces its record."""
        columns: tuple[list[object], ...] = ([], [], [], [], [])
        for run in runs:
            values = (
                run.rule.casefold(),
                _micros(run.scheduled),
                _micros(run.executed),
                run.record["alerts"],
                json.dumps(dict(run.record), ensure_ascii=False),
            )
            for column, value in zip(columns, values, strict=True):
                column.append(value)
        self._store.write(
            "INSERT INTO runs SELECT unnest(?::VARCHAR[]), unnest(?::BIGINT[]),"
            " unnest(?::BIGINT[]), unnest(?::BIGINT[]), unnest(?::VARCHAR[])"
            " ON CONFLICT (rule, scheduled) DO UPDATE"
            " SET executed = excluded.executed, alerts = excluded.alerts, body = excluded.body",
            columns,
        )

    def count_runs(self, rule: str) -> tuple[int, int]:
        """How many runs of a rule there were, and how many alerts they made."""
        [(runs, alerts)] = self._store.read(
            "SELECT count(*), coalesce(sum(alerts), 0)::BIGINT FROM runs WHERE rule = ?",
            (rule.casefold(),),
        )
        return _int(runs), _int(alerts)

    def runs(self, rule: str | None = None, limit: int | None = None) -> list[dict[str, Any]]:
        """Runs, the latest first."""
        rows = self._store.read(
            "SELECT body FROM runs WHERE ? IS NULL OR rule = ?"
            " ORDER BY executed DESC, rule DESC, scheduled DESC LIMIT ?",
            (*[None if rule is None else rule.casefold()] * 2, 2**31 if limit is None else limit),
        )
        return [json.loads(str(row[0])) for row in rows]


def _sent_as(one: tuple[int, Event]) -> tuple[str, datetime]:
    return one[1].table, one[1].ingested


def _events(row: tuple[object, ...]) -> Iterator[tuple[int, Event]]:
    """The events of a row, each with its number."""
    seq, name, ingested, body, count = row
    found = json.loads(str(body))
    for number, record in enumerate([found] if count is None else found, _int(seq)):
        yield number, Event(str(name), _time(ingested), record)


def _micros(value: datetime) -> int:
    return (value - EPOCH) // _MICROSECOND


def _time(value: object) -> datetime:
    return EPOCH + _int(value) * _MICROSECOND


def _int(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError(f"a number was stored, {value!r} came back")
    return value
