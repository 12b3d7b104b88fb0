"""What breaks when a detection becomes another rule than the one that is deployed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import PurePosixPath
from uuid import UUID

import pytest

from vedette.model.detection import Detection, Kind, Severity, Suppression
from vedette.model.document import Document
from vedette.simulate.rule import rule_from_detection

DETECTION = Detection(
    id=UUID(int=7),
    kind=Kind.NRT,
    name="N",
    description="D",
    query="Q",
    version="1.0.0",
    severity=Severity.LOW,
    enabled=False,
    tactics=("Impact",),
    techniques=("T1485",),
    custom_details={"K": "C"},
    suppression=Suppression(enabled=True, duration=timedelta(hours=2)),
    source=Document(PurePosixPath("x.yaml"), "", {}, {}, {}),
)


def test_a_field_of_the_detection_is_lost() -> None:
    rule = rule_from_detection(DETECTION)
    same = ("kind", "name", "description", "query", "severity", "enabled", "tactics", "techniques")
    assert [getattr(rule, name) for name in same] == [getattr(DETECTION, name) for name in same]
    assert rule.id == "00000000-0000-0000-0000-000000000007"
    assert rule.custom_details == {"K": "C"}
    assert rule.suppression == timedelta(hours=2)


def test_suppression_that_is_off_has_a_duration() -> None:
    off = replace(DETECTION, suppression=Suppression(enabled=False, duration=timedelta(hours=2)))
    assert rule_from_detection(off).suppression is None


def test_a_hunting_query_becomes_a_rule() -> None:
    with pytest.raises(ValueError, match="hunting query"):
        rule_from_detection(replace(DETECTION, kind=Kind.HUNTING))
