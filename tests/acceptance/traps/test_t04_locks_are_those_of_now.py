"""Trap 4: a way back, or an emergency, that lacks a gate: here, the locks of the environment."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from tests.acceptance.portal import BEARER, Portal, point

from vedette.schema.catalogue import stock_tables
from vedette.workspace.server import WorkspaceServer, start
from vedette.workspace.settings import Settings

if TYPE_CHECKING:
    from tests.acceptance.conftest import Done

Here = Callable[..., "Done"]

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
OURS = "3f0c1a52-8f5b-4c4b-9d0f-6a1d7f0c1e01"
FILE = Path("detections/mail/phish-delivered.yaml")
OWNED = "ownershipTag: test/detections\n"
LOCK = (
    "locks:\n"
    "  - rules: [phish-delivered]\n"
    "    owner: Kim\n"
    "    reason: The SOC tries this severity.\n"
    "    until: {}\n"
)


@pytest.fixture(scope="module")
def started() -> Iterator[WorkspaceServer]:
    """For all tests, each of which empties it: what it compiles with takes a second to start."""
    with start(now=NOW, settings=Settings(token=BEARER, tables=stock_tables())) as server:
        yield server


@pytest.fixture(name="portal")
def _portal(
    here: Here, small_repository: Path, started: WorkspaceServer, monkeypatch: pytest.MonkeyPatch
) -> Portal:
    """A workspace to which the repository was applied, and in which somebody then edits a rule."""
    monkeypatch.setenv("VEDETTE_TOKEN", BEARER)
    verdict = SimpleNamespace(green=True, findings=(), results=())
    monkeypatch.setattr("vedette.deploy.preparation.check_tree", lambda project, cache: verdict)
    portal = Portal(started)
    portal.empty()
    point(small_repository, started.url, OWNED)
    commit(small_repository, "First")
    done = here("apply", "--env", "test", "--yes")
    assert done.code == 0, done.out + done.err
    portal.edit(OURS, severity="High")
    return portal


def commit(root: Path, message: str) -> None:
    """Keep the tree as a commit."""
    git = shutil.which("git")
    if git is None:
        pytest.skip("no git on the PATH")
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", message]):
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
        subprocess.run([git, *identity, *arguments], cwd=root, check=True, capture_output=True)


def severity(portal: Portal) -> str:
    return str(portal.get(f"alertRules/{OURS}")["properties"]["severity"])


def planned(here: Here) -> dict[str, Any]:
    done = here("plan", "--env", "test", "--format", "json")
    changes: list[dict[str, Any]] = json.loads(done.out)["changes"]
    return next(change for change in changes if change["id"] == OURS)


def test_t04_nothing_is_applied_to_what_is_locked(
    here: Here, small_repository: Path, portal: Portal
) -> None:
    point(small_repository, portal.server.url, OWNED + LOCK.format("2999-12-31"))
    assert planned(here)["action"] == "skip"
    assert here("apply", "--env", "test", "--yes").code == 0
    assert severity(portal) == "High"


@pytest.mark.parametrize("more", ["", LOCK.format("2020-01-31")], ids=["no lock", "ended"])
def test_t15_without_a_lock_that_holds_the_edit_is_reverted(
    more: str, here: Here, small_repository: Path, portal: Portal
) -> None:
    point(small_repository, portal.server.url, OWNED + more)
    assert planned(here)["action"] == "update"
    assert here("apply", "--env", "test", "--yes").code == 0
    assert severity(portal) == "Medium"


def test_t04_a_way_back_to_a_commit_without_the_lock_does_not_lift_it(
    here: Here, small_repository: Path, portal: Portal
) -> None:
    file = small_repository / FILE
    text = file.read_text(encoding="utf-8").replace("severity: Medium", "severity: Low")
    file.write_text(text, encoding="utf-8", newline="\n")
    point(small_repository, portal.server.url, OWNED + LOCK.format("2999-12-31"))
    commit(small_repository, "Second")
    done = here("rollback", "HEAD~1", "--env", "test", "--yes")
    assert done.code == 0, done.out + done.err
    assert severity(portal) == "High"


def test_t04_undoing_an_apply_leaves_what_is_locked(
    here: Here, small_repository: Path, portal: Portal
) -> None:
    portal.edit(OURS, severity="Medium")
    point(small_repository, portal.server.url, OWNED + LOCK.format("2999-12-31"))
    done = here("rollback", "--env", "test", "--yes")
    assert done.code in {0, 1}, done.out + done.err
    assert "locked until 2999-12-31 by Kim" in done.out
    live = portal.get(f"alertRules/{OURS}")["properties"]
    assert (live["enabled"], live["severity"]) == (True, "Medium")
