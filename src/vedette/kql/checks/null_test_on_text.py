"""A test for null on a column that has none.

The trap: a text is never null in Kusto; a missing one is the empty text.
"""

from __future__ import annotations

from collections.abc import Iterator

from vedette.finding import Level
from vedette.kql.checks.base import Remark
from vedette.kql.checks.subject.subject import Subject
from vedette.kql.desugar.tree import arguments

LEVEL = Level.WARNING

_INSTEAD = {"isnull": "isempty", "isnotnull": "isnotempty", "notnull": "isnotempty"}


def check(subject: Subject) -> Iterator[Remark]:
    """isnull() or isnotnull() is asked of a text.

    The string type has no null: isnull() of a text is always false and isnotnull() always true
    (learn.microsoft.com, "Null values"). The filter keeps everything, or nothing.

    Bad:

        SigninLogs
        | where isnotnull(UserPrincipalName)

    Good:

        SigninLogs
        | where isnotempty(UserPrincipalName)
    """
    for call in subject.calls(*_INSTEAD):
        given = arguments(call)
        if given and given[0].type == "string":
            always = "false" if call.name == "isnull" else "true"
            message = f"{call.name}() of a text is always {always}: a text is never null"
            yield Remark(call, message, f"use {_INSTEAD[call.name]}()")
