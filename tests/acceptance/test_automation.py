"""Automation rules from a file to an incident with tasks, over HTTP and the real SDK."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.acceptance.portal import Portal, point

if TYPE_CHECKING:
    from tests.acceptance.conftest import Done

Here = Callable[..., "Done"]

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


@pytest.fixture(name="root")
def _root(small_repository: Path, portal: Portal, no_gate: None) -> Path:
    """The small repository with an automation rule; its environment has an ownership tag."""
    point(small_repository, portal.server.url, "ownershipTag: tests\n")
    file = small_repository / TASKS
    file.parent.mkdir(parents=True)
    file.write_text(AUTOMATION, encoding="utf-8", newline="\n")
    return small_repository


def changes(done: Done) -> dict[str, str]:
    assert done.code == 0, done.out + done.err
    return {
        change["source"].rpartition("/")[2]: change["action"]
        for change in json.loads(done.out)["changes"]
    }


def test_an_automation_rule_goes_after_its_rule_and_is_then_unchanged(
    here: Here, root: Path, portal: Portal
) -> None:
    done = here("apply", "--env", "test", "--yes")

    assert done.code == 0, done.out + done.err
    written = [line for line in done.out.splitlines() if line.startswith("written")]
    assert written[-1] == "written     automation rule phish-tasks"
    assert set(changes(here("plan", "--env", "test", "--format", "json")).values()) == {"no-op"}


def test_a_task_that_is_reworded_is_one_update(here: Here, root: Path, portal: Portal) -> None:
    assert here("apply", "--env", "test", "--yes").code == 0
    text = AUTOMATION.replace("Purge the mail", "Take the mail away")
    (root / TASKS).write_text(text, encoding="utf-8")

    found = changes(here("plan", "--env", "test", "--format", "json"))

    assert found.pop("phish-tasks.yaml") == "update"
    assert set(found.values()) == {"no-op"}


def test_an_automation_rule_without_a_file_is_switched_off_before_it_goes(
    here: Here, root: Path, portal: Portal
) -> None:
    assert here("apply", "--env", "test", "--yes").code == 0
    (root / TASKS).unlink()

    done = here("apply", "--env", "test", "--yes")

    assert done.code == 0, done.out + done.err
    live = portal.get(f"automationRules/{TASKS_ID}")["properties"]
    assert live["triggeringLogic"]["isEnabled"] is False
    assert [action["actionType"] for action in live["actions"]] == [
        "ModifyProperties",
        "AddIncidentTask",
    ]
