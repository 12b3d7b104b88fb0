"""The entity types that an alert can carry, and which identifiers make each.

The trap: everything is compared with case, and the types disagree: ``UPNSuffix`` beside
``AadUserId``, ``SenderIP`` of a MailMessage beside ``SenderIp`` of a SubmissionMail, ``Sid`` of
an Account beside ``SID`` of a SecurityGroup.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EntityType:
    """An entity type: its identifiers, and the sets of them of which one must be mapped whole."""

    name: str
    identifiers: tuple[str, ...]
    required: tuple[tuple[str, ...], ...]


def _type(name: str, identifiers: str, required: str) -> EntityType:
    """``required`` separates the alternatives by ``|``, what must stand together by ``+``."""
    alternatives = tuple(tuple(each.split("+")) for each in required.replace(" ", "").split("|"))
    return EntityType(name, tuple(identifiers.split()), alternatives)


#: AS:val EntityMappingIdentifiers.cs and ValidEntityMappingsAttribute; IoTDevice is accepted there
#: but not named in the API's EntityMappingType.
_ALL = (
    _type(
        "Account",
        "Name FullName NTDomain DnsDomain UPNSuffix Sid AadTenantId AadUserId PUID IsDomainJoined "
        "DisplayName ObjectGuid",
        "FullName | Sid | Name | AadUserId | PUID | ObjectGuid",
    ),
    _type(
        "Host",
        "DnsDomain NTDomain HostName FullName NetBiosName AzureID OMSAgentID OSFamily OSVersion "
        "IsDomainJoined",
        "FullName | HostName | NetBiosName | AzureID | OMSAgentID",
    ),
    _type("IP", "Address", "Address"),
    _type("URL", "Url", "Url"),
    _type(
        "Mailbox",
        "MailboxPrimaryAddress DisplayName Upn ExternalDirectoryObjectId RiskLevel",
        "MailboxPrimaryAddress",
    ),
    _type(
        "MailMessage",
        "Recipient Urls Threats Sender P1Sender P1SenderDisplayName P1SenderDomain SenderIP "
        "P2Sender P2SenderDisplayName P2SenderDomain ReceivedDate NetworkMessageId "
        "InternetMessageId Subject BodyFingerprintBin1 BodyFingerprintBin2 BodyFingerprintBin3 "
        "BodyFingerprintBin4 BodyFingerprintBin5 AntispamDirection DeliveryAction "
        "DeliveryLocation Language ThreatDetectionMethods",
        "NetworkMessageId | Recipient",
    ),
    _type(
        "MailCluster",
        "NetworkMessageIds CountByDeliveryStatus CountByThreatType CountByProtectionStatus "
        "Threats Query QueryTime MailCount IsVolumeAnomaly Source ClusterSourceIdentifier "
        "ClusterSourceType ClusterQueryStartTime ClusterQueryEndTime ClusterGroup",
        "Query | Source",
    ),
    _type(
        "SubmissionMail",
        "NetworkMessageId Timestamp Recipient Sender SenderIp Subject ReportType SubmissionId "
        "SubmissionDate Submitter",
        "SubmissionId | NetworkMessageId | Recipient | Submitter",
    ),
    _type("AzureResource", "ResourceId", "ResourceId"),
    _type("CloudApplication", "AppId Name InstanceName", "AppId | Name"),
    _type("DNS", "DomainName", "DomainName"),
    _type("File", "Directory Name", "Name"),
    _type("FileHash", "Algorithm Value", "Algorithm + Value"),
    _type("Malware", "Name Category", "Name"),
    _type(
        "Process",
        "ProcessId CommandLine ElevationToken CreationTimeUtc",
        "CommandLine | ProcessId",
    ),
    _type("RegistryKey", "Hive Key", "Key | Hive"),
    _type("RegistryValue", "Name Value ValueType", "Name"),
    _type("SecurityGroup", "DistinguishedName SID ObjectGuid", "DistinguishedName|SID|ObjectGuid"),
    _type(
        "IoTDevice",
        "DeviceId DeviceName Manufacturer Model FirmwareVersion OperatingSystem MacAddress "
        "Protocols SerialNumber Source IoTSecurityAgentId DeviceType",
        "DeviceId",
    ),
)

ENTITY_TYPES = {entity_type.name: entity_type for entity_type in _ALL}

#: Columns that mapped entities before entityMappings existed → the type that must be mapped now
#: (AS:val NewEntityMappingsAttribute).
LEGACY_COLUMNS = {
    "AccountCustomEntity": "Account",
    "HostCustomEntity": "Host",
    "IPCustomEntity": "IP",
    "URLCustomEntity": "URL",
    "ProcessCustomEntity": "Process",
    "FileHashCustomEntity": "FileHash",
}
