"""Loads a folder of events and replays a repository's rules over them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from vedette.engine.bulk import BulkRuns
from vedette.engine.database import Database, Limits
from vedette.engine.duck import DuckEngine
from vedette.engine.event_files import SUFFIXES
from vedette.engine.ingest import UnknownColumnError
from vedette.errors import UsageError
from vedette.kql.bound import BoundQuery
from vedette.kql.products.watchlists import keyed_rows
from vedette.model.detection import Detection
from vedette.project import Project
from vedette.replay.outcome import Replay
from vedette.replay.play import play
from vedette.replay.rows import all_rows, grid_of
from vedette.schema.catalogue import Catalogue
from vedette.schema.types import TableSchema
from vedette.simulate.rule import rule_from_detection

#: One thread for each statement: with more, which of several equal rows comes first is chance.
#: Two rules are made at a time instead.
_LIMITS = Limits(memory="1500MB", threads=1, statement=timedelta(minutes=10))
WORKERS = 2


@dataclass(frozen=True, slots=True)
class Rule:
    """A detection that is a rule, and its query."""

    detection: Detection
    bound: BoundQuery


@contextmanager
def events_of(
    folder: Path, tables: Mapping[str, TableSchema], wanted: Sequence[str]
) -> Iterator[DuckEngine]:
    """An engine with the events of ``folder``, a file a table (``EmailEvents.jsonl``).

    Only tables that are ``wanted`` are read. ``UsageError`` if the folder has no file of a table
    or a file that does not fit.
    """
    files = {
        file.stem: file
        for file in sorted(folder.iterdir() if folder.is_dir() else ())
        if file.suffix in SUFFIXES and file.stem in tables
    }
    if not files:
        raise UsageError(f"{folder} has no events: it needs files like EmailEvents.jsonl")
    with TemporaryDirectory(prefix="vedette-replay-") as temporary:
        path = Path(temporary) / "replay.duckdb"
        with Database.open(path, _LIMITS, folder) as database:
            engine = DuckEngine(database)
            for name, file in files.items():
                if name in wanted:
                    _load(engine, tables[name], file)
            yield engine


def _load(engine: DuckEngine, table: TableSchema, file: Path) -> None:
    try:
        engine.load_file(table, file)
    except UnknownColumnError as error:
        raise UsageError(f"{file}: {error}") from error


def span_of(engine: DuckEngine, tables: Sequence[TableSchema]) -> tuple[datetime, datetime]:
    """The hours in which events happened: from the first one's to the one after the last one's."""
    found = [bounds for table in tables if (bounds := engine.bounds(table)) is not None]
    if not found:
        raise UsageError("there are no events of the tables that the rules read")
    first = min(start for start, _ in found).replace(minute=0, second=0, microsecond=0)
    last = max(end for _, end in found).replace(minute=0, second=0, microsecond=0)
    return first, last + timedelta(hours=2)


def replay(
    project: Project,
    catalogue: Catalogue,
    rules: Sequence[Rule],
    engine: DuckEngine,
    start: datetime,
    end: datetime,
    *,
    plain: bool = False,
) -> Replay:
    """All runs that ``rules`` have in [start, end), each created at ``start``."""
    for alias, watchlist in project.watchlists.items():
        engine.load_watchlist(alias, catalogue.watchlists[alias], keyed_rows(watchlist))
    made = [(rule_from_detection(rule.detection), rule.bound) for rule in rules]
    grids = [(rule, grid_of(rule, start, end)) for rule, _ in made]
    rows = all_rows(
        [
            (rule.id, bound, grid)
            for (rule, bound), (_, grid) in zip(made, grids, strict=True)
            if rule.enabled
        ],
        engine,
        None if plain else BulkRuns(engine.database),
        workers=WORKERS,
    )
    stems = {str(rule.detection.id): rule.detection.source.path.stem for rule in rules}
    return play(grids, rows, start, end, automation=project.automation, detections=stems)
