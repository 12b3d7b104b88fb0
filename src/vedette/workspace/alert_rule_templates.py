"""``alertRuleTemplates``: what the gallery offers, which here is what the settings name.

The trap: a template is no rule. Nothing runs of it, and a rule made from it goes its own way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from werkzeug.wrappers import Request, Response

from vedette.workspace.messages import answer
from vedette.workspace.paging import page
from vedette.workspace.refusal import not_found
from vedette.workspace.workspace import Workspace


def list_templates(workspace: Workspace, request: Request) -> Response:
    """The templates by name, a page at a time."""
    found = sorted(workspace.settings.templates.items())
    size = workspace.settings.page_size
    return answer(page(request, found, lambda pair: _render(workspace, *pair), size=size))


def get_template(workspace: Workspace, request: Request, name: str) -> Response:
    """One template, or 404."""
    for known, template in workspace.settings.templates.items():
        if known.casefold() == name.casefold():
            return answer(_render(workspace, known, template))
    raise not_found(f"analytics rule template not found. template Id: {name}")


def _render(workspace: Workspace, name: str, template: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": f"{workspace.settings.scope.insights}/alertRuleTemplates/{name}",
        "name": name,
        "type": "Microsoft.SecurityInsights/AlertRuleTemplates",
        "kind": template["kind"],
        "properties": {
            **template["properties"],
            "alertRulesCreatedByTemplateCount": _made(workspace, name),
        },
    }


def _made(workspace: Workspace, name: str) -> int:
    """How many rules say that they were made from a template."""
    return sum(
        rule.body["properties"].get("alertRuleTemplateName") == name
        for rule in workspace.store.all("alertRules")
    )
