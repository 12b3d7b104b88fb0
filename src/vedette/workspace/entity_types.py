"""The entity types of analytics rules: identifiers, and which of them an entity needs.

From the validator of Microsoft's own content repository (EntityMappingIdentifiers). Identifiers
are compared with case, and the case differs between types: SenderIP in MailMessage is SenderIp in
SubmissionMail, Sid in Account is SID in SecurityGroup.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EntityType:
    """``required`` lists combinations, one of which a mapping must hold in full."""

    identifiers: tuple[str, ...]
    required: tuple[tuple[str, ...], ...]


def _type(identifiers: str, required: str) -> EntityType:
    combinations = tuple(tuple(one.split("+")) for one in required.split())
    return EntityType(tuple(identifiers.split()), combinations)


ENTITY_TYPES: dict[str, EntityType] = {
    "Account": _type(
        "Name FullName NTDomain DnsDomain UPNSuffix Sid AadTenantId AadUserId PUID IsDomainJoined"
        " DisplayName ObjectGuid",
        "FullName Sid Name AadUserId PUID ObjectGuid",
    ),
    "Host": _type(
        "DnsDomain NTDomain HostName FullName NetBiosName AzureID OMSAgentID OSFamily OSVersion"
        " IsDomainJoined",
        "FullName HostName NetBiosName AzureID OMSAgentID",
    ),
    "IP": _type("Address", "Address"),
    "URL": _type("Url", "Url"),
    "Mailbox": _type(
        "MailboxPrimaryAddress DisplayName Upn ExternalDirectoryObjectId RiskLevel",
        "MailboxPrimaryAddress",
    ),
    "MailMessage": _type(
        "Recipient Urls Threats Sender P1Sender P1SenderDisplayName P1SenderDomain SenderIP"
        " P2Sender P2SenderDisplayName P2SenderDomain ReceivedDate NetworkMessageId"
        " InternetMessageId Subject BodyFingerprintBin1 BodyFingerprintBin2 BodyFingerprintBin3"
        " BodyFingerprintBin4 BodyFingerprintBin5 AntispamDirection DeliveryAction DeliveryLocation"
        " Language ThreatDetectionMethods",
        "NetworkMessageId Recipient",
    ),
    "MailCluster": _type(
        "NetworkMessageIds CountByDeliveryStatus CountByThreatType CountByProtectionStatus Threats"
        " Query QueryTime MailCount IsVolumeAnomaly Source ClusterSourceIdentifier"
        " ClusterSourceType ClusterQueryStartTime ClusterQueryEndTime ClusterGroup",
        "Query Source",
    ),
    "SubmissionMail": _type(
        "NetworkMessageId Timestamp Recipient Sender SenderIp Subject ReportType SubmissionId"
        " SubmissionDate Submitter",
        "SubmissionId NetworkMessageId Recipient Submitter",
    ),
    "AzureResource": _type("ResourceId", "ResourceId"),
    "CloudApplication": _type("AppId Name InstanceName", "AppId Name"),
    "DNS": _type("DomainName", "DomainName"),
    "File": _type("Directory Name", "Name"),
    "FileHash": _type("Algorithm Value", "Algorithm+Value"),
    "Malware": _type("Name Category", "Name"),
    "Process": _type(
        "ProcessId CommandLine ElevationToken CreationTimeUtc", "CommandLine ProcessId"
    ),
    "RegistryKey": _type("Hive Key", "Key Hive"),
    "RegistryValue": _type("Name Value ValueType", "Name"),
    "SecurityGroup": _type("DistinguishedName SID ObjectGuid", "DistinguishedName SID ObjectGuid"),
}
