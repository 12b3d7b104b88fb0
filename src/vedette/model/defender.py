"""What a custom detection of Defender XDR can say, next to an analytics rule of Sentinel.

The trap: most of a rule has a counterpart and some of it looks as if it had one. What has none is
a finding, never left out in silence. Sources: Graph's ``detectionRule`` (v1.0, 2026) and the
documentation of custom detection rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

_HOUR = timedelta(hours=1)

#: How often a rule can run → how far it looks back. Any other frequency (5 minutes to 14 days) is
#: for rules over Sentinel's tables alone, and in preview.
LOOK_BACKS: Mapping[timedelta, timedelta] = {
    _HOUR: 4 * _HOUR,
    3 * _HOUR: 12 * _HOUR,
    12 * _HOUR: 48 * _HOUR,
    24 * _HOUR: timedelta(days=30),
}

#: Different columns in the title and the description of an alert, together.
DYNAMIC_COLUMNS = 3

#: Alerts of one run.
ALERTS = 150

#: A rule has to return one of these, or nobody would be affected.
IMPACTED_COLUMNS = (
    "DeviceId",
    "DeviceName",
    "RemoteDeviceName",
    "RecipientEmailAddress",
    "SenderFromAddress",
    "SenderMailFromAddress",
    "RecipientObjectId",
    "AccountObjectId",
    "AccountSid",
    "AccountUpn",
    "InitiatingProcessAccountSid",
    "InitiatingProcessAccountUpn",
    "InitiatingProcessAccountObjectId",
)


@dataclass(frozen=True, slots=True)
class DefenderSettings:
    """What a detection says of itself for Defender XDR alone (``vedette.defender`` of its file).

    ``frequency`` and the two texts of the alert replace the rule's own, None keeps them;
    ``parameters`` gives ``let`` statements of the query another value, as KQL literals by name: a
    rule that runs once a day reports what became visible within that day, not within its hour.
    """

    frequency: timedelta | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    name_format: str | None = None
    description_format: str | None = None


@dataclass(frozen=True, slots=True)
class EntityCollection:
    """Where entities of one type stand in a rule: the collection, and identifier → property."""

    name: str
    properties: Mapping[str, str]


def _collection(name: str, **properties: str) -> EntityCollection:
    return EntityCollection(name, {key: f"{value}Column" for key, value in properties.items()})


#: Sentinel's entity type → the collection. Identifiers that are missing have no property: a
#: FullName may be a UPN or DOMAIN\\user, and a hash says its algorithm in a column.
ENTITY_COLLECTIONS: Mapping[str, EntityCollection] = {
    "Account": _collection(
        "accounts",
        AadUserId="aadUserId",
        DnsDomain="dnsDomain",
        Name="name",
        NTDomain="ntDomain",
        Sid="sid",
        UPNSuffix="upnSuffix",
    ),
    "Host": _collection(
        "hosts",
        DnsDomain="dnsDomain",
        HostName="name",
        NetBiosName="netBiosName",
        NTDomain="ntDomain",
    ),
    "IP": _collection("ips", Address="address"),
    "URL": _collection("urls", Url="address"),
    "Mailbox": _collection("mailboxes", MailboxPrimaryAddress="primaryAddress"),
    "MailMessage": _collection(
        "mailMessages",
        NetworkMessageId="networkMessageId",
        Recipient="recipient",
        Sender="sender",
        Subject="subject",
    ),
    "MailCluster": _collection("mailClusters", Query="query", Source="source"),
    "CloudApplication": _collection("cloudApplications", AppId="appId", Name="name"),
    "DNS": _collection("dns", DomainName="domainName"),
    "File": _collection("files", Name="name"),
    "RegistryKey": _collection("registryValues", Key="key"),
    "RegistryValue": _collection("registryValues", Name="valueName"),
    "SecurityGroup": _collection(
        "securityGroups", DistinguishedName="distinguishedName", SID="sid", ObjectGuid="objectId"
    ),
    "AzureResource": _collection("azureResources", ResourceId="resourceId"),
}
