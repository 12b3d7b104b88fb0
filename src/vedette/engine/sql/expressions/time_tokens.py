"""``{{StartTimeISO}}`` and ``{{EndTimeISO}}``: times that the portal writes into a hunting query.

The trap: they stand in quotes, in ``datetime(…)`` or by themselves, and the compiler sees a literal
in each case. The last is shorter than its token: ``kql.binder`` shows it a datetime there.
"""

from __future__ import annotations

import re

from vedette.engine.sql import literals
from vedette.engine.sql.value import Value, literal
from vedette.kql.bound import Node

#: The parameters of a statement that take the range of a hunt.
RANGE_START, RANGE_END = "kqlstart", "kqlend"

_TOKEN = re.compile(r"\{\{(Start|End)TimeISO(?:\}\})?")


def has_token(text: str) -> bool:
    """True if a literal has one of the times in it."""
    return _TOKEN.search(text) is not None


def hunt_time(node: Node, text: str) -> Value:
    """The literal with the time of the run: a datetime, or a text that has it in ISO 8601."""
    if node.kind != "StringLiteralExpression":
        found = _TOKEN.search(text)
        return Value(_parameter(found[1] if found else "Start"), "datetime")
    parts = []
    for place, part in enumerate(_TOKEN.split(literals.unquoted(text))):
        # Every second part is what the token's group has matched.
        parts.append(f"kql.datetime_text({_parameter(part)})" if place % 2 else literal(part))
    return Value(f"({' || '.join(parts)})", "string")


def _parameter(end: str) -> str:
    return f"${RANGE_START if end == 'Start' else RANGE_END}::TIMESTAMP"
