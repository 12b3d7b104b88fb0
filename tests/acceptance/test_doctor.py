"""``vedette doctor``, and the custom roles that it names: enough for each verb, and no more."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.acceptance.portal import BEARER, Portal, point

from vedette.operate.permissions import Role, needed, role_file
from vedette.schema.catalogue import stock_tables
from vedette.workspace import app
from vedette.workspace.permissions import require
from vedette.workspace.server import WorkspaceServer, start
from vedette.workspace.settings import Settings
from vedette.workspace.workspace import Workspace

if TYPE_CHECKING:
    from tests.acceptance.conftest import Done

Here = Callable[..., "Done"]

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
AUTOMATION = """\
id: 3f0c1a52-8f5b-4c4b-9d0f-6a1d7f0c1e09
name: Triage phishing
description: A task for each incident.
order: 90
detections:
  - phish-delivered
actions:
  - addTask:
      title: Look at the mail
      description: Is it what it says?
"""
OTHER = """\
id: 3f0c1a52-8f5b-4c4b-9d0f-6a1d7f0c1e41
name: Any mail
kind: Scheduled
description: |
  A mail reached a mailbox.
severity: Low
requiredDataConnectors:
  - connectorId: MicrosoftThreatProtection
    dataTypes:
      - EmailEvents
queryFrequency: 1h
queryPeriod: 1h
triggerOperator: gt
triggerThreshold: 0
tactics:
  - InitialAccess
query: EmailEvents
version: 1.0.0
"""
MORE = "ownershipTag: contoso\nlimits: {gracePeriod: 0m, removals: 9}\nonMissingConnector: report\n"


@pytest.fixture(name="asked")
def _asked(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The operations that any request has needed, refused or not."""
    asked: set[str] = set()

    def spy(workspace: Workspace, operation: str) -> None:
        asked.add(operation)
        require(workspace, operation)

    monkeypatch.setattr(app, "require", spy)
    return asked


def serve(role: Role) -> Iterator[WorkspaceServer]:
    """A workspace whose caller has just this role."""
    actions = tuple(each.name for each in needed(role))
    settings = Settings(token=BEARER, tables=stock_tables(), actions=actions)
    with start(now=NOW, settings=settings) as server:
        yield server


def test_the_deployer_can_do_all_that_a_deployment_does_and_nothing_that_it_does_not(
    here: Here,
    small_repository: Path,
    asked: set[str],
    monkeypatch: pytest.MonkeyPatch,
    no_gate: None,
) -> None:
    monkeypatch.setenv("VEDETTE_TOKEN", BEARER)
    automation = small_repository / "detections/shared/automation/triage.yaml"
    automation.parent.mkdir()
    automation.write_text(AUTOMATION, encoding="utf-8", newline="\n")
    rows = small_repository / "detections/shared/watchlists/Drills.csv"
    for server in serve(Role.DEPLOYER):
        point(small_repository, server.url, MORE)
        green(here("doctor", "--env", "test"))
        green(here("apply", "--env", "test", "--yes"))
        rows.write_text("Domain,Owner\ndrill.example,a@contoso.com\n", encoding="utf-8")
        for file in (small_repository / "detections").rglob("*phish*"):
            file.unlink()
        automation.unlink()
        rule = small_repository / "detections/mail/other.yaml"
        rule.write_text(OTHER, encoding="utf-8", newline="\n")
        # What is removed is switched off first, then deleted; the watchlist has lost a row.
        green(here("apply", "--env", "test", "--yes"))
        for file in (small_repository / "detections/shared").rglob("*.*"):
            file.unlink()
        for _ in range(2):
            green(here("apply", "--env", "test", "--yes"))
    granted = {each.name for each in needed(Role.DEPLOYER)}
    reads_of_tables = "Microsoft.OperationalInsights/workspaces/query/*/read"
    unused = {each for each in granted - {reads_of_tables} if not covered_by(each, asked)}
    assert unused == set()


def test_the_reader_can_look_and_is_told_what_it_lacks_to_deploy(
    here: Here, small_repository: Path, monkeypatch: pytest.MonkeyPatch, no_gate: None
) -> None:
    monkeypatch.setenv("VEDETTE_TOKEN", BEARER)
    for server in serve(Role.READER):
        point(small_repository, server.url, MORE)
        green(here("doctor", "--env", "test", "--as", "reader"))
        green(here("plan", "--env", "test"))
        assert here("health", "--env", "test").code == 1
        done = here("doctor", "--env", "test")
        assert done.code == 1
        (line,) = [each for each in done.out.splitlines() if "failed" in each and "role" in each]
        assert "Microsoft.SecurityInsights/alertRules/write (write rules)" in line
        assert "read" not in line.partition("missing: ")[2].replace("thread", "")
        scope = server.settings.scope.path
        assert f"--assignee local --role 'Vedette deployer' --scope {scope}" in done.out
        assert BEARER not in done.out
        done = here("apply", "--env", "test", "--yes")
        assert done.code in {1, 3}
        assert "perform action 'Microsoft.SecurityInsights/metadata/write'" in done.out + done.err


def test_what_is_missing_is_named_with_the_command_that_makes_it(
    here: Here, small_repository: Path, portal: Portal
) -> None:
    file = small_repository / "environments/test.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("workspace: local", "workspace: other"), encoding="utf-8")
    done = here("doctor", "--env", "test", "--format", "json")
    assert done.code == 1
    checks = {each["name"]: each for each in json.loads(done.out)["checks"]}
    assert checks["found"]["state"] == "failed"
    assert (
        "workspaces/other' under resource group 'vedette' was not found" in checks["found"]["read"]
    )
    assert "az monitor log-analytics workspace list" in checks["found"]["next"][1]
    assert "rules" not in checks
    # Nobody listens there.
    file.write_text(text.replace(portal.server.url, "http://127.0.0.1:9"), encoding="utf-8")
    done = here("doctor", "--env", "test")
    assert (done.code, BEARER in done.out) == (1, False)
    assert "! failed  found: no answer from http://127.0.0.1:9" in done.out
    done = here("doctor", "--env", "tset")
    assert done.code == 1
    assert "there is no environment 'tset' (did you mean 'test'?)" in done.out


def test_the_files_of_the_roles_are_those_that_are_printed(here: Here, repository: Path) -> None:
    for role in Role:
        file = repository / "azure" / f"vedette-{role}.role.json"
        assert file.read_text(encoding="utf-8") == role_file(role)
        assert here("doctor", "--role", role).out == role_file(role)


def green(done: Done) -> None:
    """It ended well."""
    assert done.code == 0, done.out + done.err


def covered_by(granted: str, asked: set[str]) -> bool:
    """True if some request needed what is granted."""
    head, _, tail = granted.casefold().partition("*")
    operations = {each.casefold() for each in asked}
    if not tail:
        return head in operations
    return any(each.startswith(head) and each.endswith(tail) for each in operations)
