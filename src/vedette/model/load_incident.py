"""How the alerts of a rule become incidents.

The trap: grouping by something that the alert does not carry (an entity type that is not
mapped, a custom detail that does not exist) never groups anything, and the service refuses it.
"""

from __future__ import annotations

from collections.abc import Collection

from vedette.finding import Finding, did_you_mean
from vedette.model import limits
from vedette.model.detection import Grouping, IncidentSettings, MatchingMethod
from vedette.model.document import Document
from vedette.model.entities import ENTITY_TYPES
from vedette.model.reading import duration_at, texts_at, value_at
from vedette.model.shape import mapping, text
from vedette.source import ValuePath

_GROUPING: ValuePath = ("incidentConfiguration", "groupingConfiguration")


def load_incident(
    document: Document, entity_types: Collection[str], custom_details: Collection[str]
) -> tuple[IncidentSettings, list[Finding]]:
    """The settings, by default an incident for each alert.

    ``entity_types`` and ``custom_details`` are what the detection maps.
    """
    create = value_at(document, ("incidentConfiguration", "createIncident"))
    grouping, findings = _load_grouping(document)
    for path, name in texts_at(document, (*_GROUPING, "groupByEntities")):
        # An unknown type is a finding of its own.
        if name in ENTITY_TYPES and name not in entity_types:
            message = f"'groupByEntities' names '{name}', which 'entityMappings' does not map"
            hint = f"map {name}, or group by what is mapped"
            place = document.locate(path)
            findings.append(Finding(place, "group-by-unmapped-entity", message, hint))
    for path, name in texts_at(document, (*_GROUPING, "groupByCustomDetails")):
        if name not in custom_details:
            message = f"'groupByCustomDetails' names '{name}', which 'customDetails' lacks"
            hint = did_you_mean(name, custom_details) or "add it to 'customDetails'"
            place = document.locate(path)
            findings.append(Finding(place, "group-by-unknown-detail", message, hint))
    return IncidentSettings(create is not False, grouping), findings


def _load_grouping(document: Document) -> tuple[Grouping, list[Finding]]:
    data = mapping(value_at(document, _GROUPING))
    look_back, findings = duration_at(
        document,
        (*_GROUPING, "lookbackDuration"),
        limits.SHORTEST_LOOK_BACK,
        limits.LONGEST_LOOK_BACK,
        "look-back-out-of-range",
    )
    default = Grouping()
    method = text(data.get("matchingMethod"))
    known = {each.value: each for each in MatchingMethod}
    grouping = Grouping(
        enabled=data.get("enabled") is True,
        reopen_closed=data.get("reopenClosedIncident") is True,
        look_back=default.look_back if look_back is None else look_back,
        matching=known.get(method, default.matching),
        by_entities=_names(document, "groupByEntities"),
        by_alert_details=_names(document, "groupByAlertDetails"),
        by_custom_details=_names(document, "groupByCustomDetails"),
    )
    nothing = not (grouping.by_entities or grouping.by_alert_details or grouping.by_custom_details)
    if grouping.matching is MatchingMethod.SELECTED and nothing:
        place = document.locate((*_GROUPING, "matchingMethod"))
        message = "'Selected' needs something to group by"
        hint = "fill groupByEntities, groupByAlertDetails or groupByCustomDetails"
        findings.append(Finding(place, "nothing-to-group-by", message, hint))
    return grouping, findings


def _names(document: Document, key: str) -> tuple[str, ...]:
    return tuple(value for _, value in texts_at(document, (*_GROUPING, key)))
