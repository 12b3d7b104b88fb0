"""What breaks when an incident is shown as another, or its JSON cannot be read."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from vedette.model.detection import Severity
from vedette.report.alerts import render_json, render_text
from vedette.simulate.types import Alert, Entity, Incident

NINE = datetime(2026, 10, 6, 9, tzinfo=UTC)
ALERT = Alert(
    id=UUID(int=1),
    rule_id="r",
    rule_name="R",
    title="Ana clicked",
    description="D",
    severity=Severity.HIGH,
    created=NINE,
    start=NINE - timedelta(hours=1),
    end=NINE,
    tactics=("Execution",),
    entities=(Entity("Account", (("Name", "ana"), ("UPNSuffix", "contoso.com"))),),
    custom_details={"Count": ("3",)},
    rows=(
        {
            "At": NINE,
            "Span": timedelta(hours=1),
            "Real": float("nan"),
            "Money": Decimal("1.50"),
            "Bag": {"a": None},
            "Null": None,
        },
    ),
)
INCIDENT = Incident(
    id=UUID(int=2),
    number=7,
    title="Ana clicked",
    description="D",
    severity=Severity.HIGH,
    created=NINE,
    modified=NINE,
    rule_id="r",
    alerts=(ALERT,),
)


def test_no_incidents_are_shown_as_nothing() -> None:
    assert render_text([]) == "no incidents\n"
    assert render_json([]) == "[]\n"


def test_an_incident_does_not_say_what_when_and_who() -> None:
    assert render_text([INCIDENT]) == (
        "Incident 7 · High · Ana clicked\n"
        "  New, 1 alert, created 2026-10-06T09:00:00Z\n"
        "  - High · Ana clicked\n"
        "    2026-10-06T08:00:00Z to 2026-10-06T09:00:00Z\n"
        "    Account: Name ana, UPNSuffix contoso.com\n"
    )


def test_json_has_values_that_json_does_not_have() -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    (incident,) = json.loads(render_json([INCIDENT]), parse_constant=refuse)
    assert (incident["number"], incident["status"]) == (7, "New")
    (alert,) = incident["alerts"]
    assert alert["entities"] == [{"type": "Account", "Name": "ana", "UPNSuffix": "contoso.com"}]
    assert alert["rows"] == [
        {
            "At": "2026-10-06T09:00:00.0000000Z",
            "Span": "01:00:00",
            "Real": "NaN",
            "Money": "1.5",
            "Bag": {"a": None},
            "Null": None,
        }
    ]
