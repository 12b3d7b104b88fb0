"""A plan for Sentinel and Defender XDR together: made, carried out, undone; over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.acceptance.portal import Portal, point

if TYPE_CHECKING:
    from tests.acceptance.conftest import Done

Here = Callable[..., "Done"]
RULE = Path("detections/mail/phish-delivered.yaml")
ID = "3f0c1a52-8f5b-4c4b-9d0f-6a1d7f0c1e01"
ENV = ("--env", "test")
WITHOUT_ASKING = ("--env", "test", "--yes")
MORE = "products: [sentinel, defender]\nownershipTag: contoso\nlimits: {gracePeriod: 1d}\n"

pytestmark = pytest.mark.usefixtures("no_gate")


def change(root: Path, path: Path, old: str, new: str) -> None:
    text = (root / path).read_text(encoding="utf-8")
    assert text.count(old) == 1
    (root / path).write_text(text.replace(old, new), encoding="utf-8", newline="\n")


@pytest.fixture(name="both")
def _both(small_repository: Path, portal: Portal) -> Path:
    """The small repository, its rule for both products, and the environment too."""
    point(small_repository, portal.server.url, MORE)
    declared = "version: 1.0.0\nvedette: {products: [sentinel, defender]}\n"
    change(small_repository, RULE, "version: 1.0.0\n", declared)
    alerts = "eventGroupingSettings: {aggregationKind: AlertPerResult}\nentityMappings:"
    change(small_repository, RULE, "entityMappings:", alerts)
    return small_repository


def planned(here: Here) -> dict[str, dict[str, Any]]:
    """The plan's custom detections by id."""
    changes = json.loads(here("plan", *ENV, "--format", "json").out)["changes"]
    return {each["id"]: each for each in changes if each["kind"] == "custom detection"}


def foreign_rule(**changes: object) -> dict[str, Any]:
    """A custom detection as somebody makes it in the portal."""
    return {
        "id": "made-in-the-portal",
        "displayName": "Made in the portal",
        "status": "enabled",
        "queryCondition": {
            "queryText": "EmailEvents | project Timestamp, ReportId, RecipientEmailAddress"
        },
        "schedule": {"frequency": "PT1H"},
        "detectionAction": {"alertTemplate": {"title": "Made in the portal", "severity": "low"}},
        **changes,
    }


def test_one_plan_for_both_is_carried_out_and_then_empty(
    here: Here, both: Path, portal: Portal
) -> None:
    portal.post_custom_detection(foreign_rule())

    done = here("apply", *WITHOUT_ASKING)

    assert done.code == 0, done.out
    assert "custom detection" in done.out
    assert "1 custom detection" in done.out
    rule = portal.custom_detection(ID)
    assert rule["status"] == "enabled"
    assert "let Watchlist_Drills = datatable" in rule["queryCondition"]["queryText"]
    mark = portal.get(f"metadata/vedette-detectionrules-{ID}")["properties"]
    assert (mark["kind"], mark["source"]["name"]) == ("CustomDetection", "contoso")
    again = here("plan", *ENV, "--detailed-exitcode")
    assert again.code == 0, again.out
    assert portal.custom_detection("made-in-the-portal")["displayName"] == "Made in the portal"


def test_an_edit_in_the_portal_is_drift_and_is_reverted_to_the_last_member(
    here: Here, both: Path, portal: Portal
) -> None:
    here("apply", *WITHOUT_ASKING)
    action = {
        "alertTemplate": {"severity": "high"},
        "automatedActions": {"isolateDevices": [{"deviceIdColumn": "DeviceId"}]},
    }
    portal.patch_custom_detection(ID, {"detectionAction": action})

    drift = here("drift", *ENV)

    assert drift.code == 1
    assert "detectionAction.alertTemplate.severity" in drift.out
    assert "detectionAction.automatedActions.isolateDevices" in drift.out
    change = planned(here)[ID]
    assert (change["action"], len(change["fields"])) == ("update", 2)

    assert here("apply", *WITHOUT_ASKING).code == 0
    action = portal.custom_detection(ID)["detectionAction"]
    assert action["alertTemplate"]["severity"] == "medium"
    assert not action.get("automatedActions")
    assert here("drift", *ENV).code == 0


