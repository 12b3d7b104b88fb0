"""Reads what the workspace holds: each collection once, with all its pages.

The trap: an answer that is not understood must never pass for an empty workspace, since a plan over
nothing creates everything. Whatever cannot be read is a ServiceError, and there is no plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

from vedette.deploy.canonical import rows_of
from vedette.deploy.ownership import LiveMark, read_marks
from vedette.deploy.resource import (
    CONTENT,
    Body,
    Collection,
    Key,
    Resource,
    ResourceKind,
    Rows,
    key_of,
)
from vedette.errors import ServiceError


class Workspace(Protocol):
    """What a deployment does to a workspace; every method may raise ServiceError.

    All of them take ``Collection.METADATA`` as well, in which the marks stand (``ownership``), and
    no collection that ``holds`` does not name.
    """

    @property
    def holds(self) -> frozenset[Collection]:
        """The collections that this workspace can be asked for."""

    def list(self, collection: Collection) -> Sequence[Body]:
        """Every resource of the collection, in full, over all pages."""

    def get(self, collection: Collection, resource_id: str) -> Body | None:
        """One resource, or None if there is none of that id."""

    def put(self, collection: Collection, resource_id: str, body: Body) -> None:
        """Create or replace a resource, and wait until the workspace has taken it in.

        With ``etag`` in the body only that version is replaced: 409 or 412 otherwise.
        """

    def create(self, collection: Collection, resource_id: str, body: Body) -> None:
        """The same for a resource that must not be there yet: 409 or 412 if it is."""

    def delete(self, collection: Collection, resource_id: str, *, etag: str | None) -> None:
        """Remove a resource if it is still the version ``etag``: 409 or 412 if it is another.

        ``None`` is any version. What is not there is removed already: no error.
        """

    def tables(self) -> frozenset[str] | None:
        """The names of the tables that queries may read; None if the workspace does not tell."""

    def connectors(self) -> frozenset[str] | None:
        """What data connectors are called, in lower case; None if the workspace does not tell."""

    def receiving(self) -> frozenset[str] | None:
        """The tables that got data lately, in lower case; None if the logs do not tell."""

    def list_items(self, alias: str) -> Sequence[Body]:
        """Every item of a watchlist."""

    def delete_item(self, alias: str, item_id: str) -> None:
        """Remove one item of a watchlist."""


@dataclass(frozen=True, slots=True)
class LiveState:
    """The workspace as it was read; ``rows`` holds the rows of the watchlists that are ours.

    ``marks`` are those of every tag, by the resource that they are on, there or not. ``unread`` are
    collections that were not looked at: of what is marked there, nobody knows whether it is there.
    """

    resources: Mapping[Key, Body] = field(default_factory=dict)
    rows: Mapping[str, Rows] = field(default_factory=dict)
    marks: Mapping[Key, LiveMark] = field(default_factory=dict)
    unread: frozenset[Collection] = frozenset()

    def find(self, resource: Resource) -> Body | None:
        """The live resource of the same identity, or None."""
        return self.resources.get(resource.key)

    def rows_in(self, resource: Resource) -> Rows:
        """The live rows, if the resource is a watchlist that is there."""
        return self.rows.get(resource.id, ())


def read_live(workspace: Workspace, ours: Iterable[Resource]) -> LiveState:
    """Read all collections, and the items of those watchlists of ``ours`` that are there.

    The pages of a list come one after the other, the lists at once: ``workspace`` is called from
    several threads.

    Raises:
        ServiceError: something could not be read, or makes no sense.
    """
    every = [each for each in Collection if each in workspace.holds]
    with ThreadPoolExecutor(len(every), thread_name_prefix="read") as pool:
        listed = dict(zip(every, pool.map(workspace.list, every), strict=True))
    resources = {
        key_of(collection, id_of(body)): body
        for collection in CONTENT
        for body in listed.get(collection, ())
    }
    marks = read_marks(listed[Collection.METADATA])
    rows = {
        resource.id: rows_of(workspace.list_items(resource.id))
        for resource in ours
        if resource.kind is ResourceKind.WATCHLIST and resource.key in resources
    }
    return LiveState(resources, rows, marks, frozenset(CONTENT) - workspace.holds)


def id_of(body: Body) -> str:
    """The id of a live resource: the last part of its ARM id, or its name.

    Raises:
        ServiceError: it has neither.
    """
    # Older answers of savedSearches have no name, and the examples disagree on what it holds.
    name = str(body.get("id") or "").rpartition("/")[2] or body.get("name")
    if not name:
        raise ServiceError("the workspace listed a resource that has no name")
    return str(name)


def etag_of(body: Body) -> str | None:
    """The version of a live resource as the service names it, quotation marks included."""
    etag = body.get("etag")
    return str(etag) if etag else None
