"""Looks at a workspace as whoever is signed in: what is there, what may be read, what may be done.

Nothing is written, and no token is in any result. The trap: "forbidden", "not found" and "no
answer" have different owners. Each names what is missing and the command that changes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Protocol
from urllib.parse import quote

from vedette.errors import ServiceError, UsageError
from vedette.model.environment import Environment
from vedette.model.product import Product
from vedette.model.shape import items, mapping, text
from vedette.operate.assumptions import PERMISSIONS_API_VERSION, WORKSPACES_API_VERSION
from vedette.operate.checks import Check, State
from vedette.operate.health_queries import LogsClient
from vedette.operate.permissions import Role, missing, name_of

_OK, _UNAUTHORISED, _FORBIDDEN, _NOT_FOUND = 200, 401, 403, 404

#: A token is not valid yet, or not any more, on a machine whose clock is wrong by more than this.
_SKEW = timedelta(minutes=5)

_INSIGHTS = "/providers/Microsoft.SecurityInsights"
_INSIGHTS_VERSION = "2025-10-01-preview"
_GRAPH = "00000003-0000-0000-c000-000000000000"

#: The lists that a plan reads: what they hold, the path below the workspace, and the API's version.
_LISTS = (
    ("rules", f"{_INSIGHTS}/alertRules", _INSIGHTS_VERSION),
    ("automation rules", f"{_INSIGHTS}/automationRules", _INSIGHTS_VERSION),
    ("watchlists", f"{_INSIGHTS}/watchlists", _INSIGHTS_VERSION),
    ("marks", f"{_INSIGHTS}/metadata", _INSIGHTS_VERSION),
    ("saved searches", "/savedSearches", "2020-08-01"),
    ("tables", "/tables", "2022-10-01"),
)


class Answered(Protocol):
    """The answer to one call (``deploy.json_client.Answer``)."""

    @property
    def status(self) -> int:
        """The HTTP status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The answer's headers."""

    @property
    def body(self) -> object:
        """Its JSON."""


#: One GET of a path on the host; ServiceError if there is no answer.
Get = Callable[[str], Answered]


@dataclass(frozen=True, slots=True)
class Reach:
    """What is needed to look at an environment's workspace.

    ``account`` is who is signed in; ``graph`` is None where Defender XDR is not deployed to.
    """

    environment: Environment
    account: str
    role: Role
    get: Get
    logs: LogsClient
    graph: Get | None
    now: Callable[[], datetime]


def check_workspace(reach: Reach) -> Iterator[Check]:
    """The checks of the workspace, until one fails that all others need."""
    found = list(_workspace(reach))
    yield from found
    if any(check.state is not State.OK for check in found if check.name == "found"):
        return
    yield _onboarded(reach)
    for what, path, version in _LISTS:
        yield _listed(reach, what, path, version)
    yield _permissions(reach)
    yield from _logs(reach)
    if reach.graph is not None:
        yield _graph(reach, reach.graph)


def _workspace(reach: Reach) -> Iterator[Check]:
    environment = reach.environment
    try:
        answer = reach.get(_path(reach, "", WORKSPACES_API_VERSION))
    except ServiceError as error:
        ways = ("look at the network, a proxy (HTTPS_PROXY) and 'endpoint' in the environment",)
        yield Check("workspace", "found", State.FAILED, str(error), ways)
        return
    yield _clock(answer.headers.get("Date"), reach.now())
    if answer.status == _OK:
        yield Check("workspace", "found", State.OK, environment.workspace_id)
    elif answer.status == _NOT_FOUND:
        yield Check(
            "workspace",
            "found",
            State.FAILED,
            _message(answer),
            ("compare 'subscription', 'resourceGroup' and 'workspace' with:", _show(environment)),
        )
    else:
        yield Check("workspace", "found", State.FAILED, _message(answer), _grant(reach))


def _show(environment: Environment) -> str:
    return (
        f"az monitor log-analytics workspace list --subscription {environment.subscription}"
        ' --query "[].id"'
    )


def _clock(date: str | None, now: datetime) -> Check:
    try:
        theirs = parsedate_to_datetime(date or "")
        skew = abs(now - theirs)
    except (ValueError, TypeError):
        return Check(
            "workspace", "clock", State.UNKNOWN, "the service does not say what time it is"
        )
    read = f"{skew.total_seconds():.0f} seconds apart from the service's"
    if skew > _SKEW:
        return Check("workspace", "clock", State.FAILED, read, ("set this machine's clock",))
    return Check("workspace", "clock", State.OK, read)


def _onboarded(reach: Reach) -> Check:
    path = f"{_INSIGHTS}/onboardingStates/default"
    answer = _get(reach, path, _INSIGHTS_VERSION)
    if isinstance(answer, str):
        return Check("workspace", "Sentinel", State.UNKNOWN, answer)
    if answer.status == _OK:
        return Check("workspace", "Sentinel", State.OK, "it is on in this workspace")
    if answer.status == _NOT_FOUND:
        environment = reach.environment
        command = (
            f"az sentinel onboarding-state create --name default"
            f" --resource-group {environment.resource_group}"
            f" --workspace-name {environment.workspace}"
        )
        return Check("workspace", "Sentinel", State.FAILED, "it is not on here", (command,))
    return Check("workspace", "Sentinel", State.UNKNOWN, _message(answer), _grant(reach))


