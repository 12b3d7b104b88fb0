"""``security/runHuntingQuery``: a query over Defender's tables and Sentinel's."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from werkzeug.wrappers import Request, Response

from vedette.engine.base import Rows, TimeWindow
from vedette.engine.database import StatementTimeoutError
from vedette.errors import UnsupportedError
from vedette.kql.bound import BoundQuery
from vedette.workspace.assumptions import HUNTING_TYPES, queried_window
from vedette.workspace.logs.answer import cells_of
from vedette.workspace.logs.timespan import parse_timespan
from vedette.workspace.members import as_object, missing, text
from vedette.workspace.messages import answer, read_json
from vedette.workspace.refusal import Refusal, bad_request
from vedette.workspace.validation_query import semantic_problem, syntax_error
from vedette.workspace.workspace import Workspace

#: What a query sees without a time range, and how many rows it returns (advanced-hunting-limits).
DEFAULT_RANGE = timedelta(days=30)
MAX_ROWS = 100_000


def run_hunting_query(workspace: Workspace, request: Request) -> Response:
    """Answer ``{"Query", "Timespan"}`` with ``{"schema", "results"}``."""
    body = as_object(read_json(request, limit=workspace.settings.max_request_bytes), "")
    given = {name.casefold(): value for name, value in body.items()}
    if given.get("query") is None:
        raise missing("Query", "")
    query = text(given["query"], "Query")
    now = workspace.store.clock
    window = queried_window(now - DEFAULT_RANGE, now)
    if given.get("timespan"):
        try:
            window = parse_timespan(text(given["timespan"], "Timespan"), now)
        except (ValueError, OverflowError) as error:
            raise bad_request(f"The Timespan is not valid: {error}.") from error
    rows = _run(workspace, query, window)
    with workspace.aside():
        return answer(_shown(rows))


def _shown(rows: Rows) -> dict[str, Any]:
    schema = [{"name": column.name, "type": HUNTING_TYPES[column.type]} for column in rows.columns]
    names = [column.name for column in rows.columns]
    dynamic = [column.type == "dynamic" for column in rows.columns]
    results = [
        {
            name: json.loads(str(cell)) if is_dynamic and cell is not None else cell
            for name, cell, is_dynamic in zip(names, cells, dynamic, strict=True)
        }
        for cells in cells_of(rows, MAX_ROWS)
    ]
    return {"schema": schema, "results": results}


def bind(workspace: Workspace, query: str) -> BoundQuery:
    """The query bound among both products' tables; Refusal (400) if it has errors."""
    bound = workspace.hunting.compilation.at_fault(query)
    if syntax_error(bound) is not None:
        raise bad_request("The query could not be parsed. Fix syntax errors in your query.")
    if not bound.ok:
        _, message = semantic_problem(bound)
        raise bad_request(f"{message}. Fix semantic errors in your query.")
    return bound


def _run(workspace: Workspace, query: str, window: TimeWindow) -> Rows:
    try:
        feed = workspace.hunting.feed
        return workspace.query(lambda: bind(workspace, query), feed, window=window)[1]
    except UnsupportedError as error:
        message = f"The local workspace cannot run this query as the service would: {error}"
        raise Refusal(501, "NotImplemented", message) from error
    except StatementTimeoutError as error:
        raise Refusal(504, "GatewayTimeout", "The query took too long and was stopped.") from error
