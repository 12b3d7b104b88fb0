"""What breaks when alerts are lost, doubled, or land in the wrong incident."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from vedette.model.detection import Grouping, IncidentSettings, MatchingMethod, Severity
from vedette.simulate.incidents import group
from vedette.simulate.types import Alert, AnalyticsRule, Entity, Incident

NINE = datetime(2026, 10, 6, 9, tzinfo=UTC)
TABLE = yaml.safe_load(
    (Path(__file__).parents[2] / "cases/simulate/incidents.yaml").read_text(encoding="utf-8")
)
ANY = IncidentSettings(grouping=Grouping(enabled=True, matching=MatchingMethod.ANY_ALERT))
ALL = IncidentSettings(grouping=Grouping(enabled=True))


def _alert(rule: AnalyticsRule, index: int, given: dict[str, Any]) -> Alert:
    at = NINE + timedelta(minutes=given.get("at", 0))
    named = {"account": ("Account", "Name"), "address": ("IP", "Address")}
    entities = [
        Entity(named[key][0], ((named[key][1], value),))
        for key, value in given.items()
        if key in named
    ]
    return Alert(
        id=UUID(int=index),
        rule_id=rule.id,
        rule_name=rule.name,
        title=given.get("title", f"Title {index}"),
        description=f"Description {index}",
        severity=Severity(given.get("severity", "Medium")),
        created=at,
        start=at,
        end=at,
        entities=tuple(entities),
        custom_details={"Site": tuple(given["site"])} if "site" in given else {},
    )


def _close(incidents: tuple[Incident, ...], number: int | None) -> tuple[Incident, ...]:
    return tuple(
        replace(incident, status="Closed", classification="TruePositive")
        if incident.number == number
        else incident
        for incident in incidents
    )


@pytest.mark.parametrize("case", TABLE, ids=[case["name"] for case in TABLE])
def test_alerts_land_in_the_wrong_incident(case: dict[str, Any], rule: AnalyticsRule) -> None:
    changes = dict(case.get("grouping", {}))
    matching = MatchingMethod(changes.pop("matching", "AllEntities"))
    listed: dict[str, Any] = {
        name: tuple(v) if isinstance(v, list) else v for name, v in changes.items()
    }
    grouping = replace(Grouping(enabled=True, matching=matching), **listed)
    rule = replace(rule, incident=IncidentSettings(case.get("create", True), grouping))
    incidents: tuple[Incident, ...] = ()
    for index, given_alert in enumerate(case["alerts"]):
        incidents = _close(incidents, given_alert.get("close"))
        alert = _alert(rule, index, given_alert)
        incidents = group(incidents, [alert], rule, now=alert.created)
    assert [[alert.id.int for alert in one.alerts] for one in incidents] == case["incidents"]
    assert [one.number for one in incidents] == list(range(1, len(incidents) + 1))
    if "status" in case:
        assert [one.status for one in incidents] == case["status"]


def test_an_incident_is_not_that_of_its_first_alert(rule: AnalyticsRule) -> None:
    rule = replace(rule, incident=ANY)
    first = _alert(rule, 1, {"severity": "Low"})
    second = _alert(rule, 2, {"at": 5, "severity": "High"})
    opened = group((), [first], rule, now=first.created)
    (incident,) = group(opened, [second], rule, now=second.created)
    assert (incident.title, incident.description) == ("Title 1", "Description 1")
    assert incident.severity is Severity.HIGH
    assert (incident.created, incident.modified) == (first.created, second.created)
    assert (incident.id, incident.rule_id) == (opened[0].id, rule.id)


def test_a_graver_incident_is_lowered(rule: AnalyticsRule) -> None:
    rule = replace(rule, incident=ANY)
    alerts = [_alert(rule, 1, {"severity": "High"}), _alert(rule, 2, {"severity": "Informational"})]
    (incident,) = group((), alerts, rule, now=NINE)
    assert incident.severity is Severity.HIGH


def test_reopening_keeps_the_classification_or_loses_the_owner(rule: AnalyticsRule) -> None:
    grouping = replace(ANY.grouping, reopen_closed=True)
    rule = replace(rule, incident=IncidentSettings(grouping=grouping))
    closed = _close(group((), [_alert(rule, 1, {})], rule, now=NINE), 1)
    owned = (replace(closed[0], owner="ana", classification_comment="done"),)
    (incident,) = group(owned, [_alert(rule, 2, {})], rule, now=NINE)
    assert (incident.status, incident.owner) == ("New", "ana")
    assert incident.classification is incident.classification_comment is None


def test_alerts_of_two_rules_share_an_incident(rule: AnalyticsRule) -> None:
    rule = replace(rule, incident=ANY)
    other = replace(rule, id="another")
    incidents = group((), [_alert(rule, 1, {})], rule, now=NINE)
    incidents = group(incidents, [_alert(other, 2, {})], other, now=NINE)
    assert [(one.number, one.rule_id) for one in incidents] == [(1, rule.id), (2, "another")]


def test_more_than_150_alerts_share_an_incident(rule: AnalyticsRule) -> None:
    rule = replace(rule, incident=ANY)
    alerts = [_alert(rule, index, {}) for index in range(310)]
    incidents = group((), alerts, rule, now=NINE)
    assert [len(incident.alerts) for incident in incidents] == [150, 150, 10]
    # "A new incident with the same details as the original."
    assert {incident.title for incident in incidents} == {"Title 0"}
    assert len({incident.id for incident in incidents}) == 3


@given(
    given_alerts=st.lists(
        st.fixed_dictionaries(
            {
                "at": st.integers(0, 2000),
                "account": st.sampled_from(["ana", "ben"]),
                "close": st.one_of(st.none(), st.integers(1, 3)),
            }
        ),
        max_size=30,
    ),
    reopen=st.booleans(),
    enabled=st.booleans(),
)
def test_grouping_loses_or_doubles_an_alert(
    rule: AnalyticsRule, given_alerts: list[dict[str, Any]], reopen: bool, enabled: bool
) -> None:
    grouping = replace(ALL.grouping, enabled=enabled, reopen_closed=reopen)
    rule = replace(rule, incident=IncidentSettings(grouping=grouping))
    given_alerts.sort(key=lambda alert: int(alert["at"]))
    alerts = [_alert(rule, index, one) for index, one in enumerate(given_alerts)]
    incidents: tuple[Incident, ...] = ()
    for alert, one in zip(alerts, given_alerts, strict=True):
        incidents = group(_close(incidents, one["close"]), [alert], rule, now=alert.created)
    filed = [alert.id for incident in incidents for alert in incident.alerts]
    assert sorted(filed) == [alert.id for alert in alerts]
    assert [one.number for one in incidents] == list(range(1, len(incidents) + 1))
    for incident in incidents:
        assert len({alert.entities for alert in incident.alerts}) == 1
        assert incident.alerts[-1].created - incident.alerts[0].created <= grouping.look_back
    # The same alerts once more change nothing.
    assert group(incidents, alerts, rule, now=NINE + timedelta(days=9)) == incidents


@given(cuts=st.lists(st.integers(0, 20), max_size=5))
def test_how_alerts_are_handed_over_changes_the_incidents(
    rule: AnalyticsRule, cuts: list[int]
) -> None:
    rule = replace(rule, incident=ALL)
    alerts = [_alert(rule, index, {"account": "ab"[index % 2]}) for index in range(20)]
    incidents: tuple[Incident, ...] = ()
    edges = [0, *sorted(cuts), 20]
    for start, end in pairwise(edges):
        incidents = group(incidents, alerts[start:end], rule, now=NINE)
    assert incidents == group((), alerts, rule, now=NINE)


def test_incidents_that_were_there_are_touched(rule: AnalyticsRule) -> None:
    rule = replace(rule, incident=IncidentSettings(create=False))
    incidents = group((), [_alert(rule, 1, {})], replace(rule, incident=ALL), now=NINE)
    assert group(incidents, [_alert(rule, 2, {})], rule, now=NINE) == incidents
