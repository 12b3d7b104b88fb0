"""Columns that hold mail addresses and user principal names."""

from __future__ import annotations

#: Columns of the stock tables whose values are addresses or user principal names, in the case in
#: which somebody once typed them (learn.microsoft.com, Azure Monitor and advanced hunting tables).
ADDRESS_COLUMNS = frozenset(
    {
        "AccountUPN",
        "AccountUpn",
        "Caller",
        "InitiatingProcessAccountUpn",
        "MailAddress",
        "MailboxOwnerUPN",
        "RecipientEmailAddress",
        "SenderFromAddress",
        "SenderMailFromAddress",
        "UserId",
        "UserPrincipalName",
    }
)
