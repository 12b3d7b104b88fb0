"""What an incident's alerts say about who touched what: mail → link → user → device.

The trap: an alert has entities and rows, and nothing says which entity came from which row. One is
in a row if the row holds what names it; in the only row of an alert all of them are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

from vedette.simulate.text import cell_text
from vedette.simulate.types import Alert, Entity, Incident
from vedette.workspace.entity_view import display_name

#: The columns of the drawing.
MAIL, LINK, USER, DEVICE = range(4)

#: Entity type → column of the drawing, and what it is called.
_TYPES = {
    "MailMessage": (MAIL, "Mail"),
    "MailCluster": (MAIL, "Mails"),
    "URL": (LINK, "Link"),
    "DNS": (LINK, "Domain"),
    "File": (LINK, "File"),
    "FileHash": (LINK, "File hash"),
    "Malware": (LINK, "Malware"),
    "Account": (USER, "User"),
    "Mailbox": (USER, "User"),
    "SecurityGroup": (USER, "Group"),
    "IP": (DEVICE, "IP address"),
    "Host": (DEVICE, "Device"),
    "Process": (DEVICE, "Process"),
    "CloudApplication": (DEVICE, "Application"),
}
#: Columns of rows that name something where no entity does.
_NAMED = (
    (MAIL, "Mail", ("NetworkMessageId",)),
    (LINK, "Link", ("Url",)),
    (
        USER,
        "User",
        ("AccountUpn", "RecipientEmailAddress", "UserPrincipalName", "Recipient", "User"),
    ),
    (DEVICE, "IP address", ("IPAddress", "IpAddress", "ClientIP")),
    (DEVICE, "Device", ("DeviceName", "HostName")),
)
#: Rows of an alert that are looked at, and entities that surely belong together.
_ROWS, _FEW = 1_000, 12
_SUBJECT, _SENDERS = "Subject", ("SenderFromAddress", "Sender", "SenderMailFromAddress")


@dataclass(frozen=True, slots=True)
class Node:
    """``key`` is the same for the same thing; ``value`` names it in events, ``detail`` adds."""

    key: str
    column: int
    kind: str
    label: str
    value: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Edge:
    """From node to node, by their keys; in ``rows`` rows."""

    source: str
    target: str
    label: str
    rows: int = 1


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes and edges, in the order in which the alerts tell of them."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    @property
    def names(self) -> dict[str, str]:
        """What each node's key is called."""
        return {node.key: node.label for node in self.nodes}


def graph_of(incident: Incident) -> Graph:
    """The graph of all its alerts; empty where they name nothing."""
    nodes: dict[str, Node] = {}
    edges: dict[tuple[str, str, str], Edge] = {}
    for alert in incident.alerts:
        for row in alert.rows[:_ROWS] or ({},):
            found = _nodes(alert, row, alone=len(alert.rows) < 2)
            for node in found:
                nodes[node.key] = _merged(nodes.get(node.key), node)
            # Without rows nothing says which of many entities belong together.
            for edge in _edges(found, row) if row or len(found) < _FEW else ():
                known = edges.get(key := (edge.source, edge.target, edge.label))
                edges[key] = replace(known, rows=known.rows + 1) if known else edge
    return Graph(tuple(nodes.values()), tuple(edges.values()))


def _nodes(alert: Alert, row: Mapping[str, object], *, alone: bool) -> list[Node]:
    texts = {name: cell_text(value) for name, value in row.items()}
    held = {text.casefold() for text in texts.values() if text}
    found: dict[str, Node] = {}
    for entity in alert.entities:
        node = _entity_node(entity, texts)
        if node and (alone or not held.isdisjoint(_names(entity, node))):
            found[node.key] = _merged(found.get(node.key), node)
    for column, kind, names in _NAMED:
        value = next((texts[name] for name in names if texts.get(name)), "")
        if value and not any(node.column == column for node in found.values()):
            node = _node(column, kind, value, value, texts)
            found[node.key] = node
    return list(found.values())


def _entity_node(entity: Entity, texts: Mapping[str, str]) -> Node | None:
    if entity.type not in _TYPES:
        return None
    column, kind = _TYPES[entity.type]
    values = dict(entity.identifiers)
    name = display_name(entity)
    value = values.get("NetworkMessageId", name) if column == MAIL else name
    return _node(column, kind, value, values.get("Subject") or name, {**texts, **values})


def _node(column: int, kind: str, value: str, label: str, texts: Mapping[str, str]) -> Node:
    detail = ""
    if column == MAIL:
        label = texts.get(_SUBJECT) or label
        detail = next((texts[name] for name in _SENDERS if texts.get(name)), "")
        detail = f"from {detail}" if detail else ""
    return Node(f"{column}/{value.casefold()}", column, kind, label, value, detail)


def _names(entity: Entity, node: Node) -> Iterator[str]:
    """What a row may hold of an entity; its parts name too many (a suffix, a domain)."""
    yield node.value.casefold()
    for name, value in entity.identifiers:
        if name not in ("UPNSuffix", "NTDomain", "DnsDomain", "Name", "Recipient", "Sender"):
            yield value.casefold()


def _merged(known: Node | None, node: Node) -> Node:
    """What is known of a thing, and what is told now: a subject says more than an id."""
    if known is None:
        return node
    # One user in two spellings is no news: the first spelling stays.
    named = known.label.casefold() != known.value.casefold()
    tells = node.label.casefold() != node.value.casefold()
    label = node.label if tells and not named else known.label
    return replace(known, label=label, detail=known.detail or node.detail)


def _edges(nodes: Iterable[Node], row: Mapping[str, object]) -> Iterator[Edge]:
    """From each column of a row to the next that has something."""
    columns: dict[int, list[Node]] = {}
    for node in nodes:
        columns.setdefault(node.column, []).append(node)
    order = sorted(columns)
    for left, right in pairwise(order):
        for source in columns[left]:
            for target in columns[right]:
                yield Edge(source.key, target.key, _label(source, target, row))


def _label(source: Node, target: Node, row: Mapping[str, object]) -> str:
    action = cell_text(row.get("ActionType"))
    clicked = action.startswith("Click") or any(name.startswith("Click") for name in row)
    if source.column == MAIL:
        if target.column == LINK:
            return "holds" if target.kind in ("Link", "Domain") else "attached"
        return cell_text(row.get("DeliveryAction")).lower() or "to"
    if target.column == USER:
        if not clicked and source.kind == "Link":
            return "sent to"
        if row.get("IsClickedThrough") is True:
            return "clicked through"
        blocked = {"ClickBlocked": "click blocked", "UrlErrorPage": "click failed"}
        return blocked.get(action, "clicked by" if clicked else "received by")
    if any(name in row for name in ("ResultType", "AppDisplayName", "SignInTime")):
        return "signed in from"
    return "clicked from" if clicked and target.kind == "IP address" else "on"
