"""The rules whose health is asked about: those of an environment, with what is live of each.

The trap: a rule that the service has switched off carries another name and another description; it
is found by its id, and its reason is the part of the description that the repository has not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from vedette.deploy.assumptions import AUTO_DISABLED
from vedette.deploy.live import id_of
from vedette.deploy.payload import resource_of_detection
from vedette.deploy.resource import NO_FILE, Body
from vedette.kql.dependencies import Needs
from vedette.model.detection import Detection
from vedette.model.durations import parse_duration
from vedette.model.shape import mapping, text
from vedette.operate.health import Subject

_RULE_KINDS = frozenset({"Scheduled", "NRT"})


def subjects_of(
    detections: Iterable[Detection],
    needs: Iterable[Needs],
    live: Iterable[Body],
    *,
    foreign: bool = False,
) -> list[Subject]:
    """The rules of ``detections``, and with ``foreign`` those that are only in the workspace.

    ``detections`` are as the environment gets them; ``live`` are the bodies of its rules.
    """
    by_id = {id_of(body).casefold(): body for body in live}
    tables = {each.path: each.tables for each in needs}
    found = [
        _ours(each, tables.get(str(each.source.path)), by_id.pop(str(each.id), None))
        for each in detections
        if each.is_rule
    ]
    if foreign:
        found += [_foreign(name, body) for name, body in by_id.items() if _is_query_rule(body)]
    return found


def _ours(detection: Detection, tables: Sequence[str] | None, body: Body | None) -> Subject:
    resource = resource_of_detection(detection)
    properties = mapping((body or {}).get("properties"))
    described = text(mapping(resource.body.get("properties")).get("description"))
    return Subject(
        id=resource.id,
        label=resource.label,
        name=resource.name,
        path=resource.path,
        frequency=detection.schedule.frequency if detection.schedule else None,
        tables=None if tables is None else tuple(tables),
        wanted_on=detection.enabled,
        live=body is not None,
        enabled=properties.get("enabled") is not False,
        auto_disabled=_reason(properties, described),
        modified=_moment(properties.get("lastModifiedUtc")),
    )


def _foreign(name: str, body: Body) -> Subject:
    properties = mapping(body.get("properties"))
    shown = text(properties.get("displayName")) or name
    return Subject(
        id=name,
        label=name,
        name=shown,
        path=NO_FILE,
        frequency=parse_duration(text(properties.get("queryFrequency"))),
        tables=None,
        enabled=properties.get("enabled") is not False,
        auto_disabled=_reason(properties, ""),
        modified=_moment(properties.get("lastModifiedUtc")),
    )


def _is_query_rule(body: Body) -> bool:
    return body.get("kind") in _RULE_KINDS


def _reason(properties: Mapping[str, object], ours: str) -> str:
    """Why the service switched the rule off; empty if it did not."""
    if not text(properties.get("displayName")).startswith(AUTO_DISABLED):
        return ""
    described = text(properties.get("description"))
    added = described.strip().removeprefix(ours.strip()).strip()
    return " ".join((added or described or "it does not say why").split())


def _moment(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text(value))
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
