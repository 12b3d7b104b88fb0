"""A table that gets no rows any more.

The trap: a workspace keeps the old rows and the schema, so the query compiles and returns nothing
new. What is retired stands in ``vedette/schema/stages.yaml``, with who says so and when.
"""

from __future__ import annotations

from collections.abc import Iterator

from vedette.finding import Level
from vedette.kql.checks.base import Remark
from vedette.kql.checks.subject.subject import Subject
from vedette.schema.stages import retirements

LEVEL = Level.ERROR


def check(subject: Subject) -> Iterator[Remark]:
    """The query reads a table that its service no longer fills.

    The table is still there and the query still compiles, so nothing fails: the rule just never
    fires again.

    Bad:

        ThreatIntelligenceIndicator
        | where Active == true
        | where isnotempty(NetworkIP)

    Good:

        ThreatIntelIndicators
        | where IsActive == true
        | where ObservableKey == "ipv4-addr:value"
    """
    seen = set()
    for node in subject.nodes("NameReference"):
        retired = retirements().get(node.name) if node.symbol == "table" else None
        if retired is not None and node.name not in seen:
            seen.add(node.name)
            message = f"{node.name} {retired.fate}"
            yield Remark(node, message, f"read {retired.successor}, whose columns differ")
