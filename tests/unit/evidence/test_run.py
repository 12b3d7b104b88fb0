"""What breaks when a case proves less than it seems, with a compiler and an engine of our own.

The query language here is ``TABLE``, ``TABLE sorted`` or ``broken``; a run returns the events of
the table that the window lets through.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from uuid import UUID

import pytest

from vedette.engine.base import Rows, TimeWindow
from vedette.errors import EngineError, UnsupportedError
from vedette.evidence.outcome import CaseResult, Outcome
from vedette.evidence.run import run_cases
from vedette.kql.bound import BoundQuery, Diagnostic, Node
from vedette.model.case import INGESTED_KEY, Case, CaseFile, Record
from vedette.model.content import Watchlist
from vedette.model.detection import (
    Detection,
    Kind,
    Schedule,
    Severity,
    TriggerOperator,
)
from vedette.model.document import Document
from vedette.model.yaml import parse
from vedette.project import Project
from vedette.schema.catalogue import Catalogue
from vedette.schema.types import Column, FunctionDefinition, TableSchema

CaseOf = Callable[[str], Case]

MAIL = TableSchema(
    "EmailEvents", (Column("TimeGenerated", "datetime"), Column("Subject", "string")), "a test"
)
OTHER = TableSchema("Other", (Column("TimeGenerated", "datetime"),), "a test")
CATALOGUE = Catalogue({"EmailEvents": MAIL, "Other": OTHER})


@dataclass
class Compiler:
    """Binds by the words of the text; keeps the catalogues that it was given."""

    seen: list[Catalogue] = field(default_factory=list)

    def bind(self, text: str, catalogue: Catalogue) -> BoundQuery:
        self.seen.append(catalogue)
        table, *words = text.split()
        if table == "broken":
            return BoundQuery(text, (), (Diagnostic("KS142", "Error", "No such name.", 0, 6),))
        watchlists = dict(catalogue.watchlists)
        tree = Node("NameReference", 0, 0)
        if "sorted" in words:
            tree = Node("PipeExpression", 0, 0, children=(tree, Node("SortOperator", 0, 0)))
        return BoundQuery(
            text,
            MAIL.columns,
            (),
            tables={table: catalogue.tables[table]},
            watchlists=watchlists,
            tree=tree,
        )


@dataclass
class Memory:
    """Returns the loaded events of the query's table; keeps what it was asked."""

    fails: Exception | None = None
    events: dict[str, list[Record]] = field(default_factory=dict)
    watchlists: dict[str, Sequence[Record]] = field(default_factory=dict)
    asked: list[tuple[datetime, TimeWindow | None]] = field(default_factory=list)

    def clear(self) -> None:
        self.events, self.watchlists = {}, {}

    def load_events(self, table: TableSchema, events: Sequence[Record]) -> None:
        self.events.setdefault(table.name, []).extend(events)

    def load_watchlist(self, alias: str, columns: Sequence[Column], rows: Sequence[Record]) -> None:
        self.watchlists[alias] = rows

    def load_external(self, name: str, columns: Sequence[Column], rows: Sequence[Record]) -> None:
        raise AssertionError(f"no query here reads {name}")

    def run(self, query: BoundQuery, *, now: datetime, window: TimeWindow | None = None) -> Rows:
        self.asked.append((now, window))
        if self.fails is not None:
            raise self.fails
        rows = []
        for event in self.events.get(next(iter(query.tables)), []):
            time = event["TimeGenerated"]
            assert isinstance(time, datetime)
            if window is None or window.start <= time < window.end:
                rows.append((time, event.get("Subject", "")))
        return Rows(MAIL.columns, tuple(rows))


def _detection(query: str = "EmailEvents", kind: Kind = Kind.SCHEDULED) -> Detection:
    source, findings = parse(f"query: {query}\n", PurePosixPath("detections/x.yaml"))
    assert source is not None
    assert findings == []
    day = timedelta(days=1)
    return Detection(
        id=UUID(int=7),
        kind=kind,
        name="The rule",
        description="D",
        query=query,
        version="1.0.0",
        severity=Severity.HIGH,
        schedule=Schedule(timedelta(hours=1), day, TriggerOperator.GREATER_THAN, 0)
        if kind is Kind.SCHEDULED
        else None,
        source=source,
    )


