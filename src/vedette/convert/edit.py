"""Moves single values in a YAML text and leaves every other byte as it is.

The trap: an edit that is almost right is a changed detection. So an edit says where it cannot be
made (``EditError``), and whoever makes one loads the result and compares (``adopt``).
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from vedette.convert.spans import Shape, Span
from vedette.convert.yaml_text import (
    double_quoted,
    fits_block,
    flow,
    item_lines,
    scalar,
    value_lines,
)
from vedette.errors import ToolError

#: An anchor or a tag before a value; it stays.
_PROPERTIES = re.compile(r"(?:[&!]\S*[ \t]+)+")


class EditError(ToolError):
    """The text is written in a way in which this value cannot be moved by itself."""


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """``text[start:end]`` becomes ``new``; offsets are of the text before any edit."""

    start: int
    end: int
    new: str


def apply_edits(raw: str, edits: Iterable[Edit]) -> str:
    """``raw`` with the edits, whose offsets count ``\\r\\n`` as one and no byte order mark.

    Lines that are new end as the others do.
    """
    places = _places(raw)
    breaks = "\r\n" if raw.count("\r\n") * 2 > raw.count("\n") else "\n"
    for edit in sorted(edits, reverse=True):
        new = edit.new.replace("\n", breaks)
        raw = raw[: places[edit.start]] + new + raw[places[edit.end] :]
    return raw


def _places(raw: str) -> list[int]:
    """The index in ``raw`` of each character of its normalised form, and of its end."""
    places = [
        index
        for index, character in enumerate(raw)
        if not (character == "\ufeff" and index == 0)
        and not (character == "\n" and index and raw[index - 1] == "\r")
    ]
    return [*places, len(raw)]


class Editor:
    """Collects the edits of one text, which has ``\\n`` line ends."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.edits: list[Edit] = []

    def change(self, parent: Span, key: str, old: object, new: object) -> None:
        """Make the value of ``key``, which ``parent`` writes, say ``new`` instead of ``old``.

        ``old`` is what it says now, in the spelling of ``new``: where the two agree, nothing is
        touched. An empty ``new`` takes the key away.

        Raises:
            EditError: it cannot be done in place.
        """
        pair = parent.pair(key)
        if pair is None:
            raise EditError(f"'{key}' comes from elsewhere, by an alias")
        if new is None or new in ("", [], {}):
            self._remove_pair(parent, pair)
        elif not self._descend(pair[1], old, new):
            self._replace(parent, pair, new)

    def insert(self, parent: Span, key: str, value: object, before: Sequence[str] = ()) -> None:
        """Write ``key`` into ``parent``, behind the last of ``before`` that is there.

        Raises:
            EditError: the mapping is written in a way in which nothing can be put into it.
        """
        if parent.shape is not Shape.MAPPING:
            raise EditError(f"'{key}' has no mapping to stand in")
        if parent.flow:
            at = parent.pairs[-1][1].end if parent.pairs else parent.start + 1
            comma = ", " if parent.pairs else ""
            self.edits.append(Edit(at, at, f"{comma}{scalar(key)}: {flow(value)}"))
            return
        known = [pair for pair in parent.pairs if pair[0].value in before]
        if not parent.pairs:
            raise EditError(f"'{key}' has no line to stand behind")
        after = (known or parent.pairs)[-1][1]
        indent = self._column(parent.pairs[0][0].start)
        head, below = value_lines(value, indent)
        lines = [" " * indent + f"{scalar(key)}:{head}", *below]
        self._insert_lines(self._line_end(after.end), lines)

    def _descend(self, span: Span, old: object, new: object) -> bool:
        """Change what is inside of ``span``; False if it has to be replaced as a whole."""
        if isinstance(new, Mapping) and isinstance(old, Mapping) and span.shape is Shape.MAPPING:
            for key in [*new, *(key for key in old if key not in new)]:
                if old.get(key) == new.get(key):
                    continue
                if span.pair(key) is not None:
                    self.change(span, key, old.get(key), new.get(key))
                elif key in new:
                    self.insert(span, key, new[key], list(new)[: list(new).index(key)])
            return True
        if isinstance(new, list) and isinstance(old, list) and span.shape is Shape.SEQUENCE:
            return len(old) == len(span.items) and self._list(span, old, new)
        return False

    def _list(self, span: Span, old: list[object], new: list[object]) -> bool:
        """Change the members that differ; False if one of them cannot be taken by itself."""
        before, after = [_key(each) for each in old], [_key(each) for each in new]
        matcher = difflib.SequenceMatcher(a=before, b=after, autojunk=False)
        steps = [step for step in matcher.get_opcodes() if step[0] != "equal"]
        if span.flow or not all(self._dash(item) is not None for item in span.items):
            if steps:
                self.edits.append(Edit(span.start, span.end, self._flow_list(span, old, new)))
            return span.flow
        for _, first, last, start, end in steps:
            pairs = min(last - first, end - start)
            for index in range(pairs):
                item = span.items[first + index]
                if not self._descend(item, old[first + index], new[start + index]):
                    self._replace_item(item, new[start + index])
            for item in span.items[first + pairs : last]:
                self._remove_lines(self._dash(item) or 0, item.end)
            if end - start > pairs:
                self._insert_items(span, first + pairs, new[start + pairs : end])
        return True

    def _flow_list(self, span: Span, old: list[object], new: list[object]) -> str:
        """``[a, b]`` with those members as they are written that stay."""
        written = {
            _key(value): self._text[item.start : item.end]
            for value, item in zip(old, span.items, strict=True)
        }
        return f"[{', '.join(written.get(_key(value), flow(value)) for value in new)}]"

    def _insert_items(self, span: Span, index: int, values: list[object]) -> None:
        first = self._dash(span.items[0]) or 0
        lines = [line for value in values for line in item_lines(value, self._column(first))]
        if index == 0:
            at = self._line_start(first)
            self.edits.append(Edit(at, at, "".join(f"{line}\n" for line in lines)))
        else:
            self._insert_lines(self._line_end(span.items[index - 1].end), lines)

    def _replace(self, parent: Span, pair: tuple[Span, Span], new: object) -> None:
        """Write ``new`` where the value of ``pair`` stands, in its style if it can be."""
        key, span = pair
        keeps_style = span.shape is Shape.SCALAR and isinstance(new, (str, int, float))
        if keeps_style and span.style in {"|", ">"} and isinstance(new, str) and "\n" in new:
            if span.style == "|" and fits_block(new) and self._block(span, new):
                return
        elif keeps_style and not (isinstance(new, str) and "\n" in new.rstrip("\n")):
            start = span.start + self._properties(span)
            self.edits.append(Edit(start, span.end, _styled(new, span.style, parent.flow)))
            return
        if parent.flow:
            self.edits.append(Edit(span.start, span.end, flow(new)))
            return
        head, below = value_lines(new, self._column(key.start))
        colon = self._text.index(":", key.end) + 1
        end, comment = span.end, ""
        if below and span.shape is Shape.SCALAR and span.style not in {"|", ">"}:
            # A comment behind the old value would be a part of the last line of a block.
            end = self._line_end(span.end)
            comment = self._text[span.end : end].rstrip()
        self.edits.append(Edit(colon, end, "\n".join([head + comment, *below])))

    def _replace_item(self, item: Span, new: object) -> None:
        if item.shape is Shape.SCALAR and isinstance(new, str) and "\n" not in new:
            self.edits.append(Edit(item.start, item.end, _styled(new, item.style, inside=False)))
            return
        dash = self._dash(item) or 0
        lines = item_lines(new, self._column(dash))
        self.edits.append(Edit(self._line_start(dash), item.end, "\n".join(lines)))

    def _block(self, span: Span, new: str) -> bool:
        """Change the lines of a literal block that differ; False if they are not one to one."""
        header = (
            self._text.index("\n", span.start, span.end) + 1
            if "\n" in (self._text[span.start : span.end])
            else 0
        )
        raw = self._text[header : span.end].split("\n") if header else []
        old = span.value.rstrip("\n").split("\n")
        if len(raw) != len(old) or not header or not new.endswith("\n"):
            return False
        indents = {len(line) - len(value) for line, value in zip(raw, old, strict=True) if value}
        if len(indents) != 1 or "+" in self._text[span.start : header]:
            return False
        pad = " " * indents.pop()
        lines = new.rstrip("\n").split("\n")
        if lines[0][:1] in {" ", ""} and old[0][:1] not in {" ", ""}:
            return False
        matcher = difflib.SequenceMatcher(a=old, b=lines, autojunk=False)
        found: list[str] = []
        for kind, first, last, start, end in matcher.get_opcodes():
            if kind == "equal":
                found += raw[first:last]
            else:
                found += [pad + line if line else "" for line in lines[start:end]]
        self.edits.append(Edit(header, span.end, "\n".join(found)))
        return True

    def _remove_pair(self, parent: Span, pair: tuple[Span, Span]) -> None:
        if parent.flow:
            index = parent.pairs.index(pair)
            if index:
                edit = Edit(parent.pairs[index - 1][1].end, pair[1].end, "")
            elif len(parent.pairs) > 1:
                edit = Edit(pair[0].start, parent.pairs[1][0].start, "")
            else:
                edit = Edit(pair[0].start, pair[1].end, "")
            self.edits.append(edit)
            return
        if self._text[self._line_start(pair[0].start) : pair[0].start].strip():
            raise EditError(f"'{pair[0].value}' does not begin its line")
        self._remove_lines(pair[0].start, pair[1].end)

    def _remove_lines(self, start: int, end: int) -> None:
        last = self._line_end(end)
        self.edits.append(Edit(self._line_start(start), min(last + 1, len(self._text)), ""))

    def _insert_lines(self, at: int, lines: Sequence[str]) -> None:
        self.edits.append(Edit(at, at, "".join(f"\n{line}" for line in lines)))

    def _dash(self, item: Span) -> int | None:
        """The index of the dash before an item of a block list; None if there is none."""
        dash = self._text.rfind("-", 0, item.start)
        if dash < 0 or self._text[dash + 1 : item.start].strip():
            return None
        return dash if not self._text[self._line_start(dash) : dash].strip() else None

    def _properties(self, span: Span) -> int:
        match = _PROPERTIES.match(self._text, span.start, span.end)
        return match.end() - match.start() if match else 0

    def _line_start(self, index: int) -> int:
        return self._text.rfind("\n", 0, index) + 1

    def _line_end(self, index: int) -> int:
        end = self._text.find("\n", index)
        return len(self._text) if end < 0 else end

    def _column(self, index: int) -> int:
        return index - self._line_start(index)


def _styled(value: object, style: str, inside: bool) -> str:
    """A scalar on one line, in the quotes that the old one had; ``inside`` brackets."""
    if isinstance(value, str):
        text = value.rstrip("\n")
        plain = flow(text) if inside else scalar(text)
        if style == '"' or plain.startswith('"'):
            return double_quoted(text)
        return "'" + text.replace("'", "''") + "'" if style == "'" else plain
    return scalar(value)


def _key(value: object) -> str:
    return json.dumps(value, sort_keys=True, default=str)
