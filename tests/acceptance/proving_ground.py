"""A local workspace on which every operation of a deployment can be tried, and fail, many times.

One server for all scenarios; each begins with the same state, put into the store directly. What
belongs to others stands beside it all the time, and must be the same afterwards to the last byte.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path, PurePosixPath
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from azure.core.pipeline.transport import RequestsTransport
from werkzeug.test import Client

from vedette.deploy.apply import Bounds
from vedette.deploy.apply_write import Patience
from vedette.deploy.deploy import Circumstances
from vedette.deploy.graph_rules import GraphRules, envelope
from vedette.deploy.journal import journal_folder
from vedette.deploy.live import LiveState, Workspace, read_live
from vedette.deploy.ownership import Mark, MarkState, mark_body
from vedette.deploy.plan import Plan, Target
from vedette.deploy.planning import make_plan
from vedette.deploy.policy import Policy
from vedette.deploy.resource import CONTENT, Body, Resource, ResourceKind
from vedette.deploy.sign_in import sign_in
from vedette.deploy.timing import Timing
from vedette.deploy.transport import ArmWorkspace
from vedette.deploy.two_products import BothProducts
from vedette.engine.database import Database, Limits
from vedette.model.document import Document
from vedette.model.environment import Environment
from vedette.model.faults import FaultPlan
from vedette.model.product import Product
from vedette.schema.types import Column, TableSchema
from vedette.workspace import server as server_module
from vedette.workspace.server import WorkspaceServer, start
from vedette.workspace.settings import Settings
from vedette.workspace.store import Store

BEARER = "t0k3n-that-nobody-may-see"
NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=30)
TAG = "contoso"
VERSION = "2025-09-01"
SCOPE = Settings(token=BEARER).scope

TABLE = TableSchema(
    "EmailEvents",
    (Column("TimeGenerated", "datetime"), Column("Subject", "string")),
    "a test",
)
HUNTED = TableSchema(
    "EmailEvents",
    (
        Column("Timestamp", "datetime"),
        *(Column(name, "string") for name in ("Subject", "ReportId", "RecipientEmailAddress")),
    ),
    "a test",
)

#: Ids that resources of each kind have in every scenario.
IDS = {
    ResourceKind.RULE: "6a2f4d0e-1c7b-4c39-9e46-8d5b0f3a2c05",
    ResourceKind.HUNTING: "7b3a5e1f-2d8c-4d4a-8f57-9e6c1a4b3d16",
    ResourceKind.FUNCTION: "8c4b6f20-3e9d-4e5b-9a68-af7d2b5c4e27",
    ResourceKind.WATCHLIST: "Allowed",
    ResourceKind.AUTOMATION: "4d0c2b9e-9a57-4a17-9c24-6b3f8d1a0e83",
    ResourceKind.CUSTOM_DETECTION: "5e1d3c0f-0b68-4b28-8d35-7c4a9e2b1f94",
}
#: Where custom detections are; faults name the last part alone.
GRAPH = "/v1.0/security/rules"
#: The types of what no scenario may change, but for its own.
_CONTENT = frozenset({*CONTENT, "watchlistItems"})
BYSTANDER = "9d5c7a31-4fae-4f6c-ab79-ba8e3c6d5f38"
_SECURITY = "providers/Microsoft.SecurityInsights"


def resource(kind: ResourceKind, *, old: bool = False, enabled: bool = True) -> Resource:
    """A resource of the repository; ``old``: what an earlier deployment has made of it."""
    name = f"{'Old' if old else 'New'} {kind}"
    made = _BUILDERS[kind](name, old, enabled)
    label = {ResourceKind.FUNCTION: "IsOdd", ResourceKind.WATCHLIST: "Allowed"}.get(kind, str(kind))
    path = PurePosixPath(f"detections/{label.replace(' ', '-')}.yaml")
    rows = _rows(old) if kind is ResourceKind.WATCHLIST else ()
    return Resource(kind, IDS[kind], name, label, path, made, rows)


def _rule(name: str, old: bool, enabled: bool) -> dict[str, object]:
    properties: dict[str, object] = {
        "displayName": name,
        "description": "Somebody wrote.",
        "severity": "Low" if old else "High",
        "enabled": enabled,
        "query": "EmailEvents\n| where Subject has 'x'",
        "queryFrequency": "PT1H",
        "queryPeriod": "PT1H",
        "triggerOperator": "GreaterThan",
        "triggerThreshold": 0,
        "suppressionEnabled": False,
        "suppressionDuration": "PT5H",
        "tactics": ["InitialAccess"],
    }
    return {"kind": "Scheduled", "properties": properties}


def _hunt(name: str, old: bool, enabled: bool) -> dict[str, object]:
    query = "EmailEvents" if old else "EmailEvents\n| take 5"
    properties = {"category": "Hunting Queries", "displayName": name, "query": query, "version": 2}
    return {"properties": properties}


def _function(name: str, old: bool, enabled: bool) -> dict[str, object]:
    hunt = _hunt(name, old, enabled)["properties"]
    assert isinstance(hunt, dict)
    return {"properties": {**hunt, "category": "Shared", "functionAlias": "IsOdd"}}


def _watchlist(name: str, old: bool, enabled: bool) -> dict[str, object]:
    rows = "".join(f"{row['Sender']}\n" for row in _rows(old))
    properties = {
        "displayName": name,
        "provider": "Vedette",
        "source": "Allowed.csv",
        "sourceType": "Local",
        "itemsSearchKey": "Sender",
        "watchlistAlias": "Allowed",
        "contentType": "text/csv",
        "numberOfLinesToSkip": 0,
        "rawContent": f"Sender\n{rows}",
    }
    return {"properties": properties}


def _automation(name: str, old: bool, enabled: bool) -> dict[str, object]:
    properties = {
        "displayName": name,
        "order": 5 if old else 7,
        "triggeringLogic": {
            "isEnabled": enabled,
            "triggersOn": "Incidents",
            "triggersWhen": "Created",
        },
        "actions": [
            {
                "order": 1,
                "actionType": "AddIncidentTask",
                "actionConfiguration": {"title": "Look" if old else "Look closer"},
            }
        ],
    }
    return {"properties": properties}


def _custom(name: str, old: bool, enabled: bool) -> dict[str, object]:
    properties = {
        "id": IDS[ResourceKind.CUSTOM_DETECTION],
        "displayName": name,
        "status": "enabled" if enabled else "disabled",
        "queryCondition": {"queryText": "EmailEvents\n| where Subject has 'x'"},
        "schedule": {"frequency": "PT1H"},
        "detectionAction": {
            "alertTemplate": {
                "title": name,
                "severity": "low" if old else "high",
                **({"recommendedActions": "Ask."} if old else {}),
                "entityMappings": {
                    "mailboxes": [{"primaryAddressColumn": "RecipientEmailAddress"}]
                },
            }
        },
    }
    return {"properties": properties}


def _rows(old: bool) -> tuple[Mapping[str, str], ...]:
    names = ("a", "b", "c") if old else ("b", "c", "d", "e")
    return tuple({"Sender": f"{name}.example"} for name in names)


_BUILDERS: dict[ResourceKind, Callable[[str, bool, bool], dict[str, object]]] = {
    ResourceKind.RULE: _rule,
    ResourceKind.HUNTING: _hunt,
    ResourceKind.FUNCTION: _function,
    ResourceKind.WATCHLIST: _watchlist,
    ResourceKind.AUTOMATION: _automation,
    ResourceKind.CUSTOM_DETECTION: _custom,
}

#: What is switched, retired and adopted in scenarios of its own.
_SWITCHED = (ResourceKind.RULE, ResourceKind.CUSTOM_DETECTION)


@dataclass(frozen=True)
class Operation:
    """What a plan does to one resource.

    ``before``: what is there (None: nothing), ``mark``: its mark there; ``wanted``: what the
    repository has (None: its file is gone). ``steps`` is how many requests change something.
    """

    name: str
    kind: ResourceKind
    before: Resource | None
    wanted: Resource | None
    mark: MarkState | None = None
    steps: int = 1
    adopts: bool = False

    @property
    def path(self) -> str:
        """The resource's path below the workspace, as faults name it."""
        return f"{self.kind.collection}/{IDS[self.kind]}"

    @property
    def mark_path(self) -> str:
        """The path of its mark."""
        return f"metadata/vedette-{self.kind.collection.casefold()}-{IDS[self.kind].casefold()}"

    @property
    def deletes(self) -> bool:
        """Whether the resource is gone afterwards."""
        return self.name.startswith("delete")

    @property
    def write(self) -> str:
        """The request that changes the resource, as faults name it."""
        if self.deletes:
            return f"DELETE {self.path}"
        if self.kind is not ResourceKind.CUSTOM_DETECTION:
            return f"PUT {self.path}"
        return f"POST {self.kind.collection}" if self.before is None else f"PATCH {self.path}"

    @property
    def writes_mark(self) -> bool:
        """Whether the plan writes a mark, or a tombstone."""
        return self.name.split()[0] in {"create", "retire", "delete", "adopt"}


