"""The query box: a query, its time range, and its result or what is wrong with it.

The trap: the workspace answers one request at a time, and a page's reader does not know that others
wait. A page's query is stopped sooner than one of the API.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from vedette.errors import VedetteError
from vedette.kql.bound import BoundQuery
from vedette.kql.hints import hint_for
from vedette.workspace.logs.query import run_text
from vedette.workspace.logs.render import rendering_of
from vedette.workspace.pages.address import addressed, query_address
from vedette.workspace.pages.grid import Grid, grid_of
from vedette.workspace.pages.kql_text import name_text
from vedette.workspace.pages.time_range import TimeRange, time_range
from vedette.workspace.refusal import Refusal
from vedette.workspace.workspace import Workspace

#: Rows that the page shows, and how long it waits for them.
MOST_ROWS = 500
_WAIT = timedelta(seconds=30)
_DEFAULT_SPAN = "P1D"

#: The sorting that a column's link has put at a query's end.
_SORTED = re.compile(r"\n\| sort by [^\n|]+ (?:asc|desc)\Z")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in a query, at a line and column from 1, and the line in three parts.

    ``severity`` is ``Error`` or ``Warning``; ``line`` is 0 where the fault has no place.
    """

    severity: str
    message: str
    hint: str = ""
    line: int = 0
    column: int = 0
    start: int = 0
    excerpt: tuple[str, str, str] = ("", "", "")


@dataclass(frozen=True, slots=True)
class QueryView:
    """What the page shows: the form as it was sent, then a result or problems, or neither."""

    query: str
    range: TimeRange
    problems: tuple[Problem, ...] = ()
    grid: Grid | None = None
    sorting: tuple[tuple[str, str], ...] = ()
    everything: str = ""
    drawn: str = ""

    @property
    def failed(self) -> bool:
        """Whether there is no result because of a problem."""
        return any(problem.severity == "Error" for problem in self.problems)


def query_view(workspace: Workspace, given: Mapping[str, str]) -> QueryView:
    """Run the query in ``q``, if there is one, and say what came of it."""
    # A form sends its lines with carriage returns.
    query = given.get("q", "").replace("\r\n", "\n").strip()
    span = time_range(given, workspace.store.clock, _DEFAULT_SPAN)
    if span.problem:
        return QueryView(query, span, (Problem("Error", span.problem),) if query else ())
    if not query:
        return QueryView(query, span)
    bound = workspace.compilation.bind(query)
    problems = problems_of(workspace, bound)
    if not bound.ok:
        return QueryView(query, span, problems)
    try:
        _, rows = run_text(workspace, query, span.window, _WAIT)
    except Refusal as refusal:
        return QueryView(query, span, (*problems, Problem("Error", _inner(refusal))))
    except VedetteError as error:
        return QueryView(query, span, (*problems, Problem("Error", f"{error}")))
    drawn = str(rendering_of(bound)["visualization"] or "")
    grid = grid_of(rows, MOST_ROWS)
    return QueryView(
        query,
        span,
        problems,
        grid,
        # Nothing may follow a render.
        sorting=()
        if drawn
        else tuple(_sorting(query, column.name, span) for column in grid.columns),
        everything=query_address(query, "all") if span.window else "",
        drawn=drawn,
    )


def problems_of(workspace: Workspace, bound: BoundQuery) -> tuple[Problem, ...]:
    """The compiler's errors and warnings, each at its place and with the nearest right name."""
    catalogue = workspace.definitions.catalogue()
    found = []
    for item in bound.diagnostics:
        if item.severity not in ("Error", "Warning"):
            continue
        before = bound.text[: item.start]
        line_start = before.rfind("\n") + 1
        line = bound.text[line_start:].partition("\n")[0]
        column = item.start - line_start
        end = min(column + item.length, len(line))
        found.append(
            Problem(
                item.severity,
                item.message,
                hint_for(item, bound, catalogue),
                line=before.count("\n") + 1,
                column=column + 1,
                start=item.start,
                excerpt=(line[:column], line[column:end], line[end:]),
            )
        )
    return tuple(found)


def _sorting(query: str, column: str, span: TimeRange) -> tuple[str, str]:
    """Links to the same query sorted by a column: up, and down."""
    plain = _SORTED.sub("", query.rstrip("; \n"))
    up, down = (
        addressed(("query",), [("q", f"{plain}\n| sort by {name_text(column)} {way}")])
        for way in ("asc", "desc")
    )
    tail = addressed((), span.arguments).removeprefix("/?")
    return f"{up}&{tail}", f"{down}&{tail}"


def _inner(refusal: Refusal) -> str:
    """What is wrong, from the innermost part of an error that tells the same several times."""
    message = refusal.message
    inner = getattr(refusal, "inner", None)
    while isinstance(inner, Mapping):
        message = str(inner.get("message", message))
        inner = inner.get("innererror")
    return message
