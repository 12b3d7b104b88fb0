"""A value that was to be replaced.

The trap: names of documentation are real names in nobody's data; a rule with them was copied and
not finished.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from vedette.finding import Level
from vedette.kql.checks.base import Remark
from vedette.kql.checks.subject.comparisons import text_of
from vedette.kql.checks.subject.subject import Subject

LEVEL = Level.WARNING

#: Microsoft's names for documentation, and RFC 2606's.
_NAMES = r"(?:contoso|fabrikam|example|yourdomain|mydomain)\.(?:com|org|net|onmicrosoft\.com)"
_PLACEHOLDER = re.compile(
    rf"(?i)(?:^|[@./\\]){_NAMES}$"
    r"|<(?:your|insert|enter|add|replace)[^<>]*>"
    # As a whole only: mails and documents speak of 'your domain' as well.
    r"|^(?:your|insert|enter|replace)[_-]?(?:tenant|domain|company|ip|workspace)(?:[_-]?\w+)?$"
)


def check(subject: Subject) -> Iterator[Remark]:
    """A text in the query is a placeholder of documentation.

    No event has it, so a condition on it never holds, and an exception for it excepts nothing.

    Bad:

        SigninLogs
        | where UserPrincipalName !endswith "@yourdomain.com"

    Good:

        SigninLogs
        | where UserPrincipalName !endswith "@northwind.example"
    """
    for literal in subject.nodes("StringLiteralExpression"):
        text = text_of(subject, literal) or ""
        if found := _PLACEHOLDER.search(text):
            shown = found[0].lstrip("@./\\")
            message = f"'{shown}' is a placeholder, which no event has"
            yield Remark(literal, message, "put the value of your environment, best in a watchlist")
