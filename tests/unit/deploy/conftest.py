"""Builders of what the repository holds, and a workspace in memory that behaves as told."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

import pytest
from tests.unit.deploy.scripted import _arm as _arm
from tests.unit.deploy.scripted import _script as _script
from tests.unit.deploy.scripted import _waits as _waits

from vedette.deploy.live import read_live
from vedette.deploy.ownership import Mark, mark_body
from vedette.deploy.payload import resource_of_detection, resource_of_watchlist
from vedette.deploy.plan import Plan, Target
from vedette.deploy.planning import make_plan
from vedette.deploy.policy import Policy
from vedette.deploy.resource import Body, Collection, Resource
from vedette.errors import ServiceError
from vedette.model.content import Watchlist
from vedette.model.detection import (
    Detection,
    EntityMapping,
    FieldMapping,
    Kind,
    Schedule,
    Severity,
    TriggerOperator,
)
from vedette.model.document import Document

TAG = "contoso"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
RULE_ID = UUID("6a2f4d0e-1c7b-4c39-9e46-8d5b0f3a2c05")


def document(path: str) -> Document:
    """A document of which only the path matters."""
    return Document(PurePosixPath(path), "", {}, {(): (1, 1)}, {})


@pytest.fixture(name="make_detection")
def _make_detection() -> Callable[..., Detection]:
    def make(stem: str = "rule", **changes: object) -> Detection:
        values: dict[str, Any] = {
            "id": RULE_ID,
            "kind": Kind.SCHEDULED,
            "name": "Click on a link",
            "description": "Somebody clicked.\n",
            "query": "EmailEvents\n| where Subject has 'invoice'\n",
            "version": "1.0.0",
            "severity": Severity.MEDIUM,
            "schedule": Schedule(
                timedelta(hours=1), timedelta(days=10), TriggerOperator.GREATER_THAN, 0
            ),
            "tactics": ("InitialAccess", "Execution"),
            "techniques": ("T1566.002", "T1204"),
            "entity_mappings": (
                EntityMapping("Account", (FieldMapping("Name", "User"), FieldMapping("Sid", "S"))),
            ),
            "custom_details": {"Sender": "SenderFromAddress"},
        } | changes
        return Detection(**values, source=document(f"detections/email/{stem}.yaml"))

    return make


@pytest.fixture(name="make_rule")
def _make_rule(make_detection: Callable[..., Detection]) -> Callable[..., Resource]:
    return lambda *args, **changes: resource_of_detection(make_detection(*args, **changes))


@pytest.fixture(name="make_watchlist")
def _make_watchlist() -> Callable[..., Resource]:
    def make(*senders: str, **changes: object) -> Resource:
        values: dict[str, Any] = {
            "alias": "Senders",
            "name": "Known senders",
            "description": "Who may fail DMARC",
            "provider": "Vedette",
            "search_key": "Sender",
            "columns": ("Sender", "Owner"),
            "rows": tuple({"Sender": sender, "Owner": ""} for sender in senders),
            "csv": "Sender,Owner\n" + "".join(f"{sender},\n" for sender in senders),
        } | changes
        path = "detections/shared/watchlists/Senders.yaml"
        return resource_of_watchlist(Watchlist(**values, source=document(path)))

    return make


@pytest.fixture(name="target")
def _target() -> Target:
    return Target(
        environment="test",
        tenant="aaaaaaaa-0000-4000-8000-000000000000",
        subscription="bbbbbbbb-0000-4000-8000-000000000000",
        resource_group="rg",
        workspace="law-test",
        endpoint="https://management.azure.com",
        account="alice@contoso.example",
        method="azure-cli",
    )


class MemoryWorkspace:
    """Keeps bodies with etags as the service does: rows are added, never taken away by a PUT.

    ``refusals`` maps an id to the errors that its next writes end with, ``lost`` says whose write
    arrives although its answer is lost. ``calls`` is everything that was asked for, in order,
    ``etags`` what each write named.
    """

    def __init__(self) -> None:
        self.bodies: dict[tuple[Collection, str], dict[str, Any]] = {}
        self.items: dict[str, dict[str, dict[str, str]]] = {}
        self.refusals: dict[str, list[ServiceError]] = {}
        self.lost: dict[str, bool] = {}
        self.lost_with = ServiceError("the answer was lost", outcome_unknown=True)
        self.on_get: Callable[[dict[str, Any]], None] = lambda body: None
        self.known_tables: frozenset[str] | None = None
        self.holds = frozenset(Collection)
        self.known_connectors: frozenset[str] | None = None
        self.known_receiving: frozenset[str] | None = None
        self.calls: list[str] = []
        self.etags: list[object] = []
        self._writes = 0

    def list(self, collection: Collection) -> Sequence[Body]:
        self.calls.append(f"list {collection}")
        return [
            copy.deepcopy(body) for (place, _), body in self.bodies.items() if place is collection
        ]

    def get(self, collection: Collection, resource_id: str) -> Body | None:
        self.calls.append(f"get {resource_id}")
        body = copy.deepcopy(self.bodies.get((collection, resource_id)))
        if body is not None:
            self.on_get(body)
        return body

    def put(self, collection: Collection, resource_id: str, body: Body) -> None:
        if collection is Collection.METADATA:
            self.calls.append(f"mark {resource_id}")
        else:
            self.calls.append(f"put {resource_id}")
            self.etags.append(body.get("etag"))
        if self.refusals.get(resource_id):
            raise self.refusals[resource_id].pop(0)
        if resource_id in self.lost:
            if self.lost.pop(resource_id):
                self.store(collection, resource_id, body)
            raise self.lost_with
        before = self.bodies.get((collection, resource_id))
        if before is not None and body.get("etag") not in (None, "*", before["etag"]):
            raise ServiceError("Newer instance exists.", status=409, code="Conflict")
        self.store(collection, resource_id, body)

    def create(self, collection: Collection, resource_id: str, body: Body) -> None:
        if (collection, resource_id) in self.bodies:
            self.calls.append(f"create {resource_id}")
            raise ServiceError("It is there.", status=409, code="Conflict")
        self.put(collection, resource_id, body)

    def delete(self, collection: Collection, resource_id: str, *, etag: str | None) -> None:
        self.calls.append(f"delete {resource_id}")
        self.etags.append(etag)
        before = self.bodies.get((collection, resource_id))
        if before is not None and etag not in (None, before["etag"]):
            raise ServiceError("Newer instance exists.", status=409, code="Conflict")
        self.bodies.pop((collection, resource_id), None)
        self.items.pop(resource_id, None)

    def tables(self) -> frozenset[str] | None:
        self.calls.append("list tables")
        return self.known_tables

    def connectors(self) -> frozenset[str] | None:
        return self.known_connectors

    def receiving(self) -> frozenset[str] | None:
        return self.known_receiving

    def list_items(self, alias: str) -> Sequence[Body]:
        self.calls.append(f"items {alias}")
        return [
            {"name": item, "properties": {"itemsKeyValue": dict(values)}}
            for item, values in self.items.get(alias, {}).items()
        ]

    def delete_item(self, alias: str, item_id: str) -> None:
        self.calls.append(f"delete {alias}/{item_id}")
        del self.items[alias][item_id]

    def store(self, collection: Collection, resource_id: str, body: Body) -> None:
        """Take a body in, as a write or as somebody else's doing in the portal."""
        self._writes += 1
        stored: dict[str, Any] = copy.deepcopy(dict(body))
        stored |= {"name": resource_id, "etag": f'"{self._writes}"'}
        content = stored["properties"].pop("rawContent", None)
        self.bodies[collection, resource_id] = stored
        if content is not None:
            self._add_items(resource_id, content)

    def own(self, resource: Resource, **changes: object) -> None:
        """Take a resource in with our mark on it, as an earlier deployment has left it."""
        self.store(resource.kind.collection, resource.id, resource.body)
        self.mark(Mark(TAG, resource.kind, resource.id), **changes)

    def mark(self, mark: Mark, **changes: object) -> None:
        """Take a mark in."""
        values: dict[str, Any] = dict(changes)
        mark = replace(mark, **values)
        self.store(Collection.METADATA, mark.name, mark_body(mark, "/subscriptions/x"))

    def _add_items(self, alias: str, content: str) -> None:
        header, *lines = content.splitlines()
        items = self.items.setdefault(alias, {})
        for line in lines:
            row = dict(zip(header.split(","), line.split(","), strict=True))
            if row not in items.values():
                items[f"item-{len(items)}-{self._writes}"] = row

    def properties(self, resource: Resource) -> dict[str, Any]:
        """The live properties, to change them behind the client's back."""
        body = self.bodies[resource.kind.collection, resource.id]
        self._writes += 1
        body["etag"] = f'"{self._writes}"'
        properties: dict[str, Any] = body["properties"]
        return properties


@pytest.fixture(name="workspace")
def _workspace() -> MemoryWorkspace:
    return MemoryWorkspace()


@pytest.fixture(name="plan_of")
def _plan_of(workspace: MemoryWorkspace, target: Target) -> Callable[..., Plan]:
    """``plan_of(*resources, **policy)``: against the workspace in memory, as its owner."""

    def plan(*resources: Resource, **changes: object) -> Plan:
        values: dict[str, Any] = {"now": NOW, "tag": TAG, "removes": True} | changes
        live = read_live(workspace, resources)
        return make_plan(resources, live, target, "1.0", Policy(**values))

    return plan


def members(body: Mapping[str, object]) -> Mapping[str, Any]:
    """The properties of a body."""
    properties = body["properties"]
    assert isinstance(properties, dict)
    return properties
