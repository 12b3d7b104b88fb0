"""How a query may go on at a place in it, as the official compiler completes it.

The trap: the compiler takes a word that is half written for what it happens to spell (``to`` is a
keyword) and then offers what follows it. It is asked about the text without that word, and the
word picks from the answer.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

#: A word up to its end. Names may begin with $ where a join tells its sides apart.
_WORD = re.compile(r"\$?[A-Za-z_0-9-]*\Z")
_REST = re.compile(r"[A-Za-z_0-9]*")

#: Words that go on behind a hyphen, which is a minus behind all others.
_HYPHENATED = frozenset({"graph", "make", "mv", "project", "sample", "top"})

#: Kinds that say nothing to somebody who types: brackets, and numbers or texts as examples.
_IDLE = frozenset({"Punctuation", "Example", "Unknown"})


@dataclass(frozen=True, slots=True)
class Completion:
    """One way to go on: its ``kind`` (``Column``, ``QueryPrefix``, …), the name that is matched.

    ``before`` and ``after`` are what to write before and after the caret.
    """

    kind: str
    name: str
    before: str
    after: str = ""


def utf16_length(text: str) -> int:
    """How many units the compiler counts."""
    return len(text) + sum(character > "\uffff" for character in text)


def word_before(text: str) -> str:
    """The word that ends ``text``; empty behind a space, or inside a number."""
    found = _WORD.search(text)
    word = found.group() if found else ""
    if word.partition("-")[0] not in _HYPHENATED:
        word = word.rpartition("-")[2]
    return "" if word[:1].isdigit() else word


def word_after(text: str) -> str:
    """The rest of a word at the start of ``text``."""
    found = _REST.match(text)
    return found.group() if found else ""


def matching(
    items: Iterable[Completion], word: str, most: int, first: Collection[str] = ()
) -> list[Completion]:
    """Those that ``word`` may be, the best first.

    What it is, what begins with it in the same letter case, then in any, then what holds it. Among
    equals those named in ``first`` come first, then the order is the compiler's.
    """
    wanted = word.casefold()

    def rank(item: Completion) -> tuple[bool, ...]:
        name = item.name
        folded = name.casefold()
        return (
            not folded.startswith(wanted),
            folded != wanted,
            not name.startswith(word),
            name not in first,
        )

    ranked = [
        (rank(item), number, item)
        for number, item in enumerate(items)
        if item.kind not in _IDLE and wanted in item.name.casefold()
    ]
    return [item for _, _, item in sorted(ranked, key=lambda one: one[:2])[:most]]
