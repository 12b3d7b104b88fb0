"""What breaks when an alert that differs passes, or the difference is not told."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from vedette.evidence.expect_alerts import alert_differences, differences
from vedette.model.case import Expectation, ExpectedAlert
from vedette.model.detection import Severity
from vedette.simulate.alerts import AlertRun
from vedette.simulate.types import Alert, Entity

NOW = datetime(2026, 10, 6, 9, tzinfo=UTC)


def _alert(title: str = "T", severity: Severity = Severity.HIGH) -> Alert:
    return Alert(
        id=UUID(int=1),
        rule_id="r",
        rule_name="R",
        title=title,
        description="D",
        severity=severity,
        created=NOW,
        start=NOW,
        end=NOW,
        tactics=("Execution", "Impact"),
        entities=(
            Entity("Account", (("Name", "ana"), ("UPNSuffix", "contoso.com"))),
            Entity("IP", (("Address", "192.0.2.1"),)),
        ),
        custom_details={
            "User": ("ana", "ben"),
            "Count": ("3",),
            "At": ("2026-10-06T08:00:00.0000000Z",),
        },
    )


def _run(*alerts: Alert, rows: int = 1, fired: bool = True) -> AlertRun:
    return AlertRun(alerts, 0, rows, fired)


@pytest.mark.parametrize(
    "wanted",
    [
        ExpectedAlert(),
        ExpectedAlert(title="T", description="D", severity="High"),
        ExpectedAlert(tactics=("Impact", "Execution")),
        ExpectedAlert(entities=({"type": "Account", "Name": "ana"}, {"type": "IP"})),
        ExpectedAlert(custom_details={"User": ("ben", "ana"), "Count": ("3",), "At": ("-1h",)}),
        ExpectedAlert(custom_details={"Nothing": ()}),
    ],
)
def test_an_alert_that_is_as_expected_differs(wanted: ExpectedAlert) -> None:
    assert differences(wanted, _alert(), NOW) == []


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        (ExpectedAlert(title="t"), 'title: expected "t", got "T"'),
        (ExpectedAlert(description=""), 'description: expected "", got "D"'),
        (ExpectedAlert(severity="Low"), 'severity: expected "Low", got "High"'),
        (
            ExpectedAlert(tactics=("Impact",)),
            "tactics: expected Impact, got Execution, Impact",
        ),
        (ExpectedAlert(tactics=()), "tactics: expected none, got Execution, Impact"),
        (
            ExpectedAlert(entities=({"type": "Account", "Name": "ben"},)),
            'entity Account: expected Name "ben", got Name "ana", UPNSuffix "contoso.com"',
        ),
        (
            ExpectedAlert(entities=({"type": "URL", "Url": "x"},)),
            'entity URL: expected Url "x", got no URL',
        ),
        (
            ExpectedAlert(custom_details={"User": ("ana",)}),
            'custom detail User: expected ["ana"], got ["ana", "ben"]',
        ),
        (
            ExpectedAlert(custom_details={"User": ("ana", "ana")}),
            'custom detail User: expected ["ana", "ana"], got ["ana", "ben"]',
        ),
        (
            ExpectedAlert(custom_details={"Site": ("x",)}),
            'custom detail Site: expected ["x"], got []',
        ),
    ],
)
def test_a_difference_of_an_alert_is_missed(wanted: ExpectedAlert, told: str) -> None:
    assert differences(wanted, _alert(), NOW) == [told]


def test_identifiers_of_two_entities_pass_for_one() -> None:
    alert = _alert()
    wanted = ExpectedAlert(entities=({"type": "Account", "Name": "ana", "UPNSuffix": "other"},))
    assert len(differences(wanted, alert, NOW)) == 1


def test_a_wrong_count_does_not_say_why() -> None:
    expect = Expectation(alert_count=1)
    assert alert_differences(expect, _run(rows=0, fired=False), NOW) == (
        "alerts: expected 1, got 0: the query returned no rows",
    )
    assert alert_differences(expect, _run(rows=1, fired=False), NOW) == (
        "alerts: expected 1, got 0: 1 row did not meet the rule's threshold",
    )
    assert alert_differences(Expectation(alert_count=0), _run(_alert()), NOW) == (
        "alerts: expected 0, got 1",
        'alert 1 was not expected: High "T"',
    )
    assert alert_differences(expect, _run(_alert()), NOW) == ()
    assert alert_differences(Expectation(), _run(_alert()), NOW) == ()


def test_a_missing_alert_does_not_name_the_nearest() -> None:
    expect = Expectation(
        alerts=(ExpectedAlert(title="B", severity="Low"), ExpectedAlert(title="A"))
    )
    run = _run(_alert("A"), _alert("B"), rows=2)
    assert alert_differences(expect, run, NOW) == (
        "expected alert 1 is missing; nearest is alert 2:",
        '    severity: expected "Low", got "High"',
        'alert 2 was not expected: High "B"',
    )


def test_two_expected_alerts_share_one() -> None:
    expect = Expectation(alerts=(ExpectedAlert(severity="High"), ExpectedAlert()))
    assert alert_differences(expect, _run(_alert()), NOW) == (
        "alerts: expected 2, got 1",
        "expected alert 2 is missing; nearest is alert 1:",
        "    which another expected alert has matched already",
    )
    assert alert_differences(expect, _run(rows=0), NOW) == (
        "alerts: expected 2, got 0: the query returned no rows",
        "expected alert 1 is missing",
        "expected alert 2 is missing",
    )


def test_many_unexpected_alerts_fill_the_screen() -> None:
    run = _run(*(_alert(f"T{index}") for index in range(9)), rows=9)
    lines = alert_differences(Expectation(alert_count=0), run, NOW)
    assert len(lines) == 7
    assert lines[-1] == "and 4 more"
