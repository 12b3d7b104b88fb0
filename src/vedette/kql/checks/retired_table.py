"""A table that gets no rows any more.

The trap: a workspace keeps the old rows and the schema, so the query compiles and returns nothing
new. What is retired is a matter of date and source, both of which stand beside the name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from vedette.finding import Level
from vedette.kql.checks.base import Remark
from vedette.kql.checks.subject.subject import Subject

LEVEL = Level.ERROR


@dataclass(frozen=True, slots=True)
class Retirement:
    """What became of a table, what took its place, and who says so."""

    fate: str
    successor: str
    source: str


RETIRED = {
    "ThreatIntelligenceIndicator": Retirement(
        "has had no new rows since 2025-08-31",
        "ThreatIntelIndicators",
        "Microsoft Sentinel blog, 'Table Talk: Sentinel's new ThreatIntel tables explained'",
    ),
    "AADSignInEventsBeta": Retirement(
        "is no longer in the schema of Defender XDR (2026-07)",
        "EntraIdSignInEvents",
        "learn.microsoft.com, advanced hunting schema tables",
    ),
}


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
        retired = RETIRED.get(node.name) if node.symbol == "table" else None
        if retired is not None and node.name not in seen:
            seen.add(node.name)
            message = f"{node.name} {retired.fate}"
            yield Remark(node, message, f"read {retired.successor}, whose columns differ")
