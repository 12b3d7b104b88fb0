"""Tables that are missing, stale or another product's."""

from __future__ import annotations

import pytest

from vedette.model.product import Product
from vedette.schema.catalogue import catalogue_for, stock_tables, watchlist_columns
from vedette.schema.stock import package_tables
from vedette.schema.types import SCALAR_TYPES, Column, TableDefinition, TableSchema

SENTINEL = (Product.SENTINEL,)


@pytest.mark.parametrize("product", list(Product))
def test_no_name_of_the_package_keeps_a_mark_of_its_page(product: Product) -> None:
    for table in package_tables(product).values():
        assert table.name.isidentifier(), table.name
        for column in table.columns:
            assert column.type in SCALAR_TYPES
            assert column.name.replace("-", "_").replace(" ", "_").isidentifier(), (
                table.name,
                column.name,
            )


def test_each_product_has_its_own_time_column() -> None:
    sentinel = stock_tables(Product.SENTINEL)["EmailEvents"]
    defender = stock_tables(Product.DEFENDER)["EmailEvents"]

    assert sentinel.column("TimeGenerated") == Column("TimeGenerated", "datetime")
    assert sentinel.column("Timestamp") is None
    assert defender.column("Timestamp") == Column("Timestamp", "datetime")
    assert defender.column("TimeGenerated") is None


def test_columns_that_are_newer_than_the_package_are_known() -> None:
    columns = {column.name: column.type for column in stock_tables()["EmailEvents"].columns}

    assert columns["To"] == "dynamic"
    assert columns["IsFirstContact"] == "bool"
    assert columns["DeliveryLocation"] == "string"


def test_a_table_of_the_repository_extends_or_replaces_the_stock_one() -> None:
    extra = TableSchema("EmailEvents", (Column("Campaign_s", "string"),), "own.yaml")
    extended = catalogue_for([TableDefinition(extra, SENTINEL, extends=True)])
    replaced = catalogue_for([TableDefinition(extra, SENTINEL)])

    assert extended.tables["EmailEvents"].column("Campaign_s")
    assert extended.tables["EmailEvents"].column("Subject")
    assert extended.tables["EmailEvents"].origin.endswith("; own.yaml")
    assert [column.name for column in replaced.tables["EmailEvents"].columns] == ["Campaign_s"]


def test_a_table_for_the_other_product_is_not_there() -> None:
    own = TableSchema("Own_CL", (Column("TimeGenerated", "datetime"),), "own.yaml")
    definition = TableDefinition(own, SENTINEL)

    assert "Own_CL" in catalogue_for([definition]).tables
    assert "Own_CL" not in catalogue_for([definition], product=Product.DEFENDER).tables


def test_a_watchlist_has_its_own_columns_first_and_the_services_after() -> None:
    columns = [column.name for column in watchlist_columns(["Address", "SearchKey"])]

    assert columns == ["Address", "SearchKey", "_DTItemId", "LastUpdatedTimeUTC"]
