"""Runs the cases of a detection on the mutants of its query, and says which no case notices.

The trap: a mutant that no case notices is worth a finding only if the cases pass without it, so
cases that do not are left out; and most of the time would go into loading the same events again,
so one case runs on all mutants before the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum, auto

from vedette.engine.base import Rows, TimeWindow
from vedette.evidence.mutants import Mutant, mutants_of, one_line
from vedette.evidence.outcome import Outcome
from vedette.evidence.run import CaseEngine, QueryBinder, run_cases
from vedette.finding import Finding
from vedette.kql.bound import BoundQuery
from vedette.model.case import Case, CaseFile, Record
from vedette.model.detection import Detection
from vedette.project import Project
from vedette.schema.catalogue import Catalogue
from vedette.schema.types import Column, TableSchema


class Fate(StrEnum):
    """What became of a mutant. One that is ``INVALID`` does not bind, or cannot be run here."""

    NOTICED = auto()
    SURVIVED = auto()
    EQUIVALENT = auto()
    INVALID = auto()


@dataclass(frozen=True, slots=True)
class MutantResult:
    """A mutant of a detection's query; ``case`` is the first that noticed it."""

    detection: Detection
    mutant: Mutant
    fate: Fate
    case: str = ""


def run_mutants(
    project: Project,
    catalogue: Catalogue,
    binder: QueryBinder,
    detections: Iterable[Detection],
    engine: CaseEngine,
) -> Iterator[MutantResult]:
    """The result of each mutant, detection by detection, in the order of the query's text.

    Cases run for the first product of the detection. ``binder`` should keep nothing: a mutant is
    never seen again.
    """
    kept = _KeptEvents(engine)
    for detection in detections:
        file = project.cases.get(detection.source.path)
        if file is not None:
            asked = _Asked(binder)
            mutants = mutants_of(asked.bind(detection.query, catalogue))
            valid = [each for each in mutants if asked.bind(each.text, catalogue).ok]
            noticed = _noticed(project, catalogue, asked, detection, valid, file, kept)
            for mutant in mutants:
                yield _result(detection, mutant, file, noticed, is_valid=mutant in valid)


def _noticed(
    project: Project,
    catalogue: Catalogue,
    binder: QueryBinder,
    detection: Detection,
    mutants: Sequence[Mutant],
    file: CaseFile,
    engine: CaseEngine,
) -> dict[str, tuple[Outcome, str]]:
    """By the text of a mutant: how the first case ended that did not pass, and its name."""
    found: dict[str, tuple[Outcome, str]] = {}

    def outcome(query: str, case: Case) -> Outcome:
        changed = replace(detection, query=query, products=detection.products[:1])
        (result,) = run_cases(
            project, catalogue, binder, [changed], select=lambda one: one is case, engine=engine
        )
        return result.outcome

    for case in file.cases:
        if outcome(detection.query, case) is not Outcome.PASS:
            continue
        for mutant in mutants:
            if mutant.text not in found and (ended := outcome(mutant.text, case)) != Outcome.PASS:
                found[mutant.text] = ended, case.name
    return found


def _result(
    detection: Detection,
    mutant: Mutant,
    file: CaseFile,
    noticed: dict[str, tuple[Outcome, str]],
    *,
    is_valid: bool,
) -> MutantResult:
    ended, case = noticed.get(mutant.text, (Outcome.PASS, ""))
    if not is_valid or ended is Outcome.UNSUPPORTED:
        return MutantResult(detection, mutant, Fate.INVALID)
    if ended is not Outcome.PASS:
        return MutantResult(detection, mutant, Fate.NOTICED, case)
    marked = any(one_line(each.change) == mutant.change for each in file.equivalents)
    return MutantResult(detection, mutant, Fate.EQUIVALENT if marked else Fate.SURVIVED)


def mutation_findings(project: Project, results: Sequence[MutantResult]) -> list[Finding]:
    """Mutants that survived, where they are, and marks of a case file that name none."""
    findings = [
        Finding(
            each.detection.source.locate_in(("query",), each.mutant.start),
            "survived-mutant",
            f"no case notices: {each.mutant.change}",
            "add a case that breaks, or a reason under equivalents",
        )
        for each in results
        if each.fate is Fate.SURVIVED
    ]
    marked = {
        (each.detection.source.path, each.mutant.change)
        for each in results
        if each.fate is Fate.EQUIVALENT
    }
    for path in dict.fromkeys(each.detection.source.path for each in results):
        file = project.cases[path]
        for one in file.equivalents:
            if (path, one_line(one.change)) not in marked:
                at = file.source.locate((*one.at, "change"))
                message = "there is no such change, or a case notices it"
                findings.append(Finding(at, "unused-equivalent", message, "take it out"))
    return findings


@dataclass(eq=False)
class _Asked:
    """A binder that is asked once for each query."""

    binder: QueryBinder
    _known: dict[tuple[str, int], BoundQuery] = field(default_factory=dict)
    _catalogues: list[Catalogue] = field(default_factory=list)

    def bind(self, text: str, catalogue: Catalogue) -> BoundQuery:
        key = text, id(catalogue)
        if key not in self._known:
            # Held, so that no other catalogue comes to have its id.
            self._catalogues.append(catalogue)
            self._known[key] = self.binder.bind(text, catalogue)
        return self._known[key]


@dataclass(frozen=True, slots=True)
class _Load:
    """A load that an engine was asked for."""

    into: Callable[..., None]
    given: tuple[object, ...]


@dataclass(eq=False)
class _KeptEvents:
    """An engine that loads nothing again that it holds already."""

    engine: CaseEngine
    _wanted: list[_Load] = field(default_factory=list)
    _held: list[_Load] | None = None

    def clear(self) -> None:
        self._wanted = []

    def load_events(self, table: TableSchema, events: Sequence[Record]) -> None:
        self._wanted.append(_Load(self.engine.load_events, (table, list(events))))

    def load_watchlist(self, alias: str, columns: Sequence[Column], rows: Sequence[Record]) -> None:
        self._wanted.append(_Load(self.engine.load_watchlist, (alias, columns, list(rows))))

    def load_external(self, name: str, columns: Sequence[Column], rows: Sequence[Record]) -> None:
        self._wanted.append(_Load(self.engine.load_external, (name, columns, list(rows))))

    def run(self, query: BoundQuery, *, now: datetime, window: TimeWindow | None = None) -> Rows:
        if self._held != self._wanted:
            self._held = None
            self.engine.clear()
            for load in self._wanted:
                load.into(*load.given)
            self._held = self._wanted
        return self.engine.run(query, now=now, window=window)
