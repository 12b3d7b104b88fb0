"""Automation rules from a file to an incident with tasks, over HTTP and the real SDK."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from vedette.schema.catalogue import stock_tables
from vedette.workspace.server import WorkspaceServer, start
from vedette.workspace.settings import Settings

if TYPE_CHECKING:
    from tests.acceptance.conftest import Done

Here = Callable[..., "Done"]

BEARER = "t0k3n-that-nobody-may-see"
NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
TASKS = Path("detections/shared/automation/phish-tasks.yaml")
TASKS_ID = "3f0c1a52-8f5b-4c4b-9d0f-6a1d7f0c1e09"
AUTOMATION = f"""\
id: {TASKS_ID}
name: Tasks for phishing
order: 10
detections: [phish-delivered]
conditions:
  - {{property: IncidentSeverity, operator: Equals, values: [High, Medium]}}
actions:
  - modifyProperties: {{labels: [mail], severity: High}}
  - addTask: {{title: Purge the mail, description: The analyst on duty decides.}}
"""


@pytest.fixture(name="server")
def _server(monkeypatch: pytest.MonkeyPatch) -> Iterator[WorkspaceServer]:
    monkeypatch.setenv("VEDETTE_TOKEN", BEARER)
    verdict = SimpleNamespace(green=True, findings=(), results=())
    monkeypatch.setattr("vedette.deploy.preparation.check_tree", lambda project, cache: verdict)
    settings = Settings(token=BEARER, tables=stock_tables(), page_size=1)
    with start(now=NOW, settings=settings) as server:
        yield server


@pytest.fixture(name="root")
def _root(small_repository: Path, server: WorkspaceServer) -> Path:
    environment = (
        "tenant: 11111111-1111-4111-8111-111111111111\n"
        "subscription: 11111111-1111-4111-8111-111111111111\n"
        "resourceGroup: vedette\nworkspace: local\n"
        f"endpoint: {server.url}\n"
        "ownershipTag: tests\n"
    )
    for path, text in ((TASKS, AUTOMATION), (Path("environments/test.yaml"), environment)):
        file = small_repository / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
    return small_repository


def in_workspace(server: WorkspaceServer, name: str) -> dict[str, Any]:
    """The properties of an automation rule, as the service tells them."""
    scope = server.settings.scope
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"))
    try:
        path = f"{scope.insights}/automationRules/{name}?api-version=2025-09-01"
        connection.request("GET", path, headers={"Authorization": f"Bearer {BEARER}"})
        found: dict[str, Any] = json.load(connection.getresponse())
    finally:
        connection.close()
    properties: dict[str, Any] = found["properties"]
    return properties


def changes(done: Done) -> dict[str, str]:
    assert done.code == 0, done.out + done.err
    return {
        change["source"].rpartition("/")[2]: change["action"]
        for change in json.loads(done.out)["changes"]
    }


def test_an_automation_rule_goes_after_its_rule_and_is_then_unchanged(
    here: Here, root: Path, server: WorkspaceServer
) -> None:
    done = here("apply", "--env", "test", "--yes")

    assert done.code == 0, done.out + done.err
    written = [line for line in done.out.splitlines() if line.startswith("written")]
    assert written[-1] == "written     automation rule phish-tasks"
    assert set(changes(here("plan", "--env", "test", "--format", "json")).values()) == {"no-op"}


def test_a_task_that_is_reworded_is_one_update(
    here: Here, root: Path, server: WorkspaceServer
) -> None:
    assert here("apply", "--env", "test", "--yes").code == 0
    text = AUTOMATION.replace("Purge the mail", "Take the mail away")
    (root / TASKS).write_text(text, encoding="utf-8")

    found = changes(here("plan", "--env", "test", "--format", "json"))

    assert found.pop("phish-tasks.yaml") == "update"
    assert set(found.values()) == {"no-op"}


def test_an_automation_rule_without_a_file_is_switched_off_before_it_goes(
    here: Here, root: Path, server: WorkspaceServer
) -> None:
    assert here("apply", "--env", "test", "--yes").code == 0
    (root / TASKS).unlink()

    done = here("apply", "--env", "test", "--yes")

    assert done.code == 0, done.out + done.err
    live = in_workspace(server, TASKS_ID)
    assert live["triggeringLogic"]["isEnabled"] is False
    assert [action["actionType"] for action in live["actions"]] == [
        "ModifyProperties",
        "AddIncidentTask",
    ]
