"""What breaks in what the pages are made of: queries that they write, filters, ranges, drawings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from urllib.parse import parse_qsl
from uuid import UUID

import pytest

from vedette.engine.base import Rows
from vedette.kql.binder import Binder
from vedette.model.detection import Severity
from vedette.schema.catalogue import Catalogue
from vedette.schema.types import Column, TableSchema
from vedette.simulate.types import Alert, Entity, Incident
from vedette.workspace.pages.address import address
from vedette.workspace.pages.event_filter import event_filter
from vedette.workspace.pages.graph import graph_of
from vedette.workspace.pages.graph_layout import HEIGHT, MOST, draw
from vedette.workspace.pages.grid import WIDE, grid_of
from vedette.workspace.pages.kql_text import name_text, text_literal
from vedette.workspace.pages.queue import PAGE_SIZE, queue_view
from vedette.workspace.pages.rule_view import RuleView
from vedette.workspace.pages.time_range import TimeRange, time_range
from vedette.workspace.pages.traces import trace

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
TABLE = TableSchema(
    "Odd table",
    (
        Column("TimeGenerated", "datetime"),
        Column("Text", "string"),
        Column("odd \"name'", "string"),
        Column("Count", "long"),
        Column("Score", "real"),
        Column("Flag", "bool"),
        Column("Id", "guid"),
        Column("Bag", "dynamic"),
        Column("Amount", "decimal"),
    ),
    "a test",
)
HOSTILE = "x\" or true // \\' \n| take 0 \u200b \U000e0001 {{7*7}}"


def test_a_value_becomes_part_of_the_query(binder: Binder) -> None:
    """The compiler reads back what was written: one literal, of the same text."""
    catalogue = Catalogue({TABLE.name: TABLE})
    given = {f"is.{column.name}": HOSTILE for column in TABLE.columns if column.type == "string"}
    given |= {
        "is.TimeGenerated": "2026-11-02T11:30:00.25Z",
        "is.Count": "-3",
        "is.Score": "1e-7",
        "is.Flag": "TRUE",
        "is.Id": "8f1c2c50-0000-4000-8000-000000000001",
        "is.Bag": '{"a":"b"}',
        "is.Amount": "1.50",
        "word": HOSTILE,
    }
    chosen = event_filter(TABLE, TimeRange("all"), given)
    assert chosen.problems == ()
    bound = binder.bind(chosen.query, catalogue)
    assert bound.diagnostics == ()
    assert chosen.query.count("\n") == 1 + len(TABLE.columns)
    again = event_filter(TABLE, TimeRange("all"), _arguments(chosen.address()))
    assert again == chosen


def _arguments(link: str) -> dict[str, str]:
    return dict(parse_qsl(link.partition("?")[2], strict_parsing=True))


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("Count", "many"),
        ("Flag", "maybe"),
        ("Id", "8f1c"),
        ("TimeGenerated", "noon"),
        ("Amount", "1,5"),
        ("Nothing", "x"),
    ],
)
def test_a_value_that_is_none_is_looked_for(column: str, text: str) -> None:
    chosen = event_filter(TABLE, TimeRange("all"), {"column": column, "value": text})
    assert len(chosen.problems) == 1
    assert column in chosen.problems[0]
    assert chosen.values == ()


def test_what_is_empty_cannot_be_looked_for() -> None:
    chosen = event_filter(TABLE, TimeRange("all"), {"column": "Text", "value": ""})
    assert chosen.query.endswith("| where isempty(Text)")
    assert event_filter(TABLE, TimeRange("all"), _arguments(chosen.address())) == chosen


def test_a_name_is_written_as_another() -> None:
    assert name_text("Url") == "Url"
    assert name_text("a b") == '["a b"]'
    assert text_literal('\\"\n') == '"\\\\\\"\\n"'
    assert address("events", "../x?y", at="a&b") == "/events/..%2Fx%3Fy?at=a%26b"


@pytest.mark.parametrize(
    ("given", "start", "end"),
    [
        ({"range": "PT1H"}, NOW - timedelta(hours=1), NOW),
        ({"range": "nonsense"}, NOW - timedelta(days=1), NOW),
        ({}, NOW - timedelta(days=1), NOW),
        ({"range": "custom", "from": "2026-11-01T10:00", "to": "2026-11-01"}, None, None),
        (
            {"from": "2026-11-01", "to": "2026-11-01T10:00:30.5"},
            datetime(2026, 11, 1, tzinfo=UTC),
            datetime(2026, 11, 1, 10, 0, 30, 500_000, tzinfo=UTC),
        ),
        ({"range": "custom", "from": "2026-02-30"}, None, None),
        ({"range": "custom", "to": "<script>"}, None, None),
    ],
)
def test_a_range_is_another(
    given: dict[str, str], start: datetime | None, end: datetime | None
) -> None:
    found = time_range(given, NOW, "P1D")
    if start is None:
        assert found.window is None
        assert found.problem
    else:
        assert found.window is not None
        assert (found.window.start, found.window.end) == (start, end)
        assert not found.problem


def test_a_wide_result_hides_its_time_or_shows_what_is_empty() -> None:
    names = [f"C{number:02}" for number in range(WIDE)]
    columns = (*(Column(name, "string") for name in names), Column("TimeGenerated", "datetime"))
    rows = Rows(columns, (("x", *[None] * (WIDE - 2), "", NOW),) * 3)
    grid = grid_of(rows, 2)
    assert [column.name for column in grid.columns] == ["TimeGenerated", "C00"]
    assert [cell.text for cell in grid.rows[0]] == ["2026-11-02 12:00:00", "x"]
    assert (grid.total, grid.last) == (3, 2)
    assert len(grid.empty) == WIDE - 1


def _alert(*rows: Mapping[str, object], entities: tuple[Entity, ...] = ()) -> Alert:
    return Alert(
        UUID(int=1), "r", "The rule", "A click", "", Severity.HIGH, NOW, NOW, NOW,
        entities=entities, rows=rows,
    )  # fmt: skip


def _incident(*alerts: Alert, number: int = 1) -> Incident:
    return Incident(
        UUID(int=number), number, f"Click {number}", "", Severity.HIGH, NOW, NOW, "r", alerts
    )


CLICK: dict[str, object] = {
    "NetworkMessageId": "8f1c",
    "Subject": "Payslip",
    "SenderFromAddress": "hr@evil.example",
    "Url": "https://evil.example",
    "AccountUpn": "Ana@contoso.com",
    "IPAddress": "198.51.100.7",
    "ActionType": "ClickBlocked",
}


def test_a_click_is_drawn_as_something_else() -> None:
    entities = (
        Entity("Account", (("Name", "ana"), ("UPNSuffix", "contoso.com"))),
        Entity("Mailbox", (("MailboxPrimaryAddress", "ana@contoso.com"),)),
        Entity("MailMessage", (("NetworkMessageId", "8f1c"), ("Recipient", "ana@contoso.com"))),
    )
    graph = graph_of(_incident(_alert(CLICK, entities=entities), _alert(CLICK)))
    assert [(node.kind, node.label, node.detail) for node in graph.nodes] == [
        ("User", "ana@contoso.com", ""),
        ("Mail", "Payslip", "from hr@evil.example"),
        ("Link", "https://evil.example", ""),
        ("IP address", "198.51.100.7", ""),
    ]
    names = graph.names
    assert {(names[e.source], e.label, names[e.target], e.rows) for e in graph.edges} == {
        ("Payslip", "holds", "https://evil.example", 2),
        ("https://evil.example", "click blocked", "ana@contoso.com", 2),
        ("ana@contoso.com", "clicked from", "198.51.100.7", 2),
    }


def test_entities_of_one_row_are_joined_to_those_of_another() -> None:
    entities = tuple(
        Entity("Account", (("FullName", f"{name}@contoso.com"),)) for name in ("ana", "ben")
    )
    rows = [
        {"NetworkMessageId": name, "RecipientEmailAddress": f"{name}@contoso.com"}
        for name in ("ana", "ben")
    ]
    graph = graph_of(_incident(_alert(*rows, entities=entities)))
    assert [(edge.source, edge.target) for edge in graph.edges] == [
        ("0/ana", "2/ana@contoso.com"),
        ("0/ben", "2/ben@contoso.com"),
    ]


@pytest.mark.parametrize("recipients", [1, MOST, 60])
def test_a_drawing_overlaps_or_loses_somebody(recipients: int) -> None:
    rows = [{**CLICK, "AccountUpn": f"user{number}@contoso.com"} for number in range(recipients)]
    graph = graph_of(_incident(_alert(*rows)))
    drawing = draw(graph)
    assert drawing == draw(graph)
    places = [(placed.x, placed.y) for placed in drawing.nodes]
    assert len(set(places)) == len(places)
    for x in {x for x, _ in places}:
        column = sorted(y for other, y in places if other == x)
        assert len(column) <= MOST
        assert all(below - above >= HEIGHT for above, below in pairwise(column))
    assert all(0 <= y <= drawing.height - HEIGHT for _, y in places)
    users = [placed for placed in drawing.nodes if placed.node.column == 2]
    assert sum(placed.hidden or 1 for placed in users) == recipients
    assert all(re.fullmatch(r"M[\d. ]+C[\d. ]+", edge.path) for edge in drawing.edges)
    assert any(edge.label == "click blocked" for edge in drawing.edges)


def test_a_node_leads_where_nothing_is() -> None:
    columns = (Column("Url", "string"), Column("AccountUpn", "string"))
    tables = {"UrlClickEvents": TableSchema("UrlClickEvents", columns, "a test")}
    leads = {node.kind: trace(node, tables) for node in graph_of(_incident(_alert(CLICK))).nodes}
    assert leads["Mail"] == ""
    assert leads["IP address"] == ""
    assert leads["Link"] == ("/events/UrlClickEvents?range=all&is.Url=https%3A%2F%2Fevil.example")


def test_the_queue_shows_what_was_not_asked_for() -> None:
    incidents = [
        replace(
            _incident(_alert(CLICK), number=number),
            status="Closed" if number % 2 else "New",
            severity=Severity.LOW if number % 3 else Severity.HIGH,
            created=NOW - timedelta(hours=number),
            owner="ana" if number == 7 else None,
        )
        for number in range(1, PAGE_SIZE + 3)
    ]

    def numbers(**given: str) -> list[int]:
        return [one.number for one in queue_view(incidents, given, NOW).incidents]

    assert numbers() == list(range(PAGE_SIZE + 2, 2, -1))
    assert numbers(page="2") == [2, 1] == numbers(page="99")
    assert numbers(range="PT4H", status="Open") == [4, 2]
    assert numbers(range="PT4H", severity="High") == [3]
    assert numbers(text="click 17") == [17]
    assert numbers(text="ANA") == [7]
    assert numbers(rule="r", status="Closed", page="x")[-1] == 1
    assert numbers(rule="unknown", severity="unknown", status="unknown") == numbers()
    view = queue_view(incidents, {"status": "Open", "range": "PT4H"}, NOW)
    assert (view.found, view.total, view.open, view.filtered) == (2, 52, 26, True)
    assert view.address(2) == "/?status=Open&range=PT4H&page=2"


@pytest.mark.parametrize(
    ("name", "enabled", "status", "health"),
    [
        ("A rule", True, "Success", "Healthy"),
        ("A rule", True, "Failure", "Failing"),
        ("A rule", True, "Unsupported", "Unsupported"),
        ("A rule", True, "", "Not run yet"),
        ("A rule", False, "Success", "Disabled"),
        ("AUTO DISABLED A rule", False, "Failure", "Auto disabled"),
    ],
)
def test_a_rule_is_called_healthy(name: str, enabled: bool, status: str, health: str) -> None:
    runs = ({"status": status, "reason": "It says so."},) if status else ()
    rule = RuleView("r", name, "Scheduled", "High", enabled, None, None, runs)
    assert rule.health == health
    assert rule.reason == ("It says so." if status else "")
