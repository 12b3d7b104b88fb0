"""Incidents with their alerts, as text for a terminal and as JSON.

The trap: an alert's rows hold values that JSON has no type for; they are written as the alert
itself shows them, so that both can be compared.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from vedette.simulate.text import cell_text
from vedette.simulate.types import Alert, Entity, Incident


def render_text(incidents: Sequence[Incident]) -> str:
    """Each incident with its alerts: what, how grave, when, who; a hint where there are none."""
    if not incidents:
        return "no incidents\n"
    return "".join(f"{line}\n" for incident in incidents for line in _incident_lines(incident))


def render_json(incidents: Sequence[Incident]) -> str:
    """A list of incidents with their alerts, entities and rows; ends in a line break."""
    data = [incident_data(incident) for incident in incidents]
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def incident_data(incident: Incident) -> dict[str, object]:
    """The incident as plain JSON data; times are ISO 8601 in UTC."""
    return {
        "id": str(incident.id),
        "number": incident.number,
        "title": incident.title,
        "description": incident.description,
        "severity": incident.severity.value,
        "status": incident.status,
        "classification": incident.classification,
        "classificationReason": incident.classification_reason,
        "classificationComment": incident.classification_comment,
        "owner": incident.owner,
        "created": _moment(incident.created),
        "modified": _moment(incident.modified),
        "ruleId": incident.rule_id,
        "alerts": [alert_data(alert) for alert in incident.alerts],
    }


def alert_data(alert: Alert) -> dict[str, object]:
    """The alert as plain JSON data, its rows included."""
    return {
        "id": str(alert.id),
        "ruleId": alert.rule_id,
        "ruleName": alert.rule_name,
        "title": alert.title,
        "description": alert.description,
        "severity": alert.severity.value,
        "created": _moment(alert.created),
        "start": _moment(alert.start),
        "end": _moment(alert.end),
        "tactics": list(alert.tactics),
        "techniques": list(alert.techniques),
        "entities": [{"type": one.type, **dict(one.identifiers)} for one in alert.entities],
        "customDetails": {name: list(values) for name, values in alert.custom_details.items()},
        "properties": dict(alert.properties),
        "rows": [_row(row) for row in alert.rows],
    }


def _incident_lines(incident: Incident) -> Iterator[str]:
    count = len(incident.alerts)
    alerts = "1 alert" if count == 1 else f"{count} alerts"
    yield f"Incident {incident.number} · {incident.severity} · {incident.title}"
    yield f"  {incident.status}, {alerts}, created {_moment(incident.created)}"
    for alert in incident.alerts:
        span = _moment(alert.start)
        if alert.end != alert.start:
            span += f" to {_moment(alert.end)}"
        yield f"  - {alert.severity} · {alert.title}"
        yield f"    {span}"
        yield from (f"    {_entity(entity)}" for entity in alert.entities)


def _entity(entity: Entity) -> str:
    return f"{entity.type}: " + ", ".join(f"{name} {value}" for name, value in entity.identifiers)


def _row(row: Mapping[str, object]) -> dict[str, object]:
    return {name: _cell(value) for name, value in row.items()}


def _cell(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return cell_text(value)  # JSON has no NaN, and json.dumps would write one
    plain = value is None or isinstance(value, str | bool | int | float | dict | list)
    return value if plain else cell_text(value)


def _moment(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
