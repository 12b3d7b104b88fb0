"""What breaks when a browser looks at the workspace."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.test import Client

if TYPE_CHECKING:
    from tests.unit.workspace.conftest import Api

BASE = "http://127.0.0.1:8765"
SCRIPT = "<script>alert('x')</script>"


@pytest.fixture
def browser(api: Api) -> Client:
    """A browser that has opened the address with the token, and follows where it leads."""
    client = Client(api.app)
    response = client.get("/?token=the-token", base_url=BASE)
    assert response.status_code == 303
    return client


@pytest.fixture
def fired(
    api: Api,
    rule: Callable[..., dict[str, Any]],
    mail: Callable[..., dict[str, object]],
) -> Api:
    """A workspace with one incident, whose mail holds what an attacker might write."""
    override = {"alertDisplayNameFormat": "{{Subject}}", "alertDescriptionFormat": "{{Subject}}"}
    details = {"Sender": "SenderFromAddress"}
    api.put("alertRules/a", rule(alertDetailsOverride=override, customDetails=details))
    api.events(
        "EmailEvents",
        mail(
            Subject=SCRIPT,
            SenderFromAddress="javascript:alert(1)",
            RecipientEmailAddress="<img src=x>@contoso.com",
        ),
    )
    api.advance("PT5M")
    return api


def test_a_browser_without_the_token_sees_something(fired: Api) -> None:
    for path in ("/", "/rules", "/incidents/1", "/?token=", "/?token=wrong", "/nothing"):
        response = Client(fired.app).get(path, base_url=BASE)
        assert response.status_code == 401
        assert "Open the address that the workspace printed" in response.text
        assert "alert(" not in response.text


def test_the_token_stays_in_the_address(api: Api) -> None:
    response = Client(api.app).get("/rules?token=the-token", base_url=BASE)
    assert response.status_code == 303
    assert response.headers["Location"] == "/rules"
    cookie = response.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "the-token" not in cookie
    assert response.headers["Referrer-Policy"] == "no-referrer"


def test_the_cookie_opens_the_api(api: Api, browser: Client) -> None:
    for path in (f"{api.insights}/alertRules?api-version=2025-09-01", "/_vedette/clock"):
        assert browser.get(path, base_url=BASE).status_code == 401
    assert (
        browser.post("/_vedette/clock", json={"advance": "PT1H"}, base_url=BASE).status_code == 401
    )


def test_a_page_can_be_written_to(browser: Client) -> None:
    for method in ("POST", "PUT", "DELETE"):
        assert browser.open("/", method=method, base_url=BASE).status_code == 405


def test_a_rebound_name_opens_the_page(api: Api) -> None:
    response = Client(api.app).get("/?token=the-token", base_url="http://evil.example:8765")
    assert response.status_code == 403
    assert "Set-Cookie" not in response.headers


#: Every page, and the query box with all that an attacker may have put into an address.
PATHS = [
    "/",
    "/?text=%3Cscript%3E&status=%22onload%3D&rule=%22%3E%3Cscript%3E",
    "/rules",
    "/rules?health=%3Cscript%3E",
    "/rules/a",
    "/incidents/1",
    "/events",
    "/events/EmailEvents",
    "/events/EmailEvents?is.Subject=%3Cscript%3Ealert(%27x%27)%3C/script%3E",
    "/events/EmailEvents?column=%22%3E%3Cimg+src%3Dx%3E&value=1&from=%3Cscript%3E",
    "/events/EmailEvents?word=%22%3E%3Cscript%3E",
    "/query?q=EmailEvents",
    "/query?q=EmailEvents+%7C+summarize+by+%5B%22%3Cscript%3E%22%5D+%3D+Subject",
    "/query?q=%3C/textarea%3E%3Cscript%3Ealert(1)%3C/script%3E&range=%22%3E%3Cimg+src%3Dx%3E",
    "/query?q=x&range=custom&from=%22%3E%3Cimg+src%3Dx%3E",
]
#: Addresses of our own pages, whose arguments hold no character that means something.
OWN_PAGE = re.compile(
    r"#[\w-]+|/[\w%./-]*(?:\?[\w%.+*~-]+=[\w%.+*~-]*(?:&amp;[\w%.+*~-]+=[\w%.+*~-]*)*)?"
)


@pytest.mark.parametrize("path", PATHS)
def test_a_page_runs_what_an_attacker_wrote(fired: Api, browser: Client, path: str) -> None:
    response = browser.get(path, base_url=BASE)
    assert response.status_code == 200
    text = response.text
    if path.startswith("/query"):
        assert text.count('<script src="/assets/query.js" defer></script>') == 1
        text = text.replace('<script src="/assets/query.js" defer></script>', "")
        assert "script-src 'self';" in response.headers["Content-Security-Policy"]
    else:
        assert "script-src" not in response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert "unsafe" not in response.headers["Content-Security-Policy"]
    tags = Tags()
    tags.feed(text)
    assert tags.names.isdisjoint({"script", "img", "iframe", "object", "embed", "base", "link"})
    assert not {name for name in tags.attributes if name.startswith("on")}
    assert tags.attributes.isdisjoint({"src", "style", "srcdoc", "formaction"})
    assert all(OWN_PAGE.fullmatch(html.escape(link)) for link in tags.links), tags.links
    assert not [link for link in tags.links if link.startswith("//")]


class Tags(HTMLParser):
    """What elements and attributes a page has, and where its links and forms lead."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.links: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name in ("href", "action", "xlink:href"):
                self.links.add(value or "")