def _operations() -> Iterator[Operation]:
    for kind in _BUILDERS:
        extra = int(kind is ResourceKind.WATCHLIST)
        old, new = resource(kind, old=True), resource(kind)
        active, retired = MarkState.ACTIVE, MarkState.RETIRED
        yield Operation(f"create {kind}", kind, None, new, None, 2 + extra)
        yield Operation(f"update {kind}", kind, old, new, active, 1 + extra)
        yield Operation(f"delete {kind}", kind, old, None, retired, 2)
    for kind in _SWITCHED:
        on, off = resource(kind), resource(kind, enabled=False)
        yield Operation(f"enable {kind}", kind, off, on, MarkState.ACTIVE)
        yield Operation(f"disable {kind}", kind, on, off, MarkState.ACTIVE)
        yield Operation(f"retire {kind}", kind, on, None, MarkState.ACTIVE, 2)
        yield Operation(f"adopt {kind}", kind, resource(kind, old=True), on, None, 2, adopts=True)
    kind = ResourceKind.AUTOMATION
    yield Operation(f"retire {kind}", kind, resource(kind), None, MarkState.ACTIVE, 2)


OPERATIONS = tuple(_operations())


def environment(url: str) -> Environment:
    """The proving ground as an environment."""
    return Environment(
        name="test",
        tenant=UUID("aaaaaaaa-0000-4000-8000-000000000000"),
        subscription=UUID(SCOPE.subscription),
        resource_group=SCOPE.resource_group,
        workspace=SCOPE.workspace,
        endpoint=url,
        ownership_tag=TAG,
        products=tuple(Product),
        source=Document(PurePosixPath("environments/test.yaml"), "", {}, {}, {}),
    )


