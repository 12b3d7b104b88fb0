"""Where each character of a YAML scalar's value stands in the file's text.

The trap: a value is not a slice of the file. Block scalars lose their indentation, folded ones
their line breaks, quoted ones their escapes; a diagnostic at offset 200 of a query points nowhere
unless every one of these is undone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_BLOCKS = frozenset({"|", ">"})

_ESCAPE = re.compile(r"\\(?:x..|u.{4}|U.{8}|\n|.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Scalar:
    """A scalar as it is written: ``text[start:end]``.

    ``style`` is YAML's indicator: ``|``, ``>``, ``'``, ``"``, or empty for a plain scalar.
    """

    value: str
    style: str
    start: int
    end: int


def index_in(text: str, scalar: Scalar, offset: int) -> int:
    """The index in ``text`` of the value's character at ``offset``; never outside the scalar.

    An offset behind the value gives the place behind its last character; the line breaks at the end
    of a block do not count, so that "something is missing" points at the last line of a query.
    Exact for literal blocks, quoted and single-line plain scalars; for folded text a line break
    counts as the space that it becomes.
    """
    content = scalar.value.rstrip("\n") if scalar.style in _BLOCKS else scalar.value
    offset = min(max(offset, 0), len(content))
    if scalar.style == "|":
        return _in_literal(text, scalar, offset)
    if scalar.style == ">":
        return _aligned(text, scalar, _body_start(text, scalar), offset)
    if scalar.style == '"':
        return _in_double_quotes(text, scalar, offset)
    if scalar.style == "'":
        return _in_single_quotes(text, scalar, offset)
    return _aligned(text, scalar, scalar.start, offset)


def _body_start(text: str, scalar: Scalar) -> int:
    """The index of the first line below a block scalar's header."""
    end_of_header = text.find("\n", scalar.start, scalar.end)
    return scalar.end if end_of_header < 0 else end_of_header + 1


def _in_literal(text: str, scalar: Scalar, offset: int) -> int:
    lines = scalar.value.split("\n")
    line = scalar.value.count("\n", 0, offset)
    column = offset - (scalar.value.rfind("\n", 0, offset) + 1)
    start = _body_start(text, scalar)
    for _ in range(line):
        following = text.find("\n", start, scalar.end)
        if following < 0:
            break
        start = following + 1
    end = text.find("\n", start, scalar.end)
    end = scalar.end if end < 0 else end
    # What is longer in the file than in the value is the indentation, whatever its indicator says.
    indent = (end - start) - len(lines[line])
    return min(start + max(indent, 0) + column, end)


def _in_single_quotes(text: str, scalar: Scalar, offset: int) -> int:
    # A doubled quote stands for one: align on the text with the first of each pair left out.
    return _aligned(text, scalar, scalar.start + 1, offset, doubled="'")


def _in_double_quotes(text: str, scalar: Scalar, offset: int) -> int:
    index, seen, last = scalar.start + 1, 0, scalar.end - 1
    while index < last:
        escape = _ESCAPE.match(text, index, last)
        if escape and escape[0] == "\\\n":
            index = _skip_blank(text, escape.end(), last)
        elif seen >= offset:
            break
        elif escape:
            index, seen = escape.end(), seen + 1
        elif scalar.value[seen] == text[index] and text[index] not in " \t\n":
            index, seen = index + 1, seen + 1
        else:
            index, seen = _fold(text, scalar.value, index, seen, last)
    return min(index, last)


def _aligned(text: str, scalar: Scalar, index: int, offset: int, doubled: str = "") -> int:
    """Walk value and text side by side; only white space (and doubled quotes) may differ."""
    last = scalar.end - 1 if doubled else scalar.end
    seen = 0
    if scalar.style == ">":
        index = _skip_indent(text, scalar.value, index, last)
    while seen < offset and index < last:
        if text[index] in " \t\n":
            index, seen = _fold(text, scalar.value, index, seen, last)
            continue
        index += 2 if doubled and text.startswith(doubled * 2, index) else 1
        seen += 1
    return min(index, last)


def _fold(text: str, value: str, index: int, seen: int, last: int) -> tuple[int, int]:
    """Step over one run of white space, in the text and in the value.

    Without a line break the two runs are the same. With one, the value's run (a space, or the
    breaks that were kept) stands for all of the text's.
    """
    end = _skip_blank(text, index, last)
    if "\n" not in text[index:end]:
        return index + 1, seen + 1
    run = seen
    while run < len(value) and value[run] in " \t\n":
        run += 1
    return end, max(run, seen)


def _skip_blank(text: str, index: int, last: int) -> int:
    while index < last and text[index] in " \t\n":
        index += 1
    return index


def _skip_indent(text: str, value: str, index: int, last: int) -> int:
    """The first visible character, less what white space the value itself begins with."""
    first = _skip_blank(text, index, last)
    lead = len(value) - len(value.lstrip(" \t\n"))
    return max(first - lead, index)
