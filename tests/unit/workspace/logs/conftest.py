"""A workspace with a few mails of the last two hours, which the tests of a module only read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from vedette.engine.database import Database
from vedette.schema.types import Column, TableSchema
from vedette.workspace.app import create_app
from vedette.workspace.settings import Settings

if TYPE_CHECKING:
    from tests.unit.workspace.conftest import Api

    from vedette.kql.binder import Binder

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
SESAME = "the-token"
MAIL = TableSchema(
    "EmailEvents",
    (
        Column("TimeGenerated", "datetime"),
        Column("Subject", "string"),
        Column("AttachmentCount", "int"),
        Column("To", "dynamic"),
    ),
    "a test",
)


@pytest.fixture(scope="module")
def logs(binder: Binder, api_type: type[Api]) -> Iterator[Api]:
    """Three mails, at 10:30, 11:30 and 11:59; one of them is ingested later than now."""
    with Database.open(None) as database:
        settings = Settings(
            token=SESAME, tables={"EmailEvents": MAIL}, max_rows=5, max_answer_bytes=2_000
        )
        app = create_app(database, settings, binder, now=NOW)
        api = api_type(app)
        api.events(
            "EmailEvents",
            {"TimeGenerated": "2026-11-02T10:30:00Z", "Subject": "one", "To": ["a", 1]},
            {"TimeGenerated": "2026-11-02T11:30:00.5Z", "Subject": "two", "AttachmentCount": 2},
            {"TimeGenerated": "2026-11-02T11:59:00Z", "Subject": "three"},
            {
                "TimeGenerated": "2026-11-02T11:58:00Z",
                "_IngestionTime": "2026-11-02T12:10:00Z",
                "Subject": "late",
            },
        )
        api.send("PUT", f"{api.scope}/savedSearches/f", _function("Recent", "EmailEvents | take 1"))
        api.send("PUT", f"{api.scope}/savedSearches/g", _function("Broken", "Nowhere"))
        yield api
        app.workspace.close()


def _function(alias: str, query: str) -> dict[str, Any]:
    properties = {"category": "f", "displayName": alias, "query": query, "functionAlias": alias}
    return {"properties": properties | {"functionParameters": "n: long = 1"}}
