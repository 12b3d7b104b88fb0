"""What a deployment would change: a value that can be shown, compared and then carried out.

The trap: a plan is made of the whole repository against the whole workspace, never of what a commit
touched; and what is not ours is counted and left alone, whatever it looks like.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from vedette.deploy.assumptions import AUTO_DISABLED
from vedette.deploy.diff import FieldChange, differences
from vedette.deploy.live import LiveState, etag_of, id_of
from vedette.deploy.ownership import Mark
from vedette.deploy.resource import CONTENT, Body, Collection, Key, Resource
from vedette.model.environment import Environment


class Action(StrEnum):
    """What happens to one resource.

    ``ENABLE`` and ``DISABLE`` change nothing but that; what has lost its file is disabled first and
    deleted when its grace period is over. ``ADOPT`` puts our mark on what carries none (and updates
    it where it differs). ``FOREIGN`` is left alone. ``SKIP`` and ``BLOCKED`` are not written, for
    the reason that the change gives; a plan with anything blocked is not carried out at all.
    """

    CREATE = "create"
    UPDATE = "update"
    ENABLE = "enable"
    DISABLE = "disable"
    DELETE = "delete"
    ADOPT = "adopt"
    NO_OP = "no-op"
    SKIP = "skip"
    BLOCKED = "blocked"
    FOREIGN = "foreign"


#: The actions that write.
WRITING = frozenset(
    {
        Action.CREATE,
        Action.UPDATE,
        Action.ENABLE,
        Action.DISABLE,
        Action.DELETE,
        Action.ADOPT,
    }
)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a plan goes and as whom; ``account`` and ``method`` come from the sign-in."""

    environment: str
    tenant: str
    subscription: str
    resource_group: str
    workspace: str
    endpoint: str
    account: str
    method: str

    @classmethod
    def of(cls, environment: Environment, *, account: str, method: str) -> Target:
        """The workspace that ``environment`` names, as seen by whoever signed in."""
        return cls(
            environment=environment.name,
            tenant=str(environment.tenant),
            subscription=str(environment.subscription),
            resource_group=environment.resource_group,
            workspace=environment.workspace,
            endpoint=environment.endpoint,
            account=account,
            method=method,
        )


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to one resource; ``etag`` is that of the live resource that was read.

    ``reason`` says why it is this action and no other: what blocks it, what it waits for, whose it
    is. ``note`` is what a reviewer has to know besides. ``mark`` is the mark that the resource
    carries after the change, None if its mark stays as it is; ``mark_etag`` is the version of the
    mark that was read, None if there was none (it is created then, only if still absent).

    The order of writing: the mark of a CREATE or ADOPT comes before the resource, that of a DELETE
    (its tombstone) after it, so that no run that is killed leaves a resource of ours unmarked.
    """

    action: Action
    resource: Resource
    fields: tuple[FieldChange, ...] = ()
    etag: str | None = None
    note: str = ""
    reason: str = ""
    mark: Mark | None = None
    mark_etag: str | None = None

    @property
    def writes_resource(self) -> bool:
        """True if the resource itself is put or deleted, not only its mark."""
        if self.action in {Action.CREATE, Action.DELETE}:
            return True
        return self.action in WRITING and bool(self.fields)


@dataclass(frozen=True, slots=True)
class Plan:
    """Every resource of the repository, in the order of deployment.

    ``foreign`` counts the live resources that are not of this repository, by collection.
    ``tool`` is the version that made the plan.
    """

    target: Target
    tool: str
    changes: tuple[Change, ...]
    foreign: Mapping[Collection, int] = field(default_factory=dict)

    def having(self, action: Action) -> tuple[Change, ...]:
        """The changes of this kind."""
        return tuple(change for change in self.changes if change.action is action)

    @property
    def pending(self) -> tuple[Change, ...]:
        """What has to be written."""
        return tuple(change for change in self.changes if change.action in WRITING)

    @property
    def fingerprint(self) -> str:
        """SHA-256 over all that the plan would do and where: equal plans write the same."""
        content = {
            "tool": self.tool,
            "target": [
                self.target.tenant,
                self.target.subscription,
                self.target.resource_group.casefold(),
                self.target.workspace.casefold(),
                self.target.endpoint,
            ],
            "changes": [_essence(change) for change in self.pending],
        }
        text = json.dumps(content, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode("utf-8")).hexdigest()


def make_plan(resources: Iterable[Resource], live: LiveState, target: Target, tool: str) -> Plan:
    """Compare the whole repository with the whole workspace; pure."""
    ours = sorted(resources, key=lambda resource: resource.order)
    keys = {resource.key for resource in ours}
    foreign = {key: body for key, body in live.resources.items() if key not in keys}
    counts = dict.fromkeys(CONTENT, 0)
    for collection, _ in foreign:
        counts[collection] += 1
    namesakes = _namesakes(foreign)
    changes = tuple(_change(resource, live, namesakes) for resource in ours)
    return Plan(target, tool, changes, counts)


def _change(
    resource: Resource, live: LiveState, namesakes: Mapping[tuple[Collection, str], str]
) -> Change:
    body = live.find(resource)
    if body is None:
        names = [(resource.kind.collection, name) for name in _names_of(resource.body)]
        twin = next((namesakes[name] for name in names if name in namesakes), None)
        note = f"'{twin}' in the workspace has the same name and stays as it is" if twin else ""
        return Change(Action.CREATE, resource, note=note)
    fields = differences(resource, body, live.rows_in(resource))
    if not fields:
        return Change(Action.NO_OP, resource)
    note = "the service had switched this rule off after failures" if _auto_disabled(body) else ""
    return Change(Action.UPDATE, resource, fields, etag_of(body), note)


def _essence(change: Change) -> list[object]:
    resource = change.resource
    mark = None if change.mark is None else [change.mark.tag, change.mark.state]
    body, rows = dict(resource.body), list(resource.rows)
    return [change.action, resource.key, change.etag, body, rows, mark]


def _namesakes(foreign: Mapping[Key, Body]) -> dict[tuple[Collection, str], str]:
    """Names of what is not ours to ids: a second resource of one name is legal and confuses."""
    return {
        (collection, name): id_of(body)
        for (collection, _), body in foreign.items()
        for name in _names_of(body)
    }


def _names_of(body: Body) -> tuple[str, ...]:
    """What people and queries call a resource by, in lower case."""
    names = (_property(body, "displayName"), _property(body, "functionAlias"))
    return tuple(name.casefold() for name in names if name)


def _property(body: Body, name: str) -> str:
    properties = body.get("properties")
    value = properties.get(name) if isinstance(properties, Mapping) else None
    return str(value or "")


def _auto_disabled(body: Body) -> bool:
    return _property(body, "displayName").startswith(AUTO_DISABLED)
