"""One workspace of both products: Sentinel's resource manager and Defender's Graph behind one face.

The trap: custom detections are the tenant's and have no marks of their own. Whose they are stands
in the workspace's metadata, so that of two workspaces of one tenant only one deploys a rule; to the
other it is foreign.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from vedette.deploy.graph_rules import GraphRules
from vedette.deploy.live import Workspace
from vedette.deploy.resource import Body, Collection
from vedette.deploy.sign_in import SignedIn
from vedette.deploy.transport import ArmWorkspace
from vedette.model.environment import Environment
from vedette.model.product import Product


class BothProducts:
    """A workspace of Sentinel, its custom detections asked of Graph; see ``live.Workspace``."""

    def __init__(self, sentinel: Workspace, defender: GraphRules) -> None:
        self._sentinel, self._defender = sentinel, defender

    @property
    def holds(self) -> frozenset[Collection]:
        """Everything."""
        return frozenset(Collection)

    def list(self, collection: Collection) -> Sequence[Body]:
        """Every resource of the collection."""
        if collection is Collection.DETECTIONS:
            return self._defender.list()
        return self._sentinel.list(collection)

    def get(self, collection: Collection, resource_id: str) -> Body | None:
        """One resource, or None."""
        if collection is Collection.DETECTIONS:
            return self._defender.get(resource_id)
        return self._sentinel.get(collection, resource_id)

    def put(self, collection: Collection, resource_id: str, body: Body) -> None:
        """Create or replace; a custom detection has to be there."""
        if collection is Collection.DETECTIONS:
            self._defender.put(resource_id, body)
        else:
            self._sentinel.put(collection, resource_id, body)

    def create(self, collection: Collection, resource_id: str, body: Body) -> None:
        """Create what is not there."""
        if collection is Collection.DETECTIONS:
            self._defender.create(resource_id, body)
        else:
            self._sentinel.create(collection, resource_id, body)

    def delete(self, collection: Collection, resource_id: str, *, etag: str | None) -> None:
        """Remove; a custom detection has no version that could be named."""
        if collection is Collection.DETECTIONS:
            self._defender.delete(resource_id)
        else:
            self._sentinel.delete(collection, resource_id, etag=etag)

    def tables(self) -> frozenset[str] | None:
        """The tables of the workspace."""
        return self._sentinel.tables()

    def connectors(self) -> frozenset[str] | None:
        """What the data connectors are called."""
        return self._sentinel.connectors()

    def receiving(self) -> frozenset[str] | None:
        """The tables that got data lately."""
        return self._sentinel.receiving()

    def list_items(self, alias: str) -> Sequence[Body]:
        """Every item of a watchlist."""
        return self._sentinel.list_items(alias)

    def delete_item(self, alias: str, item_id: str) -> None:
        """Remove one item of a watchlist."""
        self._sentinel.delete_item(alias, item_id)


@contextmanager
def open_workspace(environment: Environment, signed_in: SignedIn) -> Iterator[Workspace]:
    """The workspace of ``environment``, with Graph if it is for Defender XDR.

    Raises:
        UsageError: it is for Defender XDR, and custom detections have no API in its cloud.
    """
    with ExitStack() as stack:
        workspace: Workspace = stack.enter_context(ArmWorkspace(environment, signed_in))
        if Product.DEFENDER in environment.products:
            defender = stack.enter_context(GraphRules(environment, signed_in))
            workspace = BothProducts(workspace, defender)
        yield workspace
