"""A search for name=value in a column that holds JSON.

The trap: columns of the same name hold different things. Only columns whose table is certain are
judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from vedette.finding import Level
from vedette.kql.checks.base import Remark
from vedette.kql.checks.subject.comparisons import comparisons, first_table
from vedette.kql.checks.subject.subject import Subject

LEVEL = Level.ERROR

#: Table → its text columns that hold JSON, so that a name and its value are 'name":"value'
#: (Azure-Sentinel, "Email and Collaboration Queries"; learn.microsoft.com, table references).
JSON_COLUMNS = {
    "EmailEvents": {"AuthenticationDetails", "ConfidenceLevel", "DetectionMethods"},
    "EmailAttachmentInfo": {"DetectionMethods"},
    "SigninLogs": {"AuthenticationDetails", "NetworkLocationDetails"},
    "AADNonInteractiveUserSignInLogs": {"AuthenticationDetails", "DeviceDetail", "LocationDetails"},
}

#: A whole text such as 'dmarc=fail' or 'SPF fail'; not one that has JSON's own signs.
_PAIR = re.compile(r"(?i)\w+\s*=\s*\w+|(?:dmarc|spf|dkim|compauth)\s+\w+")


def check(subject: Subject) -> Iterator[Remark]:
    """A column that holds JSON is searched for name=value.

    In JSON a name and its value are joined by '":"', so a text such as "dmarc=fail" is never in it
    and the rule never fires. It is the form of a mail header, not of this column.

    Bad:

        EmailEvents
        | where AuthenticationDetails has "dmarc=fail"

    Good:

        EmailEvents
        | where tostring(parse_json(AuthenticationDetails).DMARC) =~ "fail"
    """
    for each in comparisons(subject):
        if each.negated or not all(_PAIR.fullmatch(text.strip()) for text in each.texts):
            continue
        table = first_table(subject, each.node)
        if each.column in JSON_COLUMNS.get(table, ()):
            name = re.split(r"\s*=\s*|\s+", each.texts[0].strip())[0]
            message = f"{each.column} holds JSON, in which '{each.texts[0]}' never stands"
            yield Remark(each.literals[0], message, f"use parse_json({each.column}).{name.upper()}")
