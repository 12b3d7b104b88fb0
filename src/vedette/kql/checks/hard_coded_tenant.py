"""A tenant's id in a query.

The trap: Microsoft's own tenants are the same for everybody; their ids belong in a rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from vedette.finding import Level
from vedette.kql.checks.base import Remark
from vedette.kql.checks.subject.comparisons import comparisons
from vedette.kql.checks.subject.subject import Subject
from vedette.model.limits import GUID_PATTERN

LEVEL = Level.WARNING

_COLUMNS = re.compile(r"(?i)(?:aad|home|resource|account|cross)?_?tenant_?id")

#: Tenants of Microsoft itself, and the empty one (learn.microsoft.com, "Verify first-party
#: Microsoft applications in sign-in reports").
_EVERYBODYS = frozenset(
    {
        "f8cdef31-a31e-4b4a-93e4-5f571e91255a",
        "72f988bf-86f1-41af-91ab-2d7cd011db47",
        "9188040d-6c67-4c5b-b112-36a304b66dad",
        "00000000-0000-0000-0000-000000000000",
    }
)


def check(subject: Subject) -> Iterator[Remark]:
    """A tenant's id is written into the query.

    The same file is deployed to several workspaces; in all but one the comparison is wrong, and
    nothing says so. A watchlist holds what differs between tenants.

    Bad:

        SigninLogs
        | where HomeTenantId != "0b0c7d5e-64f0-4a9e-9f53-1c6c4f2f1a11"

    Good:

        SigninLogs
        | where HomeTenantId !in ((_GetWatchlist("OwnTenants") | project TenantId))
    """
    for each in comparisons(subject):
        if _COLUMNS.fullmatch(each.column):
            for literal, text in zip(each.literals, each.texts, strict=True):
                if re.match(GUID_PATTERN, text) and text.lower() not in _EVERYBODYS:
                    message = f"{each.column} is compared with the id of one tenant"
                    yield Remark(literal, message, "keep it in a watchlist")
