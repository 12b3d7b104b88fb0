"""The way back at two in the morning: rollback, the emergency brake, a journal that is whole."""

from __future__ import annotations

import http.client
import json
import shutil
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
RULE = Path("detections/mail/phish-delivered.yaml")
RULE_ID = "3f0c1a52-8f5b-4c4b-9d0f-6a1d7f0c1e01"
ENVIRONMENT = """\
tenant: 11111111-1111-4111-8111-111111111111
subscription: 11111111-1111-4111-8111-111111111111
resourceGroup: vedette
workspace: local
endpoint: {url}
ownershipTag: tests
"""


@pytest.fixture(name="server")
def _server(monkeypatch: pytest.MonkeyPatch) -> Iterator[WorkspaceServer]:
    monkeypatch.setenv("VEDETTE_TOKEN", BEARER)
    verdict = SimpleNamespace(green=True, findings=(), results=())
    monkeypatch.setattr("vedette.deploy.preparation.check_tree", lambda project, cache: verdict)
    settings = Settings(token=BEARER, tables=stock_tables())
    with start(now=NOW, settings=settings) as server:
        yield server


@pytest.fixture(name="root")
def _root(small_repository: Path, server: WorkspaceServer, here: Here) -> Path:
    """The small repository, deployed once."""
    file = small_repository / "environments" / "test.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(ENVIRONMENT.format(url=server.url), encoding="utf-8", newline="\n")
    done = here("apply", "--env", "test", "--yes")
    assert done.code == 0, done.out + done.err
    return small_repository


def live(server: WorkspaceServer) -> dict[str, Any]:
    """The properties of the rule, as the service tells them."""
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"))
    try:
        path = f"{server.settings.scope.insights}/alertRules/{RULE_ID}?api-version=2025-09-01"
        connection.request("GET", path, headers={"Authorization": f"Bearer {BEARER}"})
        found: dict[str, Any] = json.load(connection.getresponse())
    finally:
        connection.close()
    properties: dict[str, Any] = found["properties"]
    return properties


def journal(root: Path) -> Path:
    (found,) = (root / ".vedette").rglob("journal.jsonl")
    return found


def test_a_bad_deployment_is_undone_with_what_it_created(
    here: Here, root: Path, server: WorkspaceServer
) -> None:
    before = live(server)
    text = (root / RULE).read_text(encoding="utf-8")
    (root / RULE).write_text(text.replace("severity: Medium", "severity: High"), encoding="utf-8")
    assert here("apply", "--env", "test", "--yes").code == 0
    assert live(server)["severity"] == "High"

    done = here("rollback", "--env", "test", "--yes")

    assert done.code == 0, done.out + done.err
    assert live(server)["severity"] == before["severity"]
    assert live(server)["query"] == before["query"]


def test_a_rule_that_is_switched_off_by_hand_stays_off(
    here: Here, root: Path, server: WorkspaceServer
) -> None:
    off = here(
        "disable", "phish-delivered", "--env", "test", "--reason", "Floods the queue.", "--yes"
    )

    assert off.code == 0, off.out + off.err
    assert live(server)["enabled"] is False
    planned = here("apply", "--env", "test", "--yes")
    assert planned.code == 0, planned.out + planned.err
    assert live(server)["enabled"] is False
    assert "Floods the queue." in here("plan", "--env", "test").out

    back = here("disable", "phish-delivered", "--env", "test", "--release", "--yes")

    assert back.code == 0, back.out + back.err
    assert here("apply", "--env", "test", "--yes").code == 0
    assert live(server)["enabled"] is True


def test_a_watchlist_has_no_switch_and_that_is_said(
    here: Here, root: Path, server: WorkspaceServer
) -> None:
    done = here("disable", "Drills", "--env", "test", "--reason", "x", "--yes")

    assert done.code != 0
    assert "has no switch" in done.out + done.err


def test_the_history_of_a_rule_names_each_write(
    here: Here, root: Path, server: WorkspaceServer
) -> None:
    here("disable", "phish-delivered", "--env", "test", "--reason", "Floods the queue.", "--yes")

    done = here("history", "phish-delivered", "--env", "test")

    assert done.code == 0, done.out + done.err
    assert "create" in done.out
    assert "disable" in done.out
    assert RULE_ID in done.out


def test_t18_a_journal_that_is_whole_says_so(
    here: Here, root: Path, server: WorkspaceServer
) -> None:
    done = here("audit", "verify", "--env", "test")

    assert done.code == 0, done.out + done.err
    kinds = [json.loads(line)["kind"] for line in journal(root).read_text("utf-8").splitlines()]
    assert kinds.index("intent") < kinds.index("outcome")
    assert BEARER not in journal(root).read_text("utf-8")


@pytest.mark.parametrize(
    "damage",
    [
        lambda lines: [lines[0], *lines[2:]],
        lambda lines: [*lines[:2], lines[2].replace("a", "b", 1), *lines[3:]],
        lambda lines: lines[:-1],
    ],
    ids=["a line taken out", "a line changed", "the end cut off"],
)
def test_t18_a_journal_that_was_tampered_with_is_found_out(
    here: Here,
    root: Path,
    server: WorkspaceServer,
    damage: Callable[[list[str]], list[str]],
) -> None:
    file = journal(root)
    lines = file.read_text("utf-8").splitlines()
    file.write_text("\n".join(damage(lines)) + "\n", encoding="utf-8", newline="\n")

    done = here("audit", "verify", "--env", "test")

    assert done.code == 1, done.out + done.err


def test_an_agent_without_the_journal_of_the_last_run_can_still_deploy(
    here: Here, root: Path, server: WorkspaceServer
) -> None:
    shutil.rmtree(root / ".vedette")
    text = (root / RULE).read_text(encoding="utf-8")
    (root / RULE).write_text(text.replace("severity: Medium", "severity: High"), encoding="utf-8")

    done = here("apply", "--env", "test", "--yes")

    assert done.code == 0, done.out + done.err
    assert live(server)["severity"] == "High"
