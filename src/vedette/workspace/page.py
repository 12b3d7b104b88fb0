"""The pages of the workspace as text: pure functions over jinja templates.

The trap: everything that is shown may have been written by an attacker. Autoescaping is on for all
templates, nothing is a link but our own pages, and there is no script.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from vedette.simulate.types import Incident
from vedette.workspace import evidence_view
from vedette.workspace.entity_view import display_name
from vedette.workspace.iso8601 import when


@dataclass(frozen=True, slots=True)
class RuleView:
    """A rule with its next and latest runs (records of ``/_vedette/runs``), the newest first.

    ``run_count`` and ``alert_count`` are of all its runs.
    """

    id: str
    name: str
    kind: str
    severity: str
    enabled: bool
    every: timedelta | None
    next_run: datetime | None
    runs: tuple[Mapping[str, Any], ...] = ()
    run_count: int = 0
    alert_count: int = 0


@dataclass(frozen=True, slots=True)
class PageContext:
    """What every page shows: the workspace's name and clock, and how many events it was sent."""

    workspace: str
    now: datetime
    events: int = 0


def render_queue(context: PageContext, incidents: Sequence[Incident]) -> str:
    """The incident queue, the newest incident first."""
    return _render("queue.html.j2", context, incidents=tuple(reversed(incidents)))


def render_incident(context: PageContext, incident: Incident) -> str:
    """One incident with its alerts, entities and evidence."""
    return _render("incident.html.j2", context, incident=incident)


def render_rules(context: PageContext, rules: Sequence[RuleView]) -> str:
    """All rules with their last runs."""
    return _render("rules.html.j2", context, rules=rules)


def render_message(title: str, text: str) -> str:
    """A page that says one thing."""
    return environment().get_template("message.html.j2").render(title=title, text=text)


def content_security_policy(*, framing: bool = True) -> str:
    """Nothing may be loaded, run or framed; the one style sheet is known by its hash.

    ``framing`` is the part that browsers take from a header only, and complain of in a page.
    """
    digest = base64.b64encode(hashlib.sha256(style_sheet().encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return f"{policy}; frame-ancestors 'none'" if framing else policy


@cache
def style_sheet() -> str:
    """The style sheet, which stands in each page."""
    loader = PackageLoader("vedette.workspace")
    source, _, _ = loader.get_source(Environment(autoescape=True), "style.css")
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
    }
    made.globals["style"] = style_sheet()
    return made


def span(value: timedelta) -> str:
    """``1 h``, ``5 min``, ``14 d``."""
    seconds = int(value.total_seconds())
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _render(template: str, context: PageContext, **values: object) -> str:
    return environment().get_template(template).render(context=context, **values)
