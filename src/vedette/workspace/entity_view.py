"""Entities as the incident API shows them.

The trap: the API's names differ from those of entity mappings, of the kinds (IP is Ip, DNS is
DnsResolution) and of almost every identifier (Account's Name is accountName).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any
from uuid import uuid5

from vedette.simulate.types import Entity
from vedette.workspace.settings import NAMESPACE

_KINDS = {"IP": "Ip", "URL": "Url", "DNS": "DnsResolution"}
#: Identifier → property, where it is not the identifier with its first letter lowered.
_PROPERTIES = {
    "Account": {
        "Name": "accountName",
        "NTDomain": "ntDomain",
        "UPNSuffix": "upnSuffix",
        "PUID": "puid",
    },
    "Host": {
        "NTDomain": "ntDomain",
        "AzureID": "azureID",
        "OMSAgentID": "omsAgentID",
        "OSFamily": "osFamily",
        "OSVersion": "osVersion",
    },
    "MailMessage": {"ReceivedDate": "receiveDate"},
    "CloudApplication": {"Name": "appName"},
    "File": {"Name": "fileName"},
    "FileHash": {"Value": "hashValue"},
    "Malware": {"Name": "malwareName"},
    "RegistryValue": {"Name": "valueName", "Value": "valueData"},
    "SecurityGroup": {"SID": "sid"},
}
#: Identifiers that mappings take and entities do not have; they are shown as additional data.
_ADDITIONAL = {
    "Account": {"FullName"},
    "Host": {"FullName"},
    "Mailbox": {"RiskLevel"},
    "MailMessage": {"Sender"},
}
_BOOLEANS = {"isDomainJoined", "isVolumeAnomaly"}
_NUMBERS = {"mailCount", *(f"bodyFingerprintBin{number}" for number in range(1, 6))}
_LISTS = {"urls", "threats", "networkMessageIds", "threatDetectionMethods"}
#: What stands for an entity in one line, the first that has a value.
_NAMES = (
    "UPN",
    "FullName",
    "Name",
    "HostName",
    "NetBiosName",
    "Address",
    "Url",
    "MailboxPrimaryAddress",
    "Subject",
    "NetworkMessageId",
    "Recipient",
    "DomainName",
    "ResourceId",
    "Value",
    "CommandLine",
)


def render_entity(insights: str, entity: Entity) -> dict[str, Any]:
    """One entity; ``insights`` is the resource id below which it stands."""
    name = str(uuid5(NAMESPACE, f"entity/{entity.type}/{json.dumps(entity.identifiers)}"))
    properties: dict[str, Any] = {"friendlyName": display_name(entity)}
    additional: dict[str, str] = {}
    for identifier, value in entity.identifiers:
        if identifier in _ADDITIONAL.get(entity.type, ()):
            additional[identifier] = value
        else:
            member = _member(entity.type, identifier)
            properties[member] = _typed(member, value)
    if additional:
        properties["additionalData"] = additional
    return {
        "id": f"{insights}/entities/{name}",
        "name": name,
        "type": "Microsoft.SecurityInsights/entities",
        "kind": kind_of(entity),
        "properties": properties,
    }


def kind_of(entity: Entity) -> str:
    """The API's name of the entity's type."""
    return _KINDS.get(entity.type, entity.type)


def count_kinds(entities: Iterable[Entity]) -> list[dict[str, Any]]:
    """``metaData``: how many entities there are of each kind."""
    counts = Counter(kind_of(entity) for entity in entities)
    return [{"entityKind": kind, "count": count} for kind, count in sorted(counts.items())]


def display_name(entity: Entity) -> str:
    """The entity in one line: ``bob@contoso.com``, an address, a subject."""
    values = dict(entity.identifiers)
    if entity.type == "Account" and "Name" in values and "UPNSuffix" in values:
        return f"{values['Name']}@{values['UPNSuffix']}"
    named = (values[name] for name in _NAMES if values.get(name))
    return next(named, entity.identifiers[0][1] if entity.identifiers else entity.type)


def _member(entity_type: str, identifier: str) -> str:
    special = _PROPERTIES.get(entity_type, {}).get(identifier)
    return special or identifier[0].lower() + identifier[1:]


def _typed(member: str, value: str) -> object:
    if member in _BOOLEANS:
        return value.casefold() == "true"
    if member in _NUMBERS and value.lstrip("-").isdecimal():
        return int(value)
    if member in _LISTS:
        return _list(value)
    return value


def _list(value: str) -> list[str]:
    if value.startswith("["):
        try:
            return [str(item) for item in json.loads(value)]
        except ValueError:
            return [value]
    return [part.strip() for part in value.split(",") if part.strip()]