def _project(
    detection: Detection, *cases: Case, watchlists: Mapping[str, Watchlist] | None = None
) -> Project:
    file = CaseFile(cases, cases[0].source) if cases else None
    return Project(
        Path(),
        (detection,),
        (detection,),
        {detection.source.path: file} if file else {},
        watchlists=watchlists or {},
    )


def _run(
    detection: Detection,
    case: Case,
    engine: Memory | None = None,
    watchlists: Mapping[str, Watchlist] | None = None,
) -> CaseResult:
    project = _project(detection, case, watchlists=watchlists)
    catalogue = replace(CATALOGUE, watchlists=_columns(project.watchlists))
    (result,) = run_cases(project, catalogue, Compiler(), [detection], engine=engine or Memory())
    return result


def _columns(watchlists: Mapping[str, Watchlist]) -> dict[str, tuple[Column, ...]]:
    return {
        alias: tuple(Column(name, "string") for name in watchlist.columns)
        for alias, watchlist in watchlists.items()
    }


MAILS = """
events:
  EmailEvents:
    - {TimeGenerated: -2h, Subject: a}
    - {TimeGenerated: -1h, Subject: b}
"""


def test_a_case_that_is_right_does_not_pass(case_of: CaseOf) -> None:
    case = case_of(MAILS + "expect: {rows: 2, alerts: [{title: The rule, severity: High}]}")
    result = _run(_detection(), case)
    assert (result.outcome, result.details) == (Outcome.PASS, ())


def test_a_difference_passes_or_is_not_told(case_of: CaseOf) -> None:
    case = case_of(MAILS + "expect: {rows: [{Subject: a}, {Subject: c}], alerts: 0}")
    result = _run(_detection(), case)
    assert result.outcome is Outcome.FAIL
    assert result.details == (
        'expected row 2 is missing: {Subject: "c"}',
        "  nearest is row 2:",
        '    Subject: expected "c", got "b"',
        'row 2 was not expected: {Subject: "b"}',
        "alerts: expected 0, got 1",
        'alert 1 was not expected: High "The rule"',
    )
    assert str(result.location) == "detections/x.cases.yaml:2:5"


def test_the_order_of_a_query_that_sorts_passes(case_of: CaseOf) -> None:
    case = case_of(MAILS + "expect: {rows: [{Subject: b}, {Subject: a}]}")
    assert _run(_detection("EmailEvents"), case).outcome is Outcome.PASS
    assert _run(_detection("EmailEvents sorted"), case).outcome is Outcome.FAIL


def test_a_run_has_another_clock_or_window(case_of: CaseOf) -> None:
    case = case_of(MAILS + "expect: {rows: 2}")
    engine = Memory()
    _run(_detection(), case, engine)
    now = datetime(2026, 10, 6, 9, tzinfo=UTC)
    assert engine.asked == [(now, TimeWindow(now - timedelta(days=1), now))]
    engine = Memory()
    _run(_detection(kind=Kind.HUNTING), case, engine)
    assert engine.asked == [(now, None)]


@pytest.mark.parametrize(
    ("kind", "event", "rows"),
    [
        # A scheduled run sees [now - period, now), and what is ingested before it executes.
        (Kind.SCHEDULED, "TimeGenerated: -1d", 1),
        (Kind.SCHEDULED, "TimeGenerated: -1d1s", 0),
        (Kind.SCHEDULED, "TimeGenerated: now", 0),
        (Kind.SCHEDULED, "TimeGenerated: -1h, _IngestionTime: +5m", 1),
        (Kind.SCHEDULED, "TimeGenerated: -1h, _IngestionTime: +5m1s", 0),
        # A near-real-time run sees what was ingested in the minute before, whenever it happened.
        (Kind.NRT, "TimeGenerated: -30s", 1),
        (Kind.NRT, "TimeGenerated: -5h, _IngestionTime: -1m", 1),
        (Kind.NRT, "TimeGenerated: -30s, _IngestionTime: now", 0),
        (Kind.NRT, "TimeGenerated: -2m", 0),
        # A hunting query sees everything that is there.
        (Kind.HUNTING, "TimeGenerated: -400d", 1),
        (Kind.HUNTING, "TimeGenerated: now", 1),
        (Kind.HUNTING, "TimeGenerated: -1h, _IngestionTime: +1s", 0),
    ],
)
def test_a_run_sees_an_event_that_was_not_there(
    case_of: CaseOf, kind: Kind, event: str, rows: int
) -> None:
    case = case_of(f"events: {{EmailEvents: [{{{event}}}]}}\nexpect: {{rows: {rows}}}")
    result = _run(_detection(kind=kind), case)
    assert result.outcome is Outcome.PASS, result.details


