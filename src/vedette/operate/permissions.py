"""Which operations of Azure each task needs, the roles that grant just them, and what is missing.

The trap: Azure compares names of operations without case, with a ``*`` that stands for any number
of parts, and takes away again what ``notActions`` names, in each role by itself. A role that has
the operation does not lose it because another role excludes it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from vedette.model.shape import items, mapping, text

_INSIGHTS = "Microsoft.SecurityInsights"
_LOGS = "Microsoft.OperationalInsights/workspaces"


class Role(StrEnum):
    """Who somebody is to Vedette: one who only looks, or one who deploys too."""

    READER = "reader"
    DEPLOYER = "deployer"


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation, or a family with ``*``, and what it is for."""

    name: str
    purpose: str


#: What plan, drift, health, backtest and doctor need.
READS = (
    Operation(f"{_LOGS}/read", "find the workspace"),
    Operation(f"{_LOGS}/tables/read", "know which tables there are"),
    Operation(f"{_LOGS}/savedSearches/read", "read functions and hunting queries"),
    Operation(f"{_LOGS}/query/read", "ask the logs"),
    Operation(f"{_LOGS}/query/*/read", "read the tables that rules read"),
    Operation(f"{_INSIGHTS}/onboardingStates/read", "know whether Sentinel is on"),
    Operation(f"{_INSIGHTS}/alertRules/read", "read rules"),
    Operation(f"{_INSIGHTS}/automationRules/read", "read automation rules"),
    Operation(f"{_INSIGHTS}/dataConnectors/read", "know which data connectors there are"),
    Operation(f"{_INSIGHTS}/metadata/read", "read marks and the lease"),
    Operation(f"{_INSIGHTS}/watchlists/read", "read watchlists"),
    Operation(f"{_INSIGHTS}/watchlists/*/read", "read their items"),
    Operation("Microsoft.Authorization/permissions/read", "know what may be done"),
)

#: What apply, rollback and disable need beside them.
WRITES = (
    Operation(f"{_LOGS}/savedSearches/write", "write functions and hunting queries"),
    Operation(f"{_LOGS}/savedSearches/delete", "remove functions and hunting queries"),
    Operation(f"{_INSIGHTS}/alertRules/write", "write rules"),
    Operation(f"{_INSIGHTS}/alertRules/delete", "remove rules"),
    Operation(f"{_INSIGHTS}/automationRules/write", "write automation rules"),
    Operation(f"{_INSIGHTS}/automationRules/delete", "remove automation rules"),
    Operation(f"{_INSIGHTS}/metadata/write", "write marks and the lease"),
    Operation(f"{_INSIGHTS}/watchlists/write", "write watchlists"),
    Operation(f"{_INSIGHTS}/watchlists/delete", "remove watchlists"),
    Operation(f"{_INSIGHTS}/watchlists/*/delete", "remove rows of watchlists"),
)

_NAMES = {Role.READER: "Vedette reader", Role.DEPLOYER: "Vedette deployer"}
_DESCRIPTIONS = {
    Role.READER: "Plans, looks for drift, asks after health: reads a Sentinel workspace.",
    Role.DEPLOYER: "Deploys detections: writes rules, watchlists, functions and their marks.",
}

#: What stands in the files of the repository where the scope belongs.
ANY_SCOPE = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-sentinel"


def needed(role: Role) -> tuple[Operation, ...]:
    """The operations that a role has to have."""
    return READS if role is Role.READER else (*READS, *WRITES)


def name_of(role: Role) -> str:
    """The name of the custom role."""
    return _NAMES[role]


def role_file(role: Role, scope: str = ANY_SCOPE) -> str:
    """The custom role as ``az role definition create --role-definition FILE`` takes it."""
    content = {
        "Name": _NAMES[role],
        "IsCustom": True,
        "Description": _DESCRIPTIONS[role],
        "Actions": sorted(each.name for each in needed(role)),
        "NotActions": [],
        "DataActions": [],
        "NotDataActions": [],
        "AssignableScopes": [scope],
    }
    return json.dumps(content, indent=2) + "\n"


def missing(role: Role, permissions: Iterable[object]) -> list[Operation]:
    """What ``role`` needs and ``permissions`` do not have.

    ``permissions`` is the list that ``Microsoft.Authorization/permissions`` answers: an object
    with ``actions`` and ``notActions`` for each role that is assigned.
    """
    roles = [mapping(each) for each in permissions]
    return [each for each in needed(role) if not any(_grants(one, each.name) for one in roles)]


def _grants(role: Mapping[str, object], operation: str) -> bool:
    allowed = any(_covers(text(each), operation) for each in items(role.get("actions")))
    return allowed and not any(
        _covers(text(each), operation) for each in items(role.get("notActions"))
    )


def _covers(pattern: str, operation: str) -> bool:
    """True if ``pattern`` has all of ``operation``, whose own ``*`` only another one has."""
    parts = (re.escape(part) for part in pattern.casefold().split("*"))
    return re.fullmatch(".*".join(parts), operation.casefold()) is not None
