"""The traps of planning, by number: ways in which deployment tools fail their users.

Each runs the command against the local workspace, over HTTP. Linting and cases are other tests'.
"""

from __future__ import annotations

import http.client
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from tests.acceptance.portal import Portal

from vedette.deploy.preflight import NOT_CHECKED
from vedette.deploy.resource import Body, Collection
from vedette.deploy.transport import ArmWorkspace
from vedette.finding import Level
from vedette.project import Project
from vedette.schema.catalogue import stock_tables
from vedette.workspace.server import WorkspaceServer, start
from vedette.workspace.settings import Settings

if TYPE_CHECKING:
    from tests.acceptance.conftest import Done

Here = Callable[..., "Done"]

BEARER = "t0k3n-that-nobody-may-see"
NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
RULE = Path("detections/mail/phish-delivered.yaml")
CASES = Path("detections/mail/phish-delivered.cases.yaml")
RULE_ID = "3f0c1a52-8f5b-4c4b-9d0f-6a1d7f0c1e01"
FUNCTION = Path("detections/shared/functions/IsPhish.yaml")


@pytest.fixture(scope="module")
def started() -> Iterator[WorkspaceServer]:
    settings = Settings(token=BEARER, tables=stock_tables(), page_size=2)
    with start(now=NOW, settings=settings) as server:
        yield server


@pytest.fixture(name="server")
def _server(started: WorkspaceServer) -> WorkspaceServer:
    """The same for every test, empty: what it compiles with takes a second to start."""
    Portal(started).empty()
    return started


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """A token, and a gate that knows what loading has found."""

    def check(project: Project, cache: object) -> SimpleNamespace:
        wrong = any(finding.level is Level.ERROR for finding in project.findings)
        return SimpleNamespace(green=not wrong, findings=project.findings, results=())

    monkeypatch.setenv("VEDETTE_TOKEN", BEARER)
    monkeypatch.setattr("vedette.deploy.preparation.check_tree", check)


def point(root: Path, server: WorkspaceServer, more: str = "") -> None:
    """Make the environment ``test`` the workspace of ``server``, owned by this repository."""
    file = root / "environments" / "test.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(
        "tenant: 11111111-1111-4111-8111-111111111111\n"
        "subscription: 11111111-1111-4111-8111-111111111111\n"
        "resourceGroup: vedette\n"
        "workspace: local\n"
        f"endpoint: {server.url}\n"
        f"ownershipTag: contoso-detections\n{more}",
        encoding="utf-8",
        newline="\n",
    )


def edit(root: Path, path: Path, old: str, new: str) -> None:
    text = (root / path).read_text(encoding="utf-8")
    assert old in text
    (root / path).write_text(text.replace(old, new), encoding="utf-8", newline="\n")


def plan(here: Here, *options: str, code: int = 0) -> dict[str, Any]:
    done = here("plan", "--env", "test", "--format", "json", *options)
    assert done.code == code, done.out + done.err
    found: dict[str, Any] = json.loads(done.out)
    return found


def actions(content: dict[str, Any]) -> dict[str, str]:
    """Name to action."""
    return {change["name"]: change["action"] for change in content["changes"]}


def apply(here: Here, *options: str) -> Done:
    done = here("apply", "--env", "test", "--yes", *options)
    assert done.code == 0, done.out + done.err
    return done


def request(server: WorkspaceServer, method: str, path: str, body: object = None) -> bytes:
    """What somebody else does in the workspace."""
    searches = path.startswith("savedSearches")
    version = "2020-08-01" if searches else "2025-10-01-preview"
    scope = server.settings.scope
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"))
    try:
        connection.request(
            method,
            f"{scope.path if searches else scope.insights}/{path}?api-version={version}",
            body=None if body is None else json.dumps(body),
            headers={"Authorization": f"Bearer {BEARER}", "Content-Type": "application/json"},
        )
        answer = connection.getresponse()
        found = answer.read()
    finally:
        connection.close()
    assert answer.status in {200, 201}, found
    return found


