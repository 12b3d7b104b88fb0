"""A count over a threshold, in groups of one instant each.

The trap: many queries group by TimeGenerated to keep it, and mean no count; only a threshold that
one instant can hardly reach tells that a span was meant.
"""

from __future__ import annotations

from collections.abc import Iterator

from vedette.finding import Level
from vedette.kql.bound import Node
from vedette.kql.checks.base import Remark
from vedette.kql.checks.subject.comparisons import column_of
from vedette.kql.checks.subject.pipelines import aggregates, group_keys
from vedette.kql.checks.subject.subject import Subject
from vedette.kql.checks.subject.time import TIME_COLUMNS
from vedette.kql.desugar.tree import called

LEVEL = Level.WARNING

#: Aggregates that count rows or values, and the name of the column that an unnamed one makes.
_COUNTS = {"count": "count_", "countif": "countif_", "dcount": "dcount_", "dcountif": "dcountif_"}

_ABOVE = frozenset({"GreaterThanExpression", "GreaterThanOrEqualExpression"})


def check(subject: Subject) -> Iterator[Remark]:
    """A count per group is held against a threshold, and each group is one instant.

    Grouped by TimeGenerated itself, events fall into one group only if they happened in the same
    tick of a ten millionth of a second. A threshold over one is then hardly ever reached, and the
    rule is silent. bin() makes groups of a span.

    Bad:

        SigninLogs
        | summarize Failures = count() by UserPrincipalName, TimeGenerated
        | where Failures > 10

    Good:

        SigninLogs
        | summarize Failures = count() by UserPrincipalName, bin(TimeGenerated, 10m)
        | where Failures > 10
    """
    for pipeline in subject.pipelines:
        for summarize in pipeline.operators:
            key = _instant(summarize)
            if key is None:
                continue
            counts = _counts(summarize)
            behind = pipeline.after(summarize)
            if any(
                _held(subject, each, counts) for each in behind if each.kind == "FilterOperator"
            ):
                message = f"each group is one instant of {key.name}, and the count never gets high"
                yield Remark(key, message, f"group by bin({key.name}, 10m), or leave it out")


def _instant(operator: Node) -> Node | None:
    """The time by which the operator groups as it is."""
    if operator.kind != "SummarizeOperator":
        return None
    keys = (key for key in group_keys(operator) if key.kind == "NameReference")
    return next((key for key in keys if key.name in TIME_COLUMNS), None)


def _counts(summarize: Node) -> set[str]:
    """The columns that count."""
    found = set()
    for item in aggregates(summarize):
        call = item.children[-1] if item.kind == "SimpleNamedExpression" else item
        if called(call) in _COUNTS:
            named = item.kind == "SimpleNamedExpression"
            found.add(item.children[0].name if named else _COUNTS[call.name])
    return found


def _held(subject: Subject, condition: Node, counts: set[str]) -> bool:
    """True if the filter keeps what counts more than one."""
    for node in subject.nodes(*_ABOVE):
        inside = condition.start <= node.start and node.end <= condition.end
        if inside and column_of(node.children[0]) in counts:
            least = subject.text(subject.resolve(node.children[-1]))
            over = 1 if node.kind == "GreaterThanExpression" else 2
            if least.isdecimal() and int(least) >= over:
                return True
    return False
