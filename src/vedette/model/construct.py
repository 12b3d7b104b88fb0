"""Turns a tree of YAML nodes into plain data and the position of every key and value.

The trap: aliases multiply. The nodes that aliases and merges bring in are counted, and beyond
a bound the file is a finding; without it ten lines of text become a billion nodes.
"""

from __future__ import annotations

from pathlib import PurePosixPath

from vedette.finding import Finding
from vedette.model.compose import MAX_DEPTH
from vedette.model.node import MappingNode, Node, Position, ScalarNode, SequenceNode
from vedette.model.resolve import PREFIX, Untyped, resolve
from vedette.model.scalar import Scalar
from vedette.source import Location, ValuePath

#: Nodes that aliases may bring in beyond those that are written. A case file repeats a 60-column
#: event hundreds of times at most.
MAX_REPEATED = 100_000

_MERGE = "<<"


class Constructor:
    """Walks the nodes once; ``values``, ``keys``, ``scalars`` and ``findings`` hold the places."""

    def __init__(self, path: PurePosixPath) -> None:
        self._path = path
        self._seen: set[int] = set()
        self._repeated = 0
        self.values: dict[ValuePath, Position] = {}
        self.keys: dict[ValuePath, Position] = {}
        self.scalars: dict[ValuePath, Scalar] = {}
        self.findings: list[Finding] = []

    @property
    def exhausted(self) -> bool:
        """True once the file has asked for more repeated nodes than any real one needs."""
        return self._repeated > MAX_REPEATED

    def construct(self, node: Node, path: ValuePath = ()) -> object:
        """The value of ``node``, which stands at ``path``."""
        self._count(node)
        if self.exhausted:
            return None
        self.values[path] = node.at
        if isinstance(node, ScalarNode):
            return self._scalar(node, path)
        if len(path) > MAX_DEPTH:
            message = f"aliases nest the data deeper than {MAX_DEPTH} levels"
            self._report(node.at, "too-deep", message)
            return None
        if isinstance(node, SequenceNode):
            self._check_tag(node, f"{PREFIX}seq")
            return [self.construct(item, (*path, index)) for index, item in enumerate(node.items)]
        self._check_tag(node, f"{PREFIX}map")
        return self._mapping(node, path)

    def _count(self, node: Node) -> None:
        if id(node) in self._seen:
            self._repeat(node, 1)
        self._seen.add(id(node))

    def _repeat(self, node: Node, count: int) -> None:
        was_exhausted = self.exhausted
        self._repeated += count
        if self.exhausted and not was_exhausted:
            message = f"aliases and merges repeat more than {MAX_REPEATED:,} values"
            self._report(node.at, "too-many-aliases", message)

    def _scalar(self, node: ScalarNode, path: ValuePath) -> object:
        self.scalars[path] = node.scalar
        value = resolve(node.scalar.value, plain=not node.scalar.style, tag=node.tag)
        if not isinstance(value, Untyped):
            return value
        self._report_tag(node.at, node.tag)
        return node.scalar.value

    def _mapping(self, node: MappingNode, path: ValuePath) -> dict[str, object]:
        # Settled before anything is constructed: a merged value that is overridden leaves no
        # positions behind.
        pairs = {key.scalar.value: (key, value) for key, value in self._merged(node)}
        pairs.update({key.scalar.value: (key, value) for key, value in self._own(node)})
        data: dict[str, object] = {}
        for name, (key, value) in pairs.items():
            if self.exhausted:
                break
            self.keys[*path, name] = key.at
            data[name] = self.construct(value, (*path, name))
        return data

    def _own(self, node: MappingNode) -> list[tuple[ScalarNode, Node]]:
        """The pairs that the mapping itself writes; a key's second value is a finding."""
        seen: dict[str, Position] = {}
        pairs: list[tuple[ScalarNode, Node]] = []
        for key, value in node.pairs:
            if not isinstance(key, ScalarNode):
                self._report(key.at, "bad-key", "a list or a mapping cannot be a key")
                continue
            if not key.scalar.value:
                self._report(key.at, "bad-key", "a key is missing before the ':'")
                continue
            name = key.scalar.value
            if name in seen:
                first = "{}:{}".format(*seen[name])
                message = f"the key '{name}' stands here again; it is first at {first}"
                self._report(key.at, "duplicate-key", message, "keep one of the two")
                continue
            seen[name] = key.at
            if not _is_merge(key):
                pairs.append((key, value))
        return pairs

    def _merged(self, node: MappingNode, depth: int = 0) -> list[tuple[ScalarNode, Node]]:
        """What ``<<`` brings in, the least important first: the first of several sources wins."""
        pairs: list[tuple[ScalarNode, Node]] = []
        for key, value in node.pairs:
            if not _is_merge(key):
                continue
            sources = value.items if isinstance(value, SequenceNode) else [value]
            for source in reversed(sources):
                pairs.extend(self._source(source, key.at, depth))
        return pairs

    def _source(self, source: Node, at: Position, depth: int) -> list[tuple[ScalarNode, Node]]:
        if not isinstance(source, MappingNode):
            message = "'<<' can merge only a mapping, or a list of mappings"
            self._report(at, "bad-merge", message, "write <<: *anchor of a mapping")
            return []
        if depth >= MAX_DEPTH or self.exhausted:
            return []
        self._repeat(source, len(source.pairs))
        inherited = self._merged(source, depth + 1)
        written = [
            (key, value)
            for key, value in source.pairs
            if isinstance(key, ScalarNode) and key.scalar.value and not _is_merge(key)
        ]
        return inherited + written

    def _check_tag(self, node: SequenceNode | MappingNode, own: str) -> None:
        if node.tag not in {None, "!", own}:
            self._report_tag(node.at, node.tag)

    def _report_tag(self, at: Position, tag: str | None) -> None:
        name = (tag or "").replace(PREFIX, "!!")
        message = f"the tag '{name}' does not fit here"
        self._report(at, "bad-tag", message, "quote the text if it begins with '!'")

    def _report(self, at: Position, finding_id: str, message: str, hint: str = "") -> None:
        self.findings.append(Finding(Location(self._path, *at), finding_id, message, hint))


def _is_merge(key: Node) -> bool:
    return isinstance(key, ScalarNode) and not key.scalar.style and key.scalar.value == _MERGE
