"""What a local workspace is called in Azure's terms, and how it behaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

from vedette.model.faults import FaultPlan
from vedette.schema.types import TableSchema
from vedette.workspace.assumptions import PAGE_SIZE

#: Namespace of every id that the workspace derives.
NAMESPACE = UUID("5d2b6a0e-9b0a-4f7e-8a53-0f4f5d1c7e21")


@dataclass(frozen=True, slots=True)
class Scope:
    """The workspace's place in Azure's tree; names are compared without case, as ARM does."""

    subscription: str = "11111111-1111-4111-8111-111111111111"
    resource_group: str = "vedette"
    workspace: str = "local"

    @property
    def path(self) -> str:
        """The workspace's resource id."""
        return (
            f"/subscriptions/{self.subscription}/resourceGroups/{self.resource_group}"
            f"/providers/Microsoft.OperationalInsights/workspaces/{self.workspace}"
        )

    @property
    def insights(self) -> str:
        """The resource id below which Sentinel's resources stand."""
        return f"{self.path}/providers/Microsoft.SecurityInsights"

    @property
    def customer_id(self) -> UUID:
        """The workspace's GUID (``customerId``), which the service names in its messages."""
        return uuid5(NAMESPACE, self.path.casefold())


@dataclass(frozen=True, slots=True)
class Settings:
    """``token`` is the only bearer token that is accepted; ``caller`` is who audit rows say has it.

    ``tables`` are the tables that events may go to and queries may name; ``defender_tables`` those
    of Defender XDR, which custom detections and advanced hunting read. ``watchlist_polls`` is how
    many times a written watchlist is read before its rows are there: raise it to see whether a
    client waits. ``max_request_bytes`` bounds a request's body; a watchlist may have 3.8 MB inline.
    ``templates`` are rule templates by id, each ``{"kind", "properties"}`` as the API shows them.
    ``max_query_time`` bounds a query whatever the client says, since the others wait for it;
    ``max_rows`` and ``max_answer_bytes`` are the service's own limits of a result.
    ``faults`` says which operations fail. ``actions`` are the operations that the caller's role
    grants, as a role definition lists them.
    """

    token: str = field(repr=False)
    scope: Scope = Scope()
    caller: str = "local"
    tables: Mapping[str, TableSchema] = field(default_factory=dict)
    defender_tables: Mapping[str, TableSchema] = field(default_factory=dict)
    page_size: int = PAGE_SIZE
    watchlist_polls: int = 0
    max_request_bytes: int = 32 * 1024 * 1024
    templates: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    max_query_time: timedelta = timedelta(minutes=1)
    max_rows: int = 500_000
    max_answer_bytes: int = 64_000_000
    faults: FaultPlan = field(default_factory=FaultPlan)
    actions: tuple[str, ...] = ("*",)
