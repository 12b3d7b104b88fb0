"""A join of mail tables on the message alone.

The trap: tables that have one row a message (EmailUrlInfo) are rightly joined on it; the recipient
is missing only where both sides know one.
"""

from __future__ import annotations

from collections.abc import Iterator

from vedette.finding import Level
from vedette.kql.bound import Node
from vedette.kql.checks.base import Remark
from vedette.kql.checks.subject.pipelines import join_keys, join_right
from vedette.kql.checks.subject.subject import Subject
from vedette.kql.desugar.tree import names, walk

LEVEL = Level.WARNING

#: Table → the column that holds the recipient (learn.microsoft.com, advanced hunting schema).
RECIPIENTS = {
    "EmailEvents": "RecipientEmailAddress",
    "EmailAttachmentInfo": "RecipientEmailAddress",
    "EmailPostDeliveryEvents": "RecipientEmailAddress",
    "UrlClickEvents": "AccountUpn",
}


def check(subject: Subject) -> Iterator[Remark]:
    """Mail tables are joined on NetworkMessageId and not on the recipient.

    All recipients of a message share its NetworkMessageId. A message to 200 people of whom one
    clicked becomes 200 rows, and 199 people are accused of a click that they did not make.

    Bad:

        EmailEvents
        | join kind=inner UrlClickEvents on NetworkMessageId
        | project NetworkMessageId, RecipientEmailAddress, Url

    Good:

        EmailEvents
        | extend Recipient = tolower(RecipientEmailAddress)
        | join kind=inner (UrlClickEvents | extend Recipient = tolower(AccountUpn))
            on NetworkMessageId, Recipient
        | project NetworkMessageId, RecipientEmailAddress, Url
    """
    for join in subject.nodes("JoinOperator"):
        keys = join_keys(join)
        pipeline = subject.pipeline_of(join)
        if len(keys) != 1 or pipeline is None:
            continue
        left, right = keys[0]
        if not subject.text(left).endswith("NetworkMessageId"):
            continue
        of_right = _recipients(join_right(join))
        of_left = _recipients(pipeline.input_of(join))
        if not of_right or not of_left:
            continue
        compared = {name for each in pipeline.after(join) for name in _filtered(each)}
        if compared & (of_right | of_left | {f"{name}1" for name in of_right}):
            continue
        message = (
            "all recipients of a message share its NetworkMessageId, and the join asks for no more"
        )
        hint = (
            f"join on the recipient too: {' and '.join(sorted(of_left | of_right))}, in lower case"
        )
        yield Remark(right if right is not left else left, message, hint)


def _recipients(side: Node) -> set[str]:
    """The recipient columns of the tables on this side; none where rows are grouped."""
    if any(node.kind in {"SummarizeOperator", "DistinctOperator"} for node in walk(side)):
        return set()
    return {RECIPIENTS[n.name] for n in walk(side) if n.symbol == "table" and n.name in RECIPIENTS}


def _filtered(operator: Node) -> set[str]:
    return names(operator) if operator.kind == "FilterOperator" else set()
