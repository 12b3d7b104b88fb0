"""Turns an analytics rule as Azure Resource Manager has it into the values of a detection's file.

The trap: the service marks a rule that it has switched off by writing into its name. Whoever takes
that name for the rule's own deploys the mark.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from vedette.convert.content import Content, Form, Loss, Refused
from vedette.convert.duration_text import written_duration
from vedette.deploy.assumptions import AFTER_AUTO_DISABLED, AUTO_DISABLED
from vedette.deploy.payload import without_empty
from vedette.deploy.resource import Body
from vedette.model.detection import AggregationKind, Grouping, Kind, Suppression
from vedette.model.durations import iso_duration, parse_duration
from vedette.model.shape import guid, items, mapping, text

#: What a file says that has no version of its own yet.
FIRST_VERSION = "1.0.0"

_MARK = re.compile(re.escape(AUTO_DISABLED) + AFTER_AUTO_DISABLED)

_GROUP_BY = ("groupByEntities", "groupByAlertDetails", "groupByCustomDetails")
_TEXT_OVERRIDES = (
    "alertDisplayNameFormat",
    "alertDescriptionFormat",
    "alertTacticsColumnName",
    "alertSeverityColumnName",
)


def rule_content(rule_id: str, body: Body) -> Content | Refused:
    """The rule ``body`` (what GET or PUT holds) as a detection; Refused for what is no query.

    Its id is compared without case, and is a GUID in every detection of ours.
    """
    properties = mapping(body.get("properties"))
    kind, name = text(body.get("kind")), text(properties.get("displayName"))
    if kind not in {Kind.SCHEDULED.value, Kind.NRT.value}:
        reason = f"a rule of kind {kind or '(none)'} has no query that could be kept in a file"
        return Refused("rule", rule_id, name, reason, expected=True)
    if guid(rule_id) is None:
        return Refused("rule", rule_id, name, not_a_guid(rule_id))
    values, losses = rule_values(rule_id, kind, properties)
    return Content(Form.DETECTION, rule_id, str(values["name"]), values, body, losses=losses)


def not_a_guid(resource_id: str) -> str:
    """Why a resource of this id is not written to a file."""
    return f"the id '{resource_id}' is not a GUID, and a file's identity is one"


def rule_values(
    rule_id: str, kind: str, properties: Mapping[str, object]
) -> tuple[dict[str, object], tuple[Loss, ...]]:
    """The values of a detection's file, without what has its default, and what they do not say."""
    name, marked = unmarked(text(properties.get("displayName")))
    losses = []
    if marked:
        why = f"'{AUTO_DISABLED}' before the name is the service's mark, not the rule's name"
        losses.append(Loss("displayName", why))
    description = text(properties.get("description")).strip()
    if not description:
        losses.append(Loss("description", "there is none; the file says the name instead"))
    values: dict[str, object] = {
        "id": rule_id.lower(),
        "name": name,
        "kind": kind,
        "description": description_text(description or name),
        "severity": properties.get("severity"),
        **(_schedule(properties) if kind == Kind.SCHEDULED.value else {}),
        "tactics": items(properties.get("tactics")),
        "relevantTechniques": techniques(properties),
        "query": block(text(properties.get("query"))),
        **_suppression(properties),
        **_aggregation(properties),
        "entityMappings": list(_entities(properties)),
        "sentinelEntitiesMappings": [
            {"columnName": mapping(each).get("columnName")}
            for each in items(properties.get("sentinelEntitiesMappings"))
        ],
        "customDetails": dict(mapping(properties.get("customDetails"))),
        "alertDetailsOverride": _override(mapping(properties.get("alertDetailsOverride"))),
        "incidentConfiguration": _incident(mapping(properties.get("incidentConfiguration"))),
        "alertRuleTemplateName": properties.get("alertRuleTemplateName"),
        "templateVersion": properties.get("templateVersion"),
        "version": FIRST_VERSION,
        "vedette": {"enabled": False} if properties.get("enabled") is False else {},
    }
    return without_empty(values), tuple(losses)


def unmarked(name: str) -> tuple[str, bool]:
    """The rule's own name, and whether the service's mark stood before it."""
    match = _MARK.match(name)
    return (name[match.end() :], True) if match and match.end() < len(name) else (name, False)


