"""One change to carry out, with what was there when the plan was made.

The trap: whether a live resource is still what the plan was made from cannot be told by its etag
alone, which a failed write may have changed too; so what was there travels with the change.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from vedette.deploy.canonical import canonical_rows, rows_of
from vedette.deploy.diff import ROWS, FieldChange, differences
from vedette.deploy.fingerprint import ABSENT, fingerprint_of
from vedette.deploy.live import LiveState, Workspace
from vedette.deploy.plan import Action, Change, Plan
from vedette.deploy.resource import Body, Resource, ResourceKind, Rows


@dataclass(frozen=True, slots=True)
class Task:
    """``body`` and ``rows`` are the live ones that the plan was made from; None: not there."""

    change: Change
    body: Body | None = None
    rows: Rows = ()

    @property
    def before(self) -> str:
        """The fingerprint of what was there."""
        return fingerprint_of(self.change.resource.kind, self.body, self.rows)

    @property
    def after(self) -> str:
        """The fingerprint of what is to be there."""
        resource = self.change.resource
        if self.change.action is Action.DELETE:
            return ABSENT
        return fingerprint_of(resource.kind, resource.body, resource.rows)

    def outstanding(self, live: Body, rows: Rows) -> tuple[FieldChange, ...]:
        """How ``live`` differs still from what is to be there.

        What the service shows beyond what was sent is its own; what the change takes away must be
        gone. Rows that are too many are no difference: they are removed after the write.
        """
        taken = {field.field for field in self.change.fields if field.after is None}
        return tuple(
            change
            for change in differences(self.change.resource, live, rows)
            if (change.added if change.field == ROWS else _matters(change, taken))
        )

    def is_as_planned(self, live: Body | None, rows: Rows) -> bool:
        """True if ``live`` is what the plan was made from, whatever its etag."""
        return fingerprint_of(self.change.resource.kind, live, rows) == self.before

    def is_on_its_way(self, live: Body | None, rows: Rows) -> bool:
        """True for a watchlist of which our own write, or its removal of rows, is half done."""
        resource = self.change.resource
        if live is None or resource.kind is not ResourceKind.WATCHLIST:
            return False
        shown, wanted, had = (
            set(canonical_rows(each)) for each in (rows, resource.rows, self.rows)
        )
        fields = fingerprint_of(resource.kind, live)
        ours = {fingerprint_of(resource.kind, each) for each in (resource.body, self.body)}
        return fields in ours and shown <= wanted | had and shown >= wanted & had

    def moved(self, live: Body | None, rows: Rows) -> tuple[str, ...]:
        """The fields that somebody has changed since the plan was made."""
        if live is None or self.body is None:
            return ("it was deleted",) if live is None else ("it was created",)
        kind, resource = self.change.resource.kind, self.change.resource
        was = Resource(
            kind, resource.id, resource.name, resource.label, resource.path, self.body, self.rows
        )
        return tuple(change.field for change in differences(was, live, rows))


def tasks_of(plan: Plan, live: LiveState) -> tuple[Task, ...]:
    """What there is to do, in the plan's order."""
    return tuple(
        Task(change, live.find(change.resource), live.rows_in(change.resource))
        for change in plan.pending
    )


def live_rows(resource: Resource, workspace: Workspace) -> Rows:
    """The rows of a watchlist in the workspace, over all pages; none for anything else."""
    if resource.kind is not ResourceKind.WATCHLIST:
        return ()
    return rows_of(workspace.list_items(resource.id))


def who_changed(live: Body | None) -> str:
    """Who wrote it last and when, as far as the service says (``systemData``); may be empty."""
    data = live.get("systemData") if live is not None else None
    if not isinstance(data, dict):
        return ""
    words = [f"by {data['lastModifiedBy']}" if data.get("lastModifiedBy") else ""]
    words.append(f"at {data['lastModifiedAt']}" if data.get("lastModifiedAt") else "")
    return " ".join(filter(None, words))


def _matters(change: FieldChange, taken: Iterable[str]) -> bool:
    return change.after is not None or change.field in taken
