"""Whether a condition of an automation rule holds for what happened to an incident.

The trap: a condition asks for what the incident is now, or for what the change made of it, and the
two look alike: "severity is High" also holds when only the owner was changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from vedette.model.automation import Condition
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
#: The rules that an incident's alerts come from, by id.
RELATED_RULES = "IncidentRelatedAnalyticRuleIds"


class UpdatedBy(StrEnum):
    """Who changed an incident (automate-incident-handling-with-automation-rules)."""

    APPLICATION = assumptions.UPDATED_BY_APPLICATION
    ALERT_GROUPING = assumptions.UPDATED_BY_GROUPING
    AUTOMATION_RULE = assumptions.UPDATED_BY_RULE


@dataclass(frozen=True, slots=True)
class Happening:
    """An incident after a change and ``before`` it; None: it was created. ``commented``: so it was.

    ``by`` is who made the change.
    """

    incident: Incident
    before: Incident | None = None
    by: UpdatedBy = UpdatedBy.ALERT_GROUPING
    commented: bool = False

    @property
    def is_update(self) -> bool:
        """Whether rules for updated incidents look at it: not every change is one (same page)."""
        before, after = self.before, self.incident
        return before is not None and (
            self.commented
            or (before.status, before.owner, before.severity)
            != (after.status, after.owner, after.severity)
            or any(_added(array, before, after) for array in _ARRAYS)
        )


@dataclass(frozen=True, slots=True)
class Changed:
    """Severity, status or owner was changed; with a ``direction``, from or to such a value."""

    property: str
    direction: str | None
    condition: Condition


@dataclass(frozen=True, slots=True)
class Added:
    """Alerts, labels, tactics or comments were added."""

    array: str


@dataclass(frozen=True, slots=True)
class ItemsHold:
    """All tests hold for one label, custom detail or value of it, or, with ``every``, for each."""

    array: str
    tests: tuple[Test, ...]
    every: bool = False


@dataclass(frozen=True, slots=True)
class Combined:
    """One of the tests holds, or, with ``every``, all of them."""

    tests: tuple[Test, ...]
    every: bool


Test = Condition | Changed | Added | ItemsHold | Combined


@dataclass(frozen=True, slots=True)
class _Scope:
    """What a test is held against: what happened, and one item of an array, by property."""

    happening: Happening
    item: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def holds(test: Test, happening: Happening) -> bool:
    """True if the test holds for what happened."""
    return _holds(test, _Scope(happening))


def _holds(test: Test, scope: _Scope) -> bool:
    happening = scope.happening
    match test:
        case Condition():
            found = scope.item.get(test.property)
            return _fits(test, values_of(test.property, happening) if found is None else found)
        case Changed():
            return _has_changed(test, happening)
        case Added(array="Comments"):
            return happening.commented
        case Added():
            before = happening.before
            return before is not None and _added(test.array, before, happening.incident)
        case ItemsHold():
            items = [replace(scope, item={**scope.item, **one}) for one in _items(test, scope)]
            held = (all(_holds(one, item) for one in test.tests) for item in items)
            return all(held) if test.every else any(held)
        case Combined():
            results = (_holds(one, scope) for one in test.tests)
            return all(results) if test.every else any(results)


def _fits(condition: Condition, found: tuple[str, ...]) -> bool:
    return assumptions.condition_holds(found, condition.operator.value, condition.values)


def _has_changed(test: Changed, happening: Happening) -> bool:
    if happening.before is None:
        return False
    before, after = (
        _single(test.property, happening.before),
        _single(test.property, happening.incident),
    )
    if before == after:
        return False
    if test.direction is None:
        return True
    return _fits(test.condition, before if test.direction == "ChangedFrom" else after)


def _single(name: str, incident: Incident) -> tuple[str, ...]:
    match name:
        case "IncidentSeverity":
            return (incident.severity.value,)
        case "IncidentStatus":
            return (incident.status,)
        case _:
            return (incident.owner,) if incident.owner else ()


_ARRAYS = ("Alerts", "Labels", "Tactics")


def _added(array: str, before: Incident, after: Incident) -> bool:
    def members(incident: Incident) -> set[object]:
        match array:
            case "Alerts":
                return {alert.id for alert in incident.alerts}
            case "Labels":
                return set(incident.labels)
            case _:
                return set(_tactics(incident.alerts))

    return bool(members(after) - members(before))


def _items(test: ItemsHold, scope: _Scope) -> list[Mapping[str, tuple[str, ...]]]:
    """The items of an array, each as the properties that a test inside can ask for."""
    incident = scope.happening.incident
    if test.array == "IncidentLabels":
        return [{"IncidentLabel": (label,)} for label in incident.labels]
    if test.array == "CustomDetails":
        return [
            {"IncidentCustomDetailsKey": (key,), "IncidentCustomDetailsValue": values}
            for alert in incident.alerts
            for key, values in alert.custom_details.items()
        ]
    name = "IncidentCustomDetailsValue"
    inside = scope.item.get(name)
    values = values_of(name, scope.happening) if inside is None else inside
    return [{name: (value,)} for value in values]


def values_of(name: str, happening: Happening) -> tuple[str, ...]:
    """The values of a property of conditions; none for one that nothing here gives."""
    incident = happening.incident
    alerts = incident.alerts
    match name:
        case "IncidentTitle":
            return (incident.title,)
        case "IncidentDescription":
            return (incident.description,)
        case "IncidentSeverity" | "IncidentStatus":
            return _single(name, incident)
        case "IncidentTactics":
            return _tactics(alerts)
        case "IncidentLabel":
            return incident.labels
        case "IncidentUpdatedBySource":
            return (happening.by.value,) if happening.before is not None else ()
        case "IncidentRelatedAnalyticRuleIds" | "AlertAnalyticRuleIds":
            return tuple(dict.fromkeys(alert.rule_id for alert in alerts))
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


def _tactics(alerts: Iterable[Alert]) -> tuple[str, ...]:
    return tuple(tactic for alert in alerts for tactic in alert.tactics)


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
