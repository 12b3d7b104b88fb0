"""Where each node of a YAML text begins and ends, aliases not followed.

The trap: a parser says that a block ends where the next thing begins, behind the comments and blank
lines in between. Here it ends with its last character, so that what stands behind it stays there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import yaml

from vedette.errors import ToolError

_LOADER: type[yaml.CBaseLoader] | type[yaml.BaseLoader] = getattr(
    yaml, "CBaseLoader", yaml.BaseLoader
)


class Shape(StrEnum):
    """What a node is as it is written; an alias stands for a node elsewhere."""

    SCALAR = "scalar"
    SEQUENCE = "sequence"
    MAPPING = "mapping"
    ALIAS = "alias"


@dataclass(slots=True, eq=False)
class Span:
    """A node: ``text[start:end]``; a block collection begins with its first item or key.

    ``flow`` is True for ``[…]`` and ``{…}``. ``style`` and ``value`` are a scalar's.
    """

    shape: Shape
    start: int
    end: int
    flow: bool = False
    style: str = ""
    value: str = ""
    items: list[Span] = field(default_factory=list)
    pairs: list[tuple[Span, Span]] = field(default_factory=list)

    def pair(self, key: str) -> tuple[Span, Span] | None:
        """The key and the value of this name, None if the mapping itself does not write it."""
        return next((pair for pair in self.pairs if pair[0].value == key), None)


def spans_of(text: str) -> Span:
    """The root of ``text``, which is one YAML document that has been parsed before.

    Raises:
        ToolError: it is not.
    """
    stack: list[Span] = []
    keys: list[Span | None] = []
    root: Span | None = None
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            if isinstance(event, yaml.CollectionEndEvent):
                _close(stack.pop(), event, text)
                keys.pop()
                continue
            span = _span(event, text)
            if span is None:
                continue
            if not stack:
                root = root or span
            elif stack[-1].shape is Shape.SEQUENCE:
                stack[-1].items.append(span)
            elif (key := keys[-1]) is None:
                keys[-1] = span
            else:
                stack[-1].pairs.append((key, span))
                keys[-1] = None
            if isinstance(event, yaml.CollectionStartEvent):
                stack.append(span)
                keys.append(None)
    except yaml.YAMLError as error:
        raise ToolError(f"the text is no YAML document: {error}") from error
    if root is None:
        raise ToolError("the text holds no YAML document")
    return root


def _span(event: yaml.Event, text: str) -> Span | None:
    start, end = event.start_mark, event.end_mark
    if start is None or end is None:
        return None
    if isinstance(event, yaml.ScalarEvent):
        last = end.index
        if event.style in {"|", ">"}:
            last = start.index + len(text[start.index : last].rstrip())
        return Span(Shape.SCALAR, start.index, last, style=event.style or "", value=event.value)
    if isinstance(event, yaml.AliasEvent):
        return Span(Shape.ALIAS, start.index, end.index)
    if isinstance(event, yaml.SequenceStartEvent):
        return Span(Shape.SEQUENCE, start.index, end.index, flow=bool(event.flow_style))
    if isinstance(event, yaml.MappingStartEvent):
        return Span(Shape.MAPPING, start.index, end.index, flow=bool(event.flow_style))
    return None


def _close(span: Span, event: yaml.Event, text: str) -> None:
    last = [*span.items, *(part for pair in span.pairs for part in pair)]
    if span.flow and event.end_mark is not None:
        span.end = event.end_mark.index
    elif last:
        span.end = max(each.end for each in last)
    if not span.flow and last:
        span.start = last[0].start
