"""``alertRules/{id}/actions``: playbooks of a rule.

The trap: the address that starts the playbook is a secret. It is written and never read back.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from vedette.workspace.collection import Collection, Properties
from vedette.workspace.members import Member, text
from vedette.workspace.refusal import bad_request, not_found
from vedette.workspace.scheduler import RULES
from vedette.workspace.workspace import Workspace


def _require_rule(workspace: Workspace, rule: str) -> None:
    if workspace.store.get(RULES, rule) is None:
        raise not_found(f"Alert rule '{rule}' was not found.")


def _complete(
    workspace: Workspace, names: tuple[str, ...], given: Properties, current: Properties | None
) -> Properties:
    """What is shown of a playbook: its workflow, the fourth segment of its address."""
    address = urlsplit(given.pop("triggerUri"))
    segments = [segment for segment in address.path.split("/") if segment]
    if address.scheme != "https" or "workflows" not in segments[:-1]:
        raise bad_request("The 'triggerUri' is not the https address of a workflow's trigger.")
    return {**given, "workflowId": segments[segments.index("workflows") + 1]}


ACTIONS = Collection(
    path="alertRules/{}/actions",
    kind="ruleActions",
    type="AlertRules/actions",
    noun="Action",
    members=(
        Member("logicAppResourceId", text, required=True),
        Member("triggerUri", text, required=True),
    ),
    require=_require_rule,
    complete=_complete,
    created="",
)