def test_an_approved_plan_is_refused_when_the_rule_has_moved_since(
    here: Here, both: Path, portal: Portal, tmp_path: Path
) -> None:
    here("apply", *WITHOUT_ASKING)
    change(both, RULE, "severity: Medium", "severity: Low")
    here("plan", *ENV, "--out", tmp_path)
    portal.patch_custom_detection(ID, {"detectionAction": {"alertTemplate": {"severity": "high"}}})

    done = here("apply", *WITHOUT_ASKING, "--plan", tmp_path / "plan.json")

    assert done.code == 1
    assert "severity was 'medium' in the workspace, is 'high' now" in done.out
    assert portal.custom_detection(ID)["detectionAction"]["alertTemplate"]["severity"] == "high"


def test_what_carries_no_mark_is_never_touched_even_under_our_id(
    here: Here, both: Path, portal: Portal
) -> None:
    portal.post_custom_detection(foreign_rule(id=ID))

    done = here("apply", *WITHOUT_ASKING)

    assert done.code == 1
    assert f"it is in the workspace, without a mark; --adopt {ID} makes it ours" in done.out
    assert portal.custom_detection(ID)["displayName"] == "Made in the portal"


def test_the_brake_holds_in_both_products(here: Here, both: Path, portal: Portal) -> None:
    here("apply", *WITHOUT_ASKING)

    done = here("disable", "phish-delivered", *WITHOUT_ASKING, "--reason", "It floods the queue.")

    assert done.code == 0, done.out
    assert portal.custom_detection(ID)["status"] == "disabled"
    assert portal.get(f"alertRules/{ID}")["properties"]["enabled"] is False
    assert here("plan", *ENV, "--detailed-exitcode").code == 0
    assert planned(here)[ID]["reason"] == "held by `vedette disable`: It floods the queue."

    history = here("history", "phish-delivered", *ENV)
    assert history.code == 0, history.err
    heads = [line for line in history.out.splitlines() if f"({ID})" in line]
    assert [head.split(" phish")[0] for head in heads] == ["rule", "custom detection"]
    assert history.out.count("held: It floods the queue.") == 2

    here("disable", "phish-delivered", *WITHOUT_ASKING, "--release")
    assert planned(here)[ID]["action"] == "enable"


def test_a_rule_that_is_no_longer_for_defender_is_switched_off_first(
    here: Here, both: Path, portal: Portal
) -> None:
    here("apply", *WITHOUT_ASKING)
    change(both, RULE, "[sentinel, defender]", "[sentinel]")

    assert planned(here)[ID]["action"] == "disable"
    assert here("apply", *WITHOUT_ASKING).code == 0
    assert portal.custom_detection(ID)["status"] == "disabled"
    assert portal.get(f"alertRules/{ID}")["properties"]["enabled"] is True
    assert planned(here)[ID]["action"] == "skip"

    change(both, RULE, "products: [sentinel]", "products: [sentinel, defender]")
    assert here("apply", *WITHOUT_ASKING).code == 0
    assert portal.custom_detection(ID)["status"] == "enabled"

    assert here("rollback", *WITHOUT_ASKING).code == 0
    assert portal.custom_detection(ID)["status"] == "disabled"


def test_t15_what_was_not_looked_at_is_not_taken_for_gone(
    here: Here, both: Path, portal: Portal
) -> None:
    here("apply", *WITHOUT_ASKING)
    point(both, portal.server.url, MORE.replace(", defender", ""))

    change = planned(here)[ID]

    assert change["action"] == "skip"
    assert "is not for Defender XDR (products), where it may be live" in change["reason"]
    assert here("apply", *WITHOUT_ASKING).code == 0
    state = portal.get(f"metadata/vedette-detectionrules-{ID}")["properties"]["customVersion"]
    assert state == "active"


def test_t15_a_rule_whose_connectors_bring_nothing_is_skipped_until_one_does(
    here: Here, both: Path, portal: Portal
) -> None:
    point(both, portal.server.url, f"{MORE}onMissingConnector: skip\n")

    done = here("plan", *ENV, "--format", "json")

    (rule,) = [each for each in json.loads(done.out)["changes"] if each["kind"] == "rule"]
    assert rule["action"] == "skip"
    assert rule["reason"].startswith("none of its connectors is there")

    connector = {"kind": "MicrosoftThreatProtection", "properties": {"tenantId": ID}}
    portal.put("dataConnectors/one", connector)

    changes = json.loads(here("plan", *ENV, "--format", "json").out)["changes"]
    assert [each["action"] for each in changes if each["kind"] == "rule"] == ["create"]
