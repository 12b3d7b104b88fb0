"""``has`` and its kin: whole terms, as regular expressions.

A term is a run of letters and digits; every other character ends one, the underscore too. A
boundary is asked for only where the needle itself begins or ends with a letter or digit.

The trap: the Unicode classes of letters and digits take the database 10 ms to compile in a regular
expression, each time one is planned. ``kql.has`` asks with an expression of ASCII boundaries first;
the Unicode one is compiled only for a row that is not ASCII.
"""

from __future__ import annotations

from collections.abc import Sequence

from vedette.engine.sql.value import Value, literal

_ASCII_EDGE = r"[\x00-/:-@\[-`{-\x7f]"
_UNICODE_EDGE = r"[^\pL\pN]"


def has(text: Value, terms: Sequence[str], *, cased: bool, lead: bool, trail: bool) -> str:
    """SQL: ``text`` has one of the constant ``terms``; ``lead``/``trail`` ask for boundaries."""
    fast = _pattern(terms, _ASCII_EDGE, cased, lead, trail)
    slow = _pattern(terms, _UNICODE_EDGE, cased, lead, trail)
    if fast == slow:
        return f"regexp_matches({text.sql}, {literal(fast)})"
    return f"kql.has({text.sql}, {literal(fast)}, {literal(slow)})"


def plain(term: str) -> bool:
    """True if Python can say whether the term's ends are letters or digits: it knows ASCII."""
    return term[:1].isascii() and term[-1:].isascii()


def _pattern(terms: Sequence[str], edge: str, cased: bool, lead: bool, trail: bool) -> str:
    alternatives = []
    for term in terms:
        start = f"(?:^|{edge})" if lead and term[:1].isalnum() else ""
        end = f"(?:$|{edge})" if trail and term[-1:].isalnum() else ""
        alternatives.append(start + _escaped(term) + end)

    flags = "" if cased else "(?i)"
    return flags + "|".join(alternatives)


def _escaped(term: str) -> str:
    return "".join(
        character if character.isalnum() or not character.isascii() else f"\\x{ord(character):02x}"
        for character in term
    )
