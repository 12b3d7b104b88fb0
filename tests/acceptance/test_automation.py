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

RULE = Path("detections/mail/phish-delivered.yaml")
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


def test_what_was_edited_in_the_portal_is_taken_into_the_file_and_nothing_else_moves(
    here: Here, root: Path, portal: Portal
) -> None:
    text = f"# Ours.\n{AUTOMATION}".replace("order: 10\n", "order: 10   # before the others\n")
    (root / TASKS).write_text(text, encoding="utf-8", newline="\n")
    here("apply", "--env", "test", "--yes")
    live = portal.get(f"automationRules/{TASKS_ID}")
    live["properties"]["displayName"] = "Tasks for all phishing"
    live["properties"]["order"] = 12
    live["properties"]["actions"][1]["actionConfiguration"]["title"] = "Purge it"
    portal.put(f"automationRules/{TASKS_ID}", live)

    drift = here("drift", "--env", "test")
    assert f"adopt: vedette adopt {TASKS_ID} --env test" in drift.out
    done = here("adopt", "phish-tasks", "--env", "test")

    assert done.code == 0, done.out + done.err
    expected = (
        text.replace("Tasks for phishing", "Tasks for all phishing")
        .replace("order: 10 ", "order: 12 ")
        .replace("title: Purge the mail", "title: Purge it")
    )
    assert (root / TASKS).read_text(encoding="utf-8") == expected
    assert here("drift", "--env", "test").code == 0


def test_an_automation_rule_comes_in_with_the_rule_that_it_names(
    here: Here, root: Path, portal: Portal
) -> None:
    here("apply", "--env", "test", "--yes")
    for path in (RULE, TASKS):
        (root / path).unlink()
    (root / RULE).with_suffix(".cases.yaml").unlink()

    done = here("pull", "--env", "test")

    assert done.code == 0, done.out
    file = root / "detections/shared/automation/tasks-for-phishing.yaml"
    pulled = file.read_text(encoding="utf-8")
    assert "detections:\n  - phish-was-delivered\n" in pulled
    again = here("pull", "--env", "test", "--format", "json")
    outcomes = {each["what"]: each["outcome"] for each in json.loads(again.out)["resources"]}
    assert outcomes["automation rule"] == "unchanged"
    assert file.read_text(encoding="utf-8") == pulled


@pytest.mark.parametrize(
    ("logic", "said"),
    [
        ({"expirationTimeUtc": "2030-01-01T00:00:00Z"}, "it ends at 2030-01-01"),
        ({"triggersOn": "Alerts", "conditions": []}, "it is triggered by Alerts"),
        (
            {
                "conditions": [
                    {
                        "conditionType": "Property",
                        "conditionProperties": {
                            "propertyName": "IncidentRelatedAnalyticRuleIds",
                            "operator": "Contains",
                            "propertyValues": [
                                "/x/alertRules/0f0f0f0f-0000-4000-8000-000000000009"
                            ],
                        },
                    }
                ]
            },
            "it names a rule that has no file",
        ),
    ],
)
def test_what_no_file_can_say_of_an_automation_rule_is_never_left_out_of_one(
    here: Here, root: Path, portal: Portal, logic: dict[str, object], said: str
) -> None:
    (root / TASKS).unlink()
    triggering = {"isEnabled": True, "triggersOn": "Incidents", "triggersWhen": "Created", **logic}
    action = {
        "order": 1,
        "actionType": "AddIncidentTask",
        "actionConfiguration": {"title": "Look"},
    }
    playbook = {
        "order": 1,
        "actionType": "RunPlaybook",
        "actionConfiguration": {
            "logicAppResourceId": "/subscriptions/x/providers/Microsoft.Logic/workflows/y",
            "tenantId": TASKS_ID,
        },
    }
    actions = [playbook if triggering["triggersOn"] == "Alerts" else action]
    properties = {"displayName": "Other", "order": 5, "actions": actions}
    portal.put(
        f"automationRules/{TASKS_ID}",
        {"properties": {**properties, "triggeringLogic": triggering}},
    )

    done = here("pull", "--env", "test")

    assert done.code == 1
    assert said in done.out
    assert not list((root / TASKS).parent.glob("*.yaml"))
