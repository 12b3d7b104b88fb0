"""Where the nodes and edges of a graph are drawn, the same for the same graph.

The trap: sixty recipients of one mail are no drawing. A column draws its busiest nodes and one that
stands for all others; the table beside the drawing has every one of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from vedette.workspace.pages.graph import DEVICE, LINK, MAIL, USER, Edge, Graph, Node

COLUMNS = {
    MAIL: "Mail",
    LINK: "Link or file",
    USER: "User",
    DEVICE: "Device or sign-in",
}
#: Nodes that a column draws; sizes in the drawing's own units.
MOST = 12
WIDTH, HEIGHT, GAP, CHANNEL, TOP = 206, 48, 16, 88, 36
_LETTERS = 24
_SWEEPS = 4
_PLURALS = {"IP address": "IP addresses", "File hash": "file hashes"}


@dataclass(frozen=True, slots=True)
class PlacedNode:
    """A node at its upper left corner; ``hidden`` nodes stand behind one of a group."""

    node: Node
    x: float
    y: float
    hidden: int = 0

    @property
    def label(self) -> str:
        """The label, cut in its middle to the node's width."""
        text = self.node.label
        half = _LETTERS // 2
        return text if len(text) <= _LETTERS else f"{text[:half]}…{text[1 - half :]}"

    @property
    def detail(self) -> str:
        """Its kind, and what is known beside."""
        text = f"{self.node.kind} {self.node.detail}".strip()
        return text if len(text) <= _LETTERS + 4 else f"{text[: _LETTERS + 3]}…"


@dataclass(frozen=True, slots=True)
class PlacedEdge:
    """A curve from ``(x1, y1)`` to ``(x2, y2)``; ``label`` is empty where it would be in the way.

    ``text`` says in a sentence what it means.
    """

    x1: float
    y1: float
    x2: float
    y2: float
    label: str
    text: str

    @property
    def path(self) -> str:
        """The curve, as SVG has it."""
        bend = (self.x1 + self.x2) / 2
        points = (self.x1, self.y1), (bend, self.y1), (bend, self.y2), (self.x2, self.y2)
        start, *curve = (f"{x:g} {y:g}" for x, y in points)
        return f"M{start}C{' '.join(curve)}"


@dataclass(frozen=True, slots=True)
class Drawing:
    """All of it, in a box of ``width`` times ``height``; ``heads``: names of columns and places."""

    width: float
    height: float
    heads: tuple[tuple[str, float], ...]
    nodes: tuple[PlacedNode, ...]
    edges: tuple[PlacedEdge, ...]


def draw(graph: Graph) -> Drawing:
    """Columns from left to right, the nodes of each in the order in which fewest lines cross."""
    graph, hidden = _grouped(graph)
    columns = _ordered(graph)
    tallest = max((len(column) for column in columns.values()), default=0)
    height = TOP + tallest * (HEIGHT + GAP)
    placed: dict[str, PlacedNode] = {}
    heads = []
    for at, (number, column) in enumerate(columns.items()):
        x = at * (WIDTH + CHANNEL)
        heads.append((COLUMNS[number], float(x)))
        top = TOP + (height - TOP - len(column) * (HEIGHT + GAP)) / 2
        for place, node in enumerate(column):
            y = top + place * (HEIGHT + GAP)
            placed[node.key] = PlacedNode(node, float(x), y, hidden.get(node.key, 0))
    width = max(len(columns) * (WIDTH + CHANNEL) - CHANNEL, WIDTH)
    edges = tuple(_placed_edges(graph.edges, placed))
    return Drawing(width, height, tuple(heads), tuple(placed.values()), edges)


