"""An environment: which workspace a deployment goes to, what goes there, and how far it may go.

The trap: it names a workspace and never how to get in. Credentials come from azure-identity at the
time of use, so that this file can be read by everybody who reads the repository.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from vedette.model.document import Document
from vedette.model.lifecycle import Stage
from vedette.model.lock import Lock
from vedette.model.override import Override
from vedette.model.product import Product

#: Azure Resource Manager of the public cloud.
DEFAULT_ENDPOINT = "https://management.azure.com"

#: Ways to sign in to Azure that an environment may insist on.
IDENTITIES = ("azure-cli", "workload-identity", "managed-identity")

#: The tag of what is deployed from a file that names none; see ``Environment.ownership_tag``.
DEFAULT_TAG = "vedette"


class OnMissing(StrEnum):
    """What becomes of a rule that needs what the workspace does not have."""

    BLOCK = "block"
    DISABLE = "disable"
    SKIP = "skip"


class OnUnconnected(StrEnum):
    """What becomes of a rule whose connectors bring no data; ``REPORT`` only says so."""

    REPORT = "report"
    BLOCK = "block"
    DISABLE = "disable"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one deployment may do, and how fast something goes away.

    ``grace_period`` is the time from switching a removed rule off to deleting it. ``removals`` is
    how many resources one plan may take out of service (retire and delete together);
    ``failed_percent`` how many of a plan's writes may fail before the rest is not tried.
    """

    grace_period: timedelta = timedelta(days=7)
    removals: int = 5
    failed_percent: int = 20


@dataclass(frozen=True, slots=True)
class WriteBudget:
    """How fast an apply may write: Azure Resource Manager's bucket of ``burst`` writes.

    It is refilled by ``per_second``, per subscription and principal
    (request-limits-and-throttling). ``concurrency`` is how many writes are under way at once:
    with fewer than the default the answers' way back and forth (0.2 s) costs more than the budget.
    """

    per_second: float = 10.0
    burst: int = 200
    concurrency: int = 8


@dataclass(frozen=True, slots=True)
class Environment:
    """``environments/<name>.yaml``; ``endpoint`` has a scheme and a host and no final slash.

    ``identity`` names one way to sign in (``IDENTITIES``); empty: what the pipeline provides, else
    ``az login``. There is no chain of ways, which would end as somebody else.

    ``ownership_tag`` is on everything that is deployed from here; what carries another is foreign.
    Without one nothing is ever retired or deleted: two repositories that both had the default
    would remove each other's rules. Without ``on_unconnected`` connectors are not looked up.
    ``stages`` choose the detections that go there, ``overrides`` and ``locks`` are the
    environment's own.
    """

    name: str
    tenant: UUID
    subscription: UUID
    resource_group: str
    workspace: str
    endpoint: str = DEFAULT_ENDPOINT
    description: str = ""
    identity: str = ""
    ownership_tag: str | None = None
    products: tuple[Product, ...] = (Product.SENTINEL,)
    groups: tuple[str, ...] = ()
    stages: tuple[Stage, ...] = (Stage.PRODUCTION,)
    on_missing: OnMissing = OnMissing.BLOCK
    on_unconnected: OnUnconnected | None = None
    limits: Limits = Limits()
    writes: WriteBudget = WriteBudget()
    overrides: tuple[Override, ...] = ()
    locks: tuple[Lock, ...] = ()
    source: Document = field(kw_only=True, compare=False, repr=False)

    @property
    def tag(self) -> str:
        """The tag that is written."""
        return self.ownership_tag or DEFAULT_TAG

    @property
    def workspace_id(self) -> str:
        """The ARM id of the Log Analytics workspace, beginning with a slash."""
        return (
            f"/subscriptions/{self.subscription}/resourceGroups/{self.resource_group}"
            f"/providers/Microsoft.OperationalInsights/workspaces/{self.workspace}"
        )
