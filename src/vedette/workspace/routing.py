"""Which operation a path asks for: ARM's rules of addressing, below the one workspace there is.

The trap: ARM compares path segments without case; a client may write ``resourcegroups`` and
``alertrules``. Names keep the spelling in which they were created.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from werkzeug.wrappers import Request, Response

from vedette.workspace.refusal import Refusal, not_implemented
from vedette.workspace.sdk_routes import OPERATIONS
from vedette.workspace.settings import Scope

if TYPE_CHECKING:
    from vedette.workspace.workspace import Workspace

#: Answers one operation: the workspace, the request, and the names in the path.
Handler = Callable[..., Response]

_API_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(-preview|-privatepreview|-alpha|-beta)?")
_INSIGHTS = ("providers", "microsoft.securityinsights")
#: The workspace's own resource id, None for its names.
_ADDRESS = (
    "subscriptions",
    None,
    "resourcegroups",
    None,
    "providers",
    "microsoft.operationalinsights",
    "workspaces",
    None,
)


@dataclass(frozen=True, slots=True)
class Route:
    """An operation: method, and the pattern of the path with ``{}`` for each name."""

    method: str
    pattern: str
    handler: Handler

    def match(self, method: str, segments: tuple[str, ...]) -> tuple[str, ...] | None:
        """The names in the path, or None if this is another operation."""
        wanted = split(self.pattern.casefold())
        if method != self.method or len(wanted) != len(segments):
            return None
        pairs = tuple(zip(wanted, segments, strict=True))
        if any(want not in ("{}", got.casefold()) for want, got in pairs):
            return None
        return tuple(got for want, got in pairs if want == "{}")


def dispatch(
    routes: Iterable[Route],
    workspace: Workspace,
    request: Request,
    segments: tuple[str, ...],
) -> Response:
    """Call the operation's handler; 501 for an operation that there is not, naming it."""
    for route in routes:
        names = route.match(request.method, segments)
        if names is not None:
            return route.handler(workspace, request, *names)
    raise not_implemented(_called(request.method, segments))


def _called(method: str, segments: tuple[str, ...]) -> str:
    """The operation as the SDK calls it, with the request; only the request where it has none."""
    asked = f"{method} {'/'.join(segments)}"
    below = tuple(segment.casefold() for segment in segments[:2]) == _INSIGHTS
    for name, known, path in OPERATIONS if below else ():
        if Route(known, path, _no_handler).match(method, segments[2:]) is not None:
            return f"{name} ({asked})"
    return asked


def _no_handler(*_: object) -> Response:
    raise NotImplementedError


def split(path: str) -> tuple[str, ...]:
    """The segments of a path; empty ones (a doubled or final slash) do not count."""
    return tuple(segment for segment in path.split("/") if segment)


def require_api_version(request: Request) -> None:
    """400 unless the request says which version of the API it means, as ARM does."""
    version = request.args.get("api-version")
    if not version:
        raise Refusal(
            400,
            "MissingApiVersionParameter",
            "The api-version query parameter (?api-version=) is required for all requests.",
        )
    if _API_VERSION.fullmatch(version) is None:
        raise Refusal(400, "InvalidApiVersionParameter", f"The api-version '{version}' is invalid.")


def below_workspace(scope: Scope, request: Request, segments: tuple[str, ...]) -> tuple[str, ...]:
    """The segments after the workspace's own; 404 in ARM's words for any other workspace."""
    literals = tuple(
        None if literal is None else segment.casefold()
        for literal, segment in zip(_ADDRESS, segments, strict=False)
    )
    if literals != _ADDRESS:
        raise not_implemented(f"{request.method} {'/'.join(segments)}")
    subscription, group, workspace = segments[1], segments[3], segments[7]
    if subscription.casefold() != scope.subscription.casefold():
        message = f"The subscription '{subscription}' could not be found."
        raise Refusal(404, "SubscriptionNotFound", message)
    if group.casefold() != scope.resource_group.casefold():
        message = f"Resource group '{group}' could not be found."
        raise Refusal(404, "ResourceGroupNotFound", message)
    if workspace.casefold() != scope.workspace.casefold():
        message = (
            f"The Resource 'Microsoft.OperationalInsights/workspaces/{workspace}' under resource "
            f"group '{group}' was not found. For more details please go to "
            "https://aka.ms/ARMResourceNotFoundFix"
        )
        raise Refusal(404, "ResourceNotFound", message)
    return segments[len(_ADDRESS) :]