def call(server: WorkspaceServer, path: str, body: object = None) -> dict[str, Any]:
    """GET, or PUT with a body."""
    found: dict[str, Any] = json.loads(request(server, "PUT" if body else "GET", path, body))
    return found


def remove_rule(root: Path) -> None:
    (root / RULE).unlink()
    (root / CASES).unlink()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("conflict.yaml", b"<<<<<<< HEAD\nid: 1\n=======\nid: 2\n>>>>>>> main\n"),
        ("broken.yml", b"id: [\n"),
        ("broken.YAML", b"id: [\n"),
        ("latin.yaml", b"name: caf\xe9\n"),
        ("empty.yml", b""),
    ],
)
def test_t02_a_file_that_cannot_be_read_stops_whatever_plans(
    here: Here, small_repository: Path, server: WorkspaceServer, name: str, content: bytes
) -> None:
    point(small_repository, server)
    (small_repository / "detections" / "mail" / name).write_bytes(content)
    for verb in (["plan"], ["apply", "--yes"]):
        done = here(*verb, "--env", "test")
        assert done.code == 1, done.out
        assert f"detections/mail/{name}:" in done.out
        assert done.out.endswith("Nothing was planned.\n")
    assert call(server, "alertRules")["value"] == []


def test_t02_a_rule_whose_file_breaks_is_no_orphan(
    here: Here, small_repository: Path, server: WorkspaceServer
) -> None:
    point(small_repository, server, "limits: {gracePeriod: 0m}\n")
    apply(here)
    edit(small_repository, RULE, "name: Phish was delivered", "name: [")
    for _ in range(2):
        assert here("apply", "--env", "test", "--yes").code == 1
    assert call(server, f"alertRules/{RULE_ID}")["properties"]["enabled"] is True


def test_t06_what_others_have_made_outlives_every_clearing(
    here: Here, small_repository: Path, server: WorkspaceServer
) -> None:
    point(small_repository, server, "limits: {gracePeriod: 0m}\n")
    apply(here)
    rule = call(server, f"alertRules/{RULE_ID}")
    hub = {"kind": "Scheduled", "properties": rule["properties"] | {"displayName": "From the hub"}}
    hub["properties"].pop("lastModifiedUtc")
    theirs = call(server, "alertRules/11111111-0000-4000-8000-000000000001", hub)
    source = {"kind": "Solution", "name": "Microsoft Defender XDR"}
    parent = {"parentId": theirs["id"], "kind": "AnalyticsRule", "source": source}
    name = "analyticsrule-11111111-0000-4000-8000-000000000001"
    call(server, f"metadata/{name}", {"properties": parent})

    remove_rule(small_repository)
    assert actions(plan(here))["Phish was delivered"] == "disable"
    apply(here)
    assert call(server, f"alertRules/{RULE_ID}")["properties"]["enabled"] is False
    assert actions(plan(here))["Phish was delivered"] == "delete"
    apply(here)
    assert [rule["name"] for rule in call(server, "alertRules")["value"]] == [theirs["name"]]
    left = call(server, "alertRules/11111111-0000-4000-8000-000000000001")
    assert left == theirs
    content = plan(here)
    assert actions(content)["From the hub"] == "foreign"
    assert content["counts"]["delete"] == content["counts"]["disable"] == 0


def test_t07_a_rule_of_a_template_keeps_its_name_and_its_link(
    here: Here, small_repository: Path, server: WorkspaceServer
) -> None:
    point(small_repository, server)
    template = "alertRuleTemplateName: 57c7e832-64eb-411f-8928-4133f01f4a25\n"
    edit(small_repository, RULE, "severity: Medium\n", f"severity: Medium\n{template}"
         "templateVersion: 1.2.3\n")  # fmt: skip
    apply(here)
    properties = call(server, f"alertRules/{RULE_ID}")["properties"]
    assert properties["displayName"] == "Phish was delivered"
    assert properties["alertRuleTemplateName"] == "57c7e832-64eb-411f-8928-4133f01f4a25"
    assert properties["templateVersion"] == "1.2.3"
    assert set(actions(plan(here)).values()) == {"no-op"}


