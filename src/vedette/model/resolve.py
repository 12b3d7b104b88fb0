"""Gives a YAML scalar its type, by the core schema of YAML 1.2.

The trap: YAML 1.1 (PyYAML's own resolver) makes booleans of ``yes`` and ``off``, a date of
``2026-11-02`` and 5400 of ``1:30:00``; a country code NO or a duration would change silently.
"""

from __future__ import annotations

import re

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_SPECIAL = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")

#: No number of a detection or an event has more digits; Python itself refuses beyond 4,300.
_MAX_DIGITS = 400

PREFIX = "tag:yaml.org,2002:"

#: What an explicit tag may name; each type accepts only the text that would resolve to it.
_TAGGED = {
    f"{PREFIX}null": type(None),
    f"{PREFIX}bool": bool,
    f"{PREFIX}int": int,
    f"{PREFIX}float": float,
}


class Untyped:
    """The one answer of ``resolve`` that is no value: the tag does not fit the text."""


UNTYPED = Untyped()

Plain = str | int | float | bool | None


def resolve(value: str, *, plain: bool, tag: str | None) -> Plain | Untyped:
    """The scalar's value; ``UNTYPED`` for a tag that is unknown or does not fit the text."""
    if tag is None:
        return _core(value) if plain else value
    if tag in {"!", f"{PREFIX}str"}:
        return value
    wanted = _TAGGED.get(tag)
    if wanted is None:
        return UNTYPED
    found = _core(value)
    if wanted is float and type(found) is int:
        return float(found)
    return found if type(found) is wanted else UNTYPED


def _core(value: str) -> Plain:
    if value in _NULL:
        return None
    if value in _TRUE or value in _FALSE:
        return value in _TRUE
    if value[0] not in "+-.0123456789" or len(value) > _MAX_DIGITS:
        return value
    if _INT.fullmatch(value):
        return _integer(value)
    if _FLOAT.fullmatch(value):
        return float(value)
    if _SPECIAL.fullmatch(value):
        return float(value.replace(".", ""))
    return value


def _integer(value: str) -> int:
    # Base 0 reads 0o17 and 0x1F, but refuses the leading zeros that YAML allows in decimals.
    return int(value, 0 if value.startswith(("0o", "0x")) else 10)
