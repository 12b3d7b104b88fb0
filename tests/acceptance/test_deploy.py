"""``vedette plan`` and ``vedette apply`` against the local workspace: HTTP and the real SDK."""

from __future__ import annotations

import http.client
import io
import json
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from vedette.deploy.transport import ArmWorkspace
from vedette.schema.catalogue import stock_tables
from vedette.workspace.server import WorkspaceServer, start
from vedette.workspace.settings import Settings

if TYPE_CHECKING:
    from tests.acceptance.conftest import Done

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Here = Callable[..., "Done"]

BEARER = "t0k3n-that-nobody-may-see"
NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
RULE = Path("detections/mail/phish-delivered.yaml")
RULE_ID = "3f0c1a52-8f5b-4c4b-9d0f-6a1d7f0c1e01"
DRILLS = Path("detections/shared/watchlists/Drills.csv")


@pytest.fixture(name="server")
def _server() -> Iterator[WorkspaceServer]:
    """A workspace that makes it hard: one item a page, and watchlists that take their time."""
    settings = Settings(token=BEARER, tables=stock_tables(), page_size=1, watchlist_polls=2)
    with start(now=NOW, settings=settings) as server:
        yield server


@pytest.fixture(name="bare_server")
def _bare_server() -> Iterator[WorkspaceServer]:
    """A workspace without a single table, as one is before its connectors are."""
    with start(now=NOW, settings=Settings(token=BEARER)) as server:
        yield server


def point(root: Path, url: str) -> None:
    """Make the environment ``test`` the workspace at ``url``."""
    file = root / "environments" / "test.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(
        "tenant: 11111111-1111-4111-8111-111111111111\n"
        "subscription: 11111111-1111-4111-8111-111111111111\n"
        "resourceGroup: vedette\n"
        "workspace: local\n"
        f"endpoint: {url}\n",
        encoding="utf-8",
        newline="\n",
    )


def change(root: Path, path: Path, old: str, new: str) -> None:
    text = (root / path).read_text(encoding="utf-8")
    assert old in text
    (root / path).write_text(text.replace(old, new), encoding="utf-8", newline="\n")


def call(server: WorkspaceServer, path: str, body: object = None) -> dict[str, Any]:
    """What somebody else does in the workspace: GET, or PUT with a body."""
    version = "2020-08-01" if path.startswith("savedSearches") else "2025-10-01-preview"
    scope = server.settings.scope
    base = scope.path if path.startswith("savedSearches") else scope.insights
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"))
    try:
        connection.request(
            "GET" if body is None else "PUT",
            f"{base}/{path}?api-version={version}",
            body=None if body is None else json.dumps(body),
            headers={"Authorization": f"Bearer {BEARER}", "Content-Type": "application/json"},
        )
        answer = connection.getresponse()
        found: dict[str, Any] = json.load(answer)
    finally:
        connection.close()
    assert answer.status in {200, 201}, found
    return found


@pytest.fixture(autouse=True)
def _token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEDETTE_TOKEN", BEARER)


def planned(done: Done) -> dict[str, tuple[str, dict[str, Any]]]:
    """Source file to action and changed fields, from a plan's JSON."""
    assert done.code == 0, done.out + done.err
    return {
        change["source"].rpartition("/")[2]: (
            change["action"],
            {field.pop("field"): field for field in change["fields"]},
        )
        for change in json.loads(done.out)["changes"]
    }


def actions(done: Done) -> set[str]:
    return {action for action, _ in planned(done).values()}


def test_from_an_empty_workspace_to_one_that_needs_nothing(
    vedette: Run, here: Here, small_repository: Path, server: WorkspaceServer
) -> None:
    point(small_repository, server.url)
    done = vedette("plan", "--env", "test", cwd=small_repository)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "+ create  rule           phish-delivered  Phish was delivered\n" in done.stdout
    assert "+ create  watchlist      Drills           Phishing drills (2 rows)\n" in done.stdout
    assert "4 to create, 0 to update, 0 unchanged." in done.stdout

    done = vedette("apply", "--env", "test", "--yes", cwd=small_repository)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert lines[-5:] == [
        "written     function IsPhish",
        "written     watchlist Drills",
        "written     rule phish-delivered",
        "written     hunting query find-phish",
        "4 of 4 written and read back.",
    ]
    assert call(server, f"alertRules/{RULE_ID}")["properties"]["subTechniques"] == ["T1566.002"]

    again = here("plan", "--env", "test")
    assert again.code == 0
    assert "0 to create, 0 to update, 4 unchanged." in again.out
    again = here("apply", "--env", "test", "--yes")
    assert (again.code, again.out.splitlines()[-1]) == (0, "Nothing to write.")
    assert BEARER not in done.stdout + done.stderr + again.out + again.err


