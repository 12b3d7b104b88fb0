"""``/_vedette``: what a real workspace does not have, above all a clock that can be set."""

from __future__ import annotations

from datetime import datetime, timedelta

from werkzeug.wrappers import Request, Response

from vedette.workspace.iso8601 import format_time, parse_duration, parse_time
from vedette.workspace.members import as_object, text
from vedette.workspace.messages import answer, read_json
from vedette.workspace.paging import page, top
from vedette.workspace.playbooks import playbooks
from vedette.workspace.refusal import bad_request, conflict
from vedette.workspace.workspace import Workspace

#: The furthest that one call moves the clock; a slip in a year would run for hours.
MAX_ADVANCE = timedelta(days=366)
MAX_RUNS = 10_000


def get_clock(workspace: Workspace, request: Request) -> Response:
    """``{"now": …}``."""
    return answer({"now": format_time(workspace.store.clock)})


def set_clock(workspace: Workspace, request: Request) -> Response:
    """Move the clock to ``{"now": time}`` or by ``{"advance": duration}`` and make all runs due."""
    if workspace.clock_runs:
        raise conflict("The clock runs by itself (serve --live): nobody can move it.")
    body = as_object(read_json(request, limit=workspace.settings.max_request_bytes), "")
    now = workspace.store.clock
    until = _target(now, body.get("now"), body.get("advance"))
    if until < now:
        raise bad_request(f"The clock stands at {format_time(now)} and cannot go back.")
    if until - now > MAX_ADVANCE:
        raise bad_request(f"One call moves the clock by at most {MAX_ADVANCE.days} days.")
    before = len(workspace.ledger.incidents())
    runs = workspace.scheduler.advance(until)
    return answer(
        {
            "now": format_time(until),
            "runs": runs,
            "newIncidents": len(workspace.ledger.incidents()) - before,
        }
    )


def reset(workspace: Workspace, request: Request) -> Response:
    """Forget everything; the clock stays, or is set to ``{"now": time}``, also to one before."""
    body = as_object(read_json(request, limit=workspace.settings.max_request_bytes), "")
    now = workspace.store.clock
    if body.get("now") is not None:
        now = _target(now, body["now"], None)
    workspace.reset(now)
    return answer({"now": format_time(now)})


def list_runs(workspace: Workspace, request: Request) -> Response:
    """The runs, the latest first; ``?rule=<id>`` for those of one rule."""
    size = top(request, default=workspace.settings.page_size, most=MAX_RUNS)
    runs = workspace.journal.runs(request.args.get("rule"))
    return answer(page(request, runs, lambda run: run, size=size))


def count_events(workspace: Workspace, request: Request) -> Response:
    """How many events each table was sent, those of the future included."""
    return answer({"tables": workspace.journal.events_by_table()})


def list_playbooks(workspace: Workspace, request: Request) -> Response:
    """The playbooks that were to run, in their order, and on what."""
    return answer({"playbooks": playbooks(workspace.store)})


def _target(now: datetime, to: object, by: object) -> datetime:
    if (to is None) == (by is None):
        raise bad_request("The body must have either 'now' or 'advance'.")
    try:
        if by is not None:
            return now + parse_duration(text(by, "advance"))
        return parse_time(text(to, "now"))
    except (ValueError, OverflowError) as error:
        raise bad_request(f"{error}.") from error
