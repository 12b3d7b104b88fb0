"""Equality on a column whose values are lists, or are spelt in several ways.

The trap: the documentation and the data disagree on these values; equality was right when it was
written and wrong after an update of the service.
"""

from __future__ import annotations

from collections.abc import Iterator

from vedette.finding import Level
from vedette.kql.checks.base import Remark
from vedette.kql.checks.subject.comparisons import comparisons
from vedette.kql.checks.subject.subject import Subject

LEVEL = Level.WARNING

_SPELT = "is spelt in several ways (Inbox/folder, Inbox/Folder, Inbox)"
_LIST = "holds a list (Phish, Spam)"
_JSON = "holds JSON"

#: Column → why equality misses values (learn.microsoft.com, EmailEvents table, and the queries
#: of the Defender team in Azure-Sentinel, which spell them otherwise).
_COLUMNS = {
    "DeliveryLocation": (_SPELT, "=~ or has"),
    "LatestDeliveryLocation": (_SPELT, "=~ or has"),
    "ThreatTypes": (_LIST, "has"),
    "DetectionMethods": (_JSON, "has"),
    "ConfidenceLevel": (_JSON, "parse_json()"),
}
_MAIL = frozenset(
    {"EmailEvents", "EmailAttachmentInfo", "EmailPostDeliveryEvents", "UrlClickEvents"}
)


def check(subject: Subject) -> Iterator[Remark]:
    """A column of the mail tables is compared for equality, and its values vary.

    DeliveryLocation comes as "Inbox/folder" and "Inbox/Folder", ThreatTypes as "Phish" and as
    "Phish, Spam". Equality finds one of the forms and silently misses the others.

    Bad:

        EmailEvents
        | where ThreatTypes == "Phish" and DeliveryLocation == "Inbox/folder"

    Good:

        EmailEvents
        | where ThreatTypes has "Phish" and DeliveryLocation has "Inbox"
    """
    if not _MAIL & subject.bound.tables.keys():
        return
    for each in comparisons(subject, "==", "!=", "in", "!in"):
        if each.column in _COLUMNS and any(each.texts):
            why, instead = _COLUMNS[each.column]
            yield Remark(each.left, f"{each.column} {why}", f"use {instead}")