def policy(operation: Operation) -> Policy:
    """What a plan of the operation may decide."""
    adopt = frozenset({IDS[operation.kind].casefold()} if operation.adopts else set())
    return Policy(NOW, TAG, removes=True, adopt=adopt)


def bystander() -> Resource:
    """A resource of ours that is as it should be, so that a plan is never about one alone."""
    made = resource(ResourceKind.HUNTING)
    body = _hunt("Bystander", old=False, enabled=True)
    return replace(made, id=BYSTANDER, name="Bystander", label="bystander", body=body)


def plan_of(operation: Operation, workspace: Workspace, target: Target) -> tuple[Plan, LiveState]:
    """Plan the operation against what is there now."""
    ours = [bystander(), *([operation.wanted] if operation.wanted is not None else [])]
    live = read_live(workspace, ours)
    return make_plan(ours, live, target, "1.0", policy(operation)), live


@contextmanager
def client(url: str, *, read_timeout: float = 30.0) -> Iterator[tuple[Workspace, Target]]:
    """The deploying client, which waits for nothing."""
    where = environment(url)
    signed_in = sign_in(where, {"VEDETTE_TOKEN": BEARER})
    with (
        ArmWorkspace(where, signed_in, transport=_transport(read_timeout)) as sentinel,
        GraphRules(where, signed_in, transport=_transport(read_timeout)) as defender,
    ):
        workspace = BothProducts(sentinel, defender)
        yield workspace, Target.of(where, account="alice@contoso.example", method="azure-cli")


