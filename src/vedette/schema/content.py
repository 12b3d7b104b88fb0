"""The JSON Schemas of workspace functions and watchlists."""

from __future__ import annotations

from vedette.model import limits
from vedette.schema.shapes import MESSAGE, Schema, items, mapping, text
from vedette.schema.types import SCALAR_TYPES

FUNCTION_NAME_PATTERN = r"^[A-Za-z_]\w*$"

#: Assumed: what people's tools found the service to accept; its documentation does not say.
WATCHLIST_ALIAS_PATTERN = r"^[A-Za-z][-A-Za-z0-9_]{1,62}[A-Za-z0-9]$"

_TYPES = "|".join(sorted(SCALAR_TYPES))


def _parameter() -> Schema:
    return mapping(
        "A parameter of the function.",
        {
            "name": text(
                "The parameter's name.",
                pattern=FUNCTION_NAME_PATTERN,
                expects="a name (letters, digits and '_', not beginning with a digit)",
            ),
            "type": text(
                "A scalar type of KQL, or the columns of a table: (Subject:string).",
                pattern=rf"^({_TYPES}|\(.+\))$",
                expects="a type of KQL such as string, or a table's columns such as (Url:string)",
                findings={"pattern": "unknown-type"},
            ),
            "default": {
                "description": "The value without an argument; KQL for datetime and timespan.",
                "type": ["string", "number", "boolean"],
            },
        },
        required=["name", "type"],
    )


def build_function() -> Schema:
    """The schema of ``detections/shared/functions/*.yaml``."""
    schema = mapping(
        "A saved KQL function that detections share.",
        {
            "id": text(
                "The identity of the function, a GUID that nothing else has.",
                pattern=limits.GUID_PATTERN,
                expects="a GUID such as 1d5ea5f8-2c0b-4c43-9d9d-0f1f6a6f0d5c",
                findings={"pattern": "bad-id", "type": "bad-id"},
            ),
            "alias": text(
                "The name by which queries call it.",
                pattern=FUNCTION_NAME_PATTERN,
                expects="a function name (letters, digits and '_', not beginning with a digit)",
                findings={"pattern": "bad-alias"},
            ),
            "name": text(
                "The display name.",
                longest=limits.NAME_LENGTH,
                findings={"maxLength": "name-too-long"},
            ),
            "description": text("What it returns."),
            "category": text("The category under which the workspace lists it."),
            "version": text(
                "The version of this file.",
                longest=limits.VERSION_LENGTH,
                pattern=limits.VERSION_PATTERN,
                expects="a version of three numbers such as 1.0.0",
                findings={"pattern": "bad-version", "maxLength": "version-too-long"},
            ),
            "parameters": items("The parameters, in order.", _parameter()),
            "query": text(
                "The body: KQL, without the braces.",
                pattern=r"\S",
                findings={"minLength": "empty-query", "pattern": "empty-query"},
            )
            | {MESSAGE: {"pattern": "'{name}' is empty"}},
        },
        required=["id", "alias", "name", "description", "version", "query"],
    )
    return {"title": "Function"} | schema


def build_watchlist() -> Schema:
    """The schema of ``detections/shared/watchlists/*.yaml``."""
    schema = mapping(
        "A watchlist; its items are in the CSV file beside it.",
        {
            "alias": text(
                "The name by which queries read it: _GetWatchlist('alias').",
                pattern=WATCHLIST_ALIAS_PATTERN,
                expects="3 to 64 letters, digits, '-' and '_', from a letter to a letter or digit",
                findings={"pattern": "bad-alias"},
            ),
            "name": text(
                "The display name.",
                longest=limits.NAME_LENGTH,
                findings={"maxLength": "name-too-long"},
            ),
            "description": text("What is in it, and what a row does."),
            "provider": text("Who keeps it."),
            "searchKey": text("The column by which queries look items up."),
            "file": text("The CSV file, if it does not have this file's name."),
        },
        required=["alias", "name", "description", "provider", "searchKey"],
    )
    return {"title": "Watchlist"} | schema