def test_t12_a_rename_is_one_update_of_one_rule(
    here: Here, small_repository: Path, server: WorkspaceServer
) -> None:
    point(small_repository, server)
    apply(here)
    edit(small_repository, RULE, "name: Phish was delivered", "name: Phish came in")
    (small_repository / RULE).rename(small_repository / RULE.with_name("phish-came-in.yaml"))
    (small_repository / CASES).rename(
        small_repository / CASES.with_name("phish-came-in.cases.yaml")
    )
    content = plan(here)
    (change,) = [each for each in content["changes"] if each["action"] != "no-op"]
    assert (change["action"], change["fields"]) == (
        "update",
        [{"field": "displayName", "before": "Phish was delivered", "after": "Phish came in"}],
    )
    apply(here)
    assert len(call(server, "alertRules")["value"]) == 1


@pytest.mark.parametrize(
    ("copied", "finding"),
    [
        ({}, "duplicate-id"),
        ({RULE_ID: "3f0c1a52-8f5b-4c4b-9d0f-6a1d7f0c1eff"}, "duplicate-name"),
    ],
)
def test_t12_one_id_or_one_name_twice_is_found_before_anything_is_written(
    here: Here,
    small_repository: Path,
    server: WorkspaceServer,
    copied: dict[str, str],
    finding: str,
) -> None:
    point(small_repository, server)
    for path, name in ((RULE, "copy.yaml"), (CASES, "copy.cases.yaml")):
        text = (small_repository / path).read_text(encoding="utf-8")
        for old, new in copied.items():
            text = text.replace(old, new)
        (small_repository / path.with_name(name)).write_text(text, encoding="utf-8")
    done = here("apply", "--env", "test", "--yes")
    assert done.code == 1
    assert finding in done.out
    assert call(server, "alertRules")["value"] == []


def test_t12_a_foreign_rule_of_the_same_name_blocks_the_whole_plan(
    here: Here, small_repository: Path, server: WorkspaceServer
) -> None:
    point(small_repository, server)
    rule = {
        "kind": "Scheduled",
        "properties": {
            "displayName": "PHISH was delivered", "severity": "Low", "enabled": False,
            "query": "EmailEvents | take 1", "queryFrequency": "PT1H", "queryPeriod": "PT1H",
            "triggerOperator": "GreaterThan", "triggerThreshold": 0,
            "suppressionEnabled": False, "suppressionDuration": "PT1H",
        },
    }  # fmt: skip
    call(server, "alertRules/22222222-0000-4000-8000-000000000002", rule)
    done = here("apply", "--env", "test", "--yes")
    assert done.code == 1
    assert (
        "'22222222-0000-4000-8000-000000000002' in the workspace, not ours, has the same name"
        in (done.out)
    )
    assert call(server, "savedSearches")["value"] == []


def test_t13_a_function_that_calls_another_goes_after_it_whatever_they_are_called(
    here: Here, small_repository: Path, server: WorkspaceServer
) -> None:
    point(small_repository, server)
    text = (small_repository / FUNCTION).read_text(encoding="utf-8")
    caller = text.replace("IsPhish", "AnyPhish").replace("1e03", "1e13").replace("Is phish", "Any")
    caller = caller.replace('ThreatTypes has "Phish"', "IsPhish(ThreatTypes)")
    (small_repository / FUNCTION.with_name("AnyPhish.yaml")).write_text(
        caller, encoding="utf-8", newline="\n"
    )
    content = plan(here)
    order = [change["name"] for change in content["changes"]]
    assert order == ["Is phish", "Any", "Phishing drills", "Phish was delivered", "Find phish"]


