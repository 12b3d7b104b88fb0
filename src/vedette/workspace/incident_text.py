"""Incidents as JSON text for the store, and back.

The trap: the cells of an alert's rows are Python values of every Kusto type. They are kept as the
text that an alert shows of them, since nothing computes with the rows of an old alert.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from vedette.model.detection import Severity
from vedette.simulate.text import cell_text
from vedette.simulate.types import Alert, Entity, Incident
from vedette.workspace.iso8601 import format_time, parse_time


def encode(incident: Incident) -> dict[str, Any]:
    """The incident as plain JSON data."""
    return {
        "id": str(incident.id),
        "number": incident.number,
        "title": incident.title,
        "description": incident.description,
        "severity": incident.severity.value,
        "created": format_time(incident.created),
        "modified": format_time(incident.modified),
        "rule_id": incident.rule_id,
        "alerts": [_encode_alert(alert) for alert in incident.alerts],
        "status": incident.status,
        "classification": incident.classification,
        "classification_reason": incident.classification_reason,
        "classification_comment": incident.classification_comment,
        "owner": incident.owner,
    }


def decode(data: Mapping[str, Any]) -> Incident:
    """The incident that ``encode`` wrote."""
    return Incident(
        **{
            **data,
            "id": UUID(data["id"]),
            "severity": Severity(data["severity"]),
            "created": parse_time(data["created"]),
            "modified": parse_time(data["modified"]),
            "alerts": tuple(_decode_alert(alert) for alert in data["alerts"]),
        }
    )


def _encode_alert(alert: Alert) -> dict[str, Any]:
    return {
        "id": str(alert.id),
        "rule_id": alert.rule_id,
        "rule_name": alert.rule_name,
        "title": alert.title,
        "description": alert.description,
        "severity": alert.severity.value,
        "created": format_time(alert.created),
        "start": format_time(alert.start),
        "end": format_time(alert.end),
        "tactics": list(alert.tactics),
        "techniques": list(alert.techniques),
        "entities": [
            {"type": entity.type, "identifiers": [list(pair) for pair in entity.identifiers]}
            for entity in alert.entities
        ],
        "custom_details": {name: list(values) for name, values in alert.custom_details.items()},
        "properties": dict(alert.properties),
        "rows": [{name: _encode_cell(cell) for name, cell in row.items()} for row in alert.rows],
    }


def _decode_alert(data: Mapping[str, Any]) -> Alert:
    return Alert(
        **{
            **data,
            "id": UUID(data["id"]),
            "severity": Severity(data["severity"]),
            "created": parse_time(data["created"]),
            "start": parse_time(data["start"]),
            "end": parse_time(data["end"]),
            "tactics": tuple(data["tactics"]),
            "techniques": tuple(data["techniques"]),
            "entities": tuple(
                Entity(
                    entity["type"], tuple((name, value) for name, value in entity["identifiers"])
                )
                for entity in data["entities"]
            ),
            "custom_details": {
                name: tuple(values) for name, values in data["custom_details"].items()
            },
            "rows": tuple(data["rows"]),
        }
    )


def _encode_cell(cell: object) -> object:
    # A float may be NaN, which is no JSON; dynamic values are plain data but may hold one too.
    return cell if cell is None or isinstance(cell, bool | int | str) else cell_text(cell)