def test_events_of_one_case_are_seen_by_the_next(case_of: CaseOf) -> None:
    detection, case = _detection(), case_of(MAILS + "expect: {rows: 2}")
    results = list(
        run_cases(
            _project(detection, case, case), CATALOGUE, Compiler(), [detection], engine=Memory()
        )
    )
    assert [result.outcome for result in results] == [Outcome.PASS, Outcome.PASS]


def test_only_the_cases_that_are_asked_for_run(case_of: CaseOf) -> None:
    detection, case = _detection(), case_of(MAILS + "expect: {rows: 2}")
    other = replace(case, name="another")
    results = run_cases(
        _project(detection, case, other),
        CATALOGUE,
        Compiler(),
        [detection],
        select=lambda one: one.name == "another",
        engine=Memory(),
    )
    assert [result.case.name for result in results] == ["another"]


def test_a_detection_without_cases_has_results() -> None:
    detection = _detection()
    project = _project(detection)
    assert list(run_cases(project, CATALOGUE, Compiler(), [detection], engine=Memory())) == []


def test_an_unsupported_construct_passes_or_has_no_place(case_of: CaseOf) -> None:
    case = case_of(MAILS + "expect: {rows: 2}")
    error = UnsupportedError("scan", offset=4, hint="use a join")
    result = _run(_detection(), case, Memory(error))
    assert result.outcome is Outcome.UNSUPPORTED
    assert result.details == ("scan is not supported (use a join)",)
    assert str(result.location) == "detections/x.yaml:1:12"


def test_an_engine_that_fails_passes_or_ends_the_run(case_of: CaseOf) -> None:
    case = case_of(MAILS + "expect: {rows: 2}")
    result = _run(_detection(), case, Memory(EngineError("out of memory")))
    assert (result.outcome, result.details) == (Outcome.ERROR, ("out of memory",))
    assert str(result.location) == "detections/x.yaml:1:8"


@pytest.mark.parametrize(
    ("query", "body", "told"),
    [
        (
            "broken",
            "expect: {rows: 0}",
            "detections/x.yaml:1:8: KS142 No such name",
        ),
        (
            "EmailEvents",
            "events: {EmailEvents: [{TimeGenerated: -1h, Subjct: a}]}\nexpect: {rows: 0}",
            (
                "detections/x.cases.yaml:5:49: unknown-event-column 'EmailEvents' has no column"
                " 'Subjct' (did you mean 'Subject'?)"
            ),
        ),
        (
            "EmailEvents",
            "events: {Other: [{TimeGenerated: -1h}]}\nexpect: {rows: 0}",
            (
                "detections/x.cases.yaml:5:14: event-table-not-read the query does not read"
                " 'Other', so these events prove nothing (it reads EmailEvents)"
            ),
        ),
        (
            "EmailEvents",
            "expect: {rows: [{Sbject: a}]}",
            (
                "detections/x.cases.yaml:5:22: unknown-result-column the query returns no column"
                " 'Sbject' (did you mean 'Subject'?)"
            ),
        ),
        (
            "EmailEvents",
            "expect: {alerts: [{customDetails: {Sender: [a]}}]}",
            (
                "detections/x.cases.yaml:5:40: unknown-custom-detail the rule has no custom detail"
                " 'Sender'"
            ),
        ),
    ],
)
def test_a_case_that_proves_nothing_passes(
    case_of: CaseOf, query: str, body: str, told: str
) -> None:
    engine = Memory()
    result = _run(_detection(query), case_of(body), engine)
    assert result.outcome is Outcome.ERROR
    assert result.details == (told,)
    assert [str(finding) for finding in result.findings] == [told]
    assert engine.asked == []


def test_alerts_of_a_hunting_query_pass(case_of: CaseOf) -> None:
    case = case_of(MAILS + "expect: {alerts: 0}")
    result = _run(_detection(kind=Kind.HUNTING), case)
    assert result.outcome is Outcome.ERROR
    assert result.details == ("the case expects nothing of what the detection makes",)


