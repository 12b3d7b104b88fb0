"""What automation rules make of an incident that is created or updated.

The trap: a rule that closes the incident does not stop those after it; they see it closed. A
playbook is not run here: that it would have run is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from vedette.model.automation import (
    AddTask,
    AutomationAction,
    AutomationRule,
    Condition,
    ModifyProperties,
    RunPlaybook,
    TriggersWhen,
)
from vedette.simulate import assumptions
from vedette.simulate.types import Alert, Incident

#: Properties of conditions that are an identifier of an entity (the service's names).
_ENTITY_PROPERTIES: Mapping[str, tuple[str, str]] = {
    "AccountAadTenantId": ("Account", "AadTenantId"),
    "AccountAadUserId": ("Account", "AadUserId"),
    "AccountName": ("Account", "Name"),
    "AccountNTDomain": ("Account", "NTDomain"),
    "AccountObjectGuid": ("Account", "ObjectGuid"),
    "AccountPUID": ("Account", "PUID"),
    "AccountSid": ("Account", "Sid"),
    "AccountUPNSuffix": ("Account", "UPNSuffix"),
    "AzureResourceResourceId": ("AzureResource", "ResourceId"),
    "CloudApplicationAppId": ("CloudApplication", "AppId"),
    "CloudApplicationAppName": ("CloudApplication", "Name"),
    "DNSDomainName": ("DNS", "DomainName"),
    "FileDirectory": ("File", "Directory"),
    "FileHashValue": ("FileHash", "Value"),
    "FileName": ("File", "Name"),
    "HostAzureID": ("Host", "AzureID"),
    "HostNTDomain": ("Host", "NTDomain"),
    "HostName": ("Host", "HostName"),
    "HostNetBiosName": ("Host", "NetBiosName"),
    "HostOSVersion": ("Host", "OSVersion"),
    "IPAddress": ("IP", "Address"),
    "MailMessageDeliveryAction": ("MailMessage", "DeliveryAction"),
    "MailMessageDeliveryLocation": ("MailMessage", "DeliveryLocation"),
    "MailMessageP1Sender": ("MailMessage", "P1Sender"),
    "MailMessageP2Sender": ("MailMessage", "P2Sender"),
    "MailMessageRecipient": ("MailMessage", "Recipient"),
    "MailMessageSenderIP": ("MailMessage", "SenderIP"),
    "MailMessageSubject": ("MailMessage", "Subject"),
    "MailboxDisplayName": ("Mailbox", "DisplayName"),
    "MailboxPrimaryAddress": ("Mailbox", "MailboxPrimaryAddress"),
    "MailboxUPN": ("Mailbox", "Upn"),
    "MalwareCategory": ("Malware", "Category"),
    "MalwareName": ("Malware", "Name"),
    "ProcessCommandLine": ("Process", "CommandLine"),
    "ProcessId": ("Process", "ProcessId"),
    "RegistryKey": ("RegistryKey", "Key"),
    "RegistryValueData": ("RegistryValue", "Value"),
    "Url": ("URL", "Url"),
}
_PROVIDER = "Azure Sentinel"


@dataclass(frozen=True, slots=True)
class Automated:
    """The incident after all rules, the names of those that ran, and the playbooks they started."""

    incident: Incident
    ran: tuple[str, ...] = ()
    playbooks: tuple[RunPlaybook, ...] = ()


def automate(
    incident: Incident,
    rules: Iterable[AutomationRule],
    *,
    when: TriggersWhen,
    detection: str | None = None,
) -> Automated:
    """``incident`` after the rules that look at what happened to it (``when``), in their order.

    ``detection`` is the stem of the detection that made it, None if no file did.
    """
    ran: list[str] = []
    playbooks: list[RunPlaybook] = []
    for rule in sorted(rules, key=lambda r: assumptions.place_of_automation(r.order, r.name)):
        if not rule.enabled or rule.when is not when:
            continue
        if rule.detections and detection not in rule.detections:
            continue
        if not all(holds(condition, incident) for condition in rule.conditions):
            continue
        ran.append(rule.name)
        for action in rule.actions:
            if isinstance(action, RunPlaybook):
                playbooks.append(action)
            else:
                incident = _changed(incident, action)
    return Automated(incident, tuple(ran), tuple(playbooks))


def holds(condition: Condition, incident: Incident) -> bool:
    """True if the condition holds for the incident."""
    found = values_of(condition.property, incident)
    return assumptions.condition_holds(found, condition.operator.value, condition.values)


def values_of(name: str, incident: Incident) -> tuple[str, ...]:
    """The values of a property of conditions; none for one that nothing here gives."""
    alerts = incident.alerts
    match name:
        case "IncidentTitle":
            return (incident.title,)
        case "IncidentDescription":
            return (incident.description,)
        case "IncidentSeverity":
            return (incident.severity.value,)
        case "IncidentStatus":
            return (incident.status,)
        case "IncidentTactics":
            return tuple(tactic for alert in alerts for tactic in alert.tactics)
        case "IncidentLabel":
            return incident.labels
        case "IncidentProviderName" | "AlertProductNames":
            return (_PROVIDER,)
        case "IncidentAlertTitle":
            return tuple(alert.title for alert in alerts)
        case "IncidentCustomDetailsKey":
            return tuple(key for alert in alerts for key in alert.custom_details)
        case "IncidentCustomDetailsValue":
            return tuple(
                value
                for alert in alerts
                for values in alert.custom_details.values()
                for value in values
            )
        case _:
            return _identifiers(name, alerts)


def _identifiers(name: str, alerts: Iterable[Alert]) -> tuple[str, ...]:
    kind, identifier = _ENTITY_PROPERTIES.get(name, ("", ""))
    return tuple(
        value
        for alert in alerts
        for entity in alert.entities
        if entity.type == kind
        for key, value in entity.identifiers
        if key == identifier
    )


def _changed(incident: Incident, action: AutomationAction) -> Incident:
    if isinstance(action, AddTask):
        return replace(incident, tasks=(*incident.tasks, action.title))
    if not isinstance(action, ModifyProperties):
        return incident
    return replace(
        incident,
        severity=action.severity or incident.severity,
        status=incident.status if action.status is None else action.status.value,
        classification=action.classification or incident.classification,
        classification_reason=action.classification_reason or incident.classification_reason,
        classification_comment=action.classification_comment or incident.classification_comment,
        owner=action.owner or incident.owner,
        labels=tuple(dict.fromkeys((*incident.labels, *action.labels))),
    )
