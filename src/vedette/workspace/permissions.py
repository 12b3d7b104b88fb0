"""What the caller may do: ``Microsoft.Authorization/permissions``, and 403 for all else.

The trap: a role that lacks an operation is noticed in the middle of a deployment. The settings can
grant less than everything, so that a role is tried here first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from werkzeug.wrappers import Request, Response

from vedette.workspace.messages import answer
from vedette.workspace.refusal import Refusal
from vedette.workspace.workspace import Workspace

_WORKSPACES = ("Microsoft.OperationalInsights", "workspaces")
_VERBS = {"GET": "read", "HEAD": "read", "PUT": "write", "PATCH": "write", "DELETE": "delete"}

#: What a query over the Logs API is called.
QUERY = "Microsoft.OperationalInsights/workspaces/query/read"


def list_permissions(workspace: Workspace, request: Request) -> Response:
    """What the caller's roles allow, in the one role that there is here."""
    actions = list(workspace.settings.actions)
    role = {"actions": actions, "notActions": [], "dataActions": [], "notDataActions": []}
    return answer({"value": [role]})


def require(workspace: Workspace, operation: str) -> None:
    """403 ``AuthorizationFailed`` in ARM's words unless the settings grant the operation."""
    if any(_covers(each, operation) for each in workspace.settings.actions):
        return
    caller, scope = workspace.settings.caller, workspace.settings.scope.path
    raise Refusal(
        403,
        "AuthorizationFailed",
        f"The client '{caller}' does not have authorization to perform action '{operation}' over "
        f"scope '{scope}' or the scope is invalid. If access was recently granted, please refresh "
        "your credentials.",
    )


def operation_of(method: str, rest: Sequence[str]) -> str:
    """The operation of a request: ``rest`` are the segments below the workspace's own.

    Types and names alternate after the provider; a POST is an action of what its path ends with.
    """
    provider, *types = [*_WORKSPACES, *rest[::2]]
    if rest and rest[0].casefold() == "providers":
        provider, types = rest[1], list(rest[2::2])
    return "/".join([provider, *types, _VERBS.get(method, "action")])


def _covers(granted: str, operation: str) -> bool:
    pattern = "[^\n]*".join(re.escape(part) for part in granted.split("*"))
    return re.fullmatch(pattern, operation, re.IGNORECASE) is not None
