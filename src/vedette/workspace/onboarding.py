"""``onboardingStates`` and the Log Analytics workspace itself: what clients look at first.

The trap: the workspace's GUID (``customerId``) is another name than its resource's. The Logs query
API knows only the GUID.
"""

from __future__ import annotations

from werkzeug.wrappers import Request, Response

from vedette.workspace.messages import answer
from vedette.workspace.refusal import not_found
from vedette.workspace.workspace import Workspace

#: Sentinel's only onboarding state.
_DEFAULT = "default"


def get_workspace(workspace: Workspace, request: Request) -> Response:
    """The workspace as a resource of Azure."""
    scope = workspace.settings.scope
    return answer(
        {
            "id": scope.path,
            "name": scope.workspace,
            "type": "Microsoft.OperationalInsights/workspaces",
            "location": "local",
            "properties": {
                "customerId": str(scope.customer_id),
                "provisioningState": "Succeeded",
                "sku": {"name": "PerGB2018"},
            },
        }
    )


def list_states(workspace: Workspace, request: Request) -> Response:
    """That Sentinel is on; it cannot be taken off."""
    return answer({"value": [_state(workspace)]})


def get_state(workspace: Workspace, request: Request, name: str) -> Response:
    """The state called ``default``, or 404."""
    if name.casefold() != _DEFAULT:
        raise not_found(f"Sentinel onboarding state '{name}' was not found.")
    return answer(_state(workspace))


def _state(workspace: Workspace) -> dict[str, object]:
    return {
        "id": f"{workspace.settings.scope.insights}/onboardingStates/{_DEFAULT}",
        "name": _DEFAULT,
        "type": "Microsoft.SecurityInsights/onboardingStates",
        "properties": {"customerManagedKey": False},
    }
