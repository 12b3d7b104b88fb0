"""Serves the pages: incidents, rules, events, the query box and what its script asks for."""

from __future__ import annotations

import json
from collections.abc import Mapping

from werkzeug.wrappers import Request, Response

from vedette.workspace.page import (
    PageContext,
    content_security_policy,
    query_script,
    render,
    render_incident,
    render_message,
    render_queue,
    render_rules,
)
from vedette.workspace.pages.completions import completions
from vedette.workspace.pages.events import event_view, events_view
from vedette.workspace.pages.query import query_view
from vedette.workspace.pages.rules import detection_views, rule_view, rule_views
from vedette.workspace.pages.table_list import (
    empty_tables,
    event_counts,
    filled_tables,
    waiting_events,
)
from vedette.workspace.workspace import Workspace

CONTENT_SECURITY_POLICY = content_security_policy()
_WITH_SCRIPT = content_security_policy(script=True)


def serve_page(workspace: Workspace, request: Request, segments: tuple[str, ...]) -> Response:
    """The page of a path, or one that says that there is none."""
    context = PageContext(
        workspace=workspace.settings.scope.workspace,
        now=workspace.store.clock,
        events=workspace.journal.count_events(),
    )
    found: Response | None = None
    match segments:
        case ():
            found = _html(render_queue(context, workspace.ledger.incidents(), request.args))
        case ("rules",):
            rules = [*rule_views(workspace), *detection_views(workspace)]
            found = _html(render_rules(context, rules, request.args.get("health", "")))
        case ("rules", name):
            found = _rule(workspace, context, name)
        case ("incidents", number):
            found = _incident(workspace, context, number)
        case ("events", *names):
            found = _events(workspace, context, names, request.args)
        case ("query",):
            found = _query(workspace, context, request.args)
        case ("query", "completions"):
            answer = json.dumps(completions(workspace, request.args))
            found = _private(Response(answer, content_type="application/json"))
        case ("assets", "query.js"):
            found = _private(
                Response(query_script(), content_type="text/javascript; charset=utf-8")
            )
    return found or _html(render_message("Not found", "There is no such page."), 404)


def sign_in_page() -> Response:
    """What a browser sees that has not been given the token."""
    text = "Open the address that the workspace printed when it started: it holds the token."
    return _html(render_message("Not signed in", text), 401)


def _incident(workspace: Workspace, context: PageContext, number: str) -> Response | None:
    tables = workspace.definitions.catalogue().tables
    filled = {name: tables[name] for name in event_counts(workspace)}
    for incident in workspace.ledger.incidents():
        if str(incident.number) == number:
            return _html(render_incident(context, incident, filled))
    return None


def _rule(workspace: Workspace, context: PageContext, name: str) -> Response | None:
    rule = rule_view(workspace, name) or next(
        (one for one in detection_views(workspace) if one.id == name), None
    )
    if rule is None:
        return None
    raised = [
        incident
        for incident in workspace.ledger.incidents()
        if any(alert.rule_id == rule.id for alert in incident.alerts)
    ]
    return _html(render("rule.html.j2", context, rule=rule, incidents=raised))


def _query(workspace: Workspace, context: PageContext, given: Mapping[str, str]) -> Response:
    view = query_view(workspace, given)
    page = _html(render("query.html.j2", context, view=view, tables=event_counts(workspace)))
    page.headers["Content-Security-Policy"] = _WITH_SCRIPT
    return page


def _events(
    workspace: Workspace, context: PageContext, names: list[str], given: Mapping[str, str]
) -> Response | None:
    if not names:
        found = {"filled": filled_tables(workspace), "empty": empty_tables(workspace)}
        waiting = waiting_events(workspace)
        return _html(render("tables.html.j2", context, **found, waiting=waiting))
    table = workspace.definitions.catalogue().tables.get(names[0])
    if table is None or len(names) > 2:
        return None
    if len(names) == 1:
        return _html(render("events.html.j2", context, view=events_view(workspace, table, given)))
    event = event_view(workspace, table, names[1], given.get("at", ""))
    return _html(render("event.html.j2", context, view=event)) if event else None


def _html(text: str, status: int = 200) -> Response:
    return _private(Response(text, status, content_type="text/html; charset=utf-8"))


def _private(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
