"""A replay, and the comparison of two, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from vedette.replay.compare import Comparison
from vedette.replay.outcome import Replay, Timeline
from vedette.simulate.types import Alert, Entity, Incident

_COLUMNS = ("runs", "rows", "alerts", "suppressed", "failed")
#: Alerts and incidents that the text shows; the JSON has all.
_SHOWN = 20


def render_text(replay: Replay, comparison: Comparison | None = None) -> str:
    """A line for each rule, then the incidents, then what differs from the other version."""
    names = [timeline.rule.name for timeline in replay.timelines]
    width = max(map(len, names), default=4)
    lines = [f"{_time(replay.start)} to {_time(replay.end)}, {replay.runs} runs", ""]
    lines.append("  ".join(["rule".ljust(width), *(name.rjust(10) for name in _COLUMNS)]))
    lines += [_timeline(timeline, width) for timeline in replay.timelines]
    lines += ["", f"{len(replay.alerts)} alerts in {len(replay.incidents)} incidents"]
    lines += [_incident(incident) for incident in replay.incidents[:_SHOWN]]
    lines += _more(len(replay.incidents))
    if comparison is not None:
        lines += ["", *_compared(comparison)]
    return "\n".join(lines) + "\n"


def _timeline(timeline: Timeline, width: int) -> str:
    numbers = [str(getattr(timeline, name)).rjust(10) for name in _COLUMNS]
    line = "  ".join([timeline.rule.name.ljust(width), *numbers])
    if timeline.unsupported:
        return f"{line}  not run: {timeline.unsupported}"
    return f"{line}  disabled" if timeline.disabled else line


def _incident(incident: Incident) -> str:
    count = f"{len(incident.alerts)} alert" + ("" if len(incident.alerts) == 1 else "s")
    return (
        f"  {incident.number:>5}  {_time(incident.created)}  {incident.severity.value:<13}  "
        f"{count:<11}  {incident.title}"
    )


def _compared(comparison: Comparison) -> list[str]:
    counts = (len(comparison.added), len(comparison.lost), len(comparison.changed), comparison.same)
    lines = ["{} alerts added, {} lost, {} changed, {} the same".format(*counts)]
    for sign, alerts in (("+", comparison.added), ("-", comparison.lost)):
        lines += [f"  {sign} {_alert(alert)}" for alert in alerts[:_SHOWN]]
        lines += _more(len(alerts))
    for one in comparison.changed[:_SHOWN]:
        lines.append(f"  ~ {_alert(one.after)}")
        lines += [f"      {name}: {before} -> {after}" for name, before, after in one.fields]
    return lines + _more(len(comparison.changed))


def _alert(alert: Alert) -> str:
    return f"{_time(alert.created)}  {alert.severity.value:<13}  {alert.title}"


def _more(count: int) -> list[str]:
    return [f"  and {count - _SHOWN} more"] if count > _SHOWN else []


def render_json(replay: Replay, comparison: Comparison | None = None) -> str:
    """Everything: timelines with the runs that had rows or failed, alerts, incidents."""
    document: dict[str, Any] = {
        "start": _time(replay.start),
        "end": _time(replay.end),
        "rules": [_rule_json(timeline) for timeline in replay.timelines],
        "alerts": _alerts_json(replay.alerts),
        "incidents": [_incident_json(incident) for incident in replay.incidents],
        "playbooks": [
            {"logicApp": one.logic_app, "incident": one.incident, "at": _time(one.at)}
            for one in replay.playbooks
        ],
    }
    if comparison is not None:
        document["comparison"] = {
            "added": _alerts_json(comparison.added),
            "lost": _alerts_json(comparison.lost),
            "changed": [
                {
                    "before": str(one.before.id),
                    "after": str(one.after.id),
                    "fields": {name: [before, after] for name, before, after in one.fields},
                }
                for one in comparison.changed
            ],
            "same": comparison.same,
        }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _rule_json(timeline: Timeline) -> dict[str, Any]:
    return {
        "id": timeline.rule.id,
        "name": timeline.rule.name,
        **{name: getattr(timeline, name) for name in _COLUMNS},
        "droppedEntities": timeline.dropped_entities,
        "disabled": timeline.disabled,
        "unsupported": timeline.unsupported or None,
        "told": [
            {
                "scheduled": _time(run.scheduled),
                "status": run.status.value,
                "rows": run.rows,
                "alerts": run.alerts,
                "reason": run.reason or None,
            }
            for run in timeline.told
        ],
    }


def _alerts_json(alerts: Sequence[Alert]) -> list[dict[str, Any]]:
    return [
        {
            "id": str(alert.id),
            "rule": alert.rule_id,
            "created": _time(alert.created),
            "title": alert.title,
            "description": alert.description,
            "severity": alert.severity.value,
            "start": _time(alert.start),
            "end": _time(alert.end),
            "tactics": list(alert.tactics),
            "techniques": list(alert.techniques),
            "entities": [_entity_json(entity) for entity in alert.entities],
            "customDetails": {name: list(values) for name, values in alert.custom_details.items()},
        }
        for alert in alerts
    ]


def _entity_json(entity: Entity) -> dict[str, str]:
    return {"type": entity.type, **dict(entity.identifiers)}


def _incident_json(incident: Incident) -> dict[str, Any]:
    return {
        "id": str(incident.id),
        "number": incident.number,
        "created": _time(incident.created),
        "modified": _time(incident.modified),
        "title": incident.title,
        "severity": incident.severity.value,
        "status": incident.status,
        "rule": incident.rule_id,
        "owner": incident.owner,
        "labels": list(incident.labels),
        "tasks": list(incident.tasks),
        "alerts": [str(alert.id) for alert in incident.alerts],
    }


def _time(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
