"""Values as KQL text, for the queries that pages write.

The trap: a value is an attacker's. One that is not quoted to the last character becomes part of
the query.
"""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from vedette.engine.cells import datetime_text, timespan_text

_BARE = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def text_literal(value: str) -> str:
    """A string of KQL in double quotes."""
    return '"' + "".join(_escaped(character) for character in value) + '"'


def name_text(name: str) -> str:
    """A column's or a table's name where a query names it; bare if it may be."""
    return name if _BARE.fullmatch(name) else f"[{text_literal(name)}]"


def literal(value: object) -> str | None:
    """The value as KQL writes it; None for one that no query compares with (dynamic)."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return text_literal(value)
        case int():
            return str(value) if value >= 0 else f"({value})"
        case float():
            return f"real({value!r})"
        case Decimal():
            return f"decimal({value})"
        case datetime():
            return f"datetime({datetime_text(value)})"
        case timedelta():
            return f"time({timespan_text(value)})"
        case UUID():
            return f"guid({value})"
    return None


def equals(column: str, kind: str, value: object) -> str:
    """The condition that ``column``, of Kusto type ``kind``, has ``value``, also none at all."""
    name = name_text(column)
    if value is None or value == "":
        return f"isempty({name})"
    if kind == "dynamic":
        compact = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        written = value if isinstance(value, str) else compact
        return f"tostring({name}) == {text_literal(written)}"
    return f"{name} == {literal(value)}"


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
