"""A body that Graph refuses, or that makes another rule than the file says."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path, PurePosixPath

import pytest

from vedette.deploy.artefacts import artefacts_of, manifest_text, write_build
from vedette.deploy.custom_detection import (
    CustomDetection,
    custom_detection_body,
    custom_detections_of,
)
from vedette.deploy.gate import Verdict
from vedette.errors import ToolError
from vedette.kql.binder import Binder
from vedette.kql.bound import BoundQuery
from vedette.kql.desugar.segments import Piece, Segments
from vedette.kql.products.detection import DefenderQuery
from vedette.kql.products.result import RenderedQuery
from vedette.model.defender import DefenderSettings
from vedette.model.detection import AlertDetails, Detection, EntityMapping, FieldMapping, Kind
from vedette.model.product import Product
from vedette.project import Project
from vedette.report.build import render_text

Make = Callable[..., Detection]

TEXT = "EmailEvents\n| project Timestamp, ReportId, User, S, SenderFromAddress\n\n"
COLUMNS = {
    "TimeGenerated": "Timestamp",
    "User": "User",
    "S": "S",
    "SenderFromAddress": "SenderFromAddress",
}


def query(text: str = TEXT) -> DefenderQuery:
    segments = Segments((Piece(text, 0, copied=True),))
    return DefenderQuery(RenderedQuery(segments, COLUMNS), BoundQuery(text, (), ()))


@pytest.fixture(scope="module", name="binder")
def _binder() -> Iterator[Binder]:
    with Binder() as ready:
        yield ready


def test_a_rule_is_written_in_the_form_of_2026(make_detection: Make) -> None:
    rule = make_detection(
        custom_details={"Sender": "SenderFromAddress", "When": "TimeGenerated"},
        alert_details=AlertDetails("{{User}} at {{TimeGenerated}}", None, None, "S"),
        response=("Look at\n  it.", "Purge it."),
    )

    assert custom_detection_body(rule, query()) == {
        "@odata.type": "#microsoft.graph.security.detectionRule",
        "id": "6a2f4d0e-1c7b-4c39-9e46-8d5b0f3a2c05",
        "displayName": "Click on a link",
        "description": "Somebody clicked.",
        "status": "enabled",
        "queryCondition": {
            "queryText": "EmailEvents\n| project Timestamp, ReportId, User, S, SenderFromAddress"
        },
        "schedule": {"frequency": "PT1H"},
        "detectionAction": {
            "alertTemplate": {
                "title": "{{User}} at {{Timestamp}}",
                "description": "Somebody clicked.",
                "severity": "medium",
                "recommendedActions": "Look at it.\nPurge it.",
                "tactics": [
                    {"tactic": "InitialAccess", "techniques": [{"technique": "T1566.002"}]},
                    {"tactic": "Execution", "techniques": [{"technique": "T1204"}]},
                ],
                "customDetails": {"Sender": "SenderFromAddress", "When": "Timestamp"},
                "entityMappings": {"accounts": [{"nameColumn": "User", "sidColumn": "S"}]},
            }
        },
    }


def test_a_disabled_and_a_continuous_rule_say_so(make_detection: Make) -> None:
    rule = make_detection(kind=Kind.NRT, schedule=None, enabled=False)
    body = custom_detection_body(rule, query())

    assert body["status"] == "disabled"
    assert body["schedule"] == {"frequency": "PT0S"}


@pytest.mark.parametrize(("hours", "frequency"), [(3, "PT3H"), (12, "PT12H"), (24, "P1D")])
def test_the_frequency_is_the_rules_own(make_detection: Make, hours: int, frequency: str) -> None:
    rule = make_detection()
    assert rule.schedule is not None
    rule = replace(rule, schedule=replace(rule.schedule, frequency=timedelta(hours=hours)))

    assert custom_detection_body(rule, query())["schedule"] == {"frequency": frequency}


def test_entities_of_one_type_share_a_collection_and_keep_what_it_knows(
    make_detection: Make,
) -> None:
    rule = make_detection(
        entity_mappings=(
            EntityMapping("URL", (FieldMapping("Url", "User"),)),
            EntityMapping("URL", (FieldMapping("Url", "S"),)),
            EntityMapping(
                "MailMessage",
                (FieldMapping("Recipient", "User"), FieldMapping("DeliveryAction", "S")),
            ),
            EntityMapping("Malware", (FieldMapping("Name", "S"),)),
            EntityMapping("Account", (FieldMapping("FullName", "S"),)),
        )
    )
    body = json.loads(json.dumps(custom_detection_body(rule, query())))

    assert body["detectionAction"]["alertTemplate"]["entityMappings"] == {
        "urls": [{"addressColumn": "User"}, {"addressColumn": "S"}],
        "mailMessages": [{"recipientColumn": "User"}],
    }


def test_a_technique_stands_under_each_tactic_that_it_serves(make_detection: Make) -> None:
    rule = make_detection(
        tactics=("Persistence", "DefenseEvasion", "Impact"), techniques=("T1078.004",)
    )
    body = json.loads(json.dumps(custom_detection_body(rule, query())))

    assert body["detectionAction"]["alertTemplate"]["tactics"] == [
        {"tactic": "Persistence", "techniques": [{"technique": "T1078.004"}]},
        {"tactic": "DefenseEvasion", "techniques": [{"technique": "T1078.004"}]},
        {"tactic": "Impact", "techniques": []},
    ]


def test_only_rules_that_are_for_defender_become_custom_detections(
    make_detection: Make, binder: Binder
) -> None:
    both = (Product.SENTINEL, Product.DEFENDER)
    text = "EmailEvents | project TimeGenerated, RecipientEmailAddress"
    changes = {"query": text, "entity_mappings": (), "custom_details": {}}
    rules = (
        make_detection("rule", products=both, **changes),
        make_detection("other", **changes),
        make_detection("hunt", kind=Kind.HUNTING, products=both, **changes),
    )
    found = custom_detections_of(Project(Path(), rules, rules), binder)

    assert [each.path.stem for each in found] == ["rule"]
    assert found[0].body["queryCondition"] == {
        "queryText": "EmailEvents | project Timestamp, ReportId, RecipientEmailAddress"
    }


def test_a_query_that_cannot_be_rendered_is_never_written(
    make_detection: Make, binder: Binder
) -> None:
    both = (Product.SENTINEL, Product.DEFENDER)
    rule = make_detection(query="SigninLogs | project TimeGenerated, UserId", products=both)

    with pytest.raises(ToolError, match="no table 'SigninLogs'"):
        custom_detections_of(Project(Path(), (rule,), (rule,)), binder)


def test_the_build_lists_a_custom_detection_and_removes_it_later(tmp_path: Path) -> None:
    custom = CustomDetection("an-id", "Mail", PurePosixPath("detections/x.yaml"), {"id": "an-id"})
    written = write_build(tmp_path, [custom], "1.0")
    entry = json.loads(manifest_text(written.artefacts, "1.0"))["resources"][0]

    assert json.loads((tmp_path / "defender" / "an-id.json").read_text(encoding="utf-8")) == {
        "id": "an-id"
    }
    assert entry == {
        "file": "defender/an-id.json",
        "sha256": artefacts_of([custom])[0].sha256,
        "kind": "custom detection",
        "collection": "security/rules/detectionRules",
        "id": "an-id",
        "name": "Mail",
        "source": "detections/x.yaml",
    }
    assert "build: 1 custom detection written\n" in render_text(Verdict((), ()), written, "build")

    again = write_build(tmp_path, [], "1.0")

    assert again.removed == (PurePosixPath("defender/an-id.json"),)
    assert not (tmp_path / "defender" / "an-id.json").exists()


def test_a_rule_that_is_otherwise_there_is_written_as_it_is_there(make_detection: Make) -> None:
    rule = make_detection(
        alert_details=AlertDetails("{{User}}, {{S}}", "{{SenderFromAddress}}", None, None),
        defender=DefenderSettings(timedelta(hours=24), description_format="at {{TimeGenerated}}"),
    )

    body = custom_detection_body(rule, query())

    action = body["detectionAction"]
    assert isinstance(action, dict)
    assert body["schedule"] == {"frequency": "P1D"}
    assert action["alertTemplate"]["title"] == "{{User}}, {{S}}"
    assert action["alertTemplate"]["description"] == "at {{Timestamp}}"


def test_a_rule_by_the_minute_can_be_one_by_the_hour_there(make_detection: Make) -> None:
    rule = make_detection(
        kind=Kind.NRT, schedule=None, defender=DefenderSettings(timedelta(hours=1))
    )

    assert custom_detection_body(rule, query())["schedule"] == {"frequency": "PT1H"}
