"""What breaks when custom detections run in the live workspace."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from vedette.workspace.iso8601 import parse_duration
from vedette.workspace.pages.rules import detection_views
from vedette.workspace.store import Resource
from vedette.workspace.tasks import detection_task

if TYPE_CHECKING:
    from tests.unit.workspace.conftest import Api

RULES = "/v1.0/security/rules/detectionRules"
QUERY = "EmailEvents | project Timestamp, ReportId, RecipientEmailAddress, Subject"
NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
NO_QUERY: dict[str, str] = {}


def _rule(frequency: str = "PT1H", query: str = QUERY, **template: object) -> dict[str, Any]:
    return {
        "id": "mail",
        "displayName": "Mail",
        "status": "enabled",
        "queryCondition": {"queryText": query},
        "schedule": {"frequency": frequency},
        "detectionAction": {
            "alertTemplate": {
                "title": "Mail {{Subject}}",
                "severity": "high",
                "tactics": [{"tactic": "InitialAccess", "techniques": [{"technique": "T1566"}]}],
                "customDetails": {"About": "Subject"},
                "entityMappings": {
                    "mailboxes": [{"primaryAddressColumn": "RecipientEmailAddress"}]
                },
                **template,
            }
        },
    }


def _write(api: Api, rule: dict[str, Any]) -> None:
    answered = api.send("POST", RULES, rule, query=NO_QUERY)
    assert answered.status_code == 201, answered.text


def _mail(at: str, recipient: str = "ana@contoso.com") -> dict[str, str]:
    return {
        "TimeGenerated": at,
        "ReportId": f"{recipient}{at}",
        "RecipientEmailAddress": recipient,
        "Subject": "Payslip",
    }


def _runs(api: Api) -> list[tuple[int, int]]:
    return [(run["rows"], run["alerts"]) for run in reversed(api.runs())]


def test_a_new_rule_makes_nothing_of_the_last_thirty_days(fresh: Api) -> None:
    fresh.events("EmailEvents", _mail("2026-10-20T12:00:00Z"), _mail("2026-10-02T12:00:00Z"))
    _write(fresh, _rule())

    assert fresh.advance("PT0S")["runs"] == 1

    [incident] = fresh.get("incidents")["value"]
    properties = incident["properties"]
    assert (properties["title"], properties["severity"]) == ("Mail Payslip", "High")
    assert properties["createdTimeUtc"] == "2026-11-02T12:00:00Z"
    assert properties["firstActivityTimeUtc"] == "2026-10-20T12:00:00Z"
    assert properties["additionalData"]["tactics"] == ["InitialAccess"]
    answered = fresh.send("POST", f"incidents/{incident['name']}/entities").json
    assert answered is not None
    [entity] = answered["entities"]
    assert entity["kind"] == "Mailbox"
    assert entity["properties"]["mailboxPrimaryAddress"] == "ana@contoso.com"
    assert fresh.runs()[0]["product"] == "defender"


def test_the_page_of_rules_shows_how_a_custom_detection_ran(fresh: Api) -> None:
    _write(fresh, _rule())
    fresh.events("EmailEvents", _mail("2026-11-02T12:30:00Z"))
    fresh.advance("PT1H")

    [shown] = detection_views(fresh.app.workspace)

    assert [(run["rows"], run["alerts"]) for run in shown.runs] == [(1, 1), (0, 0)]
    assert (shown.run_count, shown.alert_count, shown.health) == (2, 1, "Healthy")
    assert shown.next_run == NOW + timedelta(hours=2)


def test_an_event_makes_an_alert_in_each_run_that_sees_it(fresh: Api) -> None:
    _write(fresh, _rule())
    fresh.events("EmailEvents", _mail("2026-11-02T12:30:00Z"))
    fresh.advance("PT2H")
    # The same mailbox and details again, and others: one alert more.
    fresh.events(
        "EmailEvents", _mail("2026-11-02T14:10:00Z"), _mail("2026-11-02T14:20:00Z", "bob@x.y")
    )
    fresh.advance("PT6H")

    assert _runs(fresh) == [
        (0, 0),  # 12:00, the first
        (1, 1),
        (1, 0),
        (3, 1),
        (3, 0),
        (2, 0),  # 17:00: what happened at 12:30 is out of sight
        (2, 0),
        (0, 0),
        (0, 0),
    ]
    assert len(fresh.get("incidents")["value"]) == 2


def test_a_continuous_rule_does_not_run_every_minute_on_what_comes_in(fresh: Api) -> None:
    _write(fresh, _rule("PT0S"))
    fresh.advance("PT10M")
    many = [_mail("2026-11-02T12:10:00Z", f"{number}@contoso.com") for number in range(40)]
    fresh.events("EmailEvents", *many)
    fresh.advance("PT5M")

    runs = _runs(fresh)
    assert runs.count((40, 40)) == 1
    assert set(runs) == {(0, 0), (40, 40)}


@pytest.mark.parametrize(
    ("frequency", "look_back"),
    [("PT5M", "PT20M"), ("PT1H", "PT4H"), ("PT12H", "P2D"), ("P1D", "P30D"), ("P7D", "P30D")],
)
def test_a_run_sees_another_span_than_its_frequency_has(frequency: str, look_back: str) -> None:
    task = detection_task(Resource("mail", "", _rule(frequency)))
    assert task.window(NOW, first=False).start == NOW - parse_duration(look_back)
    assert task.window(NOW, first=True).start == NOW - parse_duration("P30D")
    assert task.executes_at(NOW) == NOW


def test_a_rule_that_says_how_far_it_looks_back_looks_elsewhere() -> None:
    rule = _rule("PT1H")
    rule["schedule"]["lookback"] = "PT2H"
    task = detection_task(Resource("mail", "", rule))
    assert task.window(NOW, first=False).start == NOW - parse_duration("PT2H")


def test_a_rule_that_is_switched_off_or_deleted_runs(fresh: Api) -> None:
    _write(fresh, _rule())
    path = f"{RULES}/mail"
    assert fresh.send("PATCH", path, {"status": "disabled"}, query=NO_QUERY).status_code == 200
    assert fresh.advance("PT3H")["runs"] == 0
    assert fresh.send("PATCH", path, {"status": "enabled"}, query=NO_QUERY).status_code == 200
    assert fresh.advance("PT1H")["runs"] == 2
    assert fresh.send("DELETE", path, query=NO_QUERY).status_code == 204
    assert fresh.advance("PT3H")["runs"] == 0


def test_a_single_alert_is_one_for_each_row(fresh: Api) -> None:
    fresh.events("EmailEvents", _mail("2026-11-02T11:30:00Z"), _mail("2026-11-02T11:31:00Z", "b"))
    _write(fresh, _rule(eventGroupingKind="singleAlert"))
    fresh.advance("PT0S")
    assert _runs(fresh) == [(2, 1)]


def test_the_last_run_is_not_told_where_the_older_form_has_it(fresh: Api) -> None:
    _write(fresh, _rule())
    fresh.advance("PT0S")
    beta = fresh.send("GET", f"{RULES.replace('v1.0', 'beta')}/mail", query=NO_QUERY).json
    assert beta is not None
    assert beta["lastRunDetails"] == {
        "lastRunDateTime": "2026-11-02T12:00:00Z",
        "status": "completed",
        "failureReason": None,
        "errorCode": None,
    }
    now = fresh.send("GET", f"{RULES}/mail", query=NO_QUERY).json
    assert now is not None
    assert "lastRunDetails" not in now
