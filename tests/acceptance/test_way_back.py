"""The way back at two in the morning: rollback, the emergency brake, a journal that is whole."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.acceptance.portal import BEARER, Portal, point

if TYPE_CHECKING:
    from tests.acceptance.conftest import Done

Here = Callable[..., "Done"]

RULE = Path("detections/mail/phish-delivered.yaml")
RULE_ID = "3f0c1a52-8f5b-4c4b-9d0f-6a1d7f0c1e01"


@pytest.fixture(name="root")
def _root(small_repository: Path, portal: Portal, here: Here, no_gate: None) -> Path:
    """The small repository, deployed once."""
    point(small_repository, portal.server.url, "ownershipTag: tests\n")
    done = here("apply", "--env", "test", "--yes")
    assert done.code == 0, done.out + done.err
    return small_repository


def live(portal: Portal) -> dict[str, Any]:
    """The properties of the rule, as the service tells them."""
    properties: dict[str, Any] = portal.get(f"alertRules/{RULE_ID}")["properties"]
    return properties


def journal(root: Path) -> Path:
    (found,) = (root / ".vedette").rglob("journal.jsonl")
    return found


def test_a_bad_deployment_is_undone_with_what_it_created(
    here: Here, root: Path, portal: Portal
) -> None:
    before = live(portal)
    text = (root / RULE).read_text(encoding="utf-8")
    (root / RULE).write_text(text.replace("severity: Medium", "severity: High"), encoding="utf-8")
    assert here("apply", "--env", "test", "--yes").code == 0
    assert live(portal)["severity"] == "High"

    done = here("rollback", "--env", "test", "--yes")

    assert done.code == 0, done.out + done.err
    assert live(portal)["severity"] == before["severity"]
    assert live(portal)["query"] == before["query"]


def test_a_rule_that_is_switched_off_by_hand_stays_off(
    here: Here, root: Path, portal: Portal
) -> None:
    off = here(
        "disable", "phish-delivered", "--env", "test", "--reason", "Floods the queue.", "--yes"
    )

    assert off.code == 0, off.out + off.err
    assert live(portal)["enabled"] is False
    planned = here("apply", "--env", "test", "--yes")
    assert planned.code == 0, planned.out + planned.err
    assert live(portal)["enabled"] is False
    assert "Floods the queue." in here("plan", "--env", "test").out

    back = here("disable", "phish-delivered", "--env", "test", "--release", "--yes")

    assert back.code == 0, back.out + back.err
    assert here("apply", "--env", "test", "--yes").code == 0
    assert live(portal)["enabled"] is True


def test_a_watchlist_has_no_switch_and_that_is_said(here: Here, root: Path, portal: Portal) -> None:
    done = here("disable", "Drills", "--env", "test", "--reason", "x", "--yes")

    assert done.code != 0
    assert "has no switch" in done.out + done.err


def test_the_history_of_a_rule_names_each_write(here: Here, root: Path, portal: Portal) -> None:
    here("disable", "phish-delivered", "--env", "test", "--reason", "Floods the queue.", "--yes")

    done = here("history", "phish-delivered", "--env", "test")

    assert done.code == 0, done.out + done.err
    assert "create" in done.out
    assert "disable" in done.out
    assert RULE_ID in done.out


def test_t18_a_journal_that_is_whole_says_so(here: Here, root: Path, portal: Portal) -> None:
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
    portal: Portal,
    damage: Callable[[list[str]], list[str]],
) -> None:
    file = journal(root)
    lines = file.read_text("utf-8").splitlines()
    file.write_text("\n".join(damage(lines)) + "\n", encoding="utf-8", newline="\n")

    done = here("audit", "verify", "--env", "test")

    assert done.code == 1, done.out + done.err


def test_an_agent_without_the_journal_of_the_last_run_can_still_deploy(
    here: Here, root: Path, portal: Portal
) -> None:
    shutil.rmtree(root / ".vedette")
    text = (root / RULE).read_text(encoding="utf-8")
    (root / RULE).write_text(text.replace("severity: Medium", "severity: High"), encoding="utf-8")

    done = here("apply", "--env", "test", "--yes")

    assert done.code == 0, done.out + done.err
    assert live(portal)["severity"] == "High"