@pytest.mark.usefixtures("no_gate")
def test_a_change_shows_exactly_its_fields_and_is_carried_out(
    here: Here, small_repository: Path, server: WorkspaceServer
) -> None:
    point(small_repository, server.url)
    assert here("apply", "--env", "test", "--yes").code == 0
    change(small_repository, RULE, "severity: Medium", "severity: High")
    change(small_repository, RULE, "  Sender: SenderFromDomain", "  Domain: SenderFromDomain")
    change(small_repository, RULE, "queryPeriod: 1h", "queryPeriod: 90m")
    change(small_repository, DRILLS, "training.example", "exercise.example")
    found = planned(here("plan", "--env", "test", "--format", "json"))
    assert found.pop("phish-delivered.yaml") == (
        "update",
        {
            "customDetails.Domain": {"before": None, "after": "SenderFromDomain"},
            "customDetails.Sender": {"before": "SenderFromDomain", "after": None},
            "queryPeriod": {"before": "PT1H", "after": "PT1H30M"},
            "severity": {"before": "Medium", "after": "High"},
        },
    )
    owner = '"Owner": "awareness@contoso.com"'
    assert found.pop("Drills.yaml") == (
        "update",
        {
            "rows": {
                "removed": [f'{{"Domain": "training.example", {owner}}}'],
                "added": [f'{{"Domain": "exercise.example", {owner}}}'],
            }
        },
    )
    assert {action for action, _ in found.values()} == {"no-op"}
    assert here("apply", "--env", "test", "--yes").code == 0
    assert actions(here("plan", "--env", "test", "--format", "json")) == {"no-op"}


