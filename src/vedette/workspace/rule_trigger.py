"""``triggerRuleRun``: a run of a rule for a time of the client's choice.

The trap: such a run looks at the window of its time, but sees what has been ingested by now. Its
alerts are alerts like others, and the rule's own schedule does not notice.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid5

from werkzeug.wrappers import Request, Response

from vedette.workspace.iso8601 import format_time, parse_time
from vedette.workspace.members import Member, as_object, missing, moment, read_object
from vedette.workspace.messages import answer, read_json
from vedette.workspace.paging import page
from vedette.workspace.refusal import bad_request, not_found
from vedette.workspace.rule_members import RULE_MEMBERS
from vedette.workspace.scheduler import RULES
from vedette.workspace.settings import NAMESPACE
from vedette.workspace.store import Resource
from vedette.workspace.workspace import Workspace

TRIGGERED = "triggeredRuns"
_MEMBERS = (Member("executionTimeUtc", moment, required=True),)


def trigger_run(workspace: Workspace, request: Request, rule_id: str) -> Response:
    """Make the run: 202 with the address of what came of it."""
    stored = workspace.store.get(RULES, rule_id)
    if stored is None:
        raise not_found(f"Alert rule '{rule_id}' was not found.")
    if stored.body["kind"] not in RULE_MEMBERS:
        raise bad_request(f"A rule of kind '{stored.body['kind']}' cannot be run.")
    body = as_object(read_json(request, limit=workspace.settings.max_request_bytes), "")
    if body.get("properties") is None:
        raise missing("properties", "")
    scheduled = parse_time(
        read_object(body["properties"], _MEMBERS, "properties")["executionTimeUtc"]
    )
    now = workspace.store.clock
    if scheduled > now:
        raise bad_request(f"The execution time {format_time(scheduled)} is in the future.")
    record = workspace.scheduler.run_for(stored, scheduled)
    name = str(uuid5(NAMESPACE, f"run/{rule_id.casefold()}/{workspace.store.count_write()}"))
    written = workspace.store.put(TRIGGERED, name, {"rule": stored.name, "record": record})
    shown = _render(workspace, written)
    address = (
        f"{request.host_url.rstrip('/')}{shown['id']}?api-version={request.args['api-version']}"
    )
    return answer(shown, 202, [("Location", address), ("x-ms-retry-after-ms", "20")])


def list_runs(workspace: Workspace, request: Request) -> Response:
    """All runs that clients asked for, a page at a time."""
    found = workspace.store.all(TRIGGERED)
    size = workspace.settings.page_size
    return answer(page(request, found, lambda run: _render(workspace, run), size=size))


def get_run(workspace: Workspace, request: Request, name: str) -> Response:
    """One of them, or 404."""
    found = workspace.store.get(TRIGGERED, name)
    if found is None:
        raise not_found(f"Triggered analytics rule run '{name}' was not found.")
    return answer(_render(workspace, found))


def _render(workspace: Workspace, run: Resource) -> dict[str, Any]:
    insights, record = workspace.settings.scope.insights, run.body["record"]
    return {
        "id": f"{insights}/triggeredAnalyticsRuleRuns/{run.name}",
        "name": run.name,
        "type": "Microsoft.SecurityInsights/triggeredAnalyticsRuleRuns",
        "etag": run.etag,
        "properties": {
            "executionTimeUtc": record["scheduled"],
            "ruleId": run.body["rule"],
            "triggeredAnalyticsRuleRunId": run.name,
            "provisioningState": "Succeeded" if record["status"] == "Success" else "Failed",
            "ruleRunAdditionalData": {
                "alerts": record["alerts"],
                "rows": record["rows"],
                "reason": record["reason"],
            },
        },
    }
