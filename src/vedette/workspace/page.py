"""The pages of the workspace as text: pure functions over jinja templates.

The trap: everything that is shown may have been written by an attacker. Autoescaping is on for all
templates, nothing is a link but our own pages, and the one script that there is comes as a file of
its own, to the one page that is better with it.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from vedette.schema.types import TableSchema
from vedette.simulate.types import Incident
from vedette.workspace import evidence_view
from vedette.workspace.entity_view import display_name
from vedette.workspace.iso8601 import when
from vedette.workspace.pages.address import address, query_address
from vedette.workspace.pages.graph import graph_of
from vedette.workspace.pages.graph_layout import HEIGHT, WIDTH, draw
from vedette.workspace.pages.queue import SEVERITIES, STATUSES, queue_view
from vedette.workspace.pages.rule_view import RuleView, health_counts
from vedette.workspace.pages.time_range import SPANS
from vedette.workspace.pages.traces import trace


@dataclass(frozen=True, slots=True)
class PageContext:
    """What every page shows: the workspace's name and clock, and how many events it was sent."""

    workspace: str
    now: datetime
    events: int = 0


def render_queue(
    context: PageContext, incidents: Sequence[Incident], given: Mapping[str, str] | None = None
) -> str:
    """The incident queue, the newest incident first, as far as ``given`` asks for."""
    return render("queue.html.j2", context, view=queue_view(incidents, given or {}, context.now))


def render_incident(
    context: PageContext, incident: Incident, tables: Mapping[str, TableSchema] | None = None
) -> str:
    """One incident with its graph, alerts, entities and evidence.

    ``tables`` are those that hold events: what the graph draws leads to them.
    """
    return render("incident.html.j2", context, incident=incident, filled=tables or {})


def render_rules(context: PageContext, rules: Sequence[RuleView], health: str = "") -> str:
    """All rules with their last runs, or those of a health alone."""
    shown = [rule for rule in rules if health in ("", rule.health)]
    counts = health_counts(rules)
    return render("rules.html.j2", context, rules=shown, counts=counts, health=health)


def render_message(title: str, text: str) -> str:
    """A page that says one thing."""
    return environment().get_template("message.html.j2").render(title=title, text=text)


def content_security_policy(*, served: bool = True, script: bool = False) -> str:
    """Nothing may be loaded, run or framed; the one style sheet is known by its hash.

    ``served``: not a file, so that forms may be sent to the workspace; and what browsers take from
    a header only, and complain of in a page. ``script``: the workspace's own script may run, and
    ask the workspace.
    """
    digest = base64.b64encode(hashlib.sha256(style_sheet().encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'"
    if script:
        policy += "; script-src 'self'; connect-src 'self'"
    return (
        f"{policy}; form-action 'self'; frame-ancestors 'none'"
        if served
        else (f"{policy}; form-action 'none'")
    )


@cache
def style_sheet() -> str:
    """The style sheet, which stands in each page."""
    return _source("style.css")


@cache
def query_script() -> str:
    """The script of the query box."""
    return _source("query.js")


def _source(name: str) -> str:
    loader = PackageLoader("vedette.workspace")
    source, _, _ = loader.get_source(Environment(autoescape=True), name)
    return source


@cache
def environment() -> Environment:
    """The templates, with what they call."""
    made = Environment(
        loader=PackageLoader("vedette.workspace"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters |= {
        "when": when,
        "iso": lambda value: value.astimezone(UTC).isoformat(),
        "span": span,
        "facets": evidence_view.facets,
        "entities": evidence_view.incident_entities,
        "affected": evidence_view.affected,
        "more": evidence_view.more,
        "readable": evidence_view.readable,
        "display_name": display_name,
        "graph": graph_of,
        "drawn": draw,
        "trace": trace,
    }
    made.globals |= {
        "style": style_sheet(),
        "address": address,
        "query_address": query_address,
        "spans": SPANS,
        "statuses": STATUSES,
        "severities": SEVERITIES,
        "node_size": (WIDTH, HEIGHT),
    }
    return made


def span(value: timedelta) -> str:
    """``1 h``, ``5 min``, ``14 d``."""
    seconds = int(value.total_seconds())
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def render(template: str, context: PageContext, **values: object) -> str:
    """A page from its template."""
    return environment().get_template(template).render(context=context, **values)
