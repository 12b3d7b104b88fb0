"""Resources that the workspace keeps as they are written: list, get, put, delete.

The trap: what is below another resource goes with it. Deleting an incident deletes its tasks, and
a list below an incident that does not exist is 404, not empty.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.wrappers import Request, Response

from vedette.workspace.conditions import check_conditions, check_etag
from vedette.workspace.iso8601 import format_time, parse_time
from vedette.workspace.members import Member, as_object, missing, read_object, without_nulls
from vedette.workspace.messages import answer, read_json
from vedette.workspace.odata import Getter, listed
from vedette.workspace.paging import page, top
from vedette.workspace.refusal import bad_request, not_found
from vedette.workspace.routing import Route
from vedette.workspace.store import Resource
from vedette.workspace.workspace import Workspace

#: Items that one call lists at most.
MAX_TOP = 1000
_INSIGHTS = "providers/Microsoft.SecurityInsights"

Properties = dict[str, Any]


def _unchanged(
    workspace: Workspace, names: tuple[str, ...], given: Properties, current: Properties | None
) -> Properties:
    return given


@dataclass(frozen=True, slots=True)
class Collection:
    """One type of resource.

    ``path`` is below SecurityInsights, with ``{}`` for a parent's name; ``kind`` names it in the
    store, ``type`` and ``noun`` in answers. ``require`` raises Refusal unless the parents are
    there; ``complete`` makes what is kept of what was written, with what only the service sets;
    ``deleted`` takes what is below with it; ``most`` is how many there may be below one parent.
    ``created`` and ``updated`` name the times of writing, empty where the type has none;
    ``sortable`` are the properties beside them by which lists can be filtered and sorted.
    """

    path: str
    kind: str
    type: str
    noun: str
    members: tuple[Member, ...]
    require: Callable[..., object] = lambda workspace, *names: None
    complete: Callable[[Workspace, tuple[str, ...], Properties, Properties | None], Properties] = (
        _unchanged
    )
    deleted: Callable[..., object] = lambda workspace, *names: None
    most: int | None = None
    created: str = "createdTimeUtc"
    updated: str = "lastModifiedTimeUtc"
    sortable: Mapping[str, Getter] = field(default_factory=dict)

    def routes(self) -> tuple[Route, ...]:
        """The four operations."""
        below, one = f"{_INSIGHTS}/{self.path}", f"{_INSIGHTS}/{self.path}/{{}}"
        return (
            Route("GET", below, self.list),
            Route("GET", one, self.get),
            Route("PUT", one, self.put),
            Route("DELETE", one, self.delete),
        )

    def list(self, workspace: Workspace, request: Request, *parents: str) -> Response:
        """All of them by name, unless ``$filter`` and ``$orderby`` say otherwise, in pages."""
        self.require(workspace, *parents)
        items = listed(request, self.all(workspace, *parents), self._getters())
        size = top(request, default=workspace.settings.page_size, most=MAX_TOP)
        return answer(page(request, items, lambda item: self.render(workspace, item), size=size))

    def get(self, workspace: Workspace, request: Request, *names: str) -> Response:
        """One of them, or 404."""
        self.require(workspace, *names[:-1])
        return answer(self.render(workspace, self.existing(workspace, *names)))

    def put(self, workspace: Workspace, request: Request, *names: str) -> Response:
        """Create or replace: 201 or 200."""
        self.require(workspace, *names[:-1])
        body = as_object(read_json(request, limit=workspace.settings.max_request_bytes), "")
        if body.get("properties") is None:
            raise missing("properties", "")
        given = read_object(body["properties"], self.members, "properties")
        current = self.find(workspace, *names)
        etag = current.etag if current else None
        check_conditions(request, etag)
        check_etag(body.get("etag"), etag, f"{self.noun.lower()} '{names[-1]}'")
        if current is None:
            self._check_room(workspace, names[:-1])
        before = current.body["properties"] if current else None
        now = format_time(workspace.store.clock)
        kept = self.complete(workspace, names, given, before)
        if self.created:
            kept[self.created] = before[self.created] if before else kept.get(self.created) or now
            kept[self.updated] = now
        body = {"properties": kept}
        stored = workspace.store.put(self.kind, "/".join(names), body)
        return answer(self.render(workspace, stored), 200 if current else 201)

    def delete(self, workspace: Workspace, request: Request, *names: str) -> Response:
        """Delete: 200, or 204 if there is none."""
        self.require(workspace, *names[:-1])
        current = self.find(workspace, *names)
        check_conditions(request, current.etag if current else None)
        if current is None:
            return answer(status=204)
        workspace.store.delete(self.kind, "/".join(names))
        self.deleted(workspace, *names)
        return answer(status=200)

    def all(self, workspace: Workspace, *parents: str) -> tuple[Resource, ...]:
        """All of them by name."""
        return workspace.store.all(self.kind, "/".join(parents))

    def find(self, workspace: Workspace, *names: str) -> Resource | None:
        """One of them, or None."""
        return workspace.store.get(self.kind, "/".join(names))

    def existing(self, workspace: Workspace, *names: str) -> Resource:
        """One of them, or Refusal (404)."""
        found = self.find(workspace, *names)
        if found is None:
            raise not_found(f"{self.noun} '{names[-1]}' was not found.")
        return found

    def forget_below(self, workspace: Workspace, *parents: str) -> None:
        """Delete all that is below a parent, which goes."""
        for item in self.all(workspace, *parents):
            workspace.store.delete(self.kind, item.name)

    def render(self, workspace: Workspace, item: Resource) -> dict[str, Any]:
        """The resource as the API shows it."""
        names = item.name.split("/")
        place = self.path.split("/")
        parents = iter(names[:-1])
        address = "/".join(next(parents) if part == "{}" else part for part in place)
        return {
            "id": f"{workspace.settings.scope.insights}/{address}/{names[-1]}",
            "name": names[-1],
            "type": f"Microsoft.SecurityInsights/{self.type}",
            "etag": item.etag,
            "properties": without_nulls(item.body["properties"]),
        }

    def _check_room(self, workspace: Workspace, parents: tuple[str, ...]) -> None:
        if self.most is not None and len(self.all(workspace, *parents)) >= self.most:
            raise bad_request(f"There cannot be more than {self.most} of these: {self.type}.")

    def _getters(self) -> dict[str, Getter]:
        def time(name: str) -> Getter:
            return lambda item: parse_time(item.body["properties"][name])

        names = (self.created, self.updated) if self.created else ()
        return {
            "name": lambda item: item.name.rpartition("/")[2],
            **{f"properties/{name}": time(name) for name in names},
            **self.sortable,
        }


def text_property(name: str) -> Getter:
    """Reads a property of a stored resource for a filter or an order."""
    return lambda item: item.body["properties"].get(name)
