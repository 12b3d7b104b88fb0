"""Turns a table file into a TableDefinition.

The trap: a table of a workspace always has ``TimeGenerated``, and a rule's window is over it; a
definition that forgets the column would let every query of it bind and none of them see an event.
"""

from __future__ import annotations

from vedette.finding import Finding
from vedette.model.document import Document
from vedette.model.product import Product
from vedette.model.shape import items, mapping, text
from vedette.schema.types import SCALAR_TYPES, Column, TableDefinition, TableSchema
from vedette.source import Location

#: Value of ``product`` → the products that it stands for.
PRODUCTS = {
    "sentinel": (Product.SENTINEL,),
    "defender": (Product.DEFENDER,),
    "both": (Product.SENTINEL, Product.DEFENDER),
}

TIME_COLUMN = "TimeGenerated"


def load_table(
    document: Document, *, origin: str = ""
) -> tuple[TableDefinition | None, list[Finding]]:
    """The definition in ``document``; None if it lacks its name, its product or every column.

    ``origin`` says who defines the table; the document's path if it is empty.
    """
    data = mapping(document.data)
    name, products = text(data.get("name")), PRODUCTS.get(text(data.get("product")), ())
    columns, findings = _load_columns(document, items(data.get("columns")))
    extends = data.get("extends") is True
    if not (name and products and columns):
        return None, findings
    if Product.SENTINEL in products and not extends and _is_timeless(columns):
        message = f"the table '{name}' has no column {TIME_COLUMN} of type datetime"
        hint = "every table of a workspace has one; `extends: true` adds to a known table"
        at = document.locate_key(("columns",))
        findings.append(Finding(at, "no-time-column", message, hint))
    schema = TableSchema(name, tuple(columns), origin or str(document.path))
    return TableDefinition(schema, products, extends), findings


def _load_columns(document: Document, values: list[object]) -> tuple[list[Column], list[Finding]]:
    findings: list[Finding] = []
    columns: list[Column] = []
    first: dict[str, Location] = {}
    for index, value in enumerate(values):
        data = mapping(value)
        name, kind = text(data.get("name")), text(data.get("type"))
        at = document.locate(("columns", index, "name"))
        if name in first:
            message = f"the column '{name}' stands here again; it is first at {first[name]}"
            findings.append(Finding(at, "duplicate-column", message, "keep one of the two"))
        elif name and kind in SCALAR_TYPES:
            columns.append(Column(name, kind))
        first.setdefault(name, at)
    return columns, findings


def _is_timeless(columns: list[Column]) -> bool:
    return Column(TIME_COLUMN, "datetime") not in columns
