"""A body that lacks something is refused by the service, or silently filled with a default."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import PurePosixPath
from uuid import UUID

from vedette.deploy.payload import (
    function_body,
    hunting_body,
    resource_of_detection,
    resources_of,
    rule_body,
)
from vedette.deploy.resource import Collection, Resource, ResourceKind
from vedette.model.content import WorkspaceFunction
from vedette.model.detection import (
    AggregationKind,
    AlertDetails,
    Detection,
    DynamicProperty,
    Grouping,
    IncidentSettings,
    Kind,
    MatchingMethod,
    Suppression,
)
from vedette.model.document import Document

Make = Callable[..., Detection]


def function() -> WorkspaceFunction:
    return WorkspaceFunction(
        id=UUID("7d0c4a53-6f5e-4c51-9d0b-6d1a2f0f5c11"),
        alias="DmarcFailed",
        name="DMARC failed",
        description="True if DMARC failed.",
        query="Details has 'fail'\n",
        version="1.0.0",
        parameters="Details:string, Days:int = 7",
        category="Email",
        source=Document(PurePosixPath("detections/shared/functions/x.yaml"), "", {}, {}, {}),
    )


def test_a_scheduled_rule_is_written_with_every_default_spelled_out(make_detection: Make) -> None:
    assert rule_body(make_detection()) == {
        "kind": "Scheduled",
        "properties": {
            "displayName": "Click on a link",
            "description": "Somebody clicked.",
            "severity": "Medium",
            "enabled": True,
            "query": "EmailEvents\n| where Subject has 'invoice'",
            "queryFrequency": "PT1H",
            "queryPeriod": "P10D",
            "triggerOperator": "GreaterThan",
            "triggerThreshold": 0,
            "suppressionEnabled": False,
            "suppressionDuration": "PT5H",
            "tactics": ["InitialAccess", "Execution"],
            "techniques": ["T1566", "T1204"],
            "subTechniques": ["T1566.002"],
            "entityMappings": [
                {
                    "entityType": "Account",
                    "fieldMappings": [
                        {"identifier": "Name", "columnName": "User"},
                        {"identifier": "Sid", "columnName": "S"},
                    ],
                }
            ],
            "customDetails": {"Sender": "SenderFromAddress"},
            "eventGroupingSettings": {"aggregationKind": "SingleAlert"},
            "incidentConfiguration": {
                "createIncident": True,
                "groupingConfiguration": {
                    "enabled": False,
                    "reopenClosedIncident": False,
                    "lookbackDuration": "PT5H",
                    "matchingMethod": "AllEntities",
                },
            },
        },
    }


def test_a_near_real_time_rule_has_no_schedule_but_a_suppression(make_detection: Make) -> None:
    body = rule_body(make_detection(kind=Kind.NRT, schedule=None))
    properties = body["properties"]
    assert isinstance(properties, dict)
    assert body["kind"] == "NRT"
    assert not {"queryFrequency", "queryPeriod", "triggerOperator", "triggerThreshold"} & set(
        properties
    )
    assert properties["suppressionDuration"] == "PT5H"


def test_everything_that_a_rule_can_say_reaches_its_body(make_detection: Make) -> None:
    detection = make_detection(
        enabled=False,
        sentinel_entities=("Entities",),
        alert_details=AlertDetails(
            name_format="{{User}} clicked",
            description_format="It was {{User}}",
            tactics_column="Tactic",
            severity_column="Grade",
            dynamic_properties=(DynamicProperty("AlertLink", "Link"),),
        ),
        aggregation=AggregationKind.ALERT_PER_RESULT,
        suppression=Suppression(enabled=True, duration=timedelta(hours=2)),
        incident=IncidentSettings(
            create=False,
            grouping=Grouping(
                enabled=True,
                reopen_closed=True,
                look_back=timedelta(days=1),
                matching=MatchingMethod.SELECTED,
                by_entities=("Account",),
                by_alert_details=("Severity",),
                by_custom_details=("Sender",),
            ),
        ),
        template_name="d9a2f3c1-0000-4000-8000-000000000001",
        template_version="1.0.1",
    )
    properties = rule_body(detection)["properties"]
    assert isinstance(properties, dict)
    assert properties["enabled"] is False
    assert properties["sentinelEntitiesMappings"] == [{"columnName": "Entities"}]
    assert properties["alertDetailsOverride"] == {
        "alertDisplayNameFormat": "{{User}} clicked",
        "alertDescriptionFormat": "It was {{User}}",
        "alertTacticsColumnName": "Tactic",
        "alertSeverityColumnName": "Grade",
        "alertDynamicProperties": [{"alertProperty": "AlertLink", "value": "Link"}],
    }
    assert properties["eventGroupingSettings"] == {"aggregationKind": "AlertPerResult"}
    assert (properties["suppressionEnabled"], properties["suppressionDuration"]) == (True, "PT2H")
    assert properties["incidentConfiguration"] == {
        "createIncident": False,
        "groupingConfiguration": {
            "enabled": True,
            "reopenClosedIncident": True,
            "lookbackDuration": "P1D",
            "matchingMethod": "Selected",
            "groupByEntities": ["Account"],
            "groupByAlertDetails": ["Severity"],
            "groupByCustomDetails": ["Sender"],
        },
    }
    assert properties["alertRuleTemplateName"] == "d9a2f3c1-0000-4000-8000-000000000001"
    assert properties["templateVersion"] == "1.0.1"


def test_a_hunting_query_carries_description_tactics_and_techniques_as_tags(
    make_detection: Make,
) -> None:
    body = hunting_body(make_detection(kind=Kind.HUNTING, severity=None, schedule=None))
    assert body == {
        "properties": {
            "category": "Hunting Queries",
            "displayName": "Click on a link",
            "query": "EmailEvents\n| where Subject has 'invoice'",
            "version": 2,
            "tags": [
                {"name": "description", "value": "Somebody clicked."},
                {"name": "tactics", "value": "InitialAccess,Execution"},
                {"name": "techniques", "value": "T1566.002,T1204"},
            ],
        }
    }


def test_a_hunting_query_without_tactics_has_no_empty_tags(make_detection: Make) -> None:
    body = hunting_body(
        make_detection(kind=Kind.HUNTING, tactics=(), techniques=(), description="")
    )
    properties = body["properties"]
    assert isinstance(properties, dict)
    assert "tags" not in properties


def test_a_function_is_called_by_its_alias_with_its_parameters() -> None:
    assert function_body(function()) == {
        "properties": {
            "category": "Email",
            "displayName": "DMARC failed",
            "query": "Details has 'fail'",
            "functionAlias": "DmarcFailed",
            "functionParameters": "Details:string, Days:int = 7",
            "version": 2,
            "tags": [{"name": "description", "value": "True if DMARC failed."}],
        }
    }


def test_a_watchlist_brings_its_rows_and_how_to_read_them(
    make_watchlist: Callable[..., Resource],
) -> None:
    assert make_watchlist("a.example").body == {
        "properties": {
            "displayName": "Known senders",
            "description": "Who may fail DMARC",
            "provider": "Vedette",
            "source": "Senders.csv",
            "sourceType": "Local",
            "itemsSearchKey": "Sender",
            "watchlistAlias": "Senders",
            "contentType": "text/csv",
            "numberOfLinesToSkip": 0,
            "rawContent": "Sender,Owner\na.example,\n",
        }
    }


def test_resources_come_in_the_order_in_which_they_need_each_other(make_detection: Make) -> None:
    rule, hunt = make_detection("a"), make_detection("b", kind=Kind.HUNTING)
    resources = resources_of([hunt, rule], [function()], [])
    assert [resource.kind for resource in resources] == [
        ResourceKind.FUNCTION,
        ResourceKind.RULE,
        ResourceKind.HUNTING,
    ]
    assert [resource.label for resource in resources] == ["DmarcFailed", "a", "b"]


def test_the_id_in_the_file_is_the_identity_in_the_workspace(make_detection: Make) -> None:
    resource = resource_of_detection(make_detection())
    assert resource.key == (Collection.RULES, "6a2f4d0e-1c7b-4c39-9e46-8d5b0f3a2c05")
