"""What a query reads from outside and a case must supply, since nothing is fetched.

An ``externaldata`` table is named after the file that its first address ends in: ``https://h.example/a/list.csv?sv=1``
is ``list.csv``. The trap: an address may be a variable; only constants can be named before a run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import unquote, urlsplit

from vedette.kql.bound import BoundQuery, Node
from vedette.kql.desugar.tree import called, items, literal, walk
from vedette.schema.types import Column

KIND = "ExternalDataExpression"

#: The service's data about addresses, behind the function of this name, as a table of networks.
LOCATIONS = "geo_info_from_ip_address"
LOCATION_COLUMNS = (
    Column("network", "string"),
    Column("country", "string"),
    Column("state", "string"),
    Column("city", "string"),
    Column("latitude", "real"),
    Column("longitude", "real"),
)


def stub_name(address: str) -> str:
    """The name under which a case supplies what is at ``address``: its file, or its host."""
    parts = urlsplit(address.partition(";")[0])
    file = unquote(parts.path).rstrip("/").rpartition("/")[2]
    return file or parts.netloc or address


def addresses(node: Node) -> list[Node]:
    """The expressions of an ``externaldata``'s addresses."""
    lists = [part for part in node.children if part.kind == "List"]
    return items(lists[-1]) if lists else []


def externals(query: BoundQuery) -> Mapping[str, tuple[Column, ...]]:
    """The columns of everything from outside that can be named, also in functions."""
    found: dict[str, tuple[Column, ...]] = {}
    for text, tree in _trees(query):
        lower = text.lower()
        if "external" not in lower and LOCATIONS not in lower:
            continue
        strings = _strings(text, tree)
        for node in walk(tree):
            if called(node) == LOCATIONS:
                found[LOCATIONS] = LOCATION_COLUMNS
            name = _name(node, text, strings) if node.kind == KIND else None
            if name is not None:
                found.setdefault(name, node.columns)
    return dict(sorted(found.items()))


def _trees(query: BoundQuery) -> Iterator[tuple[str, Node]]:
    if query.tree is not None:
        yield query.text, query.tree
    for name, tree in query.bodies.items():
        if tree is not None:
            yield query.functions[name].body, tree


def _strings(text: str, tree: Node) -> dict[str, str | None]:
    """The variables that are string constants."""
    return {
        node.children[1].name: literal(node.children[-1], text)
        for node in walk(tree)
        if node.kind == "LetStatement"
    }


def _name(node: Node, text: str, strings: Mapping[str, str | None]) -> str | None:
    first = next(iter(addresses(node)), None)
    if first is None:
        return None
    address = literal(first, text) or strings.get(first.name)
    return None if address is None else stub_name(address)
