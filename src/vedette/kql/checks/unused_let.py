"""A name that is given and not used.

The trap: a name may be used by text alone, as in table('Name'); a name that stands in any text of
the query is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from vedette.finding import Level
from vedette.kql.checks.base import Remark
from vedette.kql.checks.subject.comparisons import text_of
from vedette.kql.checks.subject.subject import Subject

LEVEL = Level.WARNING


def check(subject: Subject) -> Iterator[Remark]:
    """A let gives a name that the query does not use.

    Either it is left over, or what was to use it has the value written out: a threshold that
    somebody changes at the top of the query and that changes nothing.

    Bad:

        let threshold = 25;
        SigninLogs
        | summarize Failures = count() by UserPrincipalName
        | where Failures > 10

    Good:

        let threshold = 25;
        SigninLogs
        | summarize Failures = count() by UserPrincipalName
        | where Failures > threshold
    """
    used = {node.name for node in subject.nodes("NameReference", "FunctionCallExpression")}
    used |= {subject.text(node) for node in subject.nodes("NameReference")}
    texts = [text_of(subject, each) or "" for each in subject.nodes("StringLiteralExpression")]
    for statement in subject.nodes("LetStatement"):
        declared = statement.children[1]
        name = declared.name or subject.text(declared)
        if name not in used and not any(name in text for text in texts):
            yield Remark(declared, f"'{name}' is never used", "remove it, or use it")
