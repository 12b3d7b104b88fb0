"""What breaks when a browser, not a test client, shows the workspace's pages."""

from __future__ import annotations

import html
import re
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from vedette.model.detection import Severity
from vedette.report.page import render_incidents
from vedette.simulate.types import Alert, Entity, Incident
from vedette.workspace.client import WorkspaceClient
from vedette.workspace.page import (
    PageContext,
    render_incident,
    render_queue,
    render_rules,
)
from vedette.workspace.pages.rule_view import RuleView
from vedette.workspace.server import WorkspaceServer, start

if TYPE_CHECKING:
    from tests.conftest import Page

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
LONG = "https://payroll.example/slips?session=" + "8f8ab2c9d0e1f2a3b4c5d6e7" * 10
RULE: dict[str, Any] = {
    "kind": "Scheduled",
    "properties": {
        "displayName": "Mail from outside",
        "severity": "High",
        "enabled": True,
        "query": "EmailEvents",
        "queryFrequency": "PT1H",
        "queryPeriod": "PT1H",
        "triggerOperator": "GreaterThan",
        "triggerThreshold": 0,
        "suppressionEnabled": False,
        "suppressionDuration": "PT5H",
    },
}


@pytest.fixture
def server() -> Iterator[WorkspaceServer]:
    """A workspace whose one rule has fired on one mail."""
    with start(now=NOW) as started:
        client = WorkspaceClient(started.url, started.token)
        path = f"{started.settings.scope.insights}/alertRules/a"
        client._call("PUT", path, RULE, {"api-version": "2025-09-01"})
        mail = {
            "TimeGenerated": "2026-11-02T11:30:00Z",
            "NetworkMessageId": "8f1c2c50-0000-4000-8000-000000000001",
            "SenderFromAddress": "hr@contoso.example",
            "RecipientEmailAddress": "ana@contoso.com",
            "Subject": "<img src=x onerror=document.title='owned'>",
        }
        client.send_events("EmailEvents", [mail])
        client.advance(NOW + timedelta(minutes=5))
        yield started


def test_the_browser_is_not_let_in_or_complains(
    server: WorkspaceServer, rendered: Callable[[str], Page]
) -> None:
    page = rendered(server.page_url)
    assert "Mail from outside" in page.dom
    assert "1 open of 1" in page.dom
    assert page.console == ()


def test_an_incident_hides_the_mail_or_runs_it(
    server: WorkspaceServer, rendered: Callable[[str], Page]
) -> None:
    page = rendered(f"{server.url}/incidents/1?token={server.token}")
    assert "ana@contoso.com" in page.dom
    assert "&lt;img src=x onerror=document.title='owned'&gt;" in page.dom
    assert "owned</title>" not in page.dom
    assert "<img" not in page.dom
    assert page.console == ()


def test_a_stranger_sees_the_queue(
    server: WorkspaceServer, rendered: Callable[[str], Page]
) -> None:
    page = rendered(f"{server.url}/?token=wrong")
    assert "Not signed in" in page.dom
    assert "Mail from outside" not in page.dom


def _pages() -> dict[str, str]:
    row = {
        "TimeGenerated": NOW,
        "NetworkMessageId": "8f1c2c50-0000-4000-8000-000000000001",
        "Recipient": "a.user.with.a.rather.long.name@subsidiary.contoso.example",
        "Url": LONG,
    }
    alert = Alert(
        UUID(int=1), "r", "A rule with a long name", LONG, LONG, Severity.HIGH, NOW, NOW, NOW,
        entities=(Entity("URL", (("Url", LONG),)),),
        custom_details={"Link": (LONG,)},
        rows=(row,),
    )  # fmt: skip
    incident = Incident(UUID(int=2), 1, LONG, LONG, Severity.HIGH, NOW, NOW, "r", (alert,))
    run = {"status": "Unsupported", "executed": NOW, "reason": LONG}
    rule = RuleView("6" * 90, LONG, "Scheduled", "High", True, timedelta(hours=1), NOW, (run,))
    context = PageContext("a-workspace-with-a-long-name-of-its-own-in-it", NOW)
    return {
        "queue": render_queue(context, [incident]),
        "incident": render_incident(context, incident),
        "rules": render_rules(context, [rule]),
        "report": render_incidents([incident]),
    }


@pytest.mark.parametrize("width", [360, 1280])
def test_a_narrow_window_must_be_scrolled_sideways(
    chromium: str, tmp_path: Path, width: int
) -> None:
    """Each page in a frame of that width; a script beside the frames measures what is in them."""
    frames = []
    for name, text in _pages().items():
        (tmp_path / f"{name}.html").write_text(text, encoding="utf-8")
        frames.append(
            f'<iframe id="{name}" src="{name}.html" width="{width}" height="700"></iframe>'
        )
    measure = (
        "onload = () => { document.title = [...document.querySelectorAll('iframe')].map("
        "f => f.id + '=' + f.contentDocument.documentElement.scrollWidth).join(' '); };"
    )
    harness = tmp_path / "harness.html"
    harness.write_text(
        f"<title></title><style>iframe {{ border: 0 }}</style>{''.join(frames)}"
        f"<script>{measure}</script>",
        encoding="utf-8",
    )
    done = subprocess.run(
        [
            chromium,
            "--headless=new",
            "--no-sandbox",  # a container's root may not make the browser's sandbox
            "--disable-gpu",
            "--no-first-run",
            "--allow-file-access-from-files",
            "--host-resolver-rules=MAP * ~NOTFOUND",
            f"--user-data-dir={tmp_path / 'browser'}",
            "--virtual-time-budget=5000",
            "--dump-dom",
            harness.as_uri(),
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=120,
        check=True,
    )
    title = re.search(r"<title>(.*?)</title>", done.stdout)
    assert title is not None
    widths = dict(part.split("=") for part in html.unescape(title[1]).split())
    assert sorted(widths) == ["incident", "queue", "report", "rules"]
    assert {name: wide for name, wide in widths.items() if int(wide) > width} == {}
