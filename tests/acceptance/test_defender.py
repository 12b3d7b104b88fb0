"""A rule for both products as a user meets it: linted, tested, built, or refused with its place."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

if TYPE_CHECKING:
    from tests.acceptance.conftest import Done

Here = Callable[..., "Done"]
RULE = Path("detections/mail/phish-delivered.yaml")
CASES = Path("detections/mail/phish-delivered.cases.yaml")
HUNT = Path("detections/mail/find-phish.yaml")
BUILT = Path("build/defender/3f0c1a52-8f5b-4c4b-9d0f-6a1d7f0c1e01.json")


def change(root: Path, path: Path, old: str, new: str) -> None:
    text = (root / path).read_text(encoding="utf-8")
    assert text.count(old) == 1
    (root / path).write_text(text.replace(old, new), encoding="utf-8", newline="\n")


@pytest.fixture(name="both")
def _both(small_repository: Path) -> Path:
    """The small repository with its detections for both products."""
    declared = "version: 1.0.0\nvedette: {products: [sentinel, defender]}\n"
    for path in (RULE, HUNT):
        change(small_repository, path, "version: 1.0.0\n", declared)
    change(
        small_repository,
        RULE,
        "entityMappings:",
        "eventGroupingSettings: {aggregationKind: AlertPerResult}\nentityMappings:",
    )
    return small_repository


def test_both_products_are_tested_and_named(here: Here, both: Path) -> None:
    assert here("lint").out.endswith("2 detections: no findings\n")

    done = here("test")

    assert done.code == 0, done.out
    assert done.out == (
        "detections/mail/find-phish.yaml: 2 passed\n"
        "detections/mail/find-phish.yaml (defender): 2 passed\n"
        "detections/mail/phish-delivered.yaml: 2 passed\n"
        "detections/mail/phish-delivered.yaml (defender): 2 passed\n"
        "4 cases of 2 detections, 4 of them in Defender XDR too: 8 passed\n"
    )


def test_results_name_the_product(here: Here, both: Path) -> None:
    results = json.loads(here("test", "--format", "json").out)["results"]

    assert [one["product"] for one in results] == [
        "sentinel",
        "sentinel",
        "defender",
        "defender",
    ] * 2

    root = ElementTree.XML(here("test", "--format", "junit").out)

    assert [suite.get("name") for suite in root] == [
        "detections/mail/find-phish.yaml",
        "detections/mail/find-phish.yaml (defender)",
        "detections/mail/phish-delivered.yaml",
        "detections/mail/phish-delivered.yaml (defender)",
    ]


def test_a_rule_is_built_as_a_custom_detection_and_a_hunt_is_not(here: Here, both: Path) -> None:
    done = here("build")

    assert done.code == 0, done.out
    assert done.out.endswith(
        "build: 1 function, 1 watchlist, 1 rule, 1 hunting query, 1 custom detection written\n"
    )
    assert [path.name for path in (both / "build" / "defender").iterdir()] == [BUILT.name]
    body = json.loads((both / BUILT).read_text(encoding="utf-8"))
    assert body["queryCondition"]["queryText"] == (
        "let Watchlist_Drills = datatable (['Domain']: string) [\n"
        '  "drill.example",\n  "training.example"\n];\n'
        'let IsPhish = (ThreatTypes:string) {\nThreatTypes has "Phish"\n\n};\n'
        "EmailEvents\n"
        "| where IsPhish(ThreatTypes)\n"
        "| where SenderFromDomain !in (Watchlist_Drills | project Domain)\n"
        "| project Timestamp, ReportId, NetworkMessageId, RecipientEmailAddress, SenderFromDomain"
    )
    manifest = json.loads((both / "build" / "manifest.json").read_text(encoding="utf-8"))
    assert BUILT.relative_to("build").as_posix() in {one["file"] for one in manifest["resources"]}


def test_what_defender_does_not_have_stops_the_build_at_its_place(here: Here, both: Path) -> None:
    change(
        both, RULE, "where IsPhish(ThreatTypes)", "where IsPhish(ThreatTypes) and TenantId != ''"
    )

    done = here("build")

    assert done.code == 1
    assert (
        "detections/mail/phish-delivered.yaml:21:36: not-in-defender 'EmailEvents' has no column "
        "'TenantId' in Defender XDR"
    ) in done.out
    assert not (both / "build").exists()


def test_the_same_rule_for_sentinel_alone_is_nobodys_concern(here: Here, both: Path) -> None:
    change(
        both, RULE, "where IsPhish(ThreatTypes)", "where IsPhish(ThreatTypes) and TenantId == ''"
    )
    change(both, RULE, "[sentinel, defender]", "[sentinel]")

    done = here("build")

    assert done.code == 0, done.out
    assert not (both / "build" / "defender").exists()


def test_a_case_that_only_sentinel_sees_fails_until_it_says_so(here: Here, both: Path) -> None:
    change(both, RULE, "queryPeriod: 1h", "queryPeriod: 5h")
    change(both, CASES, "TimeGenerated: -10m", "TimeGenerated: -270m")

    failed = here("test", RULE)

    assert failed.code == 1
    assert "defender-look-back warning" in failed.out
    assert "phish-delivered.yaml: 2 passed\n" in failed.out
    assert "phish-delivered.yaml (defender): 1 passed, 1 failed\n" in failed.out

    change(both, CASES, "alerts: 1", "alerts: 1\n      defender: {alerts: 0}")

    assert here("test", RULE).code == 0


def test_what_is_otherwise_there_can_be_accepted_with_a_reason(here: Here, both: Path) -> None:
    change(both, RULE, "queryPeriod: 1h", "queryPeriod: 5h")

    assert "defender-look-back warning" in here("lint", RULE).out

    reason = "{check: defender-look-back, reason: Four hours will do.}"
    change(both, RULE, "defender]}", f"defender], suppress: [{reason}]}}")

    out = here("lint", RULE).out
    assert "defender-look-back" not in out
    assert "suppress" not in out

    change(both, RULE, "queryPeriod: 5h", "queryPeriod: 4h")

    assert "unused-suppression warning" in here("lint", RULE).out
