"""Pieces of Markdown around text that is somebody else's.

The trap: a rule may be called anything. What it is called must neither end a code span, a table's
cell or a fence, nor be HTML in the page of a pull request.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

from vedette.report.terminal import printable


def code(text: str) -> str:
    """A code span: nothing in it is Markdown, whatever a resource is called."""
    plain = printable(text)
    ticks = "`" * (1 + max(map(len, re.findall("`+", plain)), default=0))
    pad = " " if "`" in plain else ""
    return f"{ticks}{pad}{plain}{pad}{ticks}".replace("|", "\\|")


def cell(text: str) -> str:
    """Text in a table or a line: neither HTML nor a column of its own."""
    return re.sub(r"([\\`*_\[\]|])", r"\\\1", html.escape(printable(text), quote=False))


def fence(lines: Iterable[str]) -> str:
    """Tildes around a block: more than there are in it, or a query could end it."""
    longest = max((len(run) for line in lines for run in re.findall("~+", line)), default=0)
    return "~" * max(3, longest + 1)
