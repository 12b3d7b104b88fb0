"""A workspace with one mail, which hunting sees as Defender XDR has it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

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


def _table(name: str, **columns: str) -> TableSchema:
    return TableSchema(name, tuple(Column(*pair) for pair in columns.items()), "a test")


HERE = {
    table.name: table
    for table in (
        _table(
            "EmailEvents",
            TimeGenerated="datetime",
            ReportId="string",
            RecipientEmailAddress="string",
            Subject="string",
            AdditionalFields="dynamic",
            SourceSystem="string",
        ),
        _table("SigninLogs", TimeGenerated="datetime", UserPrincipalName="string"),
    )
}
THERE = {
    table.name: table
    for table in (
        _table(
            "EmailEvents",
            Timestamp="datetime",
            ReportId="string",
            RecipientEmailAddress="string",
            Subject="string",
            AdditionalFields="string",
        ),
        _table("DeviceEvents", Timestamp="datetime", DeviceId="string", ReportId="long"),
    )
}


@pytest.fixture(scope="module")
def graph(binder: Binder, api_type: type[Api]) -> Iterator[Api]:
    """Two pages of rules are not needed: a page has two."""
    with Database.open(None) as database:
        settings = Settings(token=SESAME, tables=HERE, defender_tables=THERE, page_size=2)
        app = create_app(database, settings, binder, now=NOW)
        api = api_type(app)
        api.events(
            "EmailEvents",
            {
                "TimeGenerated": "2026-11-02T11:30:00Z",
                "ReportId": "r1",
                "RecipientEmailAddress": "ana@contoso.com",
                "Subject": "Payslip",
                "AdditionalFields": {"a": 1},
                "SourceSystem": "x",
            },
            {"TimeGenerated": "2026-09-02T11:30:00Z", "ReportId": "old"},
        )
        api.events("SigninLogs", {"TimeGenerated": "2026-11-02T11:00:00Z"})
        yield api
        app.workspace.close()


@pytest.fixture
def fresh(make_api: Callable[..., Api]) -> Api:
    """A workspace of its own, at noon, without events."""
    return make_api(tables=HERE, defender_tables=THERE)
