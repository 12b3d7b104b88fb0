"""Runs cases: events into an engine, the query over them, and the result against what is expected.

The trap: a case is one run of the rule, so it sees what that run would have seen. Events outside
the rule's window, and events that were ingested only after the run, are in the case but not in
its workspace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from vedette.engine.base import DifferenceError, Engine, Rows, TimeWindow
from vedette.errors import EngineError, UnsupportedError
from vedette.evidence.check import expectation_findings, unread_findings
from vedette.evidence.context import external_rows, watchlist_rows
from vedette.evidence.course import course_of, run_times
from vedette.evidence.defender import events_there, expected_there, rows_as_here
from vedette.evidence.events import Event, typed_events
from vedette.evidence.expect_alerts import alert_differences
from vedette.evidence.expect_incidents import incident_differences
from vedette.evidence.expect_rows import row_differences
from vedette.evidence.ordering import is_sorted
from vedette.evidence.outcome import CaseResult, Outcome
from vedette.finding import Finding, Level
from vedette.kql.bound import BoundQuery
from vedette.kql.case_definitions import with_cases
from vedette.kql.check import query_findings
from vedette.kql.externals import externals as read_externals
from vedette.kql.lint import catalogue_of as catalogue_of_project
from vedette.kql.products.detection import DefenderQuery, defender_query, rule_findings
from vedette.model.case import Case, Record
from vedette.model.detection import Detection
from vedette.model.product import Product
from vedette.project import Project
from vedette.schema.catalogue import Catalogue
from vedette.schema.types import Column, TableSchema
from vedette.simulate import assumptions
from vedette.simulate.alerts import alerts_from
from vedette.simulate.custom_detection import custom_alerts, custom_detection, sight_of
from vedette.simulate.rule import rule_from_detection
from vedette.simulate.schedule import executes_at, window_of
from vedette.source import Location


class QueryBinder(Protocol):
    """What cases need of ``kql.binder.Binder``."""

    def bind(self, text: str, catalogue: Catalogue) -> BoundQuery:
        """The query with its names resolved in ``catalogue``."""
        ...


class CaseEngine(Engine, Protocol):
    """An engine that can be filled and emptied (``engine.duck.DuckEngine``)."""

    def clear(self) -> None:
        """Forget all events and watchlists."""
        ...

    def load_events(self, table: TableSchema, events: Sequence[Record]) -> None:
        """Add typed events."""
        ...

    def load_watchlist(self, alias: str, columns: Sequence[Column], rows: Sequence[Record]) -> None:
        """Replace a watchlist's rows."""
        ...

    def load_external(self, name: str, columns: Sequence[Column], rows: Sequence[Record]) -> None:
        """Replace the rows that an ``externaldata`` reads."""
        ...


def run_cases(
    project: Project,
    catalogue: Catalogue,
    binder: QueryBinder,
    detections: Iterable[Detection],
    *,
    select: Callable[[Case], bool] | None = None,
    engine: CaseEngine | None = None,
) -> Iterator[CaseResult]:
    """The result of each case of ``detections``, in their order and the files' order.

    A detection that is for several products has its cases run for one after the other.
    ``select`` leaves out cases; ``engine`` replaces DuckDB in memory. Whatever is wrong with a
    case, its query or its engine's ability is a result; an exception means that the tool failed.
    """
    with _engine(engine) as ready:
        chosen = tuple(detections)
        # Another product's tables take a moment to read, and most repositories are for one.
        elsewhere = any(Product.DEFENDER in detection.products for detection in chosen)
        there = catalogue_of_project(project, Product.DEFENDER) if elsewhere else None
        runner = _Runner(project, catalogue, binder, ready, there)
        for detection in chosen:
            file = project.cases.get(detection.source.path)
            for product in detection.products:
                for case in file.cases if file is not None else ():
                    if select is None or select(case):
                        yield runner.run(detection, case, product)


