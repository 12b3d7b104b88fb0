"""What an engine is: it runs a bound query over the tables that it holds, at a given time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from vedette.errors import EngineError
from vedette.kql.bound import BoundQuery
from vedette.schema.types import Column


@dataclass(frozen=True, slots=True)
class Rows:
    """A query's result.

    Cells are Python values by Kusto type: str, int (int, long), float (real), Decimal, bool,
    aware UTC datetime, timedelta, UUID (guid), plain JSON data (dynamic), None for null.
    An empty Kusto string is ``""``; a missing one is None only where Kusto would print nothing.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[object, ...], ...]

    def records(self) -> tuple[dict[str, object], ...]:
        """Each row as a dict by column name."""
        names = [column.name for column in self.columns]
        return tuple(dict(zip(names, row, strict=True)) for row in self.rows)


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """The half-open interval [start, end) of TimeGenerated that a run sees (aware, UTC).

    ``on_ingestion``: the interval is over the time of ingestion, as for near-real-time rules.
    ``ingested_by``: what was ingested later than this is not there yet; None if all of it is.
    """

    start: datetime
    end: datetime
    on_ingestion: bool = False
    ingested_by: datetime | None = None


class DifferenceError(EngineError):
    """Two engines answered one query differently; ``differences`` has a line for each row."""

    def __init__(self, differences: tuple[str, ...]) -> None:
        super().__init__("the engines differ: " + "; ".join(differences))
        self.differences = differences


class Engine(Protocol):
    """Runs bound queries; raises ``UnsupportedError`` or ``EngineError``, never guesses."""

    def run(
        self,
        query: BoundQuery,
        *,
        now: datetime,
        window: TimeWindow | None = None,
    ) -> Rows:
        """The rows of ``query`` with ``now`` as its clock, seeing only events in ``window``."""
        ...
