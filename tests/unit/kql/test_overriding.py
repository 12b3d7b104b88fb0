"""An exclusion that leaves out more than it says, or nothing, and a value that is a query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from uuid import UUID

import pytest
from tests.unit.kql.conftest import MAILS

from vedette.engine.database import Database
from vedette.engine.duck import DuckEngine
from vedette.kql.binder import Binder
from vedette.kql.overriding import Wanted, check_edited, edits_for
from vedette.model.detection import (
    Detection,
    EntityMapping,
    FieldMapping,
    Kind,
    Schedule,
    Severity,
    TriggerOperator,
)
from vedette.model.document import Document
from vedette.model.edited import edit_query, edited
from vedette.model.override import Exclusion, Layer, Match, Override, ParameterValue
from vedette.schema.catalogue import Catalogue
from vedette.source import Location

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
FILE = Document(PurePosixPath("environments/prod.yaml"), "", {}, {(): (1, 1)}, {})
OVERRIDE = Override("soc", "because", Layer.WORKSPACE, ("overrides", 0), ("rule",), source=FILE)


def detection(query: str, *parameters: str) -> Detection:
    hour = timedelta(hours=1)
    mapping = EntityMapping("Account", (FieldMapping("Name", "Sender"),))
    return Detection(
        id=UUID(int=1),
        kind=Kind.SCHEDULED,
        name="Rule",
        description="",
        query=query,
        version="1.0.0",
        severity=Severity.LOW,
        schedule=Schedule(hour, hour, TriggerOperator.GREATER_THAN, 0),
        entity_mappings=(mapping,),
        parameters=parameters,
        source=Document(PurePosixPath("detections/rule.yaml"), query, {}, {(): (1, 1)}, {}),
    )


def change(
    binder: Binder,
    catalogue: Catalogue,
    query: str,
    exclusions: Sequence[Exclusion] = (),
    parameters: Mapping[str, ParameterValue] | None = None,
) -> tuple[str, list[str]]:
    """The changed query, and the ids of what is wrong with the change."""
    values = parameters or {}
    rule = detection(query, *values)
    before = binder.bind(query, catalogue)
    assert before.ok, before.diagnostics
    wanted = Wanted(
        {name: (value, OVERRIDE) for name, value in values.items()},
        [(each, OVERRIDE) for each in exclusions],
    )
    edits, findings = edits_for(rule, before, wanted)
    text = edit_query(query, edits)
    findings += check_edited(before, binder.bind(text, catalogue), wanted, edits)
    return text, [finding.id for finding in findings]


def exclude(column: str, match: Match, *values: str) -> Exclusion:
    return Exclusion(values, ("overrides", 0, "exclude", 0), column=column, match=match)


ROWS: list[dict[str, object]] = [
    {"Subject": "one", "Sender": "Bob@Contoso.com", "Size": 5},
    {"Subject": "two", "Sender": "eve@fabrikam.com", "Size": 50},
    {"Subject": "three", "Sender": "10.1.2.3", "Size": None},
    {"Subject": "four", "Sender": None, "Size": -7},
]


@pytest.mark.parametrize(
    ("exclusion", "left"),
    [
        (exclude("Sender", Match.EQUALS, "bob@contoso.com", "x"), {"two", "three", "four"}),
        (exclude("Sender", Match.ENDS_WITH, "CONTOSO.com"), {"two", "three", "four"}),
        (exclude("Sender", Match.STARTS_WITH, "eve@", "bob@"), {"three", "four"}),
        (exclude("Sender", Match.HAS, "fabrikam", "contoso"), {"three", "four"}),
        (exclude("Sender", Match.IN_RANGE, "10.0.0.0/8"), {"one", "two", "four"}),
        (exclude("Size", Match.EQUALS, "5", "-7"), {"two", "three"}),
        (exclude("Sender", Match.EQUALS, 'a"b\\c'), {"one", "two", "three", "four"}),
    ],
)
def test_only_the_rows_of_these_values_go_and_never_one_without(
    binder: Binder, catalogue: Catalogue, exclusion: Exclusion, left: set[str]
) -> None:
    text, findings = change(binder, catalogue, "Mails | project Subject, Sender, Size", [exclusion])
    assert findings == []
    with Database.open() as database:
        engine = DuckEngine(database)
        engine.load_events(MAILS, [{"TimeGenerated": NOW, **row} for row in ROWS])
        rows = engine.run(binder.bind(text, catalogue), now=NOW).rows
    assert {str(row[0]) for row in rows} == left


@pytest.mark.parametrize(
    "query",
    [
        "Mails",
        "Mails; // the end",
        "Mails | where Subject has 'x' // no pipe | here",
        "union Mails, (Mails | take 1)",
        "let T = Mails;\nT\n| sort by Size;\n",
        "Mails | join kind=inner (Mails | project Sender) on Sender",
    ],
)
def test_the_exclusion_is_the_last_step_of_the_whole_query(
    binder: Binder, catalogue: Catalogue, query: str
) -> None:
    text, findings = change(binder, catalogue, query, [exclude("Sender", Match.EQUALS, "a", "b")])
    assert findings == []
    assert '\n| where Sender !in~ ("a", "b")' in text


@pytest.mark.parametrize(
    ("exclusion", "finding"),
    [
        (exclude("Sendr", Match.EQUALS, "a"), "unknown-exclusion-column"),
        (exclude("TimeGenerated", Match.EQUALS, "2026-01-01"), "exclusion-type"),
        (exclude("Details", Match.HAS, "a"), "exclusion-type"),
        (exclude("Size", Match.EQUALS, "5); print (1"), "exclusion-type"),
        (exclude("Size", Match.STARTS_WITH, "5"), "exclusion-type"),
        (Exclusion(("a",), (), entity="Account.Sid"), "unknown-exclusion-entity"),
    ],
)
def test_what_cannot_be_compared_is_said(
    binder: Binder, catalogue: Catalogue, exclusion: Exclusion, finding: str
) -> None:
    _, findings = change(binder, catalogue, "Mails", [exclusion])
    assert findings[:1] == [finding]


def test_an_entity_is_excluded_by_whatever_column_fills_it(
    binder: Binder, catalogue: Catalogue
) -> None:
    text, findings = change(
        binder, catalogue, "Mails", [Exclusion(("bob",), (), entity="Account.Name")]
    )
    assert (text, findings) == ('Mails\n| where Sender !in~ ("bob")', [])


QUERY = """let least = 5;
let names = dynamic(["a"]);
let since = 1h;
Mails | where Size > least and Sender in (names) and TimeGenerated > ago(since)"""


@pytest.mark.parametrize(
    ("values", "written"),
    [
        ({"least": 10}, "let least = 10;"),
        ({"least": "-10"}, "let least = -10;"),
        ({"since": "2d"}, "let since = 2d;"),
        ({"names": 'dynamic(["b", "c"])'}, 'let names = dynamic(["b", "c"]);'),
    ],
)
def test_a_parameter_takes_a_literal_of_its_type(
    binder: Binder, catalogue: Catalogue, values: dict[str, ParameterValue], written: str
) -> None:
    text, findings = change(binder, catalogue, QUERY, parameters=values)
    assert findings == []
    assert written in text


@pytest.mark.parametrize(
    "values",
    [
        {"least": "5; Mails | take 1 //"},
        {"least": "toint(5)"},
        {"least": "5d"},
        {"least": "'5'"},
        {"least": 0.5},
        {"least": True},
        {"names": 'dynamic(["b"]), 5'},
        {"since": "now()"},
        {"since": ""},
    ],
)
def test_a_parameter_takes_nothing_else(
    binder: Binder, catalogue: Catalogue, values: dict[str, ParameterValue]
) -> None:
    _, findings = change(binder, catalogue, QUERY, parameters=values)
    assert findings[0] in {"parameter-type", "override-breaks-query"}


def test_a_place_in_the_changed_query_is_told_where_somebody_can_change_it(
    binder: Binder, catalogue: Catalogue
) -> None:
    rule = detection(QUERY, "least")
    before = binder.bind(QUERY, catalogue)
    exclusion = exclude("Sender", Match.EQUALS, "x")
    wanted = Wanted({"least": (1000000, OVERRIDE)}, [(exclusion, OVERRIDE)])
    edits, _ = edits_for(rule, before, wanted)
    text, document = edit_query(QUERY, edits), edited(rule.source, edits)
    inserted = Location(FILE.path, 1, 1)
    assert document.locate_in(("query",), text.index("1000000") + 3) == inserted
    assert document.locate_in(("query",), text.index("!in~")) == inserted
    for word in ("let least", "let names", "Mails", "ago(since)"):
        here = document.locate_in(("query",), text.index(word))
        assert here == rule.source.locate_in(("query",), QUERY.index(word))
