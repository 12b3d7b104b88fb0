"""A workspace in this process, spoken to as over HTTP, and the bodies that it takes."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from vedette.engine.database import Database
from vedette.kql.binder import Binder
from vedette.schema.types import Column, TableSchema
from vedette.workspace.app import WorkspaceApp, create_app
from vedette.workspace.settings import Settings

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
SESAME = "the-token"
HOST = "http://127.0.0.1:8765"
VERSION = "2025-09-01"
RULE = "6a2f4d0e-1c7b-4c39-9e46-8d5b0f3a2c05"


def _table(name: str, **columns: str) -> TableSchema:
    typed = {"TimeGenerated": "datetime", **columns}
    return TableSchema(name, tuple(Column(*pair) for pair in typed.items()), "a test")


TABLES = {
    table.name: table
    for table in (
        _table(
            "EmailEvents",
            NetworkMessageId="string",
            SenderFromAddress="string",
            RecipientEmailAddress="string",
            Subject="string",
            AttachmentCount="int",
        ),
        _table(
            "UrlClickEvents",
            NetworkMessageId="string",
            AccountUpn="string",
            Url="string",
            ActionType="string",
            IsClickedThrough="bool",
            IPAddress="string",
        ),
    )
}

#: A rule that alerts on every mail, with an entity and an incident for each recipient.
BODY: dict[str, Any] = {
    "kind": "Scheduled",
    "properties": {
        "displayName": "Every mail",
        "description": "A mail came.",
        "severity": "Medium",
        "enabled": True,
        "query": "EmailEvents",
        "queryFrequency": "PT1H",
        "queryPeriod": "PT1H",
        "triggerOperator": "GreaterThan",
        "triggerThreshold": 0,
        "suppressionEnabled": False,
        "suppressionDuration": "PT5H",
        "tactics": ["InitialAccess"],
        "techniques": ["T1566"],
        "eventGroupingSettings": {"aggregationKind": "AlertPerResult"},
        "entityMappings": [
            {
                "entityType": "Account",
                "fieldMappings": [
                    {"identifier": "FullName", "columnName": "RecipientEmailAddress"}
                ],
            }
        ],
        "incidentConfiguration": {
            "createIncident": True,
            "groupingConfiguration": {
                "enabled": True,
                "reopenClosedIncident": False,
                "lookbackDuration": "P1D",
                "matchingMethod": "AllEntities",
            },
        },
    },
}


@dataclass
class Api:
    """Calls of an app with the right host, token and API version; each may be overridden."""

    app: WorkspaceApp
    client: Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = Client(self.app)

    @property
    def scope(self) -> str:
        return self.app.workspace.settings.scope.path

    @property
    def insights(self) -> str:
        return self.app.workspace.settings.scope.insights

    def send(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        host: str = HOST,
        data: bytes | None = None,
    ) -> TestResponse:
        """One request; ``path`` may begin with / or stand below SecurityInsights."""
        target = path if path.startswith(("/", "http")) else f"{self.insights}/{path}"
        given = {"Authorization": f"Bearer {SESAME}", **(headers or {})}
        return self.client.open(
            target,
            method=method,
            query_string={"api-version": VERSION} if query is None else dict(query),
            data=data if body is None else json.dumps(body).encode(),
            headers=given,
            base_url=host,
            environ_overrides={"REMOTE_ADDR": "127.0.0.1"},
        )

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """The JSON of a GET that must succeed."""
        version = {"api-version": VERSION}
        response = self.send("GET", path, query=version | {f"${k}": v for k, v in query.items()})
        assert response.status_code == 200, response.text
        return _json(response)

    def put(self, path: str, body: object) -> dict[str, Any]:
        """The JSON of a PUT that must succeed."""
        response = self.send("PUT", path, body)
        assert response.status_code in (200, 201), response.text
        return _json(response)

    def events(self, table: str, *events: Mapping[str, object]) -> None:
        """Ingest events that must be taken."""
        response = self.post_events(f"Microsoft-{table}", list(events))
        assert response.status_code == 204, response.text

    def post_events(
        self,
        stream: str,
        body: object,
        *,
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> TestResponse:
        """Send a body to the ingestion API."""
        path = f"/dataCollectionRules/dcr-x/streams/{stream}"
        query = {"api-version": "2023-01-01"}
        return self.send("POST", path, body, query=query, data=data, headers=headers)

    def advance(self, duration: str) -> dict[str, Any]:
        """Move the clock."""
        response = self.send("POST", "/_vedette/clock", {"advance": duration})
        assert response.status_code == 200, response.text
        return _json(response)

    def runs(self) -> list[dict[str, Any]]:
        """All runs, the latest first."""
        runs: list[dict[str, Any]] = self.get("/_vedette/runs", top="1000")["value"]
        return runs


def _json(response: TestResponse) -> dict[str, Any]:
    body = response.json
    assert isinstance(body, dict)
    return body


@pytest.fixture(scope="session")
def binder() -> Iterator[Binder]:
    """One compiler for all tests: it takes half a second to start."""
    with Binder() as started:
        yield started


@pytest.fixture(scope="session")
def api_type() -> type[Api]:
    """The class ``Api``, for the fixtures of folders below."""
    return Api


@pytest.fixture(scope="session")
def standard() -> tuple[datetime, dict[str, TableSchema]]:
    """The clock and the tables of the workspaces here."""
    return NOW, TABLES


@pytest.fixture
def make_api(binder: Binder) -> Iterator[Callable[..., Api]]:
    """Make workspaces: ``make_api(database=…, now=…, **settings)``; closed after the test."""
    made: list[tuple[WorkspaceApp, Database]] = []

    def make(database: Database | None = None, now: datetime = NOW, **settings: object) -> Api:
        opened = database or Database.open(None)
        values: dict[str, Any] = {"token": SESAME, "tables": TABLES} | settings
        app = create_app(opened, Settings(**values), binder, now=now)
        made.append((app, opened))
        return Api(app)

    yield make
    for app, database in made:
        app.workspace.close()
        database.close()


@pytest.fixture
def api(make_api: Callable[..., Api]) -> Api:
    """A new workspace at noon of 2026-11-02."""
    return make_api()


@pytest.fixture
def rule() -> Callable[..., dict[str, Any]]:
    """``rule(**properties)``: a valid body with these properties changed; None takes one out."""

    def make(kind: str = "Scheduled", **changes: object) -> dict[str, Any]:
        body = copy.deepcopy(BODY)
        body["kind"] = kind
        if kind == "NRT":
            for name in ("queryFrequency", "queryPeriod", "triggerOperator", "triggerThreshold"):
                del body["properties"][name]
        body["properties"].update(changes)
        kept = {name: value for name, value in body["properties"].items() if value is not None}
        return body | {"properties": kept}

    return make


@pytest.fixture
def mail() -> Callable[..., dict[str, object]]:
    """``mail(**columns)``: an event of EmailEvents at 11:30."""

    def make(**columns: object) -> dict[str, object]:
        return {
            "TimeGenerated": "2026-11-02T11:30:00Z",
            "NetworkMessageId": "8f1c2c50-0000-4000-8000-000000000001",
            "SenderFromAddress": "hr@contoso.example",
            "RecipientEmailAddress": "ana@contoso.com",
            "Subject": "Payslip",
            **columns,
        }

    return make