@pytest.mark.usefixtures("no_gate")
def test_a_refusal_is_told_in_the_services_words_and_the_rest_is_written(
    here: Here,
    small_repository: Path,
    bare_server: WorkspaceServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A workspace that tells its tables would have been asked before anything was written.
    monkeypatch.setattr(ArmWorkspace, "tables", lambda workspace: None)
    point(small_repository, bare_server.url)
    done = here("apply", "--env", "test", "--yes")
    assert done.code == 1
    *_, refused, why, hunt, summary, apply_id, what_now = done.out.splitlines()
    assert [refused, why, hunt, summary] == [
        "refused     rule phish-delivered",
        "    Failed to run the analytics rule query. One of the tables does not exist.",
        "written     hunting query find-phish",
        "3 of 4 written and read back, 1 refused.",
    ]
    assert apply_id.startswith("This was apply 2")
    assert "`vedette plan --env test`" in what_now
    assert call(bare_server, "alertRules")["value"] == []


@pytest.mark.usefixtures("no_gate")
def test_t6_what_others_have_made_is_counted_and_stays(
    here: Here, small_repository: Path, server: WorkspaceServer
) -> None:
    point(small_repository, server.url)
    search = {"properties": {"category": "Mine", "displayName": "Mine", "query": "Heartbeat"}}
    call(server, "savedSearches/mine", search)
    done = here("apply", "--env", "test", "--yes")
    assert done.code == 0
    assert "Not of this repository, and left alone: 1 saved search." in done.out
    assert call(server, "savedSearches/mine")["properties"] == search["properties"]


@pytest.mark.usefixtures("no_gate")
def test_t10_only_the_plan_that_was_approved_is_carried_out(
    here: Here, small_repository: Path, server: WorkspaceServer, tmp_path: Path
) -> None:
    point(small_repository, server.url)
    approved = tmp_path / "approved" / "plan.json"
    assert here("plan", "--env", "test", "--out", approved.parent).code == 0
    assert "## Plan for `test`" in (approved.parent / "plan.md").read_text(encoding="utf-8")

    change(small_repository, RULE, "severity: Medium", "severity: High")
    done = here("apply", "--env", "test", "--yes", "--plan", approved)
    assert done.code == 1
    assert "This is not the plan in" in done.out
    assert call(server, "alertRules")["value"] == []

    change(small_repository, RULE, "severity: High", "severity: Medium")
    assert here("apply", "--env", "test", "--yes", "--plan", approved).code == 0

    change(small_repository, RULE, "severity: Medium", "severity: High")
    assert here("plan", "--env", "test", "--out", approved.parent).code == 0
    rule = call(server, f"alertRules/{RULE_ID}")
    rule["properties"]["severity"] = "Low"
    call(server, f"alertRules/{RULE_ID}", rule)
    assert here("apply", "--env", "test", "--yes", "--plan", approved).code == 1
    assert call(server, f"alertRules/{RULE_ID}")["properties"]["severity"] == "Low"


@pytest.mark.usefixtures("no_gate")
@pytest.mark.parametrize("verb", [["plan"], ["apply", "--yes"]])
def test_t8_a_wrong_token_ends_the_run_and_is_not_shown(
    here: Here,
    small_repository: Path,
    server: WorkspaceServer,
    verb: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    point(small_repository, server.url)
    monkeypatch.setenv("VEDETTE_TOKEN", "wr0ng-t0k3n")
    done = here(*verb, "--env", "test")
    assert done.code == 3
    assert "create" not in done.out
    assert done.err.startswith("vedette: ")
    assert "wr0ng-t0k3n" not in done.out + done.err


@pytest.mark.usefixtures("no_gate")
def test_t21_a_workspace_that_cannot_be_reached_is_not_an_empty_one(
    here: Here, small_repository: Path, server: WorkspaceServer
) -> None:
    server.close()
    point(small_repository, server.url)
    done = here("plan", "--env", "test")
    assert done.code == 3
    assert done.out == ""
    assert f"no answer from {server.url}" in done.err
    assert BEARER not in done.err


def test_a_tree_that_is_not_green_is_refused_before_anybody_is_asked(
    here: Here, small_repository: Path
) -> None:
    point(small_repository, "http://127.0.0.1:9")
    change(small_repository, RULE, "!in", "in")
    done = here("apply", "--env", "test", "--yes")
    assert done.code == 1
    assert "FAIL drill" in done.out
    assert done.out.endswith("Nothing was planned.\n")


def test_t2_an_environment_that_cannot_be_read_is_a_finding(
    here: Here, small_repository: Path
) -> None:
    point(small_repository, "http://workspace.example")
    done = here("plan", "--env", "test")
    assert done.code == 1
    assert "environments/test.yaml:5:11: insecure-endpoint" in done.out


def test_an_environment_that_is_not_there_is_named_with_its_neighbour(
    here: Here, small_repository: Path
) -> None:
    point(small_repository, "http://127.0.0.1:9")
    done = here("plan", "--env", "tset")
    assert (done.code, done.out) == (2, "")
    assert done.err == "vedette: there is no environment 'tset' (did you mean 'test'?)\n"


@pytest.mark.usefixtures("no_gate")
def test_without_a_token_nothing_is_asked_for(
    here: Here, small_repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    point(small_repository, "http://127.0.0.1:9")
    monkeypatch.delenv("VEDETTE_TOKEN")
    done = here("plan", "--env", "test")
    assert done.code == 2
    assert "set VEDETTE_TOKEN" in done.err


def test_nothing_is_written_where_nobody_can_be_asked(here: Here, small_repository: Path) -> None:
    point(small_repository, "http://127.0.0.1:9")
    done = here("apply", "--env", "test")
    assert done.code == 2
    assert "--yes" in done.err


class Keyboard(io.StringIO):
    """Somebody at a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.usefixtures("no_gate")
@pytest.mark.parametrize(("answer", "code", "rules"), [("n\n", 1, 0), ("\n", 1, 0), ("y\n", 0, 1)])
def test_somebody_at_a_terminal_is_asked_with_the_plan_before_their_eyes(
    here: Here,
    small_repository: Path,
    server: WorkspaceServer,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    code: int,
    rules: int,
) -> None:
    point(small_repository, server.url)
    monkeypatch.setattr("sys.stdin", Keyboard(answer))
    done = here("apply", "--env", "test")
    assert done.code == code
    assert done.out.index("4 to create") < done.out.index("Write this? [y/N]")
    assert len(call(server, "alertRules")["value"]) == rules


@pytest.mark.parametrize("text", [None, "", "{}", '{"fingerprint": ""}', "[]"])
def test_an_approved_plan_that_is_none_approves_nothing(
    here: Here, small_repository: Path, tmp_path: Path, text: str | None
) -> None:
    point(small_repository, "http://127.0.0.1:9")
    file = tmp_path / "plan.json"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    done = here("apply", "--env", "test", "--yes", "--plan", file)
    assert done.code == 2
    assert str(file) in done.err
