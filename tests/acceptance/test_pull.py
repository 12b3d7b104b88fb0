"""``vedette pull`` from the local workspace and from files, as a user runs it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.acceptance.portal import RULE, Portal, point

from vedette.project import load_project

if TYPE_CHECKING:
    from tests.acceptance.conftest import Done

Here = Callable[..., "Done"]

NEW = "aaaaaaaa-0000-4000-8000-000000000001"
OURS = "3f0c1a52-8f5b-4c4b-9d0f-6a1d7f0c1e01"


def tree(root: Path) -> dict[str, bytes]:
    """Every file of the repository."""
    return {
        file.relative_to(root).as_posix(): file.read_bytes()
        for file in sorted(root.rglob("*"))
        if file.is_file()
    }


def pulled(done: Done) -> dict[str, dict[str, Any]]:
    """What a pull says about each id."""
    return {each["id"].lower(): each for each in json.loads(done.out)["resources"]}


def test_a_whole_workspace_becomes_files_that_load(
    here: Here, small_repository: Path, portal: Portal
) -> None:
    portal.put(f"alertRules/{NEW}", RULE)
    portal.put(
        "savedSearches/aaaaaaaa-0000-4000-8000-000000000002",
        {
            "properties": {
                "category": "Hunting Queries",
                "displayName": "Look: at *mail*",
                "query": "EmailEvents | take 10",
                "version": 2,
                "tags": [
                    {"name": "description", "value": "For people."},
                    {"name": "tactics", "value": "InitialAccess,Execution"},
                    {"name": "techniques", "value": "T1566.002"},
                ],
            }
        },
    )
    portal.put(
        "savedSearches/aaaaaaaa-0000-4000-8000-000000000003",
        {
            "properties": {
                "category": "Mail",
                "displayName": "A parser",
                "query": "EmailEvents | where Subject has word",
                "functionAlias": "MailWith",
                "functionParameters": "word:string = 'x', days:int = 7",
                "version": 2,
            }
        },
    )
    portal.put(
        "watchlists/Hosts",
        {
            "properties": {
                "displayName": "Hosts",
                "provider": "SOC",
                "itemsSearchKey": "Host",
                "rawContent": 'Host,Note\na.example,"one, two"\nb.example,\n',
                "contentType": "text/csv",
                "source": "hosts.csv",
            }
        },
    )
    before = tree(small_repository)
    done = here("pull", "--env", "test")
    after = tree(small_repository)
    assert {path: after[path] for path in before} == before
    assert set(after) - set(before) == {
        "detections/imported/made-in-the-portal.yaml",
        "detections/imported/look-at-mail.yaml",
        "detections/shared/functions/MailWith.yaml",
        "detections/shared/watchlists/Hosts.yaml",
        "detections/shared/watchlists/Hosts.csv",
    }
    assert done.code == 1, "a function's description and a watchlist's are not there"
    project = load_project(small_repository)
    found = {each.name: each for each in project.detections}
    assert str(found["Made in the portal"].id) == NEW
    assert found["Look: at *mail*"].techniques == ("T1566.002",)
    assert project.functions["MailWith"].parameters == 'word:string = "x", days:int = 7'
    assert project.watchlists["Hosts"].rows == (
        {"Host": "a.example", "Note": "one, two"},
        {"Host": "b.example", "Note": ""},
    )
    again = here("pull", "--env", "test", "--format", "json")
    assert tree(small_repository) == after
    assert {each["outcome"] for each in pulled(again).values()} == {"unchanged"}


def test_a_rule_is_found_by_its_id_wherever_its_file_stands(
    here: Here, small_repository: Path, portal: Portal
) -> None:
    moved = small_repository / "detections/elsewhere/renamed.yaml"
    moved.parent.mkdir()
    file = small_repository / "detections/mail/phish-delivered.yaml"
    file.rename(moved)
    file.with_suffix(".cases.yaml").rename(moved.with_suffix(".cases.yaml"))
    text = moved.read_text(encoding="utf-8").replace("severity: Medium", "severity: Medium  # why")
    moved.write_text(text, encoding="utf-8", newline="\n")
    portal.put(f"alertRules/{OURS.upper()}", RULE)
    done = here("pull", "--env", "test", "--format", "json")
    assert done.code == 0, done.out
    change = pulled(done)[OURS]
    assert (change["outcome"], change["path"]) == ("updated", "detections/elsewhere/renamed.yaml")
    assert "severity: Low  # why\n" in moved.read_text(encoding="utf-8")
    assert not (small_repository / "detections/imported").exists()


def test_a_dry_run_writes_nothing(here: Here, small_repository: Path, portal: Portal) -> None:
    portal.put(f"alertRules/{NEW}", RULE)
    before = tree(small_repository)
    done = here("pull", "--env", "test", "--dry-run")
    assert done.code == 0
    assert "detections/imported/made-in-the-portal.yaml: created" in done.out
    assert tree(small_repository) == before


def test_a_file_that_cannot_be_read_stops_the_pull(
    here: Here, small_repository: Path, portal: Portal
) -> None:
    portal.put(f"alertRules/{OURS}", RULE)
    file = small_repository / "detections/mail/phish-delivered.yaml"
    file.write_text("<<<<<<< ours\nid: x\n", encoding="utf-8")
    before = tree(small_repository)
    done = here("pull", "--env", "test")
    assert done.code == 1
    assert "detections/mail/phish-delivered.yaml:2:3: bad-yaml" in done.out
    assert "Nothing was pulled" in done.out
    assert tree(small_repository) == before


def test_an_export_of_the_portal_becomes_a_file(
    here: Here, small_repository: Path, tmp_path: Path
) -> None:
    template = {
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "parameters": {"workspace": {"type": "String"}},
        "resources": [
            {
                "id": (
                    "[concat(resourceId('Microsoft.OperationalInsights/workspaces/providers',"
                    " parameters('workspace'), 'Microsoft.SecurityInsights'),"
                    f"'/alertRules/{NEW}')]"
                ),
                "name": f"[concat(parameters('workspace'),'/Microsoft.SecurityInsights/{NEW}')]",
                "type": "Microsoft.OperationalInsights/workspaces/providers/alertRules",
                "apiVersion": "2022-11-01-preview",
                **RULE,
            },
            {
                "name": "[concat(parameters('workspace'),'/Microsoft.SecurityInsights/x')]",
                "type": "Microsoft.OperationalInsights/workspaces/providers/automationRules",
                "properties": {"displayName": "Close"},
            },
            {
                "name": "[concat(parameters('workspace'),'/x/', newGuid())]",
                "type": "Microsoft.OperationalInsights/workspaces/providers/alertRules",
                **RULE,
            },
        ],
    }
    file = tmp_path / "Azure_Sentinel_analytics_rule.json"
    file.write_text("\ufeff" + json.dumps(template), encoding="utf-8")
    done = here("pull", file)
    assert done.code == 1
    assert (small_repository / "detections/imported/made-in-the-portal.yaml").is_file()
    assert "automationRules 'Close' x: resources of this type have no file here" in done.out
    assert "its id is made when the template is deployed" in done.out


def test_community_files_are_taken_as_they_are(
    here: Here, small_repository: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "community"
    folder.mkdir()
    source = (small_repository / "detections/mail/phish-delivered.yaml").read_text("utf-8")
    (folder / "Same.yaml").write_text(source, encoding="utf-8")
    other = source.replace(OURS, NEW).replace("Phish was delivered", "Another") + "# the end\n"
    (folder / "Other.YML").write_text(other, encoding="utf-8")
    (folder / "broken.yaml").write_text("id: [", encoding="utf-8")
    (folder / "notes.yaml").write_text("a: 1\n", encoding="utf-8")
    done = here("pull", folder, "--folder", "community", "--format", "json")
    assert done.code == 1
    found = json.loads(done.out)["resources"]
    assert [(each["outcome"], each["expected"]) for each in found] == [
        ("created", False),
        ("unchanged", False),
        ("not written", False),
        ("not written", True),
    ]
    copy = small_repository / "detections/community/another.yaml"
    assert copy.read_text(encoding="utf-8") == other


def test_a_community_file_with_an_id_that_is_none_gets_one_when_asked(
    here: Here, small_repository: Path, tmp_path: Path
) -> None:
    source = (small_repository / "detections/mail/phish-delivered.yaml").read_text("utf-8")
    text = source.replace(f"id: {OURS}", "id: 'rule-zz'  # ours").replace("Phish was", "It was")
    file = tmp_path / "rule.yaml"
    file.write_text(text, encoding="utf-8")
    assert "bad-id" in here("pull", file).out
    done = here("pull", file, "--new-ids", "--format", "json")
    (one,) = json.loads(done.out)["resources"]
    assert (one["outcome"], one["losses"][0]["field"]) == ("created", "id")
    written = (small_repository / one["path"]).read_text(encoding="utf-8")
    assert written == text.replace("rule-zz", one["id"])
    again = here("pull", file, "--new-ids", "--format", "json")
    assert json.loads(again.out)["resources"][0]["outcome"] == "unchanged"


def test_it_says_what_to_pull(here: Here) -> None:
    assert here("pull").code == 2
    assert here("pull", "--env", "no-such").code == 2
    assert here("pull", "nowhere").code == 2
    assert here("pull", ".", "--folder", "../out").code == 2


CUSTOM = {
    "@odata.type": "#microsoft.graph.security.detectionRule",
    "id": NEW,
    "displayName": "Phish by Graph",
    "description": "A mail with phishing.",
    "status": "enabled",
    "createdBy": "kim@contoso.com",
    "queryCondition": {
        "queryText": "EmailEvents // Timestamp\n| where ThreatTypes has 'Phish'\n"
        "| project Timestamp, ReportId, RecipientEmailAddress, Subject, Kind = 'Timestamp'",
        "lastModifiedDateTime": "2026-01-01T00:00:00Z",
    },
    "schedule": {"frequency": "PT1H"},
    "detectionAction": {
        "alertTemplate": {
            "title": "Phish: {{Subject}}",
            "description": "A mail with phishing.",
            "severity": "medium",
            "recommendedActions": "Ask.\nRemove.",
            "tactics": [{"tactic": "InitialAccess", "techniques": [{"technique": "T1566.002"}]}],
            "customDetails": {"Time": "Timestamp"},
            "entityMappings": {"mailboxes": [{"primaryAddressColumn": "RecipientEmailAddress"}]},
        }
    },
}


def test_a_custom_detection_becomes_a_file_that_renders_to_it(
    here: Here, small_repository: Path, tmp_path: Path
) -> None:
    file = tmp_path / "graph.json"
    file.write_text(json.dumps({"value": [CUSTOM]}), encoding="utf-8")
    done = here("pull", file)
    assert done.code == 0, done.out + done.err
    written = small_repository / "detections/imported/phish-by-graph.yaml"
    text = written.read_text(encoding="utf-8")
    assert "EmailEvents // Timestamp\n" in text
    assert "| project TimeGenerated, ReportId, RecipientEmailAddress" in text
    assert "Kind = 'Timestamp'" in text
    project = load_project(small_repository)
    (detection,) = [each for each in project.detections if str(each.id) == NEW]
    assert detection.custom_details == {"Time": "TimeGenerated"}
    assert detection.alert_details.name_format == "Phish: {{Subject}}"
    assert detection.response == ("Ask.", "Remove.")
    again = here("pull", file, "--format", "json")
    assert pulled(again)[NEW]["outcome"] == "unchanged"
    changed = {**CUSTOM, "status": "disabled"}
    file.write_text(json.dumps(changed), encoding="utf-8")
    done = here("pull", file)
    assert (done.code, written.read_text(encoding="utf-8")) == (1, text)
    assert "it is not what its file makes of it" in done.out


def test_an_environment_for_defender_brings_its_custom_detections(
    here: Here, small_repository: Path, portal: Portal
) -> None:
    point(small_repository, portal.server.url, "products: [sentinel, defender]\n")
    for number in range(2):
        text = json.dumps(CUSTOM).replace("Phish: {{Subject}}", f"{number}: {{{{Subject}}}}")
        rule = {"id": NEW[:-1] + str(number), "displayName": f"Rule {number}"}
        portal.post_custom_detection(json.loads(text) | rule)
    done = here("pull", "--env", "test", "--format", "json")
    assert done.code == 0, done.out + done.err
    assert [each["path"] for each in json.loads(done.out)["resources"]] == [
        "detections/imported/rule-0.yaml",
        "detections/imported/rule-1.yaml",
    ]
    point(small_repository, portal.server.url)
    assert json.loads(here("pull", "--env", "test", "--format", "json").out)["resources"] == []


def test_the_older_form_with_an_id_of_the_server_gets_a_new_one_when_asked(
    here: Here, small_repository: Path, tmp_path: Path
) -> None:
    rule = {
        "id": "7506",
        "displayName": "Old form",
        "isEnabled": False,
        "queryCondition": {
            "queryText": "EmailEvents | project Timestamp, ReportId, RecipientEmailAddress"
        },
        "schedule": {"period": "3H"},
        "detectionAction": {
            "alertTemplate": {
                "title": "Old form",
                "description": "From before.",
                "severity": "low",
                "category": "InitialAccess",
                "mitreTechniques": ["T1566"],
                "impactedAssets": [
                    {
                        "@odata.type": "#microsoft.graph.security.impactedMailboxAsset",
                        "identifier": "recipientEmailAddress",
                    }
                ],
            },
            "responseActions": [
                {
                    "@odata.type": "#microsoft.graph.security.softDeleteResponseAction",
                    "identifier": "networkMessageId",
                }
            ],
        },
    }
    file = tmp_path / "old.json"
    file.write_text(json.dumps(rule), encoding="utf-8")
    refused = here("pull", file)
    assert refused.code == 1
    assert "custom detection 'Old form' 7506: the id '7506' is not a GUID" in refused.out
    done = here("pull", file, "--new-ids", "--format", "json")
    assert done.code == 1, "what is lost is told"
    (one,) = json.loads(done.out)["resources"]
    lost = {loss["field"]: loss["reason"] for loss in one["losses"]}
    assert lost.keys() == {
        "description",
        "detectionAction.automatedActions.softDeleteResponseAction",
        "id",
    }
    assert lost["id"].startswith("it is '7506' in the workspace")
    project = load_project(small_repository)
    (detection,) = [each for each in project.detections if each.name == "Old form"]
    assert (detection.enabled, str(detection.id)) == (False, one["id"])
    assert detection.entity_mappings[0].fields[0].column == "RecipientEmailAddress"
    again = here("pull", file, "--new-ids", "--format", "json")
    assert json.loads(again.out)["resources"][0]["outcome"] == "unchanged"


def test_a_table_that_sentinel_does_not_have_is_told(
    here: Here, small_repository: Path, tmp_path: Path
) -> None:
    query = "EntraIdSignInEvents | project Timestamp, AccountUpn, CorrelationId"
    rule = {**CUSTOM, "queryCondition": {"queryText": query}}
    file = tmp_path / "graph.json"
    file.write_text(json.dumps(rule), encoding="utf-8")
    done = here("pull", file)
    assert done.code == 1
    assert "Sentinel has no table 'EntraIdSignInEvents'" in done.out
    assert not (small_repository / "detections/imported").exists()
