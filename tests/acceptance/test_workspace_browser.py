"""What breaks when somebody works with the workspace's pages: with keys, without scripts, in the
dark, on a narrow screen, on events that an attacker wrote."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from tests.acceptance.devtools import Browser, start_browser
from tests.acceptance.page_audit import AUDIT

from vedette.workspace.client import WorkspaceClient
from vedette.workspace.server import WorkspaceServer, start

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="Chromium takes orders by inherited pipes, which Windows lacks"
)

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
MAIL_ID = "8f1c2c50-0000-4000-8000-000000000001"
#: What an attacker writes who knows that a browser will show it.
SUBJECT = "\"><script>owned=1</script><img src=x onerror=owned=1>{{7*7}} '\\ | take 0"
URL = "javascript:owned=1//https://evil.example/?a=\"><svg onload=owned=1>&b='"
RULE: dict[str, Any] = {
    "kind": "Scheduled",
    "properties": {
        "displayName": "A click on a link in a mail",
        "description": "Somebody clicked.\nLook at the mail.",
        "severity": "High",
        "enabled": True,
        "query": "UrlClickEvents | join kind=inner (EmailEvents | project NetworkMessageId, "
        "Subject, SenderFromAddress) on NetworkMessageId",
        "queryFrequency": "PT1H",
        "queryPeriod": "PT1H",
        "triggerOperator": "GreaterThan",
        "triggerThreshold": 0,
        "suppressionEnabled": False,
        "suppressionDuration": "PT5H",
        "tactics": ["InitialAccess"],
        "eventGroupingSettings": {"aggregationKind": "AlertPerResult"},
        "entityMappings": [
            {
                "entityType": kind,
                "fieldMappings": [{"identifier": identifier, "columnName": column}],
            }
            for kind, identifier, column in (
                ("Account", "FullName", "AccountUpn"),
                ("URL", "Url", "Url"),
                ("IP", "Address", "IPAddress"),
                ("MailMessage", "NetworkMessageId", "NetworkMessageId"),
            )
        ],
    },
}


@pytest.fixture(scope="module")
def server() -> Iterator[WorkspaceServer]:
    """A workspace with an incident, a rule that is off, and events that mean harm."""
    with start(now=NOW) as started:
        client = WorkspaceClient(started.url, started.token)
        for name, rule in (("a", RULE), ("b", _switched_off(RULE))):
            path = f"{started.settings.scope.insights}/alertRules/{name}"
            client._call("PUT", path, rule, {"api-version": "2025-09-01"})
        time = {"TimeGenerated": "2026-11-02T11:30:00.25Z", "NetworkMessageId": MAIL_ID}
        mail = {
            **time,
            "SenderFromAddress": "hr@evil.example",
            "RecipientEmailAddress": "ana@contoso.com",
            "Subject": SUBJECT,
        }
        click = {**time, "Url": URL, "AccountUpn": "ana@contoso.com", "IPAddress": "198.51.100.7"}
        client.send_events("EmailEvents", [mail, {**mail, "Subject": "Payslip"}])
        client.send_events("UrlClickEvents", [{**click, "ActionType": "ClickAllowed"}])
        client.advance(NOW + timedelta(minutes=5))
        yield started


@pytest.fixture(scope="module")
def tab(
    chromium: str, server: WorkspaceServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Browser]:
    """One browser for all tests here, which has been let in."""
    with start_browser(chromium, tmp_path_factory.mktemp("profile")) as browser:
        browser.open(server.page_url)
        yield browser


@pytest.fixture
def browser(tab: Browser) -> Iterator[Browser]:
    """The browser as a user without wishes has it; whatever a page complains of fails the test."""
    tab.look()
    tab.said.clear()
    yield tab
    tab.scripts(on=True)
    assert tab.said == []


def _switched_off(rule: dict[str, Any]) -> dict[str, Any]:
    properties = {**rule["properties"], "enabled": False, "displayName": "<b onclick=owned=1>Off"}
    return {**rule, "properties": properties}


def _query(text: str, **arguments: str) -> str:
    return "/query?" + urlencode({"q": text, **arguments})


def _paths() -> dict[str, str]:
    return {
        "queue": "/",
        "filtered queue": "/?status=Open&severity=High&text=ana&range=P1D",
        "nothing found": "/?text=nobody",
        "incident": "/incidents/1",
        "rules": "/rules",
        "rule": "/rules/a",
        "rule that is off": "/rules/b",
        "tables": "/events",
        "events": "/events/EmailEvents",
        "filtered events": "/events/EmailEvents?is.Subject=Payslip&word=Payslip&range=P7D",
        "no such value": "/events/EmailEvents?is.AttachmentCount=%3Cscript%3E",
        "query": "/query",
        "result": _query("EmailEvents", range="all"),
        "problem": _query(f"EmailEvents\n| where Subjct == '{'x' * 300}'\n| take 1"),
        "no rows": _query("EmailEvents | where false"),
    }


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (360, True)])
def test_a_page_shuts_somebody_out(
    server: WorkspaceServer, browser: Browser, width: int, dark: bool
) -> None:
    found = {}
    for name, path in _paths().items():
        browser.look(width=width, dark=dark)
        browser.open(server.url + path)
        found[name] = browser.run(AUDIT)
    assert {name: problems for name, problems in found.items() if problems} == {}


def test_names_cannot_be_chosen_with_keys(server: WorkspaceServer, browser: Browser) -> None:
    offered = "!document.getElementById('offers').hidden"
    closed = "document.getElementById('offers').hidden"
    box = "document.getElementById('q')"
    browser.open(f"{server.url}/query?range=all")
    browser.run(f"{box}.focus()")
    browser.type("EmailE")
    browser.until(offered)
    assert browser.run(f"{box}.getAttribute('aria-expanded')") == "true"
    assert browser.run("document.querySelector('[role=option]').textContent").startswith("EmailEv")
    browser.press("Enter")
    browser.until(closed)
    assert browser.run(f"{box}.value") == "EmailEvents\n| "
    browser.type("where Sender")
    browser.until(offered)
    first = browser.run("document.querySelector('[aria-selected=true] span').textContent")
    browser.press("ArrowDown")
    active = f"document.getElementById({box}.getAttribute('aria-activedescendant'))"
    chosen = browser.run(f"{active}.querySelector('span').textContent")
    assert chosen.startswith("Sender")
    assert chosen != first
    browser.press("Escape")
    browser.until(closed)
    assert browser.run(f"{box}.value").endswith("where Sender")
    browser.press(" ", control=True)
    browser.until(offered)
    browser.press("Tab")
    browser.until(closed)
    assert browser.run("document.activeElement.id") == "q"
    assert browser.run(f"{box}.value") == f"EmailEvents\n| where {first} "
    browser.type("has 'x' or true")
    browser.load(lambda: browser.press("Enter", control=True))
    assert browser.run("document.getElementById('result').textContent") == "2 rows"
    assert SUBJECT in browser.run("document.querySelector('table').innerText")


def test_an_error_cannot_be_found_in_the_text(server: WorkspaceServer, browser: Browser) -> None:
    browser.open(server.url + _query("// \U0001f600\nEmailEvents | where Subjct == 1"))
    problem = browser.run("document.getElementById('problems').innerText")
    assert "Line 2, column 21" in problem
    assert "Did you mean 'Subject'?" in problem
    browser.run("document.querySelector('a[data-at]').click()")
    caret = "document.activeElement.value.slice(document.activeElement.selectionStart)"
    assert browser.run(caret) == "Subjct == 1"


def test_a_page_needs_scripts(server: WorkspaceServer, browser: Browser) -> None:
    browser.scripts(on=False)
    browser.open(f"{server.url}/query")
    assert browser.run("document.getElementById('offers')") is None
    browser.run("document.getElementById('q').focus()")
    browser.type("UrlClickEvents | summarize Clicks = count() by AccountUpn")
    browser.load(lambda: browser.run("document.querySelector('form.ask button').click()"))
    assert "ana@contoso.com" in browser.run("document.querySelector('tbody').innerText")
    browser.load(lambda: browser.run("document.querySelector('.sort a:last-child').click()"))
    assert browser.run("document.getElementById('q').value").endswith("| sort by AccountUpn desc")

    browser.open(f"{server.url}/")
    browser.run("document.querySelector('[name=status]').value = 'Closed'")
    browser.load(lambda: browser.run("document.querySelector('form button').click()"))
    assert "No incident matches the filter." in browser.run("document.body.innerText")

    browser.open(f"{server.url}/events/EmailEvents")
    browser.run("document.querySelector('[name=column]').value = 'Subject'")
    browser.run("document.querySelector('[name=value]').value = 'Payslip'")
    browser.load(lambda: browser.run("document.querySelector('form button').click()"))
    assert browser.run("document.querySelectorAll('tbody tr').length") == 1
    browser.load(lambda: browser.run("document.querySelector('.chips a').click()"))
    assert browser.run("document.querySelectorAll('tbody tr').length") == 2


def test_the_keyboard_alone_does_not_lead_from_a_mail_to_its_click(
    server: WorkspaceServer, browser: Browser
) -> None:
    browser.open(f"{server.url}/incidents/1")
    browser.press("Tab")
    assert browser.run("document.activeElement.textContent") == "Skip to the content"
    browser.press("Enter")
    kinds: list[str] = []
    while len(kinds) < 4:
        browser.press("Tab")
        node = "document.activeElement.matches('a.node') && document.activeElement"
        kind = browser.run(f"({node} || document).querySelector('.detail').textContent")
        if browser.run(f"Boolean({node})"):
            kinds.append(kind.partition(" from")[0])
            outline = "getComputedStyle(document.activeElement.querySelector('rect')).strokeWidth"
            assert browser.run(outline) == "3px"
    assert kinds == ["Mail", "Link", "User", "IP address"]
    relations = browser.run("[...document.querySelectorAll('.relation')].map(e => e.textContent)")
    assert relations == ["holds", "clicked by", "clicked from"]

    browser.run("document.querySelector('.column-1').focus()")
    browser.load(lambda: browser.press("Enter"))
    assert browser.run("location.pathname") == "/events/UrlClickEvents"
    assert URL in browser.run("document.querySelector('tbody').innerText")
    browser.load(lambda: browser.run("document.querySelector('tbody th a').click()"))
    assert URL in browser.run("document.querySelector('table').innerText")
    related = "[...document.querySelectorAll('.actions a')].map(e => e.textContent)"
    assert "EmailEvents with this NetworkMessageId" in browser.run(related)
    browser.load(lambda: browser.run("document.querySelector('.actions a').click()"))
    assert browser.run("document.getElementById('result').textContent") == "1 row"


def test_one_event_cannot_be_told_from_another(server: WorkspaceServer, browser: Browser) -> None:
    browser.open(f"{server.url}/events/EmailEvents")
    rows = browser.run(
        "[...document.querySelectorAll('tbody tr')].map(row =>"
        " [row.querySelector('th a').getAttribute('href'), row.innerText])"
    )
    assert len({address for address, _ in rows}) == 2
    for address, text in rows:
        browser.open(server.url + address)
        subject = SUBJECT if SUBJECT in text else "Payslip"
        assert subject in browser.run("document.querySelector('table').innerText")
    browser.open(server.url + "/events/EmailEvents")
    link = "[...document.querySelectorAll('a.value')].find(a => a.textContent.includes('owned'))"
    browser.load(lambda: browser.run(f"{link}.click()"))
    assert browser.run("document.querySelectorAll('tbody tr').length") == 1
    assert SUBJECT in browser.run("document.querySelector('.chips').innerText")


def test_the_script_is_let_do_more_than_ask(server: WorkspaceServer, browser: Browser) -> None:
    browser.open(f"{server.url}/query")
    inline = (
        "new Promise(done => { addEventListener('securitypolicyviolation', () => done('refused'));"
        " const script = document.createElement('script'); script.textContent = 'owned = 1';"
        " document.body.append(script); })"
    )
    assert browser.run(inline) == "refused"
    assert browser.run("typeof owned") == "undefined"
    browser.said.clear()