def _transport(read_timeout: float) -> RequestsTransport:
    transport = RequestsTransport(use_env_settings=False, read_timeout=read_timeout)
    object.__setattr__(transport, "sleep", lambda seconds: None)
    return transport


def given(base: Path, target: Target) -> Circumstances:
    """Circumstances with a clock that stands, and a journal below ``base``."""
    timing = Timing(lambda: NOW, sleep=lambda seconds: None, jitter=lambda: 0.0)
    folder = journal_folder(base, target)
    patience = Patience(timing, backoff=0.0)
    return Circumstances(folder, patience, commit="1a2b3c4", bounds=Bounds(2, 100))


@dataclass
class ProvingGround:
    """The server, and what was written to it since the last reset, by type and name."""

    server: WorkspaceServer
    written: Counter[str] = field(default_factory=Counter)
    _base: list[tuple[object, ...]] = field(default_factory=list)
    _others: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where it is."""
        return self.server.url

    def send(self, method: str, path: str, body: object = None) -> dict[str, Any] | None:
        """A request in this process, as somebody with the portal makes it; its JSON."""
        web = Client(self.server._app)
        roots = {"savedSearches": SCOPE.path, "detectionRules": GRAPH}
        target = f"{roots.get(path.partition('/')[0], f'{SCOPE.path}/{_SECURITY}')}/{path}"
        answer = web.open(
            target,
            method=method,
            query_string={"api-version": VERSION},
            json=body,
            headers={"Authorization": f"Bearer {BEARER}"},
            base_url=self.url,
        )
        assert answer.status_code < 400 or answer.status_code == 404, answer.text
        return answer.json if answer.status_code < 300 and answer.data else None

    def put(self, what: Resource) -> None:
        """Take a resource in."""
        self.take(what.kind, what.id, what.body)

    def take(self, kind: ResourceKind, name: str, body: Body) -> None:
        """Take a body in, as the portal writes it."""
        path = f"{kind.collection}/{name}"
        if kind is not ResourceKind.CUSTOM_DETECTION:
            self.send("PUT", path, dict(body))
        elif self.send("GET", path) is None:
            self.send("POST", str(kind.collection), body["properties"])
        else:
            self.send("PATCH", path, body["properties"])

    def own(self, kind: ResourceKind, name: str, state: MarkState) -> None:
        """Take our mark in."""
        since = None if state is MarkState.ACTIVE else LONG_AGO
        mark = Mark(TAG, kind, name, state, since)
        self.send("PUT", f"metadata/{mark.name}", mark_body(mark, SCOPE.path))

    def populate(self) -> None:
        """What is there in every scenario: a bystander of ours, and what is others'."""
        self.put(bystander())
        self.own(ResourceKind.HUNTING, BYSTANDER, MarkState.ACTIVE)
        foreign = self.foreign()
        for path, body in foreign.items():
            self.send("PUT", path, body)
        other = _custom("A foreign detection", old=True, enabled=True)["properties"]
        assert isinstance(other, dict)
        self.send("POST", "detectionRules", {**other, "id": "made-in-the-portal"})
        self._base = self._rows()
        self._others = self.others()

    @staticmethod
    def foreign() -> dict[str, dict[str, object]]:
        """Resources of others: a rule, a search, a watchlist, and the mark of another tool."""
        rule = _rule("A foreign rule", old=True, enabled=True)
        watchlist: dict[str, Any] = _watchlist("Foreign", old=True, enabled=True)
        watchlist["properties"]["watchlistAlias"] = "Foreign"
        return {
            "alertRules/0f0f0f0f-0000-4000-8000-000000000001": rule,
            "savedSearches/foreign-search": _hunt("A foreign search", old=True, enabled=True),
            "watchlists/Foreign": watchlist,
            "metadata/analyticsrule-foreign": {
                "properties": {"parentId": f"{SCOPE.path}/x", "kind": "AnalyticsRule"}
            },
        }

    def reset(self, operation: Operation | None = None) -> None:
        """The state before the operation, and no faults."""
        self.server.set_faults(FaultPlan())
        workspace = self.server._app.workspace
        with workspace.request():
            workspace.store.write("DELETE FROM resources")
            for row in self._base:
                workspace.store.write("INSERT INTO resources VALUES (?, ?, ?)", row)
            workspace.definitions.forget()
            workspace.ledger.forget()
            workspace.feed.forget()
        if operation is not None:
            if operation.before is not None:
                self.put(operation.before)
            if operation.mark is not None:
                self.own(operation.kind, IDS[operation.kind], operation.mark)
        self.written.clear()

    def others(self) -> dict[tuple[str, str], str]:
        """Everything that no scenario may change, to the last byte."""
        ours = {each.casefold() for each in IDS.values()}
        return {
            (str(kind), str(key)): str(body)
            for kind, key, body in self._rows()
            if (not any(name in str(key) for name in ours) and str(kind) in _CONTENT)
            or str(key) == "analyticsrule-foreign"
        }

    def untouched(self) -> bool:
        """True if everything that is not the scenario's is as it was."""
        return self.others() == self._others

    def writes_of(self, operation: Operation) -> int:
        """How often the operation's resource was changed."""
        return self.written[operation.path.casefold()]

    def live(self, operation: Operation) -> dict[str, Any] | None:
        """The operation's resource as the service shows it, or None."""
        found = self.send("GET", operation.path)
        if found is None or operation.kind is not ResourceKind.CUSTOM_DETECTION:
            return found
        return dict(envelope(found))

    def properties(self, operation: Operation) -> Mapping[str, object]:
        """The properties of the operation's resource, which is there."""
        found = self.live(operation)
        assert found is not None
        properties: dict[str, object] = found["properties"]
        return properties

    def _rows(self) -> list[tuple[object, ...]]:
        workspace = self.server._app.workspace
        with workspace.request():
            return workspace.store.read("SELECT type, key, body FROM resources ORDER BY 1, 2")


