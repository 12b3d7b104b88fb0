"""An address that is compared with its case.

The trap: digits and signs have no case, and neither has a GUID; only a text with letters and an
'@' with a domain is an address that somebody may have typed otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from vedette.finding import Level
from vedette.kql.checks.base import Remark
from vedette.kql.checks.subject.addresses import ADDRESS_COLUMNS
from vedette.kql.checks.subject.comparisons import comparisons
from vedette.kql.checks.subject.subject import Subject

LEVEL = Level.WARNING

#: With a domain behind the '@': "app@sharepoint" is a name that the service itself writes.
_ADDRESS = re.compile(r"@[\w-]+\.")

_INSTEAD = {"==": "=~", "!=": "!~", "in": "in~", "!in": "!in~"}


def check(subject: Subject) -> Iterator[Remark]:
    """An address or user name is compared with a text in one certain case.

    Addresses are the same in any case, and sources hand them on as they were typed. A comparison
    by case misses "Admin@Contoso.com", or fails to exclude it.

    Bad:

        SigninLogs
        | where UserPrincipalName == "break.glass@northwind.example"

    Good:

        SigninLogs
        | where UserPrincipalName =~ "break.glass@northwind.example"
    """
    for each in comparisons(subject, *_INSTEAD):
        if each.column in ADDRESS_COLUMNS and any(map(_ADDRESS.search, each.texts)):
            message = f"{each.column} {each.operator} compares addresses with their case"
            yield Remark(each.left, message, f"use {_INSTEAD[each.operator]}")
