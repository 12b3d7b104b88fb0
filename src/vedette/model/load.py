"""Turns a document into a Detection and says what its schema cannot.

The trap: nothing may be said twice. Structure, names, counts and lengths are the schema's; what
it has refused reads as absent here, and only what compares values or looks into a text is checked.
"""

from __future__ import annotations

from vedette.finding import Finding
from vedette.model.assumptions import CHECKS_HUNTING_QUERIES
from vedette.model.check_query import check_rule_query
from vedette.model.detection import Detection, Kind
from vedette.model.document import Document
from vedette.model.load_about import (
    accepted_of,
    aggregation_of,
    connectors_of,
    description_of,
    is_enabled,
    kind_of,
    products_of,
    severity_of,
    text_at,
)
from vedette.model.load_alert import load_alert_details, load_custom_details
from vedette.model.load_attack import load_attack
from vedette.model.load_defender import load_defender
from vedette.model.load_entities import load_entities, load_sentinel_entities
from vedette.model.load_incident import load_incident
from vedette.model.load_lifecycle import load_lifecycle, parameters_of
from vedette.model.load_schedule import load_schedule, load_suppression
from vedette.model.reading import texts_at, value_at
from vedette.model.shape import guid, optional_text
from vedette.source import ValuePath

#: Community hunting files carry no version.
_FIRST_VERSION = "1.0.0"

#: Two ways to say one thing; who writes both cannot know which one counts.
_SPELLINGS: tuple[tuple[ValuePath, ValuePath], ...] = (
    (("relevantTechniques",), ("techniques",)),
    (("vedette", "enabled"), ("enabled",)),
)


def load_detection(document: Document) -> tuple[Detection | None, list[Finding]]:
    """The detection in ``document``, and what is wrong with its meaning.

    It is there even with findings, so that its query can be checked in the same run; None if its
    id, name, query, kind, severity or schedule is missing or cannot be read.
    """
    kind, severity = kind_of(document), severity_of(document)
    is_rule = kind is not Kind.HUNTING
    schedule, findings = load_schedule(document) if kind is Kind.SCHEDULED else (None, [])
    suppression, of_suppression = load_suppression(document, schedule)
    tactics, techniques, found = load_attack(document, refused=is_rule or CHECKS_HUNTING_QUERIES)
    entity_mappings, of_entities = load_entities(document)
    entity_types = {each.entity_type for each in entity_mappings}
    custom_details = load_custom_details(document)
    alert_details, of_alert = load_alert_details(document)
    incident, of_incident = load_incident(document, entity_types, custom_details)
    defender, of_defender = load_defender(document)
    lifecycle, more = load_lifecycle(document)
    findings += of_suppression + found + of_entities + of_alert + of_incident + of_defender
    findings += more + _check_spellings(document) + _check_template(document)
    query = text_at(document, "query")
    findings += check_rule_query(document, query, entity_types) if is_rule else []
    findings.sort()
    identity, name = guid(value_at(document, ("id",))), text_at(document, "name").strip()
    incomplete = (is_rule and severity is None) or (kind is Kind.SCHEDULED and schedule is None)
    if identity is None or kind is None or not name or not query.strip() or incomplete:
        return None, findings
    detection = Detection(
        id=identity,
        kind=kind,
        name=name,
        description=description_of(document),
        query=query,
        version=text_at(document, "version") or ("" if is_rule else _FIRST_VERSION),
        severity=severity,
        enabled=is_enabled(document),
        schedule=schedule,
        tactics=tactics,
        techniques=techniques,
        connectors=connectors_of(document),
        entity_mappings=entity_mappings,
        sentinel_entities=load_sentinel_entities(document),
        custom_details=custom_details,
        alert_details=alert_details,
        aggregation=aggregation_of(document),
        suppression=suppression,
        incident=incident,
        template_name=text_at(document, "alertRuleTemplateName") or None,
        template_version=text_at(document, "templateVersion") or None,
        products=products_of(document),
        owner=optional_text(value_at(document, ("vedette", "owner"))),
        false_positives=_lines(document, "falsePositives"),
        response=_lines(document, "response"),
        accepted=accepted_of(document),
        defender=defender,
        lifecycle=lifecycle,
        parameters=parameters_of(document),
        source=document,
    )
    return detection, findings


def _lines(document: Document, key: str) -> tuple[str, ...]:
    return tuple(line for _, line in texts_at(document, ("vedette", key)))


def _check_spellings(document: Document) -> list[Finding]:
    findings: list[Finding] = []
    for usual, other in _SPELLINGS:
        if value_at(document, usual) is None or value_at(document, other) is None:
            continue
        names = ".".join(map(str, usual)), ".".join(map(str, other))
        message = f"'{names[1]}' and '{names[0]}' say the same thing"
        place = document.locate_key(other)
        findings.append(Finding(place, "two-spellings", message, f"keep '{names[0]}' only"))
    return findings


def _check_template(document: Document) -> list[Finding]:
    if not text_at(document, "templateVersion") or text_at(document, "alertRuleTemplateName"):
        return []
    place = document.locate_key(("templateVersion",))
    message = "'templateVersion' stands without 'alertRuleTemplateName'"
    return [Finding(place, "template-version-without-template", message, "give both, or neither")]
