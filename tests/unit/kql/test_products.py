"""A query that means something else in the other product, or is refused where it would not."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from vedette.kql.binder import Binder
from vedette.kql.products.render import differences, render_for
from vedette.kql.products.result import NotAvailable, RenderedQuery
from vedette.model.product import Product
from vedette.schema.catalogue import Catalogue, stock_tables
from vedette.schema.types import Column, FunctionDefinition, TableSchema

TABLE = yaml.safe_load(
    (Path(__file__).parents[2] / "cases" / "kql" / "products.yaml").read_text(encoding="utf-8")
)
ROWS = {
    "Senders": [
        {"Domain": 'a"b\\c.example', "Owner": "Jörg\n"},
        {"Domain": "x.example", "Owner": ""},
    ]
}
PROXY = TableSchema(
    "Proxy_CL", (Column("TimeGenerated", "datetime"), Column("Url_s", "string")), "test"
)
FUNCTIONS = {
    each.name: each
    for each in (
        FunctionDefinition(
            "Recent", "span:timespan = 1h", "// all\nEmailEvents | where TimeGenerated > ago(span)"
        ),
        FunctionDefinition("IsFailed", "details:string", "details has 'fail'"),
        FunctionDefinition(
            "Mixed",
            "",
            "Recent(2h) | where SenderFromDomain in (_GetWatchlist('Senders') | project Domain)",
        ),
        FunctionDefinition("SignIns", "", "SigninLogs | where TimeGenerated > ago(1h)"),
        FunctionDefinition("Tenant", "", "EmailEvents | project TenantId, Subject"),
    )
}
SENTINEL = Catalogue(
    {**stock_tables(Product.SENTINEL), "Proxy_CL": PROXY},
    FUNCTIONS,
    {
        "Senders": (
            Column("Domain", "string"),
            Column("Owner", "string"),
            Column("SearchKey", "string"),
            Column("LastUpdatedTimeUTC", "datetime"),
        )
    },
)
DEFENDER = Catalogue({**stock_tables(Product.DEFENDER), "Proxy_CL": PROXY})


def render(query: str, binder: Binder) -> RenderedQuery | NotAvailable:
    """The query in Defender XDR, if it is the same there."""
    bound = binder.bind(query, SENTINEL)
    assert bound.ok, bound.diagnostics
    rendered = render_for(bound, Product.DEFENDER, DEFENDER, ROWS)
    if isinstance(rendered, NotAvailable):
        return rendered
    return differences(bound, rendered, binder.bind(rendered.text, DEFENDER)) or rendered


@pytest.mark.parametrize(
    "row", [row for row in TABLE if "becomes" in row], ids=lambda row: row["name"]
)
def test_a_query_becomes_what_means_the_same(row: dict[str, str], binder: Binder) -> None:
    rendered = render(row["query"], binder)

    assert isinstance(rendered, RenderedQuery), rendered
    assert rendered.text == row["becomes"]


@pytest.mark.parametrize(
    "row", [row for row in TABLE if "refused" in row], ids=lambda row: row["name"]
)
def test_what_would_mean_something_else_is_refused_at_its_place(
    row: dict[str, str], binder: Binder
) -> None:
    refused = render(row["query"], binder)

    assert isinstance(refused, NotAvailable), refused
    assert refused.reason == row["reason"]
    assert row["query"][refused.offset :].startswith(row["refused"])


def test_functions_and_watchlists_are_written_out_callees_first(binder: Binder) -> None:
    rendered = render("Mixed | where IsFailed(AuthenticationDetails)", binder)

    assert isinstance(rendered, RenderedQuery), rendered
    assert rendered.text == (
        "let Watchlist_Senders = datatable (['Domain']: string) [\n"
        '  "a\\"b\\\\c.example",\n  "x.example"\n];\n'
        "let IsFailed = (details:string) {\ndetails has 'fail'\n};\n"
        "let Recent = (span:timespan = 1h) {\n"
        "// all\nEmailEvents | where Timestamp > ago(span)\n};\n"
        "let Mixed = () {\n"
        "Recent(2h) | where SenderFromDomain in (Watchlist_Senders | project Domain)\n};\n"
        "Mixed() | where IsFailed(AuthenticationDetails)"
    )


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("EmailEvents | join kind=inner (SignIns()) on TenantId", "no table 'SigninLogs'"),
        ("print 1 | join kind=inner (Tenant() | extend print_0 = 1) on print_0", "'TenantId'"),
    ],
)
def test_what_a_function_needs_is_refused_where_it_is_called(
    query: str, reason: str, binder: Binder
) -> None:
    refused = render(query, binder)

    assert isinstance(refused, NotAvailable), refused
    assert reason in refused.reason
    assert query[refused.offset :].startswith(("SignIns()", "Tenant()"))


def test_an_offset_of_the_rendered_text_leads_back_to_the_query(binder: Binder) -> None:
    query = "// ä\nRecent()\n| where TimeGenerated > ago(1h) and Subject has 'x'"
    rendered = render(query, binder)

    assert isinstance(rendered, RenderedQuery), rendered
    for word in ("Subject", "Recent()", "ago(1h) and"):
        there = rendered.text.rindex(word)
        assert query[rendered.original(there) :].startswith(word)
    assert rendered.original(rendered.text.index("let Recent")) == query.index("Recent()")


def test_the_names_of_result_columns_are_told(binder: Binder) -> None:
    rendered = render(
        "EmailEvents | summarize max(TimeGenerated), TimeGenerated = min(TimeGenerated) by Subject",
        binder,
    )

    assert isinstance(rendered, RenderedQuery), rendered
    assert rendered.columns == {
        "Subject": "Subject",
        "max_TimeGenerated": "max_Timestamp",
        "TimeGenerated": "Timestamp",
    }


def test_columns_that_nobody_names_and_the_other_product_lacks_are_left_out(
    binder: Binder,
) -> None:
    rendered = render("EmailEvents | take 1", binder)

    assert isinstance(rendered, RenderedQuery), rendered
    assert "TenantId" not in rendered.columns
    assert rendered.columns["Subject"] == "Subject"


def test_a_query_for_sentinel_is_left_as_it_is(binder: Binder) -> None:
    bound = binder.bind("SigninLogs | take 1 // all", SENTINEL)
    rendered = render_for(bound, Product.SENTINEL, SENTINEL)

    assert isinstance(rendered, RenderedQuery)
    assert rendered.text == bound.text
    assert rendered.columns["UserId"] == "UserId"