def block(query: str) -> str:
    """A text for a block: ``\\n`` line ends, and one at its end."""
    return query.replace("\r\n", "\n").rstrip() + "\n" if query.strip() else ""


def description_text(description: str) -> str:
    """A description as it is written: a block, unless it is one short line.

    Community files put a description into quotes, which a loader takes off; a description that
    begins and ends with one gets a pair more, of which that one is taken off.
    """
    description = description.replace("\r\n", "\n").strip()
    if len(description) > 1 and description[0] == description[-1] == "'":
        description = f"'{description}'"
    return description + "\n"


def techniques(properties: Mapping[str, object]) -> list[str]:
    """``relevantTechniques``: sub-techniques stand where their parent stood."""
    written = [text(each) for each in items(properties.get("techniques"))]
    below = [text(each) for each in items(properties.get("subTechniques"))]
    found: dict[str, None] = {}
    for technique in written:
        subs = [each for each in below if each.partition(".")[0] == technique]
        found.update(dict.fromkeys(subs or [technique]))
    found.update(dict.fromkeys(below))
    return [technique for technique in found if technique]


def _schedule(properties: Mapping[str, object]) -> dict[str, object]:
    return {
        "queryFrequency": written_duration(properties.get("queryFrequency")),
        "queryPeriod": written_duration(properties.get("queryPeriod")),
        "triggerOperator": properties.get("triggerOperator"),
        "triggerThreshold": properties.get("triggerThreshold"),
    }


def _suppression(properties: Mapping[str, object]) -> dict[str, object]:
    default = iso_duration(Suppression().duration)
    written = written_duration(properties.get("suppressionDuration"))
    is_default = written in (None, "", written_duration(default))
    if properties.get("suppressionEnabled") is True:
        return {
            "suppressionEnabled": True,
            "suppressionDuration": written or written_duration(default),
        }
    return {} if is_default else {"suppressionEnabled": False, "suppressionDuration": written}


def _aggregation(properties: Mapping[str, object]) -> dict[str, object]:
    kind = mapping(properties.get("eventGroupingSettings")).get("aggregationKind")
    if kind in (None, "", AggregationKind.SINGLE_ALERT.value):
        return {}
    return {"eventGroupingSettings": {"aggregationKind": kind}}


def _entities(properties: Mapping[str, object]) -> Iterator[dict[str, object]]:
    for each in items(properties.get("entityMappings")):
        entity = mapping(each)
        fields = [mapping(field) for field in items(entity.get("fieldMappings"))]
        yield {
            "entityType": entity.get("entityType"),
            "fieldMappings": [
                {"identifier": field.get("identifier"), "columnName": field.get("columnName")}
                for field in fields
            ],
        }


def _override(override: Mapping[str, object]) -> dict[str, object]:
    properties = [
        {"alertProperty": mapping(each).get("alertProperty"), "value": mapping(each).get("value")}
        for each in items(override.get("alertDynamicProperties"))
    ]
    texts = {name: override.get(name) for name in _TEXT_OVERRIDES}
    return without_empty({**texts, "alertDynamicProperties": properties})


def _incident(incident: Mapping[str, object]) -> dict[str, object]:
    """``incidentConfiguration``, or nothing if it says what holds without it."""
    default, written = Grouping(), mapping(incident.get("groupingConfiguration"))
    look_back = text(written.get("lookbackDuration")) or iso_duration(default.look_back)
    groups = without_empty({name: list(items(written.get(name))) for name in _GROUP_BY})
    enabled = written.get("enabled") is True
    reopen = written.get("reopenClosedIncident") is True
    matching = text(written.get("matchingMethod")) or default.matching.value
    found: dict[str, object] = {}
    is_default = (
        not (enabled or reopen or groups)
        and parse_duration(look_back) == default.look_back
        and matching == default.matching.value
    )
    if not is_default:
        found["groupingConfiguration"] = {
            "enabled": enabled,
            "reopenClosedIncident": reopen,
            "lookbackDuration": written_duration(look_back),
            "matchingMethod": matching,
            **groups,
        }
    create = incident.get("createIncident") is not False
    return {"createIncident": create, **found} if found or not create else {}
