"""The JSON Schema of a table definition."""

from __future__ import annotations

from vedette.schema.load_table import PRODUCTS
from vedette.schema.shapes import Schema, choice, items, mapping, switch, text
from vedette.schema.types import SCALAR_TYPES

NAME_PATTERN = r"^[A-Za-z_]\w*$"
DATE_PATTERN = r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$"


def _name(description: str) -> Schema:
    return text(
        description,
        pattern=NAME_PATTERN,
        expects="a name (letters, digits and '_', not beginning with a digit)",
    )


def build() -> Schema:
    """The schema of ``schemas/tables/*.yaml``."""
    column = mapping(
        "A column.",
        {
            "name": _name("The column's name."),
            "type": choice(
                "The column's type.",
                sorted(SCALAR_TYPES),
                expects="a type of KQL",
                finding="unknown-type",
            ),
            "description": text("What it holds."),
        },
        required=["name", "type"],
    )
    schema = mapping(
        "A table of the workspace: one of your own, or columns that a known table has as well.",
        {
            "name": _name("The table's name, such as Proxy_CL."),
            "product": choice(
                "Where the table is: in Microsoft Sentinel, in Defender XDR, or in both.",
                PRODUCTS,
                expects="a product",
                finding="unknown-product",
            ),
            "extends": switch(
                "Whether the columns are added to the table that is already known by this name "
                "(default false: they are the whole table)."
            ),
            "source": text("Where the columns were read, so that somebody can look again."),
            "date": text(
                "When they were read there.",
                pattern=DATE_PATTERN,
                expects="a date such as 2026-01-31",
            ),
            "columns": items("The columns.", column, fewest=1),
        },
        required=["name", "product", "source", "date", "columns"],
    )
    return {"title": "Table"} | schema
