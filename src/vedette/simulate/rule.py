"""From a detection file to the rule that the workspace would run."""

from __future__ import annotations

from vedette.model.detection import Detection, Severity
from vedette.simulate.types import AnalyticsRule


def rule_from_detection(detection: Detection) -> AnalyticsRule:
    """The analytics rule that ``detection`` becomes.

    Raises:
        ValueError: the detection is a hunting query, which the service does not run.
    """
    if not detection.is_rule:
        raise ValueError(f"{detection.name!r} is a hunting query: it makes no alerts")
    return AnalyticsRule(
        id=str(detection.id),
        kind=detection.kind,
        name=detection.name,
        description=detection.description,
        query=detection.query,
        enabled=detection.enabled,
        severity=detection.severity or Severity.MEDIUM,
        schedule=detection.schedule,
        tactics=detection.tactics,
        techniques=detection.techniques,
        entity_mappings=detection.entity_mappings,
        custom_details=detection.custom_details,
        alert_details=detection.alert_details,
        aggregation=detection.aggregation,
        suppression=detection.suppression.duration if detection.suppression.enabled else None,
        incident=detection.incident,
    )
