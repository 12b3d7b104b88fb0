"""Where in a text something stands, and how often.

The trap: positions count characters from 0, and a match counts only if it lies wholly inside the
part of the text that is searched.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from vedette.engine.sql.expressions.text import regex
from vedette.engine.sql.registry import Call, Function
from vedette.engine.sql.value import Value, literal

#: What looks at the characters before it; they are gone once an earlier match is cut off.
_LOOKS_BEHIND = re.compile(r"\^|\\[bBA]")


def _region(call: Call) -> str:
    """Start, length and occurrence, each with its default."""
    defaults = ("0", "(-1)", "1")
    given = [call.converted(index, "long").sql for index in range(2, len(call))]
    return ", ".join([*given, *defaults[len(given) :]])


def _indexof(call: Call) -> Value:
    text, lookup = call.converted(0, "string").sql, call.converted(1, "string").sql
    if len(call) == 2:
        return Value(f"(strpos({text}, {lookup}) - 1)", "long")
    return Value(f"kql.index_of({text}, {lookup}, {_region(call)})", "long")


def _indexof_regex(call: Call) -> Value:
    text, pattern = call.converted(0, "string").sql, regex(call.converted(1, "string"))
    if pattern.text is None:
        call.refuse("a pattern that is no constant")
    if len(call) > 4 and call.number(4) > 1 and _LOOKS_BEHIND.search(pattern.text):
        call.refuse("a later occurrence of a pattern that looks behind")
    before = literal(f"(?s)^(.*?)(?-s:{pattern.text})")
    through = literal(f"(?s)^.*?(?-s:{pattern.text})")
    return Value(f"kql.index_of_regex({text}, {before}, {through}, {_region(call)})", "long")


def _countof(call: Call) -> Value:
    text, search = call.converted(0, "string").sql, call.converted(1, "string").sql
    kind = call.text(2) if len(call) > 2 else "normal"
    if kind == "regex":
        return Value(f"len(regexp_extract_all({text}, {search}))::BIGINT", "long")
    return Value(f"kql.count_of({text}, {search})", "long")


def _has_any_index(call: Call) -> Value:
    text, terms = call.converted(0, "string").sql, call.converted(1, "dynamic").sql
    return Value(f"kql.has_any_index({text}, kql.texts({terms}))", "long")


FUNCTIONS: Mapping[str, Function] = {
    "countof": Function(_countof),
    "has_any_index": Function(_has_any_index),
    "indexof": Function(_indexof),
    "indexof_regex": Function(_indexof_regex),
}
