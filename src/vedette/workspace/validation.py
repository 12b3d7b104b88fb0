"""Validates the body of an alert rule as the service does: reads it, then checks its meaning.

The trap: this is deliberately no code of the client's. A workspace that reused the deploying
client's checks would agree with its mistakes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vedette.workspace.members import as_object, missing, read_object, text
from vedette.workspace.refusal import bad_request
from vedette.workspace.rule_members import RULE_MEMBERS, SCHEDULE_ONLY
from vedette.workspace.validation_details import (
    check_custom_details,
    check_grouping,
    check_override,
)
from vedette.workspace.validation_entities import check_entity_mappings
from vedette.workspace.validation_query import check_query_text
from vedette.workspace.validation_rule import (
    check_durations,
    check_schedule,
    check_techniques,
    check_template,
    check_texts,
)

#: Kinds that the workspace stores but does not run, and what may be written to them (None: all).
STORED_KINDS: Mapping[str, frozenset[str] | None] = {
    "Fusion": frozenset(
        {"alertRuleTemplateName", "enabled", "sourceSettings", "scenarioExclusionPatterns"}
    ),
    "MLBehaviorAnalytics": frozenset({"alertRuleTemplateName", "enabled"}),
    "ThreatIntelligence": None,
    "MicrosoftSecurityIncidentCreation": None,
}


@dataclass(frozen=True, slots=True)
class RuleBody:
    """A valid body: ``properties`` are normalised, ``etag`` is the client's or None."""

    kind: str
    etag: str | None
    properties: dict[str, Any]


def read_rule(body: object) -> RuleBody:
    """The rule in a PUT's body; raises Refusal with the first thing that is wrong.

    The query is not compiled here (``compilation.py``), since that needs the workspace's tables.
    """
    envelope = as_object(body, "")
    kind, etag = envelope.get("kind"), envelope.get("etag")
    # The SDK's own rule classes do not send their kind unless it is passed to them.
    if kind is None:
        raise missing("kind", "")
    if text(kind, "kind") not in RULE_MEMBERS and kind not in STORED_KINDS:
        raise bad_request(f"The alert rule kind '{kind}' is not supported.")
    if envelope.get("properties") is None:
        raise missing("properties", "")
    properties = as_object(envelope["properties"], "properties")
    read = _read_stored(kind, properties) if kind in STORED_KINDS else _read(kind, properties)
    return RuleBody(kind, None if etag is None else text(etag, "etag"), read)


def _read(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    if kind == "NRT":
        for name in SCHEDULE_ONLY:
            if given.get(name) is not None:
                raise bad_request(
                    f"Invalid Properties for NRT alert rule: '{name}' is not a property of an NRT "
                    "alert rule"
                )
    read = read_object(given, RULE_MEMBERS[kind], "properties")
    problem = next(_problems(kind, read), None)
    if problem is not None:
        raise bad_request(f"Invalid Properties for {kind} alert rule: {problem}")
    return read


def _problems(kind: str, properties: Mapping[str, Any]) -> Iterator[str]:
    yield from check_texts(properties)
    yield from check_query_text(properties["query"])
    yield from check_durations(properties)
    if kind == "Scheduled":
        yield from check_schedule(properties)
    yield from check_template(properties)
    yield from check_techniques(properties)
    yield from check_custom_details(properties["customDetails"])
    yield from check_entity_mappings(properties["entityMappings"])
    yield from check_override(properties["alertDetailsOverride"])
    yield from check_grouping(properties)


def _read_stored(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    writable = STORED_KINDS[kind]
    for name in given:
        if writable is not None and name not in writable:
            raise bad_request(f"Read-only property '{name}' cannot be assigned")
    required = "alertRuleTemplateName" if writable is not None else "displayName"
    if given.get(required) is None:
        raise missing(required, "properties")
    return dict(given)
