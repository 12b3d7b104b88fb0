"""Trap 5: drift that is written back takes comments, owners and rows away, or half a pull does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.acceptance.portal import RULE, Portal

from vedette.model.faults import FaultKind, FaultPlan, FaultRule

if TYPE_CHECKING:
    from tests.acceptance.conftest import Done

Here = Callable[..., "Done"]

OURS = "3f0c1a52-8f5b-4c4b-9d0f-6a1d7f0c1e01"
FILE = Path("detections/mail/phish-delivered.yaml")
ROWS = Path("detections/shared/watchlists/Drills.csv")

KEPT = """\
# Whoever reads this: the drill is on Tuesdays.
status: Available
tags: [phish, "owner: Kim"]  # free labels
metadata:
  author: {name: Kim}
vedette:
  owner: Kim
  falsePositives:
    - Drills of our own.
  response:
    - Ask the recipient.
  # Accepted in March.
  suppress:
    - check: unused-let
      reason: Explains the rule.
"""


def tree(root: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("verb", [["pull"], ["adopt", OURS]], ids=["pull", "adopt"])
def test_t05_only_the_changed_values_move(
    verb: list[str], here: Here, small_repository: Path, portal: Portal
) -> None:
    file = small_repository / FILE
    text = file.read_text(encoding="utf-8") + KEPT
    file.write_text(text, encoding="utf-8", newline="\n")
    portal.put(f"alertRules/{OURS}", RULE)
    done = here(*verb, "--env", "test")
    assert done.code == 0, done.out + done.err
    after = file.read_text(encoding="utf-8")
    assert after.endswith(KEPT)
    assert "name: Made in the portal\n" in after
    for line in text.splitlines():
        if line.startswith(("#", "version", "requiredDataConnectors", "  - connectorId")):
            assert line in after.splitlines()


def test_t05_rows_of_a_watchlist_stay_though_the_service_never_returns_the_upload(
    here: Here, small_repository: Path, portal: Portal
) -> None:
    rows = (small_repository / ROWS).read_text(encoding="utf-8")
    properties = {
        "displayName": "Phishing drills",
        "description": "Domains that our own drills are sent from.",
        "provider": "Vedette",
        "itemsSearchKey": "Domain",
        "source": "Drills.csv",
        "contentType": "text/csv",
        "rawContent": rows + "new.example,somebody\n",
    }
    portal.put("watchlists/Drills", {"properties": properties})
    assert "rawContent" not in portal.get("watchlists/Drills")["properties"]
    before = tree(small_repository)
    done = here("pull", "--env", "test")
    assert done.code == 0, done.out + done.err
    after = tree(small_repository)
    changed = {path for path in after if after[path] != before.get(path)}
    assert changed == {small_repository / ROWS}
    assert (small_repository / ROWS).read_text(encoding="utf-8") == (
        rows + "new.example,somebody\n"
    )


@pytest.mark.parametrize(
    "operation",
    ["GET alertRules", "GET savedSearches", "GET watchlists", "GET watchlists/*/watchlistItems"],
)
def test_t05_nothing_is_written_before_the_remote_list_is_complete(
    operation: str, here: Here, small_repository: Path, portal: Portal
) -> None:
    for number in range(3):
        portal.put(f"alertRules/bbbbbbbb-0000-4000-8000-00000000000{number}", RULE)
    properties = {
        "displayName": "Hosts",
        "provider": "SOC",
        "itemsSearchKey": "Host",
        "source": "hosts.csv",
        "contentType": "text/csv",
        "rawContent": "Host\na.example\nb.example\n",
    }
    portal.put("watchlists/Hosts", {"properties": properties})
    before = tree(small_repository)
    # The first page comes, the next ones do not.
    after = 1 if operation == "GET alertRules" else 0
    fault = FaultRule(operation, FaultKind.ERROR, after=after)
    portal.server.set_faults(FaultPlan((fault,)))
    done = here("pull", "--env", "test")
    assert done.code == 3, done.out + done.err
    assert portal.server.faults_struck()
    assert tree(small_repository) == before
