"""Queries that would see another clock, another window or other events than the run did."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from vedette.errors import UnsupportedError
from vedette.kql.binder import Binder
from vedette.model.detection import Kind, Schedule, Severity, TriggerOperator
from vedette.operate.run_text import template_of
from vedette.schema.catalogue import Catalogue
from vedette.schema.types import Column, FunctionDefinition, TableSchema
from vedette.simulate.types import AnalyticsRule

AT = datetime(2026, 1, 15, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
CUT = (
    "| where TimeGenerated >= datetime(2026-01-15T10:00:00.0000000Z)"
    " and TimeGenerated < datetime(2026-01-15T12:00:00.0000000Z)"
    " and ingestion_time() <= datetime(2026-01-15T12:05:00.0000000Z))"
)
COLUMNS = (Column("TimeGenerated", "datetime"), Column("Url", "string"))
CATALOGUE = Catalogue(
    {name: TableSchema(name, COLUMNS, "a test") for name in ("Mail", "Clicks")},
    {
        "Bad": FunctionDefinition("Bad", "u: string", "toscalar(All | where Url == u | count) > 0"),
        "All": FunctionDefinition("All", "", "Mail | union Clicks"),
        "Theirs": FunctionDefinition("Theirs", "", "Mail"),
    },
    {},
)
OWN = ("Bad", "All")


@pytest.fixture(scope="module")
def binder() -> Iterator[Binder]:
    with Binder() as ready:
        yield ready


def rule(query: str) -> AnalyticsRule:
    return AnalyticsRule(
        id="r",
        kind=Kind.SCHEDULED,
        name="Rule",
        description="",
        query=query,
        enabled=True,
        severity=Severity.LOW,
        schedule=Schedule(HOUR, 2 * HOUR, TriggerOperator.GREATER_THAN, 0),
    )


def test_each_table_is_cut_and_the_clock_is_set(binder: Binder) -> None:
    query = "Mail\n| join kind=inner Clicks on Url // of Mail\n| where TimeGenerated > ago(1h)"
    made = template_of(rule(query), binder.bind(query, CATALOGUE), OWN).at(AT)
    assert made.text == (
        "set query_now = datetime(2026-01-15T12:00:00.0000000Z);\n"
        f"(Mail {CUT}\n"
        f"| join kind=inner (Clicks {CUT} on Url // of Mail\n"
        "| where TimeGenerated > ago(1h)"
    )
    assert made.timespan == "2026-01-15T10:00:00.0000000Z/2026-01-15T12:00:00.0000000Z"
    assert binder.bind(made.text, CATALOGUE).ok


def test_functions_of_the_repository_travel_with_it_in_their_order(binder: Binder) -> None:
    query = "Clicks | where Bad(Url)"
    made = template_of(rule(query), binder.bind(query, CATALOGUE), OWN).at(AT)
    _, all_, *_ = made.text.split("\n")
    assert all_ == "let All = () {"
    assert f"(Mail {CUT} | union (Clicks {CUT}" in made.text
    assert "let Bad = (u: string) {\ntoscalar(All() | where" in made.text
    assert binder.bind(made.text, Catalogue(CATALOGUE.tables, {}, {})).ok


@pytest.mark.parametrize(
    ("query", "caveat"),
    [
        ("Theirs | where Url has 'x'", "the function Theirs"),
        ("search in (Mail) 'x'", "search"),
        ("union M* | where Url has 'x'", "a wildcard"),
        ("table('Mail') | where Url has 'x'", "table()"),
    ],
)
def test_what_cannot_be_cut_by_its_arrival_is_named(
    binder: Binder, query: str, caveat: str
) -> None:
    bound = binder.bind(query, CATALOGUE)
    template = template_of(rule(query), bound, OWN)
    assert template.caveats == (caveat,)
    assert template.text == query
    with pytest.raises(UnsupportedError, match="whose window is of arrival"):
        template_of(replace(rule(query), kind=Kind.NRT, schedule=None), bound, OWN)


def test_a_near_real_time_rule_is_cut_by_arrival(binder: Binder) -> None:
    nrt = replace(rule("Mail"), kind=Kind.NRT, schedule=None)
    made = template_of(nrt, binder.bind("Mail", CATALOGUE), OWN).at(AT)
    assert made.text.endswith(
        "(Mail | where ingestion_time() >= datetime(2026-01-15T11:59:00.0000000Z)"
        " and ingestion_time() < datetime(2026-01-15T12:00:00.0000000Z))"
    )
    assert made.timespan == "2026-01-14T11:59:00.0000000Z/2026-01-16T12:00:00.0000000Z"


@pytest.mark.parametrize("query", ["union withsource=Of Mail, Clicks", "Mail | where Nothing > 1"])
def test_what_would_be_another_query_is_refused(binder: Binder, query: str) -> None:
    with pytest.raises(UnsupportedError):
        template_of(rule(query), binder.bind(query, CATALOGUE), OWN)
