"""An entity that cannot be told from others of its kind.

The trap: a weak identifier beside another is fine; only a mapping that has nothing else is weak.
"""

from __future__ import annotations

from collections.abc import Iterator

from vedette.finding import Level
from vedette.kql.checks.base import Remark
from vedette.kql.checks.subject.subject import Subject

LEVEL = Level.WARNING

#: Entity type → its weak identifier, and what makes it strong (learn.microsoft.com, "Microsoft
#: Sentinel entity types reference").
_WEAK = {
    "Account": (frozenset({"Name", "DisplayName"}), "UPNSuffix, NTDomain or AadUserId"),
    "MailMessage": (frozenset({"NetworkMessageId", "Subject"}), "Recipient"),
    "RegistryKey": (frozenset({"Key"}), "Hive"),
    "MailCluster": (frozenset({"Query"}), "Source"),
}


def check(subject: Subject) -> Iterator[Remark]:
    """An entity is mapped by an identifier that several things share.

    "admin" is an account in every domain, and all recipients of a mail share its
    NetworkMessageId. Such an entity is not merged with what other products know of it, and incident
    grouping by entities puts strangers together.

    Bad:

        // entityMappings:
        //   - entityType: Account
        //     fieldMappings: [{identifier: Name, columnName: U}]
        SigninLogs
        | project U = tostring(split(UserPrincipalName, "@")[0])

    Good:

        // entityMappings:
        //   - entityType: Account
        //     fieldMappings: [{identifier: AadUserId, columnName: UserId}]
        SigninLogs
        | project UserId
    """
    for index, mapping in enumerate(subject.detection.entity_mappings):
        weak, stronger = _WEAK.get(mapping.entity_type, (frozenset(), ""))
        identifiers = {field.identifier for field in mapping.fields}
        if identifiers and identifiers <= weak:
            shown = " and ".join(sorted(identifiers))
            message = f"{mapping.entity_type} is mapped by {shown} only, which others share"
            at = ("entityMappings", index, "entityType")
            yield Remark(at, message, f"map {stronger} too")