def _grouped(graph: Graph) -> tuple[Graph, Mapping[str, int]]:
    """The graph with the less busy nodes of a full column as one, and how many each stands for."""
    degree: dict[str, int] = {}
    for edge in graph.edges:
        for key in (edge.source, edge.target):
            degree[key] = degree.get(key, 0) + 1
    nodes: list[Node] = []
    stand_in: dict[str, str] = {}
    hidden: dict[str, int] = {}
    for column in COLUMNS:
        here = [node for node in graph.nodes if node.column == column]
        if len(here) > MOST:
            busiest = sorted(here, key=lambda node: -degree.get(node.key, 0))
            rest = {node.key for node in busiest[MOST - 1 :]}
            group = _group(column, [node for node in here if node.key in rest])
            stand_in |= dict.fromkeys(rest, group.key)
            hidden[group.key] = len(rest)
            here = [node for node in here if node.key not in rest] + [group]
        nodes += here
    edges: dict[tuple[str, str, str], Edge] = {}
    for edge in graph.edges:
        source = stand_in.get(edge.source, edge.source)
        target = stand_in.get(edge.target, edge.target)
        triple = (source, target, edge.label)
        known = edges.get(triple)
        edges[triple] = Edge(*triple, edge.rows + (known.rows if known else 0))
    return Graph(tuple(nodes), tuple(edges.values())), hidden


def _group(column: int, nodes: Sequence[Node]) -> Node:
    kinds = {node.kind for node in nodes}
    kind = kinds.pop() if len(kinds) == 1 else "entity"
    many = _PLURALS.get(kind, "entities" if kind == "entity" else f"{kind.lower()}s")
    return Node(f"{column}/", column, "In the table below", f"{len(nodes)} more {many}", "")


def _ordered(graph: Graph) -> dict[int, list[Node]]:
    """The nodes of each column that has any, each near those that it is joined to."""
    columns = {
        number: [node for node in graph.nodes if node.column == number] for number in COLUMNS
    }
    columns = {number: nodes for number, nodes in columns.items() if nodes}
    neighbours: dict[str, list[str]] = {}
    for edge in graph.edges:
        neighbours.setdefault(edge.source, []).append(edge.target)
        neighbours.setdefault(edge.target, []).append(edge.source)
    for sweep in range(_SWEEPS):
        order = list(columns) if sweep % 2 == 0 else list(reversed(columns))
        for number in order:
            places = _places(columns)
            columns[number].sort(
                key=lambda node: _middle(neighbours.get(node.key, ()), places, node.key)
            )
    return columns


def _places(columns: Mapping[int, Sequence[Node]]) -> dict[str, float]:
    """How far down its column each node stands, from 0 to 1."""
    return {
        node.key: (at + 0.5) / len(nodes)
        for nodes in columns.values()
        for at, node in enumerate(nodes)
    }


def _middle(keys: Iterable[str], places: Mapping[str, float], own: str) -> float:
    found = [places[key] for key in keys]
    return sum(found) / len(found) if found else places[own]


def _placed_edges(edges: Sequence[Edge], placed: Mapping[str, PlacedNode]) -> Iterable[PlacedEdge]:
    shown = _labelled(edges, placed)
    for edge in edges:
        source, target = placed[edge.source], placed[edge.target]
        times = f" ({edge.rows} rows)" if edge.rows > 1 else ""
        yield PlacedEdge(
            source.x + WIDTH,
            source.y + HEIGHT / 2,
            target.x,
            target.y + HEIGHT / 2,
            edge.label if edge in shown else "",
            f"{source.node.label} {edge.label} {target.node.label}{times}",
        )


def _labelled(edges: Sequence[Edge], placed: Mapping[str, PlacedNode]) -> set[Edge]:
    """Of many lines that mean the same from one node, or to one, the middle one says it."""
    shown: set[Edge] = set()
    fans: dict[tuple[str, str], list[Edge]] = {}
    out = {edge.source: 0 for edge in edges}
    into = {edge.target: 0 for edge in edges}
    for edge in edges:
        out[edge.source] += 1
        into[edge.target] += 1
    for edge in edges:
        hub = edge.source if out[edge.source] >= into[edge.target] else edge.target
        fans.setdefault((hub, edge.label), []).append(edge)
    for fan in fans.values():
        fan.sort(key=lambda edge: (placed[edge.source].y + placed[edge.target].y, edge.target))
        shown.add(fan[len(fan) // 2])
        if len(fan) <= 3:
            shown.update(fan)
    return shown
