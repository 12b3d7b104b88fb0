"""What breaks when rules are stored otherwise than the service stores them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.unit.workspace.conftest import Api

Rule = Callable[..., dict[str, Any]]
ID = "6a2f4d0e-1c7b-4c39-9e46-8d5b0f3a2c05"
PATH = f"alertRules/{ID}"


def test_a_rule_comes_back_changed(api: Api, rule: Rule) -> None:
    body = rule()
    created = api.put(PATH, body)
    assert created["id"] == f"{api.insights}/alertRules/{ID}"
    assert created["name"] == ID
    assert created["type"] == "Microsoft.SecurityInsights/alertRules"
    assert created["kind"] == "Scheduled"
    given = body["properties"]
    answered = created["properties"]
    lists = ("groupByEntities", "groupByAlertDetails", "groupByCustomDetails")
    incident = given.pop("incidentConfiguration")
    incident["groupingConfiguration"].update({name: [] for name in lists})
    assert answered["incidentConfiguration"] == incident
    assert {name: answered[name] for name in given} == given
    assert answered["lastModifiedUtc"] == "2026-11-02T12:00:00Z"
    assert api.get(PATH) == created


def test_an_optional_property_has_no_default(api: Api, rule: Rule) -> None:
    body = rule(eventGroupingSettings=None, incidentConfiguration=None, description=None)
    answered = api.put(PATH, body)["properties"]
    assert answered["eventGroupingSettings"] == {"aggregationKind": "SingleAlert"}
    assert answered["incidentConfiguration"]["createIncident"] is True
    assert answered["incidentConfiguration"]["groupingConfiguration"]["lookbackDuration"] == "PT5H"
    assert answered["description"] is None
    assert answered["customDetails"] is None


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("PT01H00M00S", "PT1H"), ("PT60M", "PT1H"), ("P1DT02H00M00S", "P1DT2H"), ("PT24H", "P1D")],
)
def test_a_duration_is_echoed_as_it_was_spelt(api: Api, rule: Rule, sent: str, kept: str) -> None:
    answered = api.put(PATH, rule(queryFrequency="PT1H", queryPeriod=sent))["properties"]
    assert answered["queryPeriod"] == kept


def test_a_misspelt_property_is_echoed(api: Api, rule: Rule) -> None:
    answered = api.put(PATH, rule(customDetail={"A": "B"}))["properties"]
    assert "customDetail" not in answered
    assert answered["customDetails"] is None


def test_a_stale_etag_overwrites(api: Api, rule: Rule) -> None:
    first = api.put(PATH, rule())
    second = api.put(PATH, rule(displayName="Two") | {"etag": first["etag"]})
    assert second["etag"] != first["etag"]
    response = api.send("PUT", PATH, rule(displayName="Three") | {"etag": first["etag"]})
    customer = api.app.workspace.settings.scope.customer_id
    assert response.status_code == 409
    assert response.json == {
        "error": {
            "code": "Conflict",
            "message": f"Newer instance of rule '{ID}' exists for workspace '{customer}' (Etag "
            "does not match). Data was not saved.",
        }
    }
    assert api.get(PATH)["properties"]["displayName"] == "Two"


def test_a_body_without_etag_is_refused(api: Api, rule: Rule) -> None:
    api.put(PATH, rule())
    response = api.send("PUT", PATH, rule(displayName="Two"))
    assert response.status_code == 200
    assert api.get(PATH)["properties"]["displayName"] == "Two"


def test_an_etag_is_not_quoted(api: Api, rule: Rule) -> None:
    etag = api.put(PATH, rule())["etag"]
    assert etag.startswith('"')
    assert etag.endswith('"')


def test_a_deleted_id_is_free_at_once_or_never(api: Api, rule: Rule) -> None:
    api.put(PATH, rule())
    assert api.send("DELETE", PATH).status_code == 200
    assert api.send("GET", PATH).status_code == 404
    refused = api.send("PUT", PATH, rule())
    assert refused.status_code == 400
    assert refused.json == {
        "error": {
            "code": "BadRequest",
            "message": f"The rule with id '{ID}' was recently deleted. You need to allow some time "
            "before re-using the same id. Please try again later.",
        }
    }
    api.advance("PT23H59M")
    assert api.send("PUT", f"alertRules/{ID.upper()}", rule()).status_code == 400
    api.advance("PT1M")
    assert api.send("PUT", PATH, rule()).status_code == 201


def test_deleting_what_is_not_there_fails(api: Api) -> None:
    assert api.send("DELETE", PATH).status_code == 204


def test_a_missing_rule_has_another_error(api: Api) -> None:
    response = api.send("GET", PATH)
    assert response.status_code == 404
    assert response.json is not None
    assert response.json["error"]["code"] == "NotFound"


def test_the_kind_of_a_rule_changes(api: Api, rule: Rule) -> None:
    api.put(PATH, rule())
    assert api.send("PUT", PATH, rule("NRT")).status_code == 400
    assert api.get(PATH)["kind"] == "Scheduled"


def test_a_refused_update_leaves_something_behind(api: Api, rule: Rule) -> None:
    before = api.put(PATH, rule())
    assert api.send("PUT", PATH, rule(query="Nothing")).status_code == 400
    assert api.get(PATH) == before


def test_enabling_a_broken_rule_succeeds(api: Api, rule: Rule) -> None:
    api.put(PATH, rule(enabled=False, query="NotYet"))
    assert api.send("PUT", PATH, rule(query="NotYet")).status_code == 400


def test_pages_lose_or_repeat_a_rule(make_api: Callable[..., Api], rule: Rule) -> None:
    api = make_api(page_size=7)
    for number in range(23):
        api.put(f"alertRules/rule-{number:02}", rule(enabled=False))
    seen, link, pages = [], f"{api.insights}/alertRules?api-version=2025-09-01", 0
    while link:
        response = api.client.get(
            link, headers={"Authorization": "Bearer the-token"}, base_url="http://127.0.0.1:8765"
        )
        assert response.json is not None
        pages += 1
        seen += [item["name"] for item in response.json["value"]]
        link = response.json.get("nextLink", "")
        assert not link or link.startswith("http://127.0.0.1:8765/subscriptions/")
        assert "+" not in link
    assert seen == [f"rule-{number:02}" for number in range(23)]
    assert pages == 4


@pytest.mark.parametrize("token", ["x", "eyJza2lwIjogLTF9", "e30=", "W10="])
def test_a_made_up_page_token_raises(api: Api, token: str) -> None:
    query = {"api-version": "2025-09-01", "$skipToken": token}
    assert api.send("GET", "alertRules", query=query).status_code == 400


def test_more_near_real_time_rules_run_than_may(api: Api, rule: Rule) -> None:
    for number in range(50):
        api.put(f"alertRules/nrt-{number}", rule("NRT"))
    assert api.send("PUT", "alertRules/nrt-50", rule("NRT")).status_code == 400
    assert api.send("PUT", "alertRules/nrt-50", rule("NRT", enabled=False)).status_code == 201
    assert api.send("PUT", "alertRules/nrt-50", rule("NRT")).status_code == 400
    assert api.send("PUT", "alertRules/nrt-0", rule("NRT", displayName="New")).status_code == 200


def test_two_workspaces_that_were_asked_the_same_differ(
    make_api: Callable[..., Api], rule: Rule
) -> None:
    def answers(api: Api) -> list[str]:
        texts = []
        for method, path, body in (
            ("PUT", PATH, rule()),
            ("PUT", PATH, rule(displayName="Two")),
            ("GET", PATH, None),
            ("DELETE", PATH, None),
            ("GET", "alertRules", None),
        ):
            texts.append(api.send(method, path, body).text)
        return texts

    assert answers(make_api()) == answers(make_api())
