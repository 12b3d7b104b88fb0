"""The rules of a workspace, read for their pages: analytics rules, and custom detections.

The trap: rules of other kinds are kept as they came and have none of the properties that a
scheduled one has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from vedette.simulate.schedule import frequency_of
from vedette.workspace.graph.detection_rules import RULES as DETECTIONS
from vedette.workspace.iso8601 import parse_duration, parse_time
from vedette.workspace.pages.rule_view import RuleView
from vedette.workspace.rule_mapping import analytics_rule
from vedette.workspace.rule_members import RULE_MEMBERS
from vedette.workspace.scheduler import RULES, SCHEDULES
from vedette.workspace.store import Resource
from vedette.workspace.tasks import detection_task
from vedette.workspace.workspace import Workspace

#: What a page of one rule shows of its runs.
RUNS_SHOWN = 50

#: The properties that are told beside the others, and how they are called.
_FACTS = {
    "queryPeriod": "Looks back",
    "triggerOperator": "Alerts when rows are",
    "triggerThreshold": "than",
    "tactics": "Tactics",
    "techniques": "Techniques",
    "suppressionDuration": "Suppressed after an alert for",
    "templateVersion": "Version",
}


def rule_views(workspace: Workspace) -> list[RuleView]:
    """All analytics rules by name, each with its last run."""
    rules = [_rule(workspace, rule, 1) for rule in workspace.store.all(RULES)]
    return sorted(rules, key=lambda rule: (rule.name.casefold(), rule.id))


def rule_view(workspace: Workspace, name: str) -> RuleView | None:
    """One analytics rule with its last runs."""
    found = workspace.store.get(RULES, name)
    return _rule(workspace, found, RUNS_SHOWN) if found else None


def detection_views(workspace: Workspace) -> list[RuleView]:
    """The custom detections of Defender XDR by name, each with its last runs."""
    found = [_detection(workspace, rule) for rule in workspace.store.all(DETECTIONS)]
    return sorted(found, key=lambda rule: (rule.name.casefold(), rule.id))


def _runs(workspace: Workspace, key: str, shown: int) -> tuple[dict[str, Any], ...]:
    runs = workspace.journal.runs(key, shown)
    for run in runs:
        run["executed"] = parse_time(run["executed"])
        run["scheduled"] = parse_time(run["scheduled"])
    return tuple(runs)


def _rule(workspace: Workspace, resource: Resource, runs_shown: int) -> RuleView:
    properties = resource.body["properties"]
    runnable = resource.body["kind"] in RULE_MEMBERS
    enabled = bool(properties.get("enabled"))
    run_count, alert_count = workspace.journal.count_runs(resource.name)
    schedule = workspace.store.get(SCHEDULES, resource.name)
    failures = (schedule.body.get("failures") if schedule else None) or (None, 0)
    return RuleView(
        id=resource.name,
        name=properties.get("displayName") or resource.name,
        kind=resource.body["kind"],
        severity=properties.get("severity") or "",
        enabled=enabled,
        every=frequency_of(analytics_rule(resource)) if runnable else None,
        next_run=workspace.scheduler.next_run(resource.name) if runnable and enabled else None,
        runs=_runs(workspace, resource.name, runs_shown),
        run_count=run_count,
        alert_count=alert_count,
        runnable=runnable,
        failures=failures[1],
        description=properties.get("description") or "",
        query=properties.get("query") or "",
        facts=tuple(_facts(properties)),
    )


def _facts(properties: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    operators = {
        "GreaterThan": "more",
        "LessThan": "fewer",
        "Equal": "as many",
        "NotEqual": "not as many",
    }
    for name, label in _FACTS.items():
        value = properties.get(name)
        if value in (None, "", []):
            continue
        if name == "suppressionDuration" and not properties.get("suppressionEnabled"):
            continue
        if name == "triggerOperator":
            threshold = properties.get("triggerThreshold", 0)
            yield "Alerts on", f"{operators.get(value, value)} {_than(value)} {threshold} rows"
        elif name != "triggerThreshold":
            yield label, _text(value)


def _than(operator: str) -> str:
    return "as" if operator in ("Equal", "NotEqual") else "than"


def _text(value: object) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(str, value))
    return str(value)


def _detection(workspace: Workspace, resource: Resource) -> RuleView:
    body = resource.body
    key = detection_task(resource).key
    enabled = body["status"] == "enabled"
    run_count, alert_count = workspace.journal.count_runs(key)
    try:
        every = parse_duration(body["schedule"]["frequency"]) or None
    except ValueError:
        every = None
    template = body["detectionAction"]["alertTemplate"]
    return RuleView(
        id=resource.name,
        name=body["displayName"],
        kind="Custom detection",
        severity=str(template.get("severity") or "").capitalize(),
        enabled=enabled,
        every=every,
        next_run=workspace.scheduler.next_run(key) if enabled else None,
        runs=_runs(workspace, key, RUNS_SHOWN),
        run_count=run_count,
        alert_count=alert_count,
        description=template.get("description") or "",
        query=body["queryCondition"]["queryText"],
    )