@contextmanager
def proving_ground(patch: Callable[[object, str, object], None]) -> Iterator[ProvingGround]:
    """Serve one; ``patch`` is monkeypatch.setattr: what is written is counted in the store."""
    settings = Settings(
        token=BEARER,
        tables={TABLE.name: TABLE},
        defender_tables={HUNTED.name: HUNTED},
        page_size=5,
    )
    # Tens of thousands of small statements: without a thread that watches over each of them.
    opened = partial(Database.open, limits=Limits(threads=1, statement=None))
    patch(server_module, "Database", SimpleNamespace(open=opened))
    with start(now=NOW, settings=settings) as server:
        ground = ProvingGround(server)
        lock, put, delete = threading.Lock(), Store.put, Store.delete

        def counted_put(
            store: Store, kind: str, name: str, *args: object, **more: object
        ) -> object:
            with lock:
                ground.written[f"{kind}/{name}".casefold()] += 1
            given_on: Callable[..., object] = put
            return given_on(store, kind, name, *args, **more)

        def counted_delete(store: Store, kind: str, name: str) -> None:
            with lock:
                ground.written[f"{kind}/{name}".casefold()] += 1
            delete(store, kind, name)

        patch(Store, "put", counted_put)
        patch(Store, "delete", counted_delete)
        ground.populate()
        yield ground
