"""What breaks when an incident is another one after a restart."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from vedette.model.detection import Severity
from vedette.simulate.types import Alert, Entity, Incident
from vedette.workspace.incident_text import decode, encode

T = datetime(2026, 11, 2, 12, 5, tzinfo=UTC)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
PLAIN = st.one_of(st.none(), st.booleans(), st.integers(), TEXT)
ALERTS = st.builds(
    Alert,
    id=st.uuids(),
    rule_id=TEXT,
    rule_name=TEXT,
    title=TEXT,
    description=TEXT,
    severity=st.sampled_from(Severity),
    created=st.just(T),
    start=st.just(T - timedelta(hours=1)),
    end=st.just(T - timedelta(microseconds=1)),
    tactics=st.lists(TEXT, max_size=2).map(tuple),
    techniques=st.lists(TEXT, max_size=2).map(tuple),
    entities=st.lists(
        st.builds(Entity, TEXT, st.lists(st.tuples(TEXT, TEXT), max_size=3).map(tuple)), max_size=3
    ).map(tuple),
    custom_details=st.dictionaries(TEXT, st.lists(TEXT, max_size=3).map(tuple), max_size=2),
    properties=st.dictionaries(TEXT, TEXT, max_size=2),
    rows=st.lists(st.dictionaries(TEXT, PLAIN, max_size=3), max_size=2).map(tuple),
)
INCIDENTS = st.builds(
    Incident,
    id=st.uuids(),
    number=st.integers(min_value=1),
    title=TEXT,
    description=TEXT,
    severity=st.sampled_from(Severity),
    created=st.just(T),
    modified=st.just(T + timedelta(days=1)),
    rule_id=TEXT,
    alerts=st.lists(ALERTS, max_size=2).map(tuple),
    status=st.sampled_from(["New", "Active", "Closed"]),
    classification=st.none() | st.just("TruePositive"),
    classification_reason=st.none() | st.just("SuspiciousActivity"),
    classification_comment=st.none() | TEXT,
    owner=st.none() | TEXT,
)


@given(INCIDENTS)
def test_an_incident_is_another_after_a_round_trip(incident: Incident) -> None:
    assert decode(json.loads(json.dumps(encode(incident)))) == incident


def test_a_cell_of_some_type_cannot_be_kept() -> None:
    row = {
        "when": T,
        "long": timedelta(hours=1),
        "id": UUID(int=1),
        "exact": Decimal("1.50"),
        "real": 0.5,
        "no number": float("nan"),
        "bag": {"a": [1, float("inf")]},
        "nothing": None,
    }
    alert = Alert(UUID(int=1), "r", "R", "t", "d", Severity.LOW, T, T, T, rows=(row,))
    incident = Incident(UUID(int=2), 1, "t", "d", Severity.LOW, T, T, "r", (alert,))
    text = json.dumps(encode(incident), allow_nan=False)
    [kept] = decode(json.loads(text)).alerts[0].rows
    assert kept["when"] == "2026-11-02T12:05:00.0000000Z"
    assert kept["long"] == "01:00:00"
    assert kept["exact"] == "1.5"
    assert kept["nothing"] is None
    assert encode(replace(incident, alerts=(replace(alert, rows=(kept,)),))) == encode(incident)
