"""The Logs query API: one query of one workspace, by GET or POST.

The trap: the clock of a query is the workspace's. An event that has not been ingested by it is not
there, and ``ago(1h)`` is an hour before it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from time import perf_counter
from typing import Any

from werkzeug.wrappers import Request, Response

from vedette.engine.base import Rows, TimeWindow
from vedette.engine.database import StatementTimeoutError
from vedette.errors import UnsupportedError
from vedette.kql.bound import BoundQuery
from vedette.workspace.assumptions import unknown_workspace
from vedette.workspace.logs.answer import result_of
from vedette.workspace.logs.errors import (
    BAD_ARGUMENT,
    LogsRefusal,
    bad_argument,
    refusal_of,
    timed_out,
    unsupported,
)
from vedette.workspace.logs.options import clock_of
from vedette.workspace.logs.render import rendering_of
from vedette.workspace.logs.timespan import parse_timespan
from vedette.workspace.messages import answer, read_json
from vedette.workspace.routing import below_workspace, split
from vedette.workspace.workspace import Workspace

#: How long the service lets a query run, unless the client says how long it waits, and at most.
DEFAULT_WAIT, MAX_WAIT = timedelta(minutes=3), timedelta(minutes=10)
_PREFERENCE = re.compile(r"\s*([a-z-]+)\s*=\s*([^\s,;]+)\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Preferences:
    """What the header ``Prefer`` asks for."""

    wait: timedelta = DEFAULT_WAIT
    statistics: bool = False
    render: bool = False


def post_query(workspace: Workspace, request: Request, workspace_id: str) -> Response:
    """Run the query in a body ``{"query", "timespan", "workspaces"}``."""
    require_workspace(workspace, workspace_id)
    return _answer(workspace, request, _posted(workspace, request))


def get_query(workspace: Workspace, request: Request, workspace_id: str) -> Response:
    """Run the query in the address: ``?query=…&timespan=…&workspaces=a,b``."""
    require_workspace(workspace, workspace_id)
    return _answer(workspace, request, _addressed(request))


def post_resource_query(workspace: Workspace, request: Request, *names: str) -> Response:
    """The same for a resource by its id; the only one that has logs here is the workspace."""
    _require_resource(workspace, request)
    return _answer(workspace, request, _posted(workspace, request))


def get_resource_query(workspace: Workspace, request: Request, *names: str) -> Response:
    """The same by its address."""
    _require_resource(workspace, request)
    return _answer(workspace, request, _addressed(request))


def require_workspace(workspace: Workspace, workspace_id: str) -> None:
    """Refusal (404) for the id of another workspace."""
    if not _is_this(workspace, workspace_id):
        status, code, message = unknown_workspace()
        raise LogsRefusal(status, code, message)


def run_query(workspace: Workspace, body: object, wanted: Preferences) -> dict[str, Any]:
    """The answer to a request's body; LogsRefusal says what is wrong with it."""
    query, window = _read(workspace, body)
    began = perf_counter()
    bound, rows = run_text(workspace, query, window, wanted.wait)
    settings = workspace.settings
    with workspace.aside():
        result = result_of(rows, most_rows=settings.max_rows, most_bytes=settings.max_answer_bytes)
    if wanted.statistics:
        result["statistics"] = _statistics(result, perf_counter() - began)
    if wanted.render:
        result["render"] = rendering_of(bound)
    return result


def run_text(
    workspace: Workspace, query: str, window: TimeWindow | None, wait: timedelta
) -> tuple[BoundQuery, Rows]:
    """A query's meaning and its rows as they are at the workspace's clock.

    Others are let in while it runs (``Workspace.aside``).
    """

    def bind() -> BoundQuery:
        bound = workspace.compilation.at_fault(query)
        if not bound.ok:
            raise refusal_of(bound)
        if not bound.tabular:
            raise bad_argument("QueryValidationError", "The query does not end in a table.")
        return bound

    try:
        feed = workspace.feed
        return workspace.query(bind, feed, clock=clock_of, window=window, limit=wait)
    except UnsupportedError as error:
        raise unsupported(error) from error
    except StatementTimeoutError as error:
        raise timed_out() from error


def preferences(header: str) -> Preferences:
    """``wait=60,include-statistics=true`` read; what is not known is passed over, as HTTP says."""
    given = {
        match[1].lower(): match[2]
        for part in header.split(",")
        if (match := _PREFERENCE.match(part))
    }
    wait = given.get("wait", "")
    # The SDK refuses none itself: a wait that is no number of seconds is the service's default.
    known = wait.isascii() and wait.isdigit() and int(wait) > 0
    return Preferences(
        wait=min(timedelta(seconds=min(int(wait), 86_400)), MAX_WAIT) if known else DEFAULT_WAIT,
        statistics=given.get("include-statistics", "").lower() == "true",
        render=given.get("include-render", "").lower() == "true",
    )


def _posted(workspace: Workspace, request: Request) -> object:
    return read_json(request, limit=workspace.settings.max_request_bytes)


def _addressed(request: Request) -> object:
    named = [name for name in request.args.get("workspaces", "").split(",") if name]
    return {**request.args.to_dict(), "workspaces": named}


def _answer(workspace: Workspace, request: Request, body: object) -> Response:
    result = run_query(workspace, body, preferences(request.headers.get("Prefer", "")))
    with workspace.aside():
        return answer(result)


def _require_resource(workspace: Workspace, request: Request) -> None:
    below_workspace(workspace.settings.scope, request, split(request.path)[1:])


def _read(workspace: Workspace, body: object) -> tuple[str, TimeWindow | None]:
    """The query and its time range."""
    if not isinstance(body, Mapping):
        raise bad_argument("QueryValidationError", "The body must be a JSON object.")
    query, timespan = body.get("query"), body.get("timespan")
    if not isinstance(query, str) or not query.strip():
        raise bad_argument("QueryValidationError", "The query must not be empty.")
    for name in _workspaces(body.get("workspaces")):
        if not _is_this(workspace, name):
            raise LogsRefusal(
                501,
                "NotImplemented",
                f"The local workspace cannot query another workspace: '{name}'.",
            )
    if timespan is None or timespan == "":
        return query, None
    try:
        return query, parse_timespan(str(timespan), workspace.store.clock)
    except (ValueError, OverflowError) as error:
        raise bad_argument(
            "InvalidTimespanError", f"The timespan '{timespan}' is not valid: {error}."
        ) from error


def _workspaces(named: object) -> list[str]:
    if named is None:
        return []
    if not isinstance(named, list) or not all(isinstance(name, str) for name in named):
        raise LogsRefusal(400, *BAD_ARGUMENT)
    return named


def _is_this(workspace: Workspace, name: str) -> bool:
    scope = workspace.settings.scope
    names = (str(scope.customer_id), scope.workspace, scope.path)
    return name.casefold() in {known.casefold() for known in names}


def _statistics(result: Mapping[str, Any], seconds: float) -> dict[str, Any]:
    rows = result["tables"][0]["rows"]
    return {
        "query": {
            "executionTime": seconds,
            "datasetStatistics": [{"tableRowCount": len(rows)}],
        }
    }