def _listed(reach: Reach, what: str, path: str, version: str) -> Check:
    answer = _get(reach, path, version)
    if isinstance(answer, str):
        return Check("read", what, State.UNKNOWN, answer)
    if answer.status == _OK and isinstance(mapping(answer.body).get("value"), list):
        return Check("read", what, State.OK, "can be listed")
    return Check("read", what, State.FAILED, _message(answer), _grant(reach))


def _permissions(reach: Reach) -> Check:
    """What the roles of whoever is signed in lack: writing is not tried, it is looked up."""
    name = f"role {name_of(reach.role)}"
    path = "/providers/Microsoft.Authorization/permissions"
    answer = _get(reach, path, PERMISSIONS_API_VERSION)
    if isinstance(answer, str) or answer.status != _OK:
        reason = answer if isinstance(answer, str) else _message(answer)
        return Check("permissions", name, State.UNKNOWN, reason, _grant(reach))
    lacking = missing(reach.role, items(mapping(answer.body).get("value")))
    if not lacking:
        return Check("permissions", name, State.OK, "every operation of it is granted")
    named = "; ".join(f"{each.name} ({each.purpose})" for each in lacking)
    return Check("permissions", name, State.FAILED, f"missing: {named}", _grant(reach))


def _logs(reach: Reach) -> Iterator[Check]:
    try:
        rows = list(reach.logs.query("SentinelHealth | count", timespan="P1D"))
    except ServiceError as error:
        state = State.WARNING if error.status not in {_UNAUTHORISED, _FORBIDDEN} else State.FAILED
        ways = _grant(reach) if state is State.FAILED else _health_on(reach)
        yield Check("logs", "SentinelHealth", state, str(error), ways)
        return
    yield Check("logs", "query", State.OK, "the logs answer")
    count = next((row.get("Count") for row in rows), 0)
    if not count:
        read = "no rows in a day: `vedette health` can only say 'unknown'"
        yield Check("logs", "SentinelHealth", State.WARNING, read, _health_on(reach))
    else:
        yield Check("logs", "SentinelHealth", State.OK, f"{count} rows in a day")


def _graph(reach: Reach, get: Get) -> Check:
    permission = "CustomDetection.ReadWrite.All"
    if reach.role is Role.READER:
        permission = "CustomDetection.Read.All"
    found = f"az ad sp show --id {_GRAPH} --query \"appRoles[?value=='{permission}'].id\" -o tsv"
    add = f"az ad app permission add --id {reach.account} --api {_GRAPH} --api-permissions"
    consent = f"az ad app permission admin-consent --id {reach.account}"
    ways = (f"{add} $({found})=Role", consent)
    try:
        answer = get("/v1.0/security/rules/detectionRules?$top=1")
    except (ServiceError, UsageError) as error:
        return Check("permissions", "Graph", State.UNKNOWN, str(error))
    if answer.status == _OK:
        read = f"custom detections can be read; {permission} is needed, and writing is not tried"
        return Check("permissions", "Graph", State.OK, read)
    return Check("permissions", "Graph", State.FAILED, f"{permission}: {_message(answer)}", ways)


def needs_graph(environment: Environment) -> bool:
    """True if custom detections go where the environment is."""
    return Product.DEFENDER in environment.products


def _get(reach: Reach, path: str, version: str) -> Answered | str:
    """The answer, or why there is none."""
    try:
        return reach.get(_path(reach, path, version))
    except ServiceError as error:
        return str(error)


def _path(reach: Reach, path: str, version: str) -> str:
    return f"{quote(reach.environment.workspace_id)}{path}?api-version={version}"


def _message(answer: Answered) -> str:
    error = mapping(mapping(answer.body).get("error"))
    message = " ".join((text(error.get("message")) or "no reason is given").split())
    return f"{answer.status} {text(error.get('code'))}: {message}"


def _grant(reach: Reach) -> tuple[str, ...]:
    """The commands that give whoever is signed in the role, to be run by an owner."""
    role, scope = name_of(reach.role), reach.environment.workspace_id
    who = reach.account
    return (
        f"vedette doctor --env {reach.environment.name} --role {reach.role} > role.json",
        "az role definition create --role-definition role.json",
        f"az role assignment create --assignee {who} --role '{role}' --scope {scope}",
    )


def _health_on(reach: Reach) -> tuple[str, ...]:
    scope = reach.environment.workspace_id
    create = f"az monitor diagnostic-settings create --name health --workspace {scope}"
    logs = '[{"categoryGroup": "allLogs", "enabled": true}]'
    return (
        "switch it on: Sentinel > Settings > Auditing and health monitoring, or:",
        f"{create} --resource {scope}{_INSIGHTS}/settings/SentinelHealth --logs '{logs}'",
    )