def test_t14_a_shared_exclusion_that_changes_plans_every_rule_that_has_it(
    here: Here, small_repository: Path, server: WorkspaceServer
) -> None:
    point(small_repository, server)
    shared = small_repository / "environments" / "overrides" / "pen-test.yaml"
    shared.parent.mkdir()

    def exclude(recipient: str) -> None:
        shared.write_text(
            "overrides:\n"
            "  - exclude:\n"
            f"      - {{entity: MailMessage.Recipient, values: [{recipient}]}}\n"
            "    owner: soc@contoso.example\n"
            "    reason: The mailbox of the testers.\n",
            encoding="utf-8",
            newline="\n",
        )

    exclude("first@contoso.com")
    apply(here)
    query = call(server, f"alertRules/{RULE_ID}")["properties"]["query"]
    assert query.endswith('| where RecipientEmailAddress !in~ ("first@contoso.com")')
    exclude("second@contoso.com")
    assert actions(plan(here))["Phish was delivered"] == "update"
    shared.unlink()
    assert actions(plan(here))["Phish was delivered"] == "update"


@pytest.mark.parametrize(("policy", "code"), [("block", 1), ("disable", 0), ("skip", 0)])
def test_t15_a_missing_table_is_found_before_anything_is_written(
    here: Here, small_repository: Path, policy: str, code: int
) -> None:
    with start(now=NOW, settings=Settings(token=BEARER)) as server:
        point(small_repository, server, f"onMissing: {policy}\n")
        content = plan(here, code=code)
        found = {change["name"]: change for change in content["changes"]}["Phish was delivered"]
        told = f"{found['reason']} {found['note']}"
        assert "no table 'EmailEvents' (its connectors: MicrosoftThreatProtection)" in told
        assert found["action"] == {"block": "blocked", "disable": "create", "skip": "skip"}[policy]
        if code:
            return
        apply(here)
        rules = call(server, "alertRules")["value"]
        assert [rule["properties"]["enabled"] for rule in rules] == (
            [False] if policy == "disable" else []
        )
        assert set(actions(plan(here)).values()) <= {"no-op", "skip"}


def test_t15_a_workspace_that_does_not_tell_its_tables_is_said_to_be_unchecked(
    here: Here,
    small_repository: Path,
    server: WorkspaceServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ArmWorkspace, "tables", lambda workspace: None)
    point(small_repository, server)
    content = plan(here)
    assert content["warnings"] == [NOT_CHECKED]
    assert NOT_CHECKED in here("plan", "--env", "test").out
    assert NOT_CHECKED in here("plan", "--env", "test", "--format", "markdown").out


def test_t16_the_whole_tree_is_planned_against_what_is_there(
    here: Here, small_repository: Path, server: WorkspaceServer
) -> None:
    point(small_repository, server)
    apply(here)
    rule = call(server, f"alertRules/{RULE_ID}")
    rule["properties"]["severity"] = "Low"
    call(server, f"alertRules/{RULE_ID}", rule)
    remove_rule(small_repository)
    content = plan(here)
    assert actions(content)["Phish was delivered"] == "disable"
    assert actions(content)["Find phish"] == "no-op"


def test_t17_another_clone_without_any_state_plans_the_same(
    here: Here, small_repository: Path, server: WorkspaceServer, tmp_path: Path
) -> None:
    point(small_repository, server)
    apply(here)
    clone = tmp_path / "clone"
    shutil.copytree(small_repository, clone, ignore=shutil.ignore_patterns(".vedette"))
    remove_rule(clone)
    done = here("plan", "--env", "test", "--format", "json", folder=clone)
    assert actions(json.loads(done.out))["Phish was delivered"] == "disable"
    with start(now=NOW, settings=server.settings) as other:
        point(clone, other)
        done = here("plan", "--env", "test", "--format", "json", folder=clone)
        assert "Phish was delivered" not in actions(json.loads(done.out))


