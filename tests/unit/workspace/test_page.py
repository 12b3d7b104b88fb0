"""What breaks when a person reads a page: words, colours, structure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from itertools import pairwise
from uuid import UUID

import pytest

from vedette.model.detection import Severity
from vedette.simulate.types import Alert, Entity, Incident
from vedette.workspace.evidence_view import facets, more, readable
from vedette.workspace.page import (
    PageContext,
    render_incident,
    render_message,
    render_queue,
    render_rules,
    span,
    style_sheet,
)
from vedette.workspace.pages.rule_view import RuleView

T = datetime(2026, 11, 2, 12, 5, tzinfo=UTC)
CONTEXT = PageContext("local", T, 3)
ROW = {
    "TimeGenerated": T,
    "Recipient": "ana@contoso.com",
    "NetworkMessageId": "8f1c2c50",
    "Subject": "Payslip",
    "AuthenticationDetails": '{"SPF":"fail","DMARC":"fail"}',
    "Url": "https://payroll.example",
    "IsClickedThrough": False,
    "Score": 0.5,
    "Empty": "",
    "Nothing": None,
}
ALERT = Alert(
    UUID(int=1), "r", "The rule", "A click", "She clicked.", Severity.HIGH, T, T, T,
    entities=(
        Entity("Account", (("Name", "ana"), ("UPNSuffix", "contoso.com"))),
        Entity("MailMessage", (("NetworkMessageId", "8f1c2c50"), ("Subject", "Payslip"))),
    ),
    custom_details={"Verdict": ('{"DMARC":"fail"}',)},
    rows=(ROW,),
)  # fmt: skip
INCIDENT = Incident(
    UUID(int=2), 1, "A click", "A user clicked.", Severity.HIGH, T, T, "r", (ALERT,)
)
RULE = RuleView("r", "The rule", "Scheduled", "High", True, timedelta(hours=1), T)
PAGES = {
    "queue": render_queue(CONTEXT, [INCIDENT]),
    "empty queue": render_queue(CONTEXT, []),
    "incident": render_incident(CONTEXT, INCIDENT),
    "rules": render_rules(CONTEXT, [RULE]),
    "no rules": render_rules(CONTEXT, []),
    "message": render_message("Not found", "There is no such page."),
}
_VOID = {"meta", "link", "br", "hr", "img", "input"}


class Outline(HTMLParser):
    """Checks that elements nest, and collects headings and landmarks."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.headings: list[int] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        if tag not in _VOID:
            self.open.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_no_outline(name: str) -> None:
    outline = Outline()
    outline.feed(PAGES[name])
    assert outline.open == []
    assert outline.headings.count(1) == 1
    assert outline.headings[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(outline.headings))
    assert {"html", "title", "main"} <= outline.seen
    assert '<html lang="en">' in PAGES[name]


def test_a_row_is_not_told_apart() -> None:
    parts = {facet.heading: dict(facet.cells) for facet in facets(ROW)}
    assert list(parts) == ["The user", "The mail", "The click", "More"]
    assert parts["The user"] == {"Recipient": "ana@contoso.com"}
    assert parts["The mail"]["AuthenticationDetails"] == "SPF fail, DMARC fail"
    assert parts["The click"] == {
        "TimeGenerated": "2026-11-02 12:05 UTC",
        "Url": "https://payroll.example",
        "IsClickedThrough": "False",
    }
    assert parts["More"] == {"Score": "0.5"}


def test_a_row_without_a_mail_is_torn_apart() -> None:
    [facet] = facets({"TimeGenerated": T, "IPAddress": "198.51.100.1", "UserPrincipalName": "bob"})
    assert facet.heading == "The event"
    assert [name for name, _ in facet.cells] == ["TimeGenerated", "IPAddress", "UserPrincipalName"]
    assert facets({"Empty": ""}) == ()


@pytest.mark.parametrize("text", ["{", '{"a": {"b": 1}}', "[1]", "plain", '{"a": [1]}', ""])
def test_a_text_that_is_no_flat_object_is_changed(text: str) -> None:
    assert readable(text) == text


def test_an_entity_says_the_same_twice() -> None:
    account, mail = ALERT.entities
    assert more(account) == ""
    assert more(mail) == "NetworkMessageId 8f1c2c50"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (timedelta(minutes=5), "5 min"),
        (timedelta(hours=1), "1 h"),
        (timedelta(days=14), "14 d"),
        (timedelta(minutes=90), "90 min"),
        (timedelta(seconds=30), "30 s"),
    ],
)
def test_a_frequency_reads_as_another(value: timedelta, text: str) -> None:
    assert span(value) == text


def test_the_description_is_repeated_or_lost() -> None:
    text = render_incident(CONTEXT, INCIDENT)
    assert text.count("A user clicked.") == 1
    assert text.count("She clicked.") == 1
    assert "DMARC fail" in text


def _schemes() -> Iterator[dict[str, str]]:
    """The colours of the light and of the dark scheme."""
    for block in re.findall(r":root \{(.*?)\}", style_sheet(), re.DOTALL):
        yield dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))


def _luminance(colour: str) -> float:
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_a_colour_cannot_be_read() -> None:
    """WCAG AA: 4.5 to 1 for text, in both schemes."""
    schemes = list(_schemes())
    assert len(schemes) == 2
    for colours in schemes:
        pairs = [
            (ink, ground)
            for ink in ("ink", "quiet", "accent")
            for ground in ("ground", "sheet", "sunk")
        ]
        pairs += [(name, f"{name}-ground") for name in ("high", "medium", "low", "info", "good")]
        for ink, ground in pairs:
            assert _contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)
