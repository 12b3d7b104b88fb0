"""``vedette pull`` from the local workspace and from files, as a user runs it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.acceptance.portal import BEARER, RULE, Portal, point

from vedette.project import load_project
from vedette.schema.catalogue import stock_tables
from vedette.workspace.server import start
from vedette.workspace.settings import Settings

if TYPE_CHECKING:
    from tests.acceptance.conftest import Done

Here = Callable[..., "Done"]

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
NEW = "aaaaaaaa-0000-4000-8000-000000000001"
OURS = "3f0c1a52-8f5b-4c4b-9d0f-6a1d7f0c1e01"


@pytest.fixture(name="portal")
def _portal(small_repository: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Portal]:
    """A workspace that answers one item a page, and the environment that names it."""
    monkeypatch.setenv("VEDETTE_TOKEN", BEARER)
    settings = Settings(token=BEARER, tables=stock_tables(), page_size=1)
    with start(now=NOW, settings=settings) as server:
        point(small_repository, server.url)
        yield Portal(server)


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


def test_it_says_what_to_pull(here: Here) -> None:
    assert here("pull").code == 2
    assert here("pull", "--env", "no-such").code == 2
    assert here("pull", "nowhere").code == 2
    assert here("pull", ".", "--folder", "../out").code == 2