def test_t21_every_entry_is_counted_once_also_what_is_foreign_or_skipped(
    here: Here, small_repository: Path, server: WorkspaceServer
) -> None:
    point(small_repository, server, "limits: {gracePeriod: 30d}\n")
    search = {"properties": {"category": "Mine", "displayName": "Mine", "query": "Heartbeat"}}
    call(server, "savedSearches/mine", search)
    apply(here)
    remove_rule(small_repository)
    apply(here)
    content = plan(here)
    assert sum(content["counts"].values()) == len(content["changes"]) == 5
    wanted = {"no-op": 3, "skip": 1, "foreign": 1}
    assert {name: count for name, count in content["counts"].items() if count} == wanted


def test_t25_a_plan_of_no_change_makes_one_paged_list_call_for_each_kind(
    here: Here,
    small_repository: Path,
    server: WorkspaceServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    point(small_repository, server)
    apply(here)
    asked: list[str] = []
    listing, reading = ArmWorkspace.list, ArmWorkspace.get

    def record_list(self: ArmWorkspace, collection: Collection) -> Sequence[Body]:
        asked.append(f"list {collection}")
        return listing(self, collection)

    def record_get(self: ArmWorkspace, collection: Collection, name: str) -> Body | None:
        asked.append(f"get {name}")
        return reading(self, collection, name)

    monkeypatch.setattr(ArmWorkspace, "list", record_list)
    monkeypatch.setattr(ArmWorkspace, "get", record_get)
    assert set(actions(plan(here)).values()) == {"no-op"}
    # The environment is not for Defender XDR: Graph is not asked.
    of_sentinel = set(Collection) - {Collection.DETECTIONS}
    assert sorted(asked) == sorted(f"list {collection}" for collection in of_sentinel)


class TestAdoption:
    """A workspace that was deployed to before there were marks."""

    def test_what_is_there_without_a_mark_becomes_ours_when_somebody_says_so(
        self, here: Here, small_repository: Path, server: WorkspaceServer, tmp_path: Path
    ) -> None:
        point(small_repository, server)
        apply(here)
        for name in (
            f"vedette-alertrules-{RULE_ID}",
            "vedette-savedsearches-3f0c1a52-8f5b-4c4b-9d0f-6a1d7f0c1e02",
            "vedette-savedsearches-3f0c1a52-8f5b-4c4b-9d0f-6a1d7f0c1e03",
            "vedette-watchlists-drills",
        ):
            request(server, "DELETE", f"metadata/{name}")
        done = here("apply", "--env", "test", "--yes")
        assert done.code == 1
        assert f"--adopt {RULE_ID} makes it ours" in done.out
        content = plan(here, "--adopt", "all")
        assert set(actions(content).values()) == {"adopt"}
        assert content["adopt"] == ["all"]
        assert here("plan", "--env", "test", "--adopt", "all", "--out", tmp_path / "out").code == 0
        apply(here, "--plan", str(tmp_path / "out" / "plan.json"))
        assert set(actions(plan(here)).values()) == {"no-op"}


@pytest.mark.parametrize(("changed", "code"), [(False, 0), (True, 4)])
def test_the_detailed_exit_code_says_whether_there_is_something_to_write(
    here: Here, small_repository: Path, server: WorkspaceServer, changed: bool, code: int
) -> None:
    point(small_repository, server)
    apply(here)
    if changed:
        edit(small_repository, RULE, "severity: Medium", "severity: High")
    assert here("plan", "--env", "test", "--detailed-exitcode").code == code
    assert here("plan", "--env", "test").code == 0


def test_a_deprecated_detection_is_retired_like_one_without_a_file_and_says_so(
    here: Here, small_repository: Path, server: WorkspaceServer
) -> None:
    point(small_repository, server)
    apply(here)
    deprecated = "version: 1.0.1\nvedette: {lifecycle: deprecated}"
    edit(small_repository, RULE, "version: 1.0.0", deprecated)
    (change,) = [each for each in plan(here)["changes"] if each["action"] != "no-op"]
    assert change["action"] == "disable"
    assert change["reason"].startswith("it is deprecated, which is not for here; it is deleted")