@contextmanager
def _engine(given: CaseEngine | None) -> Iterator[CaseEngine]:
    if given is not None:
        yield given
        return
    # DuckDB takes a moment to import, and linting a case needs none of it.
    from vedette.engine.database import Database, Limits
    from vedette.engine.duck import DuckEngine

    # A case has a handful of events: planning its query took most of the time that it took.
    with Database.open(None, Limits(optimise=False)) as database:
        yield DuckEngine(database)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A case that is ready to run: the query, and the records that the run sees."""

    bound: BoundQuery
    events: Mapping[str, tuple[Event, ...]]
    watchlists: Mapping[str, tuple[Record, ...]]
    externals: Mapping[str, tuple[Record, ...]]
    there: DefenderQuery | None = None


@dataclass(frozen=True, slots=True)
class _Runner:
    """What all cases share."""

    project: Project
    catalogue: Catalogue
    binder: QueryBinder
    engine: CaseEngine
    defender: Catalogue | None = None
    _bound: dict[str, BoundQuery] = field(default_factory=dict)
    _there: dict[str, tuple[DefenderQuery | None, list[Finding]]] = field(default_factory=dict)

    def run(
        self, detection: Detection, case: Case, product: Product = Product.SENTINEL
    ) -> CaseResult:
        at = case.source.locate(case.at)
        prepared, findings = self._prepare(detection, case)
        if product is Product.DEFENDER and not findings:
            prepared, findings = self._render(detection, case, prepared)

        def result(outcome: Outcome, details: tuple[str, ...], place: Location = at) -> CaseResult:
            return CaseResult(detection, case, outcome, details, place, tuple(findings), product)

        if findings:
            return result(Outcome.ERROR, tuple(str(finding) for finding in findings))
        times = run_times(case)
        if times is None:
            return result(Outcome.ERROR, ("runs: times in their order, like [-2h, -1h, now]",))
        if not _asks(detection, case):
            return result(Outcome.ERROR, ("the case expects nothing of what the detection makes",))
        if detection.sentinel_entities and any(one.entities for one in case.expect.alerts or ()):
            place = detection.source.locate_key(("sentinelEntitiesMappings",))
            reason = "the entities of sentinelEntitiesMappings are not supported"
            return result(Outcome.UNSUPPORTED, (reason,), place)
        try:
            found = [(at, self._rows(detection, case, prepared, at)) for at in times]
        except UnsupportedError as error:
            place = _place(detection, _original(prepared, error.offset))
            return result(Outcome.UNSUPPORTED, (str(error),), place)
        except DifferenceError as error:
            return result(Outcome.FAIL, ("the engines differ", *error.differences))
        except EngineError as error:
            return result(Outcome.ERROR, (str(error),), _place(detection, None))
        details = _differences(detection, case, prepared, found)
        return result(Outcome.FAIL if details else Outcome.PASS, details)

    def _prepare(self, detection: Detection, case: Case) -> tuple[_Prepared, list[Finding]]:
        catalogue = with_cases([case], self.catalogue)
        bound = self._bind(detection, catalogue)
        events, findings = typed_events(case, catalogue.tables)
        watchlists, watchlist_findings = watchlist_rows(case, self.project.watchlists)
        externals, external_findings = external_rows(case, read_externals(bound))
        findings += watchlist_findings
        if bound.ok:
            findings += external_findings
            findings += expectation_findings(detection, case, bound)
            findings += unread_findings(case, bound, catalogue.tables)
        else:
            said = query_findings(detection.source, bound, catalogue)
            findings += [finding for finding in said if finding.level is Level.ERROR]
        return _Prepared(bound, events, watchlists, externals), sorted(findings)

    def _render(
        self, detection: Detection, case: Case, prepared: _Prepared
    ) -> tuple[_Prepared, list[Finding]]:
        """The case for Defender XDR, with the watchlists' rows of the case in the query."""
        if self.defender is None:
            raise ValueError("a case for Defender XDR needs its tables")
        # A case without watchlists or functions of its own runs what is deployed, like the next.
        own = bool(case.watchlists or case.functions)
        key = str(detection.source.path)
        if own or key not in self._there:
            there, findings = defender_query(
                detection, prepared.bound, self.binder, self.defender, prepared.watchlists
            )
            if there is not None:
                found = rule_findings(detection, there)
                findings += [each for each in found if each.level is Level.ERROR]
            if not own:
                self._there[key] = there, findings
        else:
            there, findings = self._there[key]
        if there is None:
            return prepared, findings
        events = events_there(prepared.events, prepared.bound.tables, self.defender.tables)
        return _Prepared(prepared.bound, events, {}, prepared.externals, there), sorted(findings)

    def _bind(self, detection: Detection, catalogue: Catalogue) -> BoundQuery:
        """The detection's query, bound once for all cases that add nothing to the catalogue."""
        if catalogue is not self.catalogue:
            return self.binder.bind(detection.query, catalogue)
        if detection.query not in self._bound:
            self._bound[detection.query] = self.binder.bind(detection.query, catalogue)
        return self._bound[detection.query]

    def _rows(self, detection: Detection, case: Case, prepared: _Prepared, now: datetime) -> Rows:
        there = prepared.there
        bound = prepared.bound if there is None else there.bound
        product = Product.SENTINEL if there is None else Product.DEFENDER
        seen, window = _sight(detection, now, product)
        self.engine.clear()
        for name, events in prepared.events.items():
            records = [event.record() for event in events if seen(event.ingested)]
            self.engine.load_events(bound.tables[name], records)
        for alias, columns in bound.watchlists.items():
            self.engine.load_watchlist(alias, columns, prepared.watchlists.get(alias, ()))
        columns_of = read_externals(prepared.bound)
        for name, supplied in prepared.externals.items():
            self.engine.load_external(name, columns_of[name], supplied)
        clock = assumptions.query_clock(now) if detection.is_rule else now
        rows = self.engine.run(bound, now=clock, window=window)
        return rows if there is None else rows_as_here(rows, there)


