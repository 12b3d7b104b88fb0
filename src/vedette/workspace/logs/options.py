"""What a query sets about itself before it begins: ``set query_now = datetime(…);``.

The trap: an option that is passed over changes the answer without a word. The clock is honoured,
and every other option is refused by name.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from vedette.errors import UnsupportedError
from vedette.kql.bound import BoundQuery, Node
from vedette.kql.desugar.tree import child, items
from vedette.workspace.iso8601 import parse_time
from vedette.workspace.logs.errors import unsupported

_CLOCK = "query_now"
_DATETIME = re.compile(r"datetime\s*\(\s*([^)]*?)\s*\)")

#: What raises limits that are not reached here, or is about the engine that the service has.
_WITHOUT_EFFECT = frozenset({"notruncation", "norequesttimeout", "servertimeout"})


def clock_of(bound: BoundQuery) -> datetime | None:
    """What ``now()`` is in the query, None if it does not say; LogsRefusal for other options."""
    clock = None
    for statement in _options(bound.tree):
        name = next((each.name for each in statement.children if each.name), "")
        value = child(statement, "OptionValueClause")
        text = bound.text[value.start : value.end] if value is not None else ""
        if name == _CLOCK:
            clock = _moment(text)
        elif name not in _WITHOUT_EFFECT:
            raise unsupported(UnsupportedError(f"the option '{name}' of a query"))
    return clock


def _options(tree: Node | None) -> list[Node]:
    listed = tree.children if tree is not None else ()
    return [
        statement
        for each in listed
        for statement in items(each)
        if statement.kind == "SetOptionStatement"
    ]


def _moment(text: str) -> datetime:
    match = _DATETIME.search(text)
    try:
        if match is None:
            raise ValueError(text)
        return parse_time(match[1].strip("'\"")).astimezone(UTC)
    except ValueError as error:
        raise unsupported(UnsupportedError(f"query_now as '{text.strip()}'")) from error
