"""The corrections of stock tables that come with the package."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import PurePosixPath

import pytest
from sigma.pipelines.azuremonitor.tables import AZURE_MONITOR_TABLES
from sigma.pipelines.microsoftxdr.tables import MICROSOFT_XDR_TABLES

from vedette.model.product import Product
from vedette.model.yaml import parse
from vedette.schema.catalogue import stock_tables
from vedette.schema.corrections import stock_corrections
from vedette.schema.types import Column, TableDefinition
from vedette.schema.validate import validate

STOCK = {Product.SENTINEL: AZURE_MONITOR_TABLES, Product.DEFENDER: MICROSOFT_XDR_TABLES}


def columns_of(name: str, product: Product) -> dict[str, str]:
    return {
        column.name: column.type
        for definition in stock_corrections()
        if definition.schema.name == name and product in definition.products
        for column in definition.schema.columns
    }


def test_every_file_keeps_to_the_schema_that_editors_use() -> None:
    for file in (files("vedette.schema") / "tables").iterdir():
        document, findings = parse(file.read_text(encoding="utf-8"), PurePosixPath(file.name))
        assert document is not None
        assert findings == []
        assert validate(document, "table") == []


def test_the_file_is_named_for_the_table_and_for_the_product_if_it_is_one_of_two() -> None:
    for file in (files("vedette.schema") / "tables").iterdir():
        text = file.read_text(encoding="utf-8")
        name, *product, suffix = file.name.split(".")
        assert suffix == "yaml"
        assert f"\nname: {name}\n" in text
        assert not product or f"\nproduct: {product[0]}\n" in text


def test_an_addition_adds_or_changes_something() -> None:
    """A correction that the schema package has caught up with is to be deleted."""
    idle = [
        f"{definition.schema.name}.{column.name} ({product})"
        for definition in stock_corrections()
        if definition.extends
        for product in definition.products
        for column in definition.schema.columns
        if _stock_type(definition, product, column.name) == column.type
    ]
    assert idle == []


def _stock_type(definition: TableDefinition, product: Product, column: str) -> str | None:
    stock = STOCK[product][definition.schema.name].get(column)
    return None if stock is None else str(stock["data_type"]).lower()


def test_the_products_differ_where_the_service_differs() -> None:
    sentinel = columns_of("EmailEvents", Product.SENTINEL)
    defender = columns_of("EmailEvents", Product.DEFENDER)
    assert sentinel["LastEventExecutionTime"] == "datetime"
    assert "LastEventExecutionTime" not in defender
    assert sentinel["To"] == defender["To"] == "dynamic"
    assert "SourceLocation" not in columns_of("EmailPostDeliveryEvents", Product.SENTINEL)
    assert columns_of("EmailPostDeliveryEvents", Product.DEFENDER) == {"SourceLocation": "string"}


def test_a_full_table_has_the_time_column_of_its_product() -> None:
    full = [definition for definition in stock_corrections() if not definition.extends]
    assert [definition.schema.name for definition in full] == ["EntraIdSignInEvents"]
    assert full[0].schema.columns[0].name == "Timestamp"


def test_every_origin_names_the_package_and_the_file() -> None:
    origins = [definition.schema.origin for definition in stock_corrections()]
    assert len(set(origins)) == len(origins)
    assert all(origin.startswith("vedette ") for origin in origins)


def test_every_table_of_a_workspace_has_the_time_that_windows_are_over() -> None:
    timeless = [
        name
        for name, table in stock_tables(Product.SENTINEL).items()
        if table.column("TimeGenerated") != Column("TimeGenerated", "datetime")
    ]
    assert timeless == []


@pytest.mark.parametrize("product", list(Product))
def test_no_name_of_a_column_keeps_a_mark_of_the_page_it_was_read_from(product: Product) -> None:
    marked = [
        f"{table.name}.{column.name}"
        for table in stock_tables(product).values()
        for column in table.columns
        if not re.fullmatch(r"[A-Za-z_]\w*", column.name)
    ]
    assert marked == []
