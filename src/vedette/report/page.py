"""Incidents as one HTML file that needs nothing else: no server, no script, no other file.

The trap: it is opened from a disk, where no header protects it, so that its content security
policy stands in the page itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from vedette.simulate.types import Incident
from vedette.workspace.page import content_security_policy, environment


def render_incidents(
    incidents: Sequence[Incident], *, title: str = "Incidents", subtitle: str = ""
) -> str:
    """The page: a list of the incidents, the newest first, and each in full below it."""
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            incidents=sorted(incidents, key=lambda incident: incident.number, reverse=True),
            title=title,
            subtitle=subtitle,
            policy=content_security_policy(served=False),
        )
    )
