"""What breaks when incidents are looked at without the workspace."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from uuid import UUID

from vedette.model.detection import Severity
from vedette.report.page import render_incidents
from vedette.simulate.types import Alert, Incident

T = datetime(2026, 11, 2, 12, 5, tzinfo=UTC)
EVIL = "</style><script>alert(1)</script>"


def _incident(number: int, title: str) -> Incident:
    row = {"Subject": EVIL, "NetworkMessageId": "1"}
    alert = Alert(UUID(int=number), "r", EVIL, title, EVIL, Severity.HIGH, T, T, T, rows=(row,))
    identity = UUID(int=number + 100)
    return Incident(identity, number, title, title, Severity.HIGH, T, T, "r", (alert,), owner=EVIL)


def test_the_page_needs_another_file() -> None:
    page = render_incidents([_incident(1, "One")])
    assert not re.search(r"<(link|script|img|iframe|object)\b|url\(|@import|\bsrc=", page)
    assert page.startswith("<!DOCTYPE html>")
    assert 'http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;' in page


def test_an_attackers_text_becomes_markup() -> None:
    page = render_incidents([_incident(1, EVIL)], title=EVIL, subtitle=EVIL)
    assert "<script" not in page
    assert page.count("</style>") == 1


def test_the_newest_incident_is_last_or_has_no_link() -> None:
    page = render_incidents([_incident(1, "The first"), _incident(2, "The second")])
    assert page.index("The second") < page.index("The first")
    for number in (1, 2):
        assert f'href="#incident-{number}"' in page
        assert f'id="incident-{number}"' in page


def test_no_incidents_make_an_empty_page() -> None:
    assert "No incidents." in render_incidents([], title="What was found")


def test_the_same_incidents_make_another_page() -> None:
    incidents = [_incident(1, "One"), _incident(2, "Two")]
    assert render_incidents(incidents) == render_incidents(list(reversed(incidents)))
