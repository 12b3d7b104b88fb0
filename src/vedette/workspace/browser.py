"""Serves the pages: the queue, an incident, the rules."""

from __future__ import annotations

from werkzeug.wrappers import Response

from vedette.simulate.schedule import frequency_of
from vedette.workspace.iso8601 import parse_time
from vedette.workspace.page import (
    PageContext,
    RuleView,
    content_security_policy,
    render_incident,
    render_message,
    render_queue,
    render_rules,
)
from vedette.workspace.rule_mapping import analytics_rule
from vedette.workspace.rule_members import RULE_MEMBERS
from vedette.workspace.scheduler import RULES
from vedette.workspace.store import Resource
from vedette.workspace.workspace import Workspace

CONTENT_SECURITY_POLICY = content_security_policy()
#: Runs that the page shows of each rule.
_RUNS_SHOWN = 5


def serve_page(workspace: Workspace, segments: tuple[str, ...]) -> Response:
    """The page of a path, or one that says that there is none."""
    context = PageContext(
        workspace=workspace.settings.scope.workspace,
        now=workspace.store.clock,
        events=workspace.journal.count_events(),
    )
    match segments:
        case ():
            return _html(render_queue(context, workspace.ledger.incidents()))
        case ("rules",):
            return _html(render_rules(context, _rules(workspace)))
        case ("incidents", number):
            for incident in workspace.ledger.incidents():
                if str(incident.number) == number:
                    return _html(render_incident(context, incident))
    return _html(render_message("Not found", "There is no such page."), 404)


def sign_in_page() -> Response:
    """What a browser sees that has not been given the token."""
    text = "Open the address that the workspace printed when it started: it holds the token."
    return _html(render_message("Not signed in", text), 401)


def _rules(workspace: Workspace) -> list[RuleView]:
    rules = [_rule(workspace, rule) for rule in workspace.store.all(RULES)]
    return sorted(rules, key=lambda rule: (rule.name.casefold(), rule.id))


def _rule(workspace: Workspace, resource: Resource) -> RuleView:
    properties = resource.body["properties"]
    runnable = resource.body["kind"] in RULE_MEMBERS
    enabled = bool(properties.get("enabled"))
    runs = workspace.journal.runs(resource.name, _RUNS_SHOWN)
    for run in runs:
        run["executed"] = parse_time(run["executed"])
    run_count, alert_count = workspace.journal.count_runs(resource.name)
    return RuleView(
        id=resource.name,
        name=properties.get("displayName") or resource.name,
        kind=resource.body["kind"],
        severity=properties.get("severity") or "",
        enabled=enabled,
        every=frequency_of(analytics_rule(resource)) if runnable else None,
        next_run=workspace.scheduler.next_run(resource.name) if runnable and enabled else None,
        runs=tuple(runs),
        run_count=run_count,
        alert_count=alert_count,
    )


def _html(text: str, status: int = 200) -> Response:
    response = Response(text, status, content_type="text/html; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    return response