@pytest.mark.parametrize("path", ["/", "/rules", "/incidents/1", "/query", "/events"])
def test_the_style_is_not_the_one_that_the_policy_knows(
    fired: Api, browser: Client, path: str
) -> None:
    import base64
    import hashlib

    response = browser.get(path, base_url=BASE)
    style = re.search(r"<style>(.*?)</style>", response.text, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"'sha256-{digest}'" in response.headers["Content-Security-Policy"]


def test_the_queue_hides_an_incident(fired: Api, browser: Client) -> None:
    text = browser.get("/", base_url=BASE).text
    assert 'href="/incidents/1"' in text
    assert "1 open of 1" in text
    assert "Medium" in text
    assert "2026-11-02 12:05 UTC" in text


def test_an_incident_hides_its_evidence(fired: Api, browser: Client) -> None:
    text = browser.get("/incidents/1", base_url=BASE).text
    for shown in (
        "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;",
        "javascript:alert(1)",
        "&lt;img src=x&gt;@contoso.com",
        "8f1c2c50-0000-4000-8000-000000000001",
        "2026-11-02 11:30 UTC",
        "The mail",
        "The user",
        "Every mail",
        "InitialAccess",
    ):
        assert shown in text


def test_a_rule_hides_its_last_run(fired: Api, browser: Client) -> None:
    text = browser.get("/rules", base_url=BASE).text
    assert "Rule executed successfully, generating 1 alert(s)." in text
    assert "Every 1 h" in text
    assert "1 run, 1 alert" in text
    assert "Next run for" in text


def test_an_empty_workspace_has_no_page(browser: Client) -> None:
    assert "No incidents yet." in browser.get("/", base_url=BASE).text
    assert "No rules are deployed." in browser.get("/rules", base_url=BASE).text


@pytest.mark.parametrize("path", ["/incidents/2", "/incidents/1/x", "/incidents/one", "/nothing"])
def test_a_page_that_is_not_there_is_made_up(fired: Api, browser: Client, path: str) -> None:
    response = browser.get(path, base_url=BASE)
    assert response.status_code == 404
    assert "There is no such page." in response.text


def test_a_rule_that_is_only_stored_breaks_the_page(api: Api, browser: Client) -> None:
    fusion = {"kind": "Fusion", "properties": {"alertRuleTemplateName": "f", "enabled": True}}
    api.put("alertRules/BuiltInFusion", fusion)
    assert "BuiltInFusion" in browser.get("/rules", base_url=BASE).text
