"""A detection as typed, frozen values: an analytics rule (Scheduled or NRT) or a hunting query.

Names are the field's own; where the community format and the ARM resource disagree
(``relevantTechniques`` against ``techniques``) the attribute takes the shorter of the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from vedette.model.defender import LOOK_BACKS, DefenderSettings
from vedette.model.document import Document
from vedette.model.lifecycle import Lifecycle
from vedette.model.product import Product


class Kind(StrEnum):
    """What the detection becomes in the workspace."""

    SCHEDULED = "Scheduled"
    NRT = "NRT"
    HUNTING = "Hunting"


#: What only a Scheduled rule has. A file without a kind is a rule if it has any of them.
SCHEDULE_KEYS = ("queryFrequency", "queryPeriod", "triggerOperator", "triggerThreshold")


class Severity(StrEnum):
    """Alert severity, gravest first."""

    HIGH = "High"
    MEDIUM = "Medium"
    LOW = "Low"
    INFORMATIONAL = "Informational"


class TriggerOperator(StrEnum):
    """How the number of rows is compared with the trigger threshold."""

    GREATER_THAN = "GreaterThan"
    LESS_THAN = "LessThan"
    EQUAL = "Equal"
    NOT_EQUAL = "NotEqual"


class AggregationKind(StrEnum):
    """Whether the rows of a run make one alert or one each."""

    SINGLE_ALERT = "SingleAlert"
    ALERT_PER_RESULT = "AlertPerResult"


class MatchingMethod(StrEnum):
    """When alerts join an open incident."""

    ALL_ENTITIES = "AllEntities"
    ANY_ALERT = "AnyAlert"
    SELECTED = "Selected"


@dataclass(frozen=True, slots=True)
class FieldMapping:
    """One identifier of an entity and the result column that fills it."""

    identifier: str
    column: str


@dataclass(frozen=True, slots=True)
class EntityMapping:
    """An entity of the alert: its type (``Account``) and one to three identifiers."""

    entity_type: str
    fields: tuple[FieldMapping, ...]


@dataclass(frozen=True, slots=True)
class DynamicProperty:
    """An alert property (``RemediationSteps``) that takes its value from a result column."""

    name: str
    column: str


@dataclass(frozen=True, slots=True)
class AlertDetails:
    """What of the alert is taken from its rows; None keeps the rule's own value."""

    name_format: str | None = None
    description_format: str | None = None
    tactics_column: str | None = None
    severity_column: str | None = None
    dynamic_properties: tuple[DynamicProperty, ...] = ()


@dataclass(frozen=True, slots=True)
class Grouping:
    """How alerts of the rule are grouped into incidents (``groupingConfiguration``)."""

    enabled: bool = False
    reopen_closed: bool = False
    look_back: timedelta = timedelta(hours=5)
    matching: MatchingMethod = MatchingMethod.ALL_ENTITIES
    by_entities: tuple[str, ...] = ()
    by_alert_details: tuple[str, ...] = ()
    by_custom_details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IncidentSettings:
    """Whether alerts make incidents, and how they are grouped (``incidentConfiguration``)."""

    create: bool = True
    grouping: Grouping = Grouping()


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a Scheduled rule runs, how far it looks back, and what count of rows fires it."""

    frequency: timedelta
    period: timedelta
    operator: TriggerOperator
    threshold: int


@dataclass(frozen=True, slots=True)
class Suppression:
    """Whether the rule stops running for a while after an alert."""

    enabled: bool = False
    duration: timedelta = timedelta(hours=5)


@dataclass(frozen=True, slots=True)
class AcceptedCheck:
    """A check that does not count for this file, and why (``vedette.suppress``).

    ``index`` is its place in the list, at which something about it is said.
    """

    check: str
    reason: str
    index: int


@dataclass(frozen=True, slots=True)
class DataConnector:
    """A connector that the detection needs, with its data types."""

    connector_id: str
    data_types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Detection:
    """One file of ``detections/``.

    ``schedule`` is there for kind Scheduled only; ``severity`` is None for hunting queries only.
    ``parameters`` are the ``let`` statements of the query that an environment may set.
    ``products`` are those that it is for; its query is written for Sentinel whatever they are,
    and ``defender`` is what the rule has otherwise in Defender XDR.
    ``source`` locates every value: ``detection.source.locate(("entityMappings", 0))``.
    """

    id: UUID
    kind: Kind
    name: str
    description: str
    query: str
    version: str
    severity: Severity | None = None
    enabled: bool = True
    schedule: Schedule | None = None
    tactics: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()
    connectors: tuple[DataConnector, ...] = ()
    entity_mappings: tuple[EntityMapping, ...] = ()
    sentinel_entities: tuple[str, ...] = ()
    custom_details: Mapping[str, str] = field(default_factory=dict)
    alert_details: AlertDetails = AlertDetails()
    aggregation: AggregationKind = AggregationKind.SINGLE_ALERT
    suppression: Suppression = Suppression()
    incident: IncidentSettings = IncidentSettings()
    template_name: str | None = None
    template_version: str | None = None
    products: tuple[Product, ...] = (Product.SENTINEL,)
    owner: str | None = None
    false_positives: tuple[str, ...] = ()
    response: tuple[str, ...] = ()
    accepted: tuple[AcceptedCheck, ...] = ()
    lifecycle: Lifecycle = field(default_factory=Lifecycle)
    parameters: tuple[str, ...] = ()
    defender: DefenderSettings = field(default_factory=DefenderSettings)
    source: Document = field(kw_only=True, compare=False, repr=False)

    @property
    def is_rule(self) -> bool:
        """True for what runs by itself and makes alerts: everything but hunting queries."""
        return self.kind is not Kind.HUNTING

    @property
    def in_defender(self) -> Detection:
        """The detection with the schedule and the texts that it has in Defender XDR.

        A near-real-time rule that is given a frequency is a scheduled one there: a continuous
        rule can neither join nor look anything up.
        Its query is the one that is written for Sentinel: rendering takes a syntax tree.
        """
        settings, kind, schedule = self.defender, self.kind, self.schedule
        if kind is Kind.NRT and settings.frequency is not None:
            look_back = LOOK_BACKS.get(settings.frequency, settings.frequency)
            kind = Kind.SCHEDULED
            schedule = Schedule(settings.frequency, look_back, TriggerOperator.GREATER_THAN, 0)
        elif schedule is not None and settings.frequency is not None:
            schedule = replace(schedule, frequency=settings.frequency)
        details = self.alert_details
        texts = replace(
            details,
            name_format=settings.name_format or details.name_format,
            description_format=settings.description_format or details.description_format,
        )
        return replace(self, kind=kind, schedule=schedule, alert_details=texts)
