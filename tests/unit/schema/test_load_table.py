"""Table definitions: what a file becomes, and what would make a table useless."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from vedette.finding import Finding
from vedette.model.product import Product
from vedette.model.yaml import parse
from vedette.schema.load_table import load_table
from vedette.schema.types import Column, TableDefinition, TableSchema
from vedette.schema.validate import validate

PATH = PurePosixPath("schemas/tables/Proxy_CL.yaml")
GOOD = """\
name: Proxy_CL
product: sentinel
source: The data collection rule dcr-proxy
date: 2026-10-01
columns:
  - {name: TimeGenerated, type: datetime}
  - {name: Url, type: string, description: Where to}
"""


def load(text: str) -> tuple[TableDefinition | None, list[Finding]]:
    document, findings = parse(text, PATH)
    assert document is not None
    assert findings == []
    definition, meaning = load_table(document)
    return definition, sorted([*validate(document, "table"), *meaning])


def report(text: str) -> list[str]:
    return [f"{each.location.line}:{each.location.column} {each.id}" for each in load(text)[1]]


def test_a_table_has_its_columns_in_order_and_its_file_as_origin() -> None:
    definition, findings = load(GOOD)
    assert findings == []
    assert definition == TableDefinition(
        TableSchema(
            "Proxy_CL",
            (Column("TimeGenerated", "datetime"), Column("Url", "string")),
            "schemas/tables/Proxy_CL.yaml",
        ),
        (Product.SENTINEL,),
    )


def test_an_addition_needs_no_time_and_may_be_for_both_products() -> None:
    definition, findings = load(
        "name: EmailEvents\nproduct: both\nextends: true\nsource: s\ndate: 2026-10-01\n"
        "columns: [{name: To, type: dynamic}]\n"
    )
    assert findings == []
    assert definition is not None
    assert definition.products == (Product.SENTINEL, Product.DEFENDER)
    assert definition.extends


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("type: string", "type: text", ["7:23 unknown-type"]),
        ("type: string", "type: boolean", ["7:23 unknown-type"]),
        ("name: Url", "name: TimeGenerated", ["7:12 duplicate-column"]),
        ("name: Url", "name: U-rl", ["7:12 bad-format"]),
        ("type: datetime", "type: string", ["5:1 no-time-column"]),
        ("name: TimeGenerated", "name: Timestamp", ["5:1 no-time-column"]),
        ("product: sentinel", "product: xdr", ["2:10 unknown-product"]),
        ("date: 2026-10-01", "date: last week", ["4:7 bad-format"]),
        ("date: 2026-10-01\n", "", ["1:1 missing-key"]),
        ("name: Proxy_CL\n", "", ["1:1 missing-key"]),
    ],
)
def test_every_slip_is_said_once_where_it_is(old: str, new: str, expected: list[str]) -> None:
    assert old in GOOD
    assert report(GOOD.replace(old, new)) == expected


def test_a_defender_table_goes_without_timegenerated() -> None:
    text = GOOD.replace("sentinel", "defender").replace("TimeGenerated", "Timestamp")
    assert report(text) == []


def test_a_column_of_an_unknown_type_is_left_out() -> None:
    definition, _ = load(GOOD.replace("type: string", "type: text"))
    assert definition is not None
    assert definition.schema.columns == (Column("TimeGenerated", "datetime"),)


@pytest.mark.parametrize("text", ["[]", "name: 3\nproduct: []\ncolumns: {}", "columns: [1, ~, []]"])
def test_a_wrong_shape_breaks_nothing(text: str) -> None:
    assert load(text)[0] is None
