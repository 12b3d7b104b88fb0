"""An automation rule as typed values: what is done with an incident when it comes or changes.

The trap: the service knows a rule by its resource id, which differs from workspace to workspace;
here ``detections`` are the stems of files, and the deployment turns them into ids.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from vedette.model.detection import Severity
from vedette.model.document import Document

#: sentinel-service-limits: actions and conditions of one automation rule, and its place.
ACTIONS, CONDITIONS, HIGHEST_ORDER = 20, 50, 1000

#: What of an incident a condition can ask for (the SDK lists them);
#: the rules that its alerts come from are ``detections``.
CONDITION_PROPERTIES = (
    "IncidentTitle",
    "IncidentDescription",
    "IncidentSeverity",
    "IncidentStatus",
    "IncidentTactics",
    "IncidentLabel",
    "IncidentProviderName",
    "IncidentUpdatedBySource",
    "IncidentCustomDetailsKey",
    "IncidentCustomDetailsValue",
    "IncidentAlertTitle",
    "AccountAadTenantId",
    "AccountAadUserId",
    "AccountName",
    "AccountNTDomain",
    "AccountPUID",
    "AccountSid",
    "AccountObjectGuid",
    "AccountUPNSuffix",
    "AlertProductNames",
    "AzureResourceResourceId",
    "AzureResourceSubscriptionId",
    "CloudApplicationAppId",
    "CloudApplicationAppName",
    "DNSDomainName",
    "FileDirectory",
    "FileName",
    "FileHashValue",
    "HostAzureID",
    "HostName",
    "HostNetBiosName",
    "HostNTDomain",
    "HostOSVersion",
    "IoTDeviceId",
    "IoTDeviceName",
    "IoTDeviceType",
    "IoTDeviceVendor",
    "IoTDeviceModel",
    "IoTDeviceOperatingSystem",
    "IPAddress",
    "MailboxDisplayName",
    "MailboxPrimaryAddress",
    "MailboxUPN",
    "MailMessageDeliveryAction",
    "MailMessageDeliveryLocation",
    "MailMessageRecipient",
    "MailMessageSenderIP",
    "MailMessageSubject",
    "MailMessageP1Sender",
    "MailMessageP2Sender",
    "MalwareCategory",
    "MalwareName",
    "ProcessCommandLine",
    "ProcessId",
    "RegistryKey",
    "RegistryValueData",
    "Url",
)


class TriggersWhen(StrEnum):
    """What happens to an incident for the rule to look at it."""

    CREATED = "Created"
    UPDATED = "Updated"


class ConditionOperator(StrEnum):
    """How a value is compared; one of the condition's values is enough."""

    EQUALS = "Equals"
    NOT_EQUALS = "NotEquals"
    CONTAINS = "Contains"
    NOT_CONTAINS = "NotContains"
    STARTS_WITH = "StartsWith"
    NOT_STARTS_WITH = "NotStartsWith"
    ENDS_WITH = "EndsWith"
    NOT_ENDS_WITH = "NotEndsWith"


class IncidentStatus(StrEnum):
    """The status of an incident."""

    NEW = "New"
    ACTIVE = "Active"
    CLOSED = "Closed"


@dataclass(frozen=True, slots=True)
class Condition:
    """A property of the incident, one of ``CONDITION_PROPERTIES``, and what it is compared with."""

    property: str
    operator: ConditionOperator
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AddTask:
    """A task that the incident gets."""

    title: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class ModifyProperties:
    """What of the incident is changed; None and () leave it as it is. ``owner`` is a UPN."""

    severity: Severity | None = None
    status: IncidentStatus | None = None
    classification: str | None = None
    classification_reason: str | None = None
    classification_comment: str | None = None
    owner: str | None = None
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunPlaybook:
    """A playbook that is started: the ARM id of its logic app, and the tenant that it is in."""

    logic_app: str
    tenant: UUID


AutomationAction = AddTask | ModifyProperties | RunPlaybook


@dataclass(frozen=True, slots=True)
class AutomationRule:
    """One file of ``detections/shared/automation``.

    ``detections`` are stems of the detections whose incidents it is for, all of them if empty;
    all ``conditions`` have to hold as well. ``order`` is its place among the workspace's rules.
    """

    id: UUID
    name: str
    order: int
    actions: tuple[AutomationAction, ...]
    detections: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    when: TriggersWhen = TriggersWhen.CREATED
    enabled: bool = True
    description: str = ""
    source: Document = field(kw_only=True, compare=False, repr=False)
