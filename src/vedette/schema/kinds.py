"""What each kind of detection needs, and what has no place in it: the branches of the schema.

The trap: exactly one branch may apply, or one slip is told twice. A misspelt case of the kind
(``scheduled``) still chooses its branch; a file without a kind is a rule if it has a schedule, and
a hunting query, as the community writes them, if it has none.
"""

from __future__ import annotations

from vedette.model import limits
from vedette.model.assumptions import CHECKS_HUNTING_QUERIES
from vedette.model.attack import TACTICS
from vedette.model.detection import SCHEDULE_KEYS, Kind
from vedette.schema.shapes import Schema, annotate, choice, forbidden

#: Keys about alerts; a hunting query makes none by itself.
_ALERT_KEYS = (
    "customDetails",
    "alertDetailsOverride",
    "eventGroupingSettings",
    "incidentConfiguration",
    "suppressionEnabled",
    "suppressionDuration",
)


def branches() -> list[Schema]:
    """The conditions for ``allOf`` at the root of the detection's schema."""
    rule: Schema = {"properties": {"tactics": _tactics(), "query": _rule_query()}}
    scheduled: Schema = {"required": ["severity", *SCHEDULE_KEYS, "version"]}
    near_real_time: Schema = {
        "required": ["severity", "version"],
        "properties": dict.fromkeys(SCHEDULE_KEYS, _no_schedule()),
    }
    hunting: Schema = {
        "properties": {
            "tactics": _tactics(warning=not CHECKS_HUNTING_QUERIES),
            **dict.fromkeys((*SCHEDULE_KEYS, *_ALERT_KEYS), _unused()),
        }
    }
    return [
        {"if": _is(Kind.SCHEDULED), "then": scheduled},
        {"if": _without_kind(scheduled=True), "then": scheduled},
        {"if": _is(Kind.NRT), "then": near_real_time},
        {"if": _is(Kind.HUNTING), "then": hunting},
        {"if": _without_kind(scheduled=False), "then": hunting},
        {"if": _is(Kind.SCHEDULED), "then": rule},
        {"if": _is(Kind.NRT), "then": rule},
        {"if": _without_kind(scheduled=True), "then": rule},
    ]


def _is(kind: Kind) -> Schema:
    letters = "".join(f"[{letter.upper()}{letter.lower()}]" for letter in kind.value)
    condition: Schema = {"type": "string", "pattern": f"^{letters}$"}
    return {"properties": {"kind": condition}, "required": ["kind"]}


def _without_kind(*, scheduled: bool) -> Schema:
    any_schedule: Schema = {"anyOf": [{"required": [key]} for key in SCHEDULE_KEYS]}
    no_kind: Schema = {"not": {"required": ["kind"]}}
    return {"allOf": [no_kind, any_schedule if scheduled else {"not": any_schedule}]}


def _tactics(*, warning: bool = False) -> Schema:
    """The service refuses a rule with an unknown tactic; a hunting query it takes as it is."""
    tactic = choice(
        "A tactic of ATT&CK.",
        TACTICS,
        expects="a tactic that Sentinel knows",
        finding="unknown-tactic",
        warning=warning,
    )
    del tactic["type"]  # said by the general part of the schema
    return {"items": tactic}


def _rule_query() -> Schema:
    return annotate({"maxLength": limits.QUERY_LENGTH}, {"maxLength": "query-too-long"})


def _no_schedule() -> Schema:
    return forbidden(
        "schedule-on-nrt",
        "'{name}' has no meaning in an NRT rule, which runs every minute",
        hint="remove it, or make the rule Scheduled",
    )


def _unused() -> Schema:
    return forbidden(
        "unused-key",
        "'{name}' has no effect on a hunting query, which makes no alerts by itself",
        hint="remove it, or make the detection a rule",
        warning=True,
    )
