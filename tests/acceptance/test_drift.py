"""``vedette drift`` and ``vedette adopt`` against the local workspace, in which somebody works."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.acceptance.portal import BEARER, RULE, Portal, point

from vedette.deploy.ownership import Mark, mark_body
from vedette.deploy.payload import resources_of
from vedette.project import load_project
from vedette.schema.catalogue import stock_tables
from vedette.workspace.client import WorkspaceClient
from vedette.workspace.server import WorkspaceServer, start
from vedette.workspace.settings import Settings

if TYPE_CHECKING:
    from tests.acceptance.conftest import Done

Here = Callable[..., "Done"]

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
OURS = "3f0c1a52-8f5b-4c4b-9d0f-6a1d7f0c1e01"
HUNT = "3f0c1a52-8f5b-4c4b-9d0f-6a1d7f0c1e02"
FILE = Path("detections/mail/phish-delivered.yaml")
NEW = "aaaaaaaa-0000-4000-8000-000000000001"


@pytest.fixture(name="portal")
def _portal(
    small_repository: Path, busy_server: WorkspaceServer, monkeypatch: pytest.MonkeyPatch
) -> Portal:
    """An empty workspace, and the environment that names it."""
    monkeypatch.setenv("VEDETTE_TOKEN", BEARER)
    portal = Portal(busy_server)
    portal.empty()
    point(small_repository, busy_server.url, "ownershipTag: test/detections\n")
    deploy(small_repository, portal)
    return portal


def deploy(root: Path, portal: Portal) -> None:
    """Put there what the repository has, with its marks; an apply takes the whole gate."""
    project = load_project(root)
    resources = resources_of(
        project.detections, project.functions.values(), project.watchlists.values()
    )
    for resource in resources:
        mark = Mark("test/detections", resource.kind, resource.id)
        portal.put(f"metadata/{mark.name}", mark_body(mark, portal.server.settings.scope.path))
        portal.put(f"{resource.kind.collection}/{resource.id}", dict(resource.body))


def drifts(here: Here, code: int) -> dict[str, dict[str, Any]]:
    """What drift says, by name."""
    done = here("drift", "--env", "test", "--format", "json")
    assert done.code == code, done.out + done.err
    return {each["name"]: each for each in json.loads(done.out)["drifts"]}


def test_nothing_has_drifted_right_after_a_deployment(here: Here, portal: Portal) -> None:
    done = here("drift", "--env", "test")
    assert done.code == 0
    assert "0 not deployed, 0 foreign, 4 as deployed; 0 to decide about." in done.out


def test_an_edit_is_told_field_by_field_and_taken_into_the_file(
    here: Here, small_repository: Path, portal: Portal
) -> None:
    file = small_repository / FILE
    text = file.read_text(encoding="utf-8")
    text = text.replace("severity: Medium", "severity: Medium  # agreed with the SOC")
    text = f"# Reviewed in January.\n{text}# The end.\n".replace("\n", "\r\n")
    file.write_bytes(text.encode("utf-8"))
    query = str(portal.get(f"alertRules/{OURS}")["properties"]["query"])
    portal.edit(OURS, severity="High", query=f"{query}\n| take 100", queryFrequency="PT30M")
    found = drifts(here, 1)["Phish was delivered"]
    assert found["state"] == "edited"
    fields = {field["field"]: field for field in found["fields"]}
    assert fields.keys() == {"severity", "query", "queryFrequency"}
    assert (fields["severity"]["repository"], fields["severity"]["workspace"]) == ("Medium", "High")
    done = here("adopt", "phish-delivered", "--env", "test")
    assert done.code == 0, done.out + done.err
    after = file.read_bytes().decode("utf-8")
    lines, before = after.split("\r\n"), text.split("\r\n")
    assert [line for line in lines if line not in before] == [
        "severity: High  # agreed with the SOC",
        "queryFrequency: 30m",
        "  | take 100",
    ]
    assert [line for line in before if line not in lines] == [
        "severity: Medium  # agreed with the SOC",
        "queryFrequency: 1h",
    ]
    assert drifts(here, 0) == {}


def test_deleted_foreign_and_auto_disabled_are_told_apart(here: Here, portal: Portal) -> None:
    portal.delete(f"savedSearches/{HUNT}")
    portal.put(f"alertRules/{NEW}", RULE)
    portal.edit(
        OURS,
        enabled=False,
        displayName="AUTO DISABLED Phish was delivered",
        description="A mail with phishing reached a mailbox. The table was not found.",
    )
    found = drifts(here, 1)
    assert {name: each["state"] for name, each in found.items()} == {
        "Find phish": "deleted",
        "Made in the portal": "foreign",
        "Phish was delivered": "auto-disabled",
    }
    text = here("drift", "--env", "test").out
    assert "revert: vedette apply --env test" in text
    assert f"adopt: vedette adopt {OURS} --env test" in text
    assert "adopt: delete detections/mail/find-phish.yaml" in text
    markdown = here("drift", "--env", "test", "--format", "markdown").out
    assert "### Phish was delivered: auto-disabled" in markdown
    gone = here("adopt", HUNT, "--env", "test")
    assert gone.code == 2
    assert "delete detections/mail/find-phish.yaml" in gone.err


def test_what_the_service_switched_off_is_adopted_without_its_mark(
    here: Here, small_repository: Path, portal: Portal
) -> None:
    before = (small_repository / FILE).read_text(encoding="utf-8")
    portal.edit(
        OURS,
        enabled=False,
        displayName="AUTO DISABLED Phish was delivered",
        description="A mail with phishing reached a mailbox. The table was not found.",
    )
    done = here("adopt", OURS, "--env", "test")
    assert done.code == 0, done.out + done.err
    after = (small_repository / FILE).read_text(encoding="utf-8")
    assert after == before.rstrip("\n") + "\nvedette:\n  enabled: false\n"


def test_a_foreign_rule_is_adopted_into_a_new_file(
    here: Here, small_repository: Path, portal: Portal
) -> None:
    portal.put(f"alertRules/{NEW}", RULE)
    done = here("adopt", NEW, "--env", "test", "--folder", "email")
    assert done.code == 0, done.out + done.err
    assert (small_repository / "detections/email/made-in-the-portal.yaml").is_file()


def test_a_lock_holds_until_its_day_and_is_a_finding_after_it(
    here: Here, small_repository: Path, portal: Portal
) -> None:
    portal.edit(OURS, severity="High")
    lock = (
        "ownershipTag: test/detections\n"
        "locks:\n"
        "  - rules: [phish-delivered]\n"
        "    owner: Kim\n"
        "    reason: The SOC tries this severity.\n"
        "    until: {}\n"
    )
    point(small_repository, portal.server.url, lock.format("2999-12-31"))
    found = drifts(here, 0)["Phish was delivered"]
    assert found["lock"] == {
        "owner": "Kim",
        "reason": "The SOC tries this severity.",
        "until": "2999-12-31",
        "holds": True,
    }
    assert found["ways"] == []
    point(small_repository, portal.server.url, lock.format("2020-01-31"))
    assert drifts(here, 1)["Phish was delivered"]["lock"]["holds"] is False
    text = here("drift", "--env", "test").out
    assert "environments/test.yaml:8:5: the lock of phish-delivered ended on 2020-01-31" in text


def test_the_audit_log_names_who_did_it(
    here: Here, small_repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a workspace of its own, whose clock it moves: until then the log has not taken it in."""
    monkeypatch.setenv("VEDETTE_TOKEN", BEARER)
    settings = Settings(token=BEARER, tables=stock_tables(), caller="somebody@contoso.com")
    with start(now=NOW, settings=settings) as server:
        point(small_repository, server.url, "ownershipTag: test/detections\n")
        portal = Portal(server)
        deploy(small_repository, portal)
        portal.edit(OURS, severity="High")
        WorkspaceClient(server.url, BEARER).advance(NOW + timedelta(minutes=30))
        said_who(here)
        said_of_the_deployer(here, small_repository)


