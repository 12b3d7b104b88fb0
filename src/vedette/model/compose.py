"""Turns YAML text into a tree of nodes with positions, or into the finding that says why not.

The trap: the bounds (depth, one document) have to be checked on the stream of events, before a
hostile file has been read to its end, and aliases are followed here, where an endless one shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

import yaml

from vedette.errors import ToolError
from vedette.finding import Finding
from vedette.model.node import MappingNode, Node, Position, ScalarNode, SequenceNode
from vedette.model.scalar import Scalar
from vedette.model.yaml_errors import explain
from vedette.source import Location

#: libyaml is some thirty times faster; wheels of PyYAML carry it, a build from source may not.
_LOADER: type[yaml.CBaseLoader] | type[yaml.BaseLoader] = getattr(
    yaml, "CBaseLoader", yaml.BaseLoader
)

#: The deepest real file of the field has about ten levels.
MAX_DEPTH = 64


class Composer:
    """Reads the events of one file; ``root`` and ``findings`` hold the result."""

    def __init__(self, text: str, path: PurePosixPath) -> None:
        self._text = text
        self._path = path
        self._anchors: dict[str, Node] = {}
        self._stack: list[SequenceNode | MappingNode] = []
        self._key: list[Node | None] = []
        self._documents = 0
        self.root: Node | None = None
        self.findings: list[Finding] = []

    def compose(self) -> Node | None:
        """The root node; None if the text is not one YAML document (see ``findings``)."""
        try:
            for event in self._events():
                if not self._take(event):
                    return None
        except yaml.MarkedYAMLError as error:
            self.findings.append(explain(error, self._text, self._path))
            return None
        except yaml.YAMLError as error:
            self._report((1, 1), "bad-yaml", str(error).splitlines()[0])
            return None
        if self.root is None or self._is_empty(self.root):
            self._report((1, 1), "empty-file", "the file holds no data")
            return None
        return self.root

    def _events(self) -> Iterator[yaml.Event]:
        events: Iterator[yaml.Event] = yaml.parse(self._text, Loader=_LOADER)
        return events

    def _take(self, event: yaml.Event) -> bool:
        """Add one event to the tree; False stops the reading."""
        start, end = event.start_mark, event.end_mark
        if start is None or end is None:
            raise ToolError("the YAML parser gave an event without a place")
        at = (start.line + 1, start.column + 1)
        if isinstance(event, yaml.DocumentStartEvent):
            return self._begin_document(at)
        if isinstance(event, yaml.ScalarEvent):
            scalar = Scalar(event.value, event.style or "", start.index, end.index)
            self._add(ScalarNode(at, scalar, event.tag), event.anchor)
        elif isinstance(event, yaml.AliasEvent):
            return self._add_alias(event.anchor or "", at)
        elif isinstance(event, yaml.SequenceStartEvent):
            return self._open(SequenceNode(at, event.tag), event.anchor)
        elif isinstance(event, yaml.MappingStartEvent):
            return self._open(MappingNode(at, event.tag), event.anchor)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._stack.pop().open = False
            self._key.pop()
        return True

    def _begin_document(self, at: Position) -> bool:
        self._documents += 1
        if self._documents == 1:
            return True
        hint = "split the file at '---': one file holds one document"
        self._report(at, "several-documents", "a second YAML document begins here", hint)
        return False

    def _open(self, node: SequenceNode | MappingNode, anchor: str | None) -> bool:
        self._add(node, anchor)
        self._stack.append(node)
        self._key.append(None)
        if len(self._stack) > MAX_DEPTH:
            message = f"the data is nested deeper than {MAX_DEPTH} levels"
            self._report(node.at, "too-deep", message)
            return False
        return True

    def _add(self, node: Node, anchor: str | None = None) -> None:
        if anchor:
            self._anchors[anchor] = node
        if not self._stack:
            self.root = node
            return
        parent = self._stack[-1]
        if isinstance(parent, SequenceNode):
            parent.items.append(node)
            return
        key = self._key[-1]
        if key is None:
            self._key[-1] = node
        else:
            parent.pairs.append((key, node))
            self._key[-1] = None

    def _add_alias(self, name: str, at: Position) -> bool:
        node = self._anchors.get(name)
        if node is None:
            message = f"no anchor '&{name}' stands above the alias '*{name}'"
            hint = "quote the text if it begins with '*'"
            self._report(at, "unknown-anchor", message, hint)
            return False
        if not isinstance(node, ScalarNode) and node.open:
            message = f"the alias '*{name}' stands inside what it repeats"
            self._report(at, "endless-alias", message)
            return False
        self._add(node)
        return True

    @staticmethod
    def _is_empty(root: Node) -> bool:
        return isinstance(root, ScalarNode) and not root.scalar.style and not root.scalar.value

    def _report(self, at: Position, finding_id: str, message: str, hint: str = "") -> None:
        self.findings.append(Finding(Location(self._path, *at), finding_id, message, hint))
