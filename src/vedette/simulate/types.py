"""What the service makes of a rule's rows: alerts with entities, grouped into incidents.

All values are frozen; times are aware UTC datetimes; ids are derived (uuid5) from what they name,
so that the same events give the same ids on every machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from vedette.model.detection import (
    AggregationKind,
    AlertDetails,
    EntityMapping,
    IncidentSettings,
    Kind,
    Schedule,
    Severity,
)


@dataclass(frozen=True, slots=True)
class AnalyticsRule:
    """A rule as the workspace runs it, from whatever text it came.

    ``id`` is the resource name; ``suppression`` is None unless it is switched on.
    """

    id: str
    kind: Kind
    name: str
    description: str
    query: str
    enabled: bool
    severity: Severity
    schedule: Schedule | None
    tactics: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()
    entity_mappings: tuple[EntityMapping, ...] = ()
    custom_details: Mapping[str, str] = field(default_factory=dict)
    alert_details: AlertDetails = field(default_factory=AlertDetails)
    aggregation: AggregationKind = AggregationKind.SINGLE_ALERT
    suppression: timedelta | None = None
    incident: IncidentSettings = field(default_factory=IncidentSettings)


@dataclass(frozen=True, slots=True)
class Entity:
    """An entity of an alert: mapping type (``Account``) and identifier values, sorted by name."""

    type: str
    identifiers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert. ``start`` and ``end`` bound the events; ``rows`` are the rows behind it."""

    id: UUID
    rule_id: str
    rule_name: str
    title: str
    description: str
    severity: Severity
    created: datetime
    start: datetime
    end: datetime
    tactics: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()
    entities: tuple[Entity, ...] = ()
    custom_details: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)
    rows: tuple[Mapping[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident: the alerts that were grouped, oldest first, and what an analyst may change."""

    id: UUID
    number: int
    title: str
    description: str
    severity: Severity
    created: datetime
    modified: datetime
    rule_id: str
    alerts: tuple[Alert, ...]
    status: str = "New"
    classification: str | None = None
    classification_reason: str | None = None
    classification_comment: str | None = None
    owner: str | None = None
    labels: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
