"""``security/rules/detectionRules``: custom detections of Defender XDR, as Graph keeps them.

The trap: these resources have no etag. Two clients that write at once both succeed, and the later
one wins.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from werkzeug.wrappers import Request, Response

from vedette.workspace.assumptions import last_run_details, patched
from vedette.workspace.graph.hunting import bind
from vedette.workspace.graph.rule_body import is_continuous, read_rule
from vedette.workspace.graph.rule_query import query_problems
from vedette.workspace.iso8601 import format_time, parse_time
from vedette.workspace.members import as_object
from vedette.workspace.messages import answer, read_json
from vedette.workspace.odata import Getter, listed
from vedette.workspace.paging import page, skip, top
from vedette.workspace.refusal import bad_request, conflict, not_found
from vedette.workspace.store import Resource
from vedette.workspace.tasks import detection_task
from vedette.workspace.workspace import Workspace

RULES = "detectionRules"
_SERVER_SET = ("createdBy", "createdDateTime", "lastModifiedBy", "lastModifiedDateTime")


def _path(*names: str) -> Getter:
    def read(item: Resource) -> str | None:
        value: object = item.body
        for name in names:
            value = value.get(name) if isinstance(value, Mapping) else None
        return value if isinstance(value, str) else None

    return read


def _time(name: str) -> Getter:
    return lambda item: parse_time(item.body[name])


_TEMPLATE = ("detectionAction", "alertTemplate")
_SORTABLE: Mapping[str, Getter] = {
    "displayName": _path("displayName"),
    "status": _path("status"),
    "createdDateTime": _time("createdDateTime"),
    "lastModifiedDateTime": _time("lastModifiedDateTime"),
    "schedule/frequency": _path("schedule", "frequency"),
    "queryCondition/queryText": _path("queryCondition", "queryText"),
    **{
        f"detectionAction/alertTemplate/{name}": _path(*_TEMPLATE, name)
        for name in ("title", "description", "severity")
    },
}


def list_rules(workspace: Workspace, request: Request) -> Response:
    """The rules by id, as ``$filter``, ``$orderby``, ``$top`` and ``$skip`` want them, in pages."""
    found = listed(request, workspace.store.all(RULES), _SORTABLE)[skip(request) :]
    size = top(request, default=workspace.settings.page_size, most=1000)
    body = page(request, found, lambda rule: _shown(workspace, request, rule), size=size)
    if "nextLink" in body:
        body["@odata.nextLink"] = body.pop("nextLink")
    context = f"{request.host_url}v1.0/$metadata#security/rules/detectionRules"
    return answer({"@odata.context": context, **body})


def get_rule(workspace: Workspace, request: Request, rule_id: str) -> Response:
    """One rule, or 404."""
    return answer(_shown(workspace, request, _existing(workspace, rule_id)))


def post_rule(workspace: Workspace, request: Request) -> Response:
    """Create a rule under the id that the client gives: 201."""
    given = as_object(read_json(request, limit=workspace.settings.max_request_bytes), "")
    rule = _checked(workspace, given)
    if workspace.store.get(RULES, rule["id"]) is not None:
        raise conflict(f"A detection rule with the id '{rule['id']}' exists.")
    now = format_time(workspace.store.clock)
    return answer(_written(workspace, rule, created=now), 201)


def patch_rule(workspace: Workspace, request: Request, rule_id: str) -> Response:
    """Change what is given of a rule: 200 with the whole rule."""
    current = _existing(workspace, rule_id)
    given = as_object(read_json(request, limit=workspace.settings.max_request_bytes), "")
    if given.get("id") not in (None, current.name):
        raise bad_request("The id of a detection rule cannot be changed.")
    rule = _checked(workspace, patched(current.body, given))
    return answer(_written(workspace, rule, created=current.body["createdDateTime"]))


def delete_rule(workspace: Workspace, request: Request, rule_id: str) -> Response:
    """Delete a rule: 204, or 404 if there is none."""
    rule = _existing(workspace, rule_id)
    workspace.scheduler.detection_deleted(rule)
    workspace.store.delete(RULES, rule_id)
    return answer(status=204)


def _existing(workspace: Workspace, rule_id: str) -> Resource:
    found = workspace.store.get(RULES, rule_id)
    if found is None:
        raise not_found(f"The detection rule '{rule_id}' was not found.")
    return found


def _checked(workspace: Workspace, given: Mapping[str, Any]) -> dict[str, Any]:
    """The rule in a body, if the service would take it beside the others."""
    rule = read_rule({name: value for name, value in given.items() if name not in _SERVER_SET})
    title = rule["detectionAction"]["alertTemplate"]["title"]
    for other in workspace.store.all(RULES):
        if other.name.casefold() == rule["id"].casefold():
            continue
        if other.body["displayName"] == rule["displayName"]:
            raise conflict(f"A detection rule with the name '{rule['displayName']}' exists.")
        if other.body["detectionAction"]["alertTemplate"]["title"] == title:
            raise bad_request(f"A detection rule with the alert title '{title}' exists.")
    bound = bind(workspace, rule["queryCondition"]["queryText"])
    problem = next(query_problems(workspace, bound, continuous=is_continuous(rule)), None)
    if problem is not None:
        raise bad_request(problem)
    return rule


def _written(workspace: Workspace, rule: dict[str, Any], *, created: str) -> dict[str, Any]:
    now = format_time(workspace.store.clock)
    rule = {
        **rule,
        "queryCondition": {**rule["queryCondition"], "lastModifiedDateTime": now},
        "createdBy": None,
        "createdDateTime": created,
        "lastModifiedBy": None,
        "lastModifiedDateTime": now,
    }
    before = workspace.store.get(RULES, rule["id"])
    written = workspace.store.put(RULES, rule["id"], rule)
    workspace.scheduler.detection_written(written, before)
    return _render(written)


def _shown(workspace: Workspace, request: Request, rule: Resource) -> dict[str, Any]:
    """The rule; under /beta with what came of its last run, which v1.0 does not have."""
    if not request.path.startswith("/beta/"):
        return _render(rule)
    [*runs] = workspace.journal.runs(detection_task(rule).key, limit=1)
    return _render(rule) | {"lastRunDetails": last_run_details(runs[0]) if runs else None}


def _render(rule: Resource) -> dict[str, Any]:
    return {"@odata.type": "#microsoft.graph.security.detectionRule", **rule.body}
