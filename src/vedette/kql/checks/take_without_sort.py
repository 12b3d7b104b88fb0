"""A rule that takes any rows.

The trap: a hunt takes a few rows to look at, and that is what take is for; in a rule it decides
which alerts there are.
"""

from __future__ import annotations

from collections.abc import Iterator

from vedette.finding import Level
from vedette.kql.checks.base import Remark
from vedette.kql.checks.subject.subject import Subject

LEVEL = Level.WARNING


def check(subject: Subject) -> Iterator[Remark]:
    """A rule takes some rows, and nothing says which.

    Without a sort in front, take returns any rows, others in each run: alerts come and go on the
    same data, and the rows that are left out are never reported.

    Bad:

        SecurityEvent
        | where EventID == 4625
        | take 100

    Good:

        SecurityEvent
        | where EventID == 4625
        | top 100 by TimeGenerated desc
    """
    if not subject.detection.is_rule:
        return
    for pipeline in subject.pipelines:
        for operator in pipeline.operators:
            if operator.kind not in {"TakeOperator", "SampleOperator"}:
                continue
            before = pipeline.before(operator)
            # In toscalar() it asks whether there is anything at all.
            around = {above.kind for above in subject.ancestors(operator)}
            if "ToScalarExpression" in around:
                continue
            if not any(each.kind in {"SortOperator", "TopOperator"} for each in before):
                word = subject.text(operator).split()[0]
                message = f"{word} keeps any rows: which ones differs from run to run"
                yield Remark(operator, message, "use top … by …, or leave it out")
