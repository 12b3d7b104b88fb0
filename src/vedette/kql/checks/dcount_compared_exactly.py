"""An estimate that is compared as if it were exact.

The trap: a threshold on an estimate is off by a percent, which a threshold can bear; equality
cannot.
"""

from __future__ import annotations

from collections.abc import Iterator

from vedette.finding import Level
from vedette.kql.bound import Node
from vedette.kql.checks.base import Remark
from vedette.kql.checks.subject.comparisons import column_of
from vedette.kql.checks.subject.pipelines import assigned
from vedette.kql.checks.subject.subject import Subject
from vedette.kql.desugar.tree import called

LEVEL = Level.WARNING


def check(subject: Subject) -> Iterator[Remark]:
    """The result of dcount() is compared for equality.

    dcount() estimates, and may return another number for the same rows in the next run
    (learn.microsoft.com, "dcount()"). count_distinct() counts; so does an array_length() of
    make_set() for small sets.

    Bad:

        SigninLogs
        | summarize Countries = dcount(Location) by UserPrincipalName
        | where Countries == 2

    Good:

        SigninLogs
        | summarize Countries = count_distinct(Location) by UserPrincipalName
        | where Countries == 2
    """
    for pipeline in subject.pipelines:
        estimates: set[str] = set()
        for operator in pipeline.operators:
            made = assigned(operator)
            estimates -= made.keys()
            estimates |= {name for name, value in made.items() if called(value) == "dcount"}
            if operator.kind == "FilterOperator" and estimates:
                yield from _compared(subject, operator, estimates)


def _compared(subject: Subject, operator: Node, estimates: set[str]) -> Iterator[Remark]:
    for node in subject.nodes("EqualExpression", "NotEqualExpression"):
        inside = operator.start <= node.start and node.end <= operator.end
        column = column_of(node.children[0])
        value = node.children[-1]
        # One value or several is told apart reliably: an estimate of one is one.
        if inside and column in estimates and subject.text(value) not in {"0", "1"}:
            message = f"{column} is an estimate of dcount(), and equality takes it for exact"
            yield Remark(node, message, "use count_distinct(), or compare with a margin")
