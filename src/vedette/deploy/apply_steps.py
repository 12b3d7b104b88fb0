"""The requests that one change is made of; each can be looked at before it is sent again.

The trap: the same request may have been carried out, or not, or somebody else's in between. So each
step knows three answers of the workspace: it has arrived, all is as the plan found it, or somebody
was there; only the second one allows to write.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from vedette.deploy.canonical import canonical_rows, rows_of
from vedette.deploy.live import Workspace, etag_of, id_of
from vedette.deploy.ownership import Mark, mark_body, parse_mark
from vedette.deploy.plan import Action, Change
from vedette.deploy.resource import Body, Collection, ResourceKind
from vedette.deploy.task import Task, live_rows, who_changed


class StepName(StrEnum):
    """The parts of a change, each with an intent and an outcome of its own in the journal."""

    MARK = "mark"
    RESOURCE = "resource"
    ROWS = "rows"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look found: the step has ``arrived``, or its field that ``moved``, or neither.

    ``etag`` is the version that a write has to name, ``who`` whoever the service says it was.
    """

    arrived: bool = False
    moved: tuple[str, ...] = ()
    etag: str | None = None
    who: str = ""


class Step(Protocol):
    """One request."""

    name: StepName
    #: Whether it must be looked at even before the first try: no version protects the write.
    look_first: bool

    def look(self) -> Seen:
        """Read, and say how things stand."""

    def send(self, etag: str | None) -> None:
        """Write, if the workspace still holds the version ``etag``."""


class PutResource:
    """Creates a resource, or replaces the version that was planned for."""

    name = StepName.RESOURCE

    def __init__(self, task: Task, workspace: Workspace) -> None:
        self._task, self._workspace = task, workspace
        self._creates = task.body is None
        # Items of a watchlist change without its etag; a search of old has none at all.
        watchlist = task.change.resource.kind is ResourceKind.WATCHLIST
        self.look_first = not self._creates and (watchlist or task.change.etag is None)

    def look(self) -> Seen:
        """How the resource stands in the workspace."""
        resource = self._task.change.resource
        live = self._workspace.get(resource.kind.collection, resource.id)
        rows = () if live is None else live_rows(resource, self._workspace)
        if live is not None and not self._task.outstanding(live, rows):
            return Seen(arrived=True, etag=etag_of(live))
        if self._task.is_as_planned(live, rows) or self._task.is_on_its_way(live, rows):
            self._creates = live is None
            return Seen(etag=None if live is None else etag_of(live))
        return Seen(moved=self._task.moved(live, rows), who=who_changed(live))

    def send(self, etag: str | None) -> None:
        """Create it, or replace the version."""
        resource = self._task.change.resource
        collection, body = resource.kind.collection, dict(resource.body)
        if self._creates:
            self._workspace.create(collection, resource.id, body)
            return
        if etag is None and collection is Collection.SEARCHES:
            # A saved search is not overwritten without an etag; "*" is any, and it was looked at.
            etag = "*"
        self._workspace.put(collection, resource.id, body | ({"etag": etag} if etag else {}))


class DeleteResource:
    """Removes the version that was planned for."""

    name = StepName.RESOURCE

    def __init__(self, task: Task, workspace: Workspace) -> None:
        self._task, self._workspace = task, workspace
        self.look_first = task.change.etag is None

    def look(self) -> Seen:
        """Whether it is still there, and as planned."""
        resource = self._task.change.resource
        live = self._workspace.get(resource.kind.collection, resource.id)
        if live is None:
            return Seen(arrived=True)
        if self._task.is_as_planned(live, self._task.rows):
            return Seen(etag=etag_of(live))
        return Seen(moved=self._task.moved(live, self._task.rows), who=who_changed(live))

    def send(self, etag: str | None) -> None:
        """Delete the version."""
        resource = self._task.change.resource
        self._workspace.delete(resource.kind.collection, resource.id, etag=etag)


class RemoveRows:
    """Takes out the rows that the plan takes out: an upload only adds.

    A row that somebody added since the plan is neither the file's nor the plan's, and stays.
    """

    name = StepName.ROWS
    look_first = True

    def __init__(self, task: Task, workspace: Workspace) -> None:
        self._task, self._workspace = task, workspace

    def look(self) -> Seen:
        """Whether any row has still to go."""
        return Seen(arrived=not self._surplus())

    def send(self, etag: str | None) -> None:
        """Delete what has to go, item by item."""
        for item_id in self._surplus():
            self._workspace.delete_item(self._task.change.resource.id, item_id)

    def _surplus(self) -> list[str]:
        """The ids of the items that have to go, twins of a row that stays among them."""
        resource, surplus = self._task.change.resource, []
        wanted = set(canonical_rows(resource.rows))
        known = wanted | set(canonical_rows(self._task.rows))
        for item in self._workspace.list_items(resource.id):
            (row,) = canonical_rows(rows_of([item]))
            if row in wanted:
                wanted.remove(row)
            elif row in known:
                surplus.append(id_of(item))
        return surplus


class PutMark:
    """Writes our mark, or the tombstone."""

    name = StepName.MARK
    look_first = False

    def __init__(
        self, mark: Mark, etag: str | None, workspace_id: str, workspace: Workspace
    ) -> None:
        self._mark, self._etag, self._workspace = mark, etag, workspace
        self._body: Body = mark_body(mark, workspace_id)

    def look(self) -> Seen:
        """Whether the mark is there, or still the one that was read."""
        live = self._workspace.get(Collection.METADATA, self._mark.name)
        if live is not None and parse_mark(live) == self._mark:
            return Seen(arrived=True, etag=etag_of(live))
        found = None if live is None else etag_of(live)
        if found == self._etag:
            return Seen(etag=found)
        return Seen(moved=("its mark",), who=who_changed(live))

    def send(self, etag: str | None) -> None:
        """Create the mark, or replace the version."""
        if etag is None:
            self._workspace.create(Collection.METADATA, self._mark.name, self._body)
        else:
            body = {**self._body, "etag": etag}
            self._workspace.put(Collection.METADATA, self._mark.name, body)


def steps_of(task: Task, workspace_id: str, workspace: Workspace) -> tuple[Step, ...]:
    """The steps of a change, in the order in which a run that is killed leaves nothing unmarked."""
    change = task.change
    marks: list[Step] = []
    if change.mark is not None:
        marks.append(PutMark(change.mark, change.mark_etag, workspace_id, workspace))
    steps: list[Step] = []
    if change.writes_resource and change.action is Action.DELETE:
        steps.append(DeleteResource(task, workspace))
    elif change.writes_resource:
        steps.append(PutResource(task, workspace))
        if change.resource.kind is ResourceKind.WATCHLIST:
            steps.append(RemoveRows(task, workspace))
    if change.action in {Action.CREATE, Action.ADOPT}:
        return (*marks, *steps)
    return (*steps, *marks)


def etag_for(step: Step, change: Change) -> str | None:
    """The version that the step's first try names: the one that the plan was made from."""
    return change.mark_etag if step.name is StepName.MARK else change.etag
