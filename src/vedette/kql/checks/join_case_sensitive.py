"""A join on addresses as they are written.

The trap: one table spells an address alike in all its rows, and so do the mail tables, which one
service writes; UserId is a name in OfficeActivity only, an id elsewhere. Only where two sources
meet does the case decide, and only unfolded.
"""

from __future__ import annotations

from collections.abc import Iterator

from vedette.finding import Level
from vedette.kql.bound import Node
from vedette.kql.checks.base import Remark
from vedette.kql.checks.subject.addresses import ADDRESS_COLUMNS
from vedette.kql.checks.subject.pipelines import assigned, join_keys, join_right
from vedette.kql.checks.subject.subject import Subject
from vedette.kql.desugar.tree import walk

LEVEL = Level.WARNING


def check(subject: Subject) -> Iterator[Remark]:
    """Two tables are joined on an address or user name in the case in which each has it.

    A join compares text exactly, and the case of an address differs between sources: a mail has
    what its sender typed, Entra ID what the administrator did. Rows that belong together are not
    found.

    Bad:

        EmailEvents
        | join kind=inner UrlClickEvents
            on NetworkMessageId, $left.RecipientEmailAddress == $right.AccountUpn

    Good:

        EmailEvents
        | extend Recipient = tolower(RecipientEmailAddress)
        | join kind=inner (UrlClickEvents | extend Recipient = tolower(AccountUpn))
            on NetworkMessageId, Recipient
    """
    for join in subject.nodes("JoinOperator"):
        pipeline = subject.pipeline_of(join)
        if pipeline is None:
            continue
        left = pipeline.input_of(join)
        right = join_right(join)
        for one, other in join_keys(join):
            if not {one.name, other.name} <= ADDRESS_COLUMNS:
                continue
            tables = _origin(left, one.name), _origin(right, other.name)
            one_service = one.name == other.name and all(t.startswith("Email") for t in tables)
            ids = any(
                name == "UserId" and table != "OfficeActivity"
                for name, table in zip((one.name, other.name), tables, strict=True)
            )
            if all(tables) and tables[0] != tables[1] and not one_service and not ids:
                message = (
                    f"{one.name} of {tables[0]} and {other.name} of {tables[1]} "
                    "are compared with their case"
                )
                yield Remark(one, message, "join on tolower() of both")


def _origin(side: Node, column: str) -> str:
    """The one table that the side reads, if it hands the column on as it is; else empty."""
    tables = {node.name for node in walk(side) if node.symbol == "table"}
    changed = any(column in assigned(node) for node in walk(side))
    other = any(
        node.symbol in {"variable", "function"} and node.type == "table" for node in walk(side)
    )
    return next(iter(tables)) if len(tables) == 1 and not changed and not other else ""