def said_who(here: Here) -> None:
    """Both forms name somebody."""
    found = drifts(here, 1)["Phish was delivered"]
    assert (found["state"], found["editor"]["who"]) == ("edited", "somebody@contoso.com")
    assert found["editor"]["operation"] == "Microsoft.SecurityInsights/alertRules/Write"
    assert found["editor"]["when"].startswith("2026-01-15T12:")
    assert "by somebody@contoso.com at 2026-01-15T12:" in here("drift", "--env", "test").out


def said_of_the_deployer(here: Here, root: Path) -> None:
    """What was written last by who deploys is no edit, whoever looks; the file has the report."""
    who = ("--deployer", "somebody@contoso.com")
    done = here("drift", "--env", "test", *who, "--format", "json", "--output", "seen/drift.json")
    written = json.loads((root / "seen" / "drift.json").read_text(encoding="utf-8"))
    states = {each["name"]: each["state"] for each in written["drifts"]}
    assert states["Phish was delivered"] == "not deployed"
    assert "not deployed" in done.out
    assert not done.out.startswith("{")


def test_what_the_environment_overrides_is_neither_drift_nor_adopted(
    here: Here, small_repository: Path, portal: Portal
) -> None:
    override = (
        "ownershipTag: test/detections\n"
        "overrides:\n"
        "  - rules: [phish-delivered]\n"
        "    severity: Low\n"
        "    owner: Kim\n"
        "    reason: A pilot.\n"
    )
    point(small_repository, portal.server.url, override)
    portal.edit(OURS, severity="Low")
    assert drifts(here, 0) == {}
    before = (small_repository / FILE).read_text(encoding="utf-8")
    portal.edit(OURS, triggerThreshold=3)
    assert here("adopt", OURS, "--env", "test").code == 0
    after = (small_repository / FILE).read_text(encoding="utf-8")
    assert after == before.replace("triggerThreshold: 0", "triggerThreshold: 3")
    portal.edit(OURS, severity="High")
    (field,) = drifts(here, 1)["Phish was delivered"]["fields"]
    assert (field["repository"], field["workspace"]) == ("Low", "High")
    done = here("adopt", OURS, "--env", "test")
    assert done.code == 1
    assert "the environment sets 'severity' for this rule: change it there" in done.out
    assert (small_repository / FILE).read_text(encoding="utf-8") == after