def _asks(detection: Detection, case: Case) -> bool:
    """True if the case expects rows, or alerts of a rule: else it would pass whatever happens."""
    expect = case.expect
    rows = expect.row_count is not None or expect.rows is not None
    alerts = expect.alert_count is not None or expect.alerts is not None
    incidents = expect.incident_count is not None or expect.incidents is not None
    return rows or (detection.is_rule and (alerts or incidents))


def _sight(
    detection: Detection, now: datetime, product: Product
) -> tuple[Callable[[datetime], bool], TimeWindow | None]:
    """Which times of ingestion the run sees, and its window of TimeGenerated.

    A hunting query that somebody runs at ``now`` sees all that is there by then; a rule's run
    sees what is there when it executes.
    """
    if not detection.is_rule:
        return (lambda ingested: ingested <= now), None
    if product is Product.DEFENDER:
        window, end = sight_of(rule_from_detection(detection.in_defender), now)
    else:
        rule = rule_from_detection(detection)
        window, end = window_of(rule, now), executes_at(rule, now)
    if window.on_ingestion:
        return (lambda ingested: window.start <= ingested < window.end), None
    return (lambda ingested: ingested <= end), window


def _differences(
    detection: Detection,
    case: Case,
    prepared: _Prepared,
    found: Sequence[tuple[datetime, Rows]],
) -> tuple[str, ...]:
    there, now = prepared.there, case.now
    expect = case.expect if there is None else expected_there(detection, case)
    lines = row_differences(expect, found[-1][1], now, ordered=is_sorted(prepared.bound))
    if detection.is_rule:
        if there is None:
            rule, make = rule_from_detection(detection), alerts_from
        else:
            rule = custom_detection(rule_from_detection(detection.in_defender))
            make = custom_alerts
        course = course_of(rule, found, lambda rows, at: make(rule, rows, scheduled=at))
        lines += alert_differences(expect, course.alerts, now)
        if there is None:
            lines += incident_differences(expect, course.incidents)
    return lines


def _original(prepared: _Prepared, offset: int | None) -> int | None:
    """An offset in the query that ran as one in the detection's own."""
    if offset is None or prepared.there is None:
        return offset
    return prepared.there.rendered.original(offset)


def _place(detection: Detection, offset: int | None) -> Location:
    """A place in the detection's query, or where the query begins."""
    if offset is None:
        return detection.source.locate(("query",))
    return detection.source.locate_in(("query",), offset)
