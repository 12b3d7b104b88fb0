"""The demonstration ends with incidents that a person can look at, in a browser too."""

from __future__ import annotations

import html
import io
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from vedette.cli.demo import _run

if TYPE_CHECKING:
    from tests.conftest import Page

#: What a page may ask a server for. A link to follow is none of it.
LOADED = re.compile(r"""<(?:link|script|img|iframe|object|embed)\b|url\(|@import""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Demonstration:
    """What it left: ``said`` on the terminal, and the two files of ``build/demo``."""

    said: str
    page: Path
    incidents: list[dict[str, Any]]


@pytest.fixture(scope="module")
def demonstration(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Demonstration:
    """One run in a copy of the repository's content."""
    root = tmp_path_factory.mktemp("demo")
    for folder in ("detections", "schemas", "environments", "examples"):
        shutil.copytree(repository / folder, root / folder)
    terminal = io.StringIO()
    assert _run(Console(file=terminal, width=200, highlight=False), root) == 0, terminal.getvalue()
    left = root / "build" / "demo"
    incidents = json.loads((left / "incidents.json").read_text(encoding="utf-8"))
    return Demonstration(terminal.getvalue(), left / "index.html", incidents)


def test_a_click_on_a_mail_that_failed_dmarc_ends_as_an_incident(
    demonstration: Demonstration,
) -> None:
    titles = [incident["properties"]["title"] for incident in demonstration.incidents]
    assert (
        "ana.ruiz@contoso.com clicked a link in a mail from accounts@fabrikam.com that failed DMARC"
        in titles
    )
    numbers = [incident["properties"]["incidentNumber"] for incident in demonstration.incidents]
    assert numbers == list(range(1, len(numbers) + 1))


def test_the_terminal_says_what_was_done_and_why_each_incident_fired(
    demonstration: Demonstration,
) -> None:
    for step in ("Checked", "Tested", "Built", "Workspace", "Planned", "Deployed", "Sent", "Ran"):
        assert f"\n{step} " in f"\n{demonstration.said}", step
    for incident in demonstration.incidents:
        assert incident["properties"]["title"] in demonstration.said
    assert "https://invoice-desk.example/pay/88213" in demonstration.said


def test_the_page_shows_every_incident_in_a_browser(
    demonstration: Demonstration, rendered: Callable[[str], Page]
) -> None:
    page = rendered(demonstration.page.as_uri())
    # Its own policy forbids all but its own style sheet; were that refused, the console says so.
    assert page.console == ()
    shown = html.unescape(page.dom)
    for incident in demonstration.incidents:
        assert incident["properties"]["title"] in shown
        assert f'id="incident-{incident["properties"]["incidentNumber"]}"' in shown


def test_the_page_loads_nothing(demonstration: Demonstration) -> None:
    assert LOADED.findall(demonstration.page.read_text(encoding="utf-8")) == []


def test_a_browser_that_refuses_a_style_sheet_is_heard(
    tmp_path: Path, rendered: Callable[[str], Page]
) -> None:
    page = tmp_path / "refused.html"
    policy = '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'">'
    page.write_text(f"{policy}<style>p {{ color: red }}</style><p>text</p>", encoding="utf-8")
    assert any("Content Security Policy" in line for line in rendered(page.as_uri()).console)