def test_entities_that_are_not_simulated_pass(case_of: CaseOf) -> None:
    detection = replace(_detection(), sentinel_entities=("Entities",))
    case = case_of(MAILS + "expect: {alerts: [{entities: [{type: IP}]}]}")
    assert _run(detection, case).outcome is Outcome.UNSUPPORTED
    # What does not ask for them is judged.
    assert _run(detection, case_of(MAILS + "expect: {alerts: 1}")).outcome is Outcome.PASS


TRUSTED = Watchlist(
    alias="Trusted",
    name="Trusted",
    description="",
    provider="P",
    search_key="Domain",
    columns=("Domain", "Owner"),
    rows=({"Domain": "a.example", "Owner": "ana"},),
    csv="",
    source=Document(PurePosixPath("w.yaml"), "", {}, {}, {}),
)


def test_the_rows_of_a_case_are_added_to_those_of_the_repository(case_of: CaseOf) -> None:
    engine = Memory()
    case = case_of(MAILS + "watchlists: {Trusted: [{Domain: b.example}]}\nexpect: {rows: 2}")
    assert _run(_detection(), case, engine, watchlists={"Trusted": TRUSTED}).outcome is Outcome.PASS
    assert list(engine.watchlists["Trusted"]) == [{"Domain": "b.example", "SearchKey": "b.example"}]


def test_the_rows_of_the_repository_are_not_there(case_of: CaseOf) -> None:
    engine = Memory()
    case = case_of(MAILS + "expect: {rows: 2}")
    _run(_detection(), case, engine, watchlists={"Trusted": TRUSTED})
    assert list(engine.watchlists["Trusted"]) == [
        {"Domain": "a.example", "Owner": "ana", "SearchKey": "a.example"}
    ]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (
            "{Domian: x}",
            (
                "detections/x.cases.yaml:10:29: unknown-watchlist-column the watchlist 'Trusted'"
                " has no column 'Domian' (did you mean 'Domain'?)"
            ),
        ),
        (
            "{Domain: 5}",
            (
                "detections/x.cases.yaml:10:37: wrong-watchlist-type 'Domain' is not text, and a"
                " watchlist holds nothing else (put it in quotes)"
            ),
        ),
    ],
)
def test_a_slip_in_a_watchlist_goes_unnoticed(case_of: CaseOf, row: str, told: str) -> None:
    case = case_of(MAILS + f"watchlists: {{Trusted: [{row}]}}\nexpect: {{rows: 2}}")
    result = _run(_detection(), case, watchlists={"Trusted": TRUSTED})
    assert result.details == (told,)


def test_what_a_case_defines_is_not_known_to_the_query(case_of: CaseOf) -> None:
    compiler, detection = Compiler(), _detection()
    case = case_of(
        MAILS
        + "watchlists: {Ours: [{A: x}]}\n"
        + 'functions: {F: "(x:string, y:(a:int)) { x has (y) }"}\nexpect: {rows: 2}'
    )
    plain = replace(case, functions={}, watchlists={})
    list(
        run_cases(
            _project(detection, case, plain, plain),
            CATALOGUE,
            compiler,
            [detection],
            engine=Memory(),
        )
    )
    own, shared = compiler.seen
    assert own.functions == {"F": FunctionDefinition("F", "x:string, y:(a:int)", "x has (y)")}
    assert own.watchlists["Ours"][0] == Column("A", "string")
    # What adds nothing is bound once, against the very catalogue that was given.
    assert shared is CATALOGUE


def test_a_case_replaces_a_function_of_the_repository(case_of: CaseOf) -> None:
    compiler, detection = Compiler(), _detection()
    deployed = replace(CATALOGUE, functions={"F": FunctionDefinition("F", "", "1")})
    case = case_of(MAILS + 'functions: {F: "() { 2 }"}\nexpect: {rows: 2}')
    project = _project(detection, case)
    list(run_cases(project, deployed, compiler, [detection], engine=Memory()))
    assert compiler.seen == [deployed]


def test_the_time_of_ingestion_does_not_reach_the_engine(case_of: CaseOf) -> None:
    engine = Memory()
    _run(_detection(), case_of(MAILS + "expect: {rows: 2}"), engine)
    assert engine.events["EmailEvents"][0] == {
        "TimeGenerated": datetime(2026, 10, 6, 7, tzinfo=UTC),
        "Subject": "a",
        INGESTED_KEY: datetime(2026, 10, 6, 7, tzinfo=UTC),
    }
