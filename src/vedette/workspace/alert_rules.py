"""``alertRules``: list, get, put, delete.

The trap: the etag stands in the body, not in a header, and a PUT without one overwrites.
"""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Request, Response

from vedette.model.detection import Kind
from vedette.workspace.assumptions import is_buried, is_stale, may_become
from vedette.workspace.iso8601 import format_time, parse_time
from vedette.workspace.messages import answer, read_json
from vedette.workspace.paging import page
from vedette.workspace.refusal import bad_request, conflict, not_found
from vedette.workspace.rule_actions import ACTIONS
from vedette.workspace.rule_members import RULE_MEMBERS
from vedette.workspace.store import Resource
from vedette.workspace.validation import RuleBody, read_rule
from vedette.workspace.workspace import Workspace

RULES = "alertRules"
TOMBSTONES = "tombstones"
#: Enabled rules that a workspace may have (sentinel-service-limits).
MAX_ENABLED = {"Scheduled": 512, "NRT": 50}


def list_rules(workspace: Workspace, request: Request) -> Response:
    """All rules by id, a page at a time."""
    return answer(
        page(
            request,
            workspace.store.all(RULES),
            lambda rule: render_rule(workspace, rule),
            size=workspace.settings.page_size,
        )
    )


def get_rule(workspace: Workspace, request: Request, rule_id: str) -> Response:
    """One rule, or 404."""
    rule = workspace.store.get(RULES, rule_id)
    if rule is None:
        raise not_found(f"Alert rule '{rule_id}' was not found.")
    return answer(render_rule(workspace, rule))


def put_rule(workspace: Workspace, request: Request, rule_id: str) -> Response:
    """Create or replace a rule: 201, 200, or the service's refusal."""
    body = read_rule(read_json(request, limit=workspace.settings.max_request_bytes))
    current = workspace.store.get(RULES, rule_id)
    _check_identity(workspace, rule_id, body, current)
    if body.kind in RULE_MEMBERS:
        _check_quota(workspace, body, current)
        refusal = workspace.compilation.refusal(
            body.properties["query"], enabled=body.properties["enabled"]
        )
        if refusal is not None:
            raise bad_request(refusal)
    properties = {
        **body.properties,
        "lastModifiedUtc": format_time(workspace.store.clock),
    }
    rule = workspace.store.put(RULES, rule_id, {"kind": body.kind, "properties": properties})
    workspace.scheduler.rule_written(rule, current)
    _audit(workspace, request, rule_id, current, rule)
    return answer(render_rule(workspace, rule), 200 if current else 201)


def delete_rule(workspace: Workspace, request: Request, rule_id: str) -> Response:
    """Delete a rule, whose id then rests for a day: 200, or 204 if there is none."""
    rule = workspace.store.get(RULES, rule_id)
    if rule is None:
        return answer(status=204)
    workspace.store.delete(RULES, rule_id)
    workspace.store.put(TOMBSTONES, rule_id, {"deleted": format_time(workspace.store.clock)})
    workspace.scheduler.rule_deleted(rule)
    ACTIONS.forget_below(workspace, rule_id)
    _audit(workspace, request, rule_id, rule, None)
    return answer(status=200)


def render_rule(workspace: Workspace, rule: Resource) -> dict[str, Any]:
    """The rule as the API shows it."""
    return {
        "id": f"{workspace.settings.scope.insights}/alertRules/{rule.name}",
        "name": rule.name,
        "type": "Microsoft.SecurityInsights/alertRules",
        "kind": rule.body["kind"],
        "etag": rule.etag,
        "properties": rule.body["properties"],
    }


def _audit(
    workspace: Workspace,
    request: Request,
    rule_id: str,
    before: Resource | None,
    after: Resource | None,
) -> None:
    caller = {
        "CallerName": workspace.settings.caller,
        "CallerIpAddress": request.remote_addr or "",
        "CorrelationId": request.headers.get("x-ms-client-request-id", ""),
    }
    workspace.life.rule_written(
        rule_id, before.body if before else None, after.body if after else None, caller
    )


def _check_identity(
    workspace: Workspace, rule_id: str, body: RuleBody, current: Resource | None
) -> None:
    """Refuse an id that was just deleted, a stale etag, and another kind."""
    if current is None:
        grave = workspace.store.get(TOMBSTONES, rule_id)
        if grave and is_buried(parse_time(grave.body["deleted"]), workspace.store.clock):
            raise bad_request(
                f"The rule with id '{rule_id}' was recently deleted. You need to allow some time "
                "before re-using the same id. Please try again later."
            )
        return
    if is_stale(body.etag, current.etag):
        raise conflict(
            f"Newer instance of rule '{rule_id}' exists for workspace "
            f"'{workspace.settings.scope.customer_id}' (Etag does not match). Data was not saved."
        )
    if not may_become(current.body["kind"], body.kind):
        raise bad_request(
            f"The kind of alert rule '{rule_id}' is '{current.body['kind']}' and cannot be changed "
            f"to '{body.kind}'."
        )


def _check_quota(workspace: Workspace, body: RuleBody, current: Resource | None) -> None:
    if not body.properties["enabled"] or (current and current.body["properties"]["enabled"]):
        return
    if workspace.scheduler.count_enabled(Kind(body.kind)) >= MAX_ENABLED[body.kind]:
        raise bad_request(
            f"The number of enabled {body.kind} alert rules exceeds the limit of "
            f"{MAX_ENABLED[body.kind]}."
        )
