"""A case: events, a clock, and what the detection must make of them.

The trap: ``None`` for an expectation means "not asked", which is not the same as "none expected".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from vedette.model.document import Document
from vedette.source import Location, ValuePath

#: One event or expected row: column name to JSON value as written; a datetime may be relative to
#: ``now`` (``-2h``), since only the table's schema tells which strings are datetimes.
Record = Mapping[str, object]

#: The key of an event that gives its ingestion time; without it an event is ingested at once.
INGESTED_KEY = "_IngestionTime"


@dataclass(frozen=True, slots=True)
class ExpectedAlert:
    """What one alert must show; only what is given is compared.

    ``entities`` is a list of ``{"type": "Account", <identifier>: <value>}``, each of which some
    entity of the alert must contain.
    """

    title: str | None = None
    description: str | None = None
    severity: str | None = None
    tactics: tuple[str, ...] | None = None
    entities: tuple[Record, ...] | None = None
    custom_details: Mapping[str, tuple[str, ...]] | None = None


@dataclass(frozen=True, slots=True)
class ExpectedIncident:
    """What one incident must show; only what is given is compared. ``alerts`` is their number.

    ``entities`` as those of an alert; they may come from any alert of the incident.
    """

    title: str | None = None
    severity: str | None = None
    alerts: int | None = None
    entities: tuple[Record, ...] | None = None


@dataclass(frozen=True, slots=True)
class Expectation:
    """Counts, or the items themselves; None where the case does not ask."""

    row_count: int | None = None
    rows: tuple[Record, ...] | None = None
    alert_count: int | None = None
    alerts: tuple[ExpectedAlert, ...] | None = None
    incident_count: int | None = None
    incidents: tuple[ExpectedIncident, ...] | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One piece of evidence for a detection.

    ``now`` is what ``now()`` returns (aware, UTC); ``events`` maps a table to its events;
    ``watchlists`` maps an alias to the rows that replace the repository's own; ``functions`` maps
    the name of a function that the repository does not define to its KQL body; ``externals`` maps
    the name of an ``externaldata`` table (its address' file) to its rows. ``defender`` is
    what Defender XDR makes of the events, where that is something else. ``runs`` are the times (as
    written, relative to ``now``) for which runs are scheduled; without any there is one, at
    ``now``. ``event_places`` has, for the tables whose events come from a file, the place of each
    event in it.
    """

    name: str
    why: str
    now: datetime
    events: Mapping[str, tuple[Record, ...]]
    expect: Expectation
    watchlists: Mapping[str, tuple[Record, ...]] = field(default_factory=dict)
    functions: Mapping[str, str] = field(default_factory=dict)
    externals: Mapping[str, tuple[Record, ...]] = field(default_factory=dict)
    defender: Expectation | None = None
    event_places: Mapping[str, tuple[Location, ...]] = field(default_factory=dict)
    runs: tuple[str, ...] = ()
    at: ValuePath = ()
    source: Document = field(kw_only=True, compare=False, repr=False)

    def locate_event(self, table: str, index: int, column: str | None = None) -> Location:
        """Where the event stands, or its column: in the case file, or in the file it names."""
        places = self.event_places.get(table)
        if places is not None:
            return places[index]
        event: ValuePath = (*self.at, "events", table, index)
        return (
            self.source.locate(event)
            if column is None
            else self.source.locate_key((*event, column))
        )

    @property
    def must_fire(self) -> bool:
        """True if the case expects at least one alert (a rule) or row (a hunting query)."""
        expect = self.expect
        counts = (
            expect.alert_count,
            None if expect.alerts is None else len(expect.alerts),
            expect.incident_count,
            None if expect.incidents is None else len(expect.incidents),
            expect.row_count,
            None if expect.rows is None else len(expect.rows),
        )
        return next((count > 0 for count in counts if count is not None), False)


@dataclass(frozen=True, slots=True)
class EquivalentChange:
    """A change of the query that no case can notice, as ``vedette test --mutate`` names it."""

    change: str
    reason: str
    at: ValuePath = ()


@dataclass(frozen=True, slots=True)
class CaseFile:
    """``x.cases.yaml``: the evidence beside ``x.yaml``."""

    cases: tuple[Case, ...]
    source: Document = field(compare=False, repr=False)
    equivalents: tuple[EquivalentChange, ...] = ()
