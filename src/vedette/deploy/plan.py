"""What a deployment would change: a value that can be shown, compared and then carried out.

``planning`` makes it. The trap: whoever counts otherwise than by the plan's own entries reports
what is not done, so everything is an entry, what is left alone as well.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum

from vedette.deploy.diff import FieldChange
from vedette.deploy.ownership import Mark
from vedette.deploy.resource import CONTENT, Collection, Resource
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

    @property
    def workspace_id(self) -> str:
        """The ARM id of the Log Analytics workspace, beginning with a slash."""
        return (
            f"/subscriptions/{self.subscription}/resourceGroups/{self.resource_group}"
            f"/providers/Microsoft.OperationalInsights/workspaces/{self.workspace}"
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
    """Every resource of the repository and of the workspace, each in one change.

    In the order of writing: what the repository has after what it needs, then what goes away, then
    what is foreign. ``tool`` is the version that made the plan. ``warnings`` say what could not be
    checked.
    """

    target: Target
    tool: str
    changes: tuple[Change, ...]
    warnings: tuple[str, ...] = ()

    def having(self, action: Action) -> tuple[Change, ...]:
        """The changes of this kind."""
        return tuple(change for change in self.changes if change.action is action)

    @property
    def pending(self) -> tuple[Change, ...]:
        """What has to be written."""
        return tuple(change for change in self.changes if change.action in WRITING)

    @property
    def blocked(self) -> tuple[Change, ...]:
        """What forbids to carry the plan out, each with its reason."""
        return self.having(Action.BLOCKED)

    @property
    def foreign(self) -> dict[Collection, int]:
        """How many live resources are not of this repository, by collection."""
        counts = dict.fromkeys(CONTENT, 0)
        for change in self.having(Action.FOREIGN):
            counts[change.resource.kind.collection] += 1
        return counts

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
            "changes": [_essence(change) for change in (*self.pending, *self.blocked)],
        }
        text = json.dumps(content, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _essence(change: Change) -> list[object]:
    resource = change.resource
    mark = None if change.mark is None else [change.mark.tag, change.mark.state]
    body, rows = dict(resource.body), list(resource.rows)
    # Without an etag only what it was tells that somebody has changed it since.
    fields = [[each.field, each.before, each.after] for each in change.fields]
    return [change.action, resource.key, change.etag, fields, body, rows, mark]
