"""Text for a terminal: colours where they are wanted, and nothing that the terminal would obey.

The trap: names and queries in a workspace are written by anybody who may write there; an escape
sequence in one of them would rewrite the lines above it, the plan that somebody is to approve.
"""

from __future__ import annotations

import unicodedata

import click

#: Control characters, line and paragraph separators.
_CONTROLS = frozenset({"Cc", "Zl", "Zp"})

#: What turns the direction of the text after it: a query would read otherwise than it runs.
_DIRECTIONS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

_COLOURS = {"+": "green", "-": "red", "~": "yellow", "@": "cyan", "!": "red", "=": "bright_black"}


def printable(text: str) -> str:
    """``text`` with what a terminal would obey written as an escape (``\\x1b``); tabs stay."""
    if text.isprintable():  # which nothing that is obeyed is
        return text
    return "".join(
        character.encode("unicode_escape").decode("ascii") if _is_obeyed(character) else character
        for character in text
    )


def _is_obeyed(character: str) -> bool:
    if character == "\t":
        return False
    return unicodedata.category(character) in _CONTROLS or character in _DIRECTIONS


def paint(text: str, mark: str, *, colour: bool) -> str:
    """``text`` in the colour of ``mark``: ``+`` new, ``-`` gone, ``~`` changed, ``@`` a place."""
    return click.style(text, fg=_COLOURS.get(mark)) if colour else text


def columns(rows: list[tuple[str, ...]]) -> list[str]:
    """The rows as lines with their columns aligned, two spaces apart; the last is as it is."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
