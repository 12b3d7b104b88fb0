"""What becomes of a write to Graph whose answer is no plain one, and of what a rule had before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.unit.deploy.test_graph_and_logs import RULES, Service, signed_in
from tests.unit.deploy.test_graph_and_logs import _service as _service

from vedette.deploy.canonical import canonical
from vedette.deploy.graph_rules import GraphRules, envelope, with_nulls
from vedette.deploy.resource import ResourceKind
from vedette.errors import ServiceError

ONE = f"{RULES}/a"
BODY = {"properties": {"id": "a", "displayName": "A", "status": "enabled"}}
DETECTION = ResourceKind.CUSTOM_DETECTION


@pytest.fixture(name="rules")
def _rules(service: Service) -> Iterator[GraphRules]:
    with GraphRules(*signed_in(service)) as rules:
        yield rules


def refused(message: str = "no") -> dict[str, object]:
    return {"error": {"code": "BadRequest", "message": message}}


def test_what_is_there_is_never_created_over(rules: GraphRules, service: Service) -> None:
    service.then({"id": "a"})
    with pytest.raises(ServiceError, match="is there already"):
        rules.create("a", BODY)
    assert service.asked == [f"GET {ONE}"]


@pytest.mark.parametrize("status", [400, 409, 500])
def test_t11_after_a_post_that_failed_it_is_looked(
    rules: GraphRules, service: Service, status: int
) -> None:
    service.then({}, 404).then(refused(), status).then({"id": "a"})
    with pytest.raises(ServiceError) as caught:
        rules.create("a", BODY)
    assert caught.value.outcome_unknown
    assert service.asked[:2] == [f"GET {ONE}", f"POST {RULES}"]
    assert service.asked.count(f"POST {RULES}") == 1


def test_a_refused_post_that_left_nothing_is_final(rules: GraphRules, service: Service) -> None:
    service.then({}, 404).then(refused("the title is taken"), 400).then({}, 404)
    with pytest.raises(ServiceError, match="the title is taken") as caught:
        rules.create("a", BODY)
    assert (caught.value.status, caught.value.outcome_unknown) == (400, False)


@pytest.mark.parametrize("status", [401, 403])
def test_a_missing_permission_is_named(rules: GraphRules, service: Service, status: int) -> None:
    service.then({}, 404).then(refused(), status)
    with pytest.raises(ServiceError, match=r"CustomDetection\.ReadWrite\.All") as caught:
        rules.create("a", BODY)
    assert caught.value.status == status
    assert len(service.asked) == 2


def test_throttled_writes_are_sent_again_and_broken_ones_are_not(
    rules: GraphRules, service: Service
) -> None:
    service.then({}, 404).then(refused(), 429).then({"id": "a"}, 201)
    rules.create("a", BODY)
    assert service.asked.count(f"POST {RULES}") == 2
    service.asked.clear()
    service.then(refused(), 503)
    with pytest.raises(ServiceError) as caught:
        rules.delete("a")
    assert caught.value.outcome_unknown
    assert service.asked == [f"DELETE {ONE}"]


def test_what_the_wanted_rule_does_not_have_is_taken_away(
    rules: GraphRules, service: Service
) -> None:
    live = {
        "@odata.type": "#microsoft.graph.security.detectionRule",
        "id": "a",
        "displayName": "Old",
        "createdBy": "somebody",
        "queryCondition": {"queryText": "x", "lastModifiedDateTime": "2026-01-01T00:00:00Z"},
        "detectionAction": {"automatedActions": {"blockFiles": []}, "organizationalScope": None},
    }
    wanted = {"id": "a", "displayName": "New", "queryCondition": {"queryText": "y"}}
    service.then(live).then({"id": "a"})
    rules.put("a", {"properties": wanted})
    assert service.asked == [f"GET {ONE}", f"PATCH {ONE}"]
    assert service.bodies[1] == {
        "displayName": "New",
        "queryCondition": {"queryText": "y"},
        "detectionAction": None,
    }


def test_what_is_gone_is_not_made_again_by_a_change(rules: GraphRules, service: Service) -> None:
    service.then({}, 404)
    with pytest.raises(ServiceError, match="is gone"):
        rules.put("a", BODY)
    assert service.asked == [f"GET {ONE}"]


def test_deleting_what_is_gone_is_no_error(rules: GraphRules, service: Service) -> None:
    service.then({}, 404)
    rules.delete("a")


@pytest.mark.parametrize("body", [[], {}, "x"])
def test_what_is_no_rule_is_never_taken_for_an_absent_one(
    rules: GraphRules, service: Service, body: object
) -> None:
    service.then(body)
    with pytest.raises(ServiceError):
        rules.get("a")


def test_nulls_go_as_deep_as_the_rule() -> None:
    live = {"a": {"b": 1, "c": {"d": 2}}, "e": [1], "f": "x"}
    assert with_nulls({"a": {"c": {}}, "e": [2]}, live) == {
        "a": {"b": None, "c": {"d": None}},
        "e": [2],
        "f": None,
    }


def test_the_older_form_is_read_as_the_newer() -> None:
    old: dict[str, Any] = {
        "id": "a",
        "displayName": "A",
        "isEnabled": False,
        "detectorId": "67aa",
        "schedule": {"period": "24H", "nextRunDateTime": "2026-01-01T00:00:00Z"},
        "queryCondition": {"queryText": "x\r\n"},
        "lastRunDetails": {"status": "completed"},
        "detectionAction": {
            "alertTemplate": {
                "title": "T",
                "severity": "low",
                "category": "Execution",
                "mitreTechniques": ["T1204"],
                "impactedAssets": [
                    {
                        "@odata.type": "#microsoft.graph.security.impactedMailboxAsset",
                        "identifier": "recipientEmailAddress",
                    }
                ],
            },
            "responseActions": [],
        },
    }
    new: dict[str, Any] = {
        "@odata.type": "#microsoft.graph.security.detectionRule",
        "id": "a",
        "displayName": "A",
        "status": "disabled",
        "schedule": {"frequency": "P1D"},
        "queryCondition": {"queryText": "x"},
        "detectionAction": {
            "alertTemplate": {
                "title": "T",
                "severity": "low",
                "tactics": [{"tactic": "Execution", "techniques": [{"technique": "T1204"}]}],
                "eventGroupingKind": "alertPerEvent",
                "entityMappings": {
                    "mailboxes": [{"primaryAddressColumn": "RecipientEmailAddress"}]
                },
            }
        },
    }
    assert canonical(DETECTION, envelope(old)) == canonical(DETECTION, {"properties": new})


def test_a_detail_that_is_called_like_a_member_of_the_service_is_kept() -> None:
    rule = {"detectionAction": {"alertTemplate": {"customDetails": {"createdBy": "AccountName"}}}}
    fields = canonical(DETECTION, {"properties": rule})
    assert fields["detectionAction.alertTemplate.customDetails.createdBy"] == "AccountName"
