"""What is not compared is never deployed; what is compared wrongly is deployed on every run."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from vedette.deploy.diff import FieldChange, differences
from vedette.deploy.payload import resource_of_detection
from vedette.deploy.resource import Body, Resource
from vedette.model.detection import (
    AlertDetails,
    Detection,
    DynamicProperty,
    Grouping,
    IncidentSettings,
    Kind,
)

Make = Callable[..., Resource]


def live(resource: Resource, **changes: object) -> dict[str, Any]:
    """The body as the service answers it, with these properties changed."""
    body = copy.deepcopy(dict(resource.body))
    properties = body["properties"]
    assert isinstance(properties, dict)
    properties.update(changes)
    envelope = {"id": f"/x/{resource.id}", "name": resource.id, "type": "t", "etag": '"1"'}
    return {**body, **envelope}


def changed(resource: Resource, **changes: object) -> dict[str, tuple[object, object]]:
    found = differences(resource, live(resource, **changes))
    return {change.field: (change.before, change.after) for change in found}


def test_a_resource_as_it_was_written_differs_in_nothing(
    make_rule: Make, make_watchlist: Make
) -> None:
    for resource in (make_rule(), make_watchlist("a.example")):
        assert differences(resource, live(resource), resource.rows) == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"queryFrequency": "PT01H00M00S", "queryPeriod": "P10DT00H00M"},
        {"tactics": ["Execution", "InitialAccess"]},
        {"techniques": ["T1204", "T1566.002"], "subTechniques": None},
        {"techniques": ["T1204"], "subTechniques": ["T1566.002"]},
        {"query": "EmailEvents\r\n| where Subject has 'invoice'\r\n"},
        {"description": "Somebody clicked.\n"},
        {"eventGroupingSettings": None, "incidentConfiguration": None},
        {"sentinelEntitiesMappings": [], "alertDetailsOverride": {}, "templateVersion": None},
        {"lastModifiedUtc": "2026-11-02T12:00:00.1234567Z"},
        {
            "entityMappings": [
                {
                    "entityType": "Account",
                    "fieldMappings": [
                        {"columnName": "S", "identifier": "Sid"},
                        {"columnName": "User", "identifier": "Name"},
                    ],
                }
            ]
        },
    ],
    ids=lambda changes: "-".join(changes),
)
def test_another_spelling_of_the_same_rule_is_no_change(
    make_rule: Make, changes: dict[str, Any]
) -> None:
    assert changed(make_rule(), **changes) == {}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"severity": "High"}, {"severity": ("High", "Medium")}),
        ({"enabled": False}, {"enabled": (False, True)}),
        ({"triggerThreshold": 5}, {"triggerThreshold": (5, 0)}),
        ({"suppressionEnabled": 0}, {"suppressionEnabled": (0, False)}),
        ({"description": None}, {"description": (None, "Somebody clicked.")}),
        ({"queryFrequency": "PT2H"}, {"queryFrequency": ("PT2H", "PT1H")}),
        (
            {"tactics": ["Execution"]},
            {"tactics": (("Execution",), ("Execution", "InitialAccess"))},
        ),
        (
            {"subTechniques": ["T1566.001"]},
            {"techniques": (("T1204", "T1566.001"), ("T1204", "T1566.002"))},
        ),
        (
            {"customDetails": {"Sender": "Other", "More": "Column"}},
            {
                "customDetails.More": ("Column", None),
                "customDetails.Sender": ("Other", "SenderFromAddress"),
            },
        ),
        (
            {"entityMappings": None},
            {"entityMappings": (None, ("Account(Name=User, Sid=S)",))},
        ),
        (
            {"incidentConfiguration": {"createIncident": False}},
            {"incidentConfiguration.createIncident": (False, True)},
        ),
        (
            {"eventGroupingSettings": {"aggregationKind": "AlertPerResult"}},
            {"eventGroupingSettings.aggregationKind": ("AlertPerResult", "SingleAlert")},
        ),
        (
            {"alertDetailsOverride": {"alertDynamicProperties": [{"alertProperty": "AlertLink",
                                                                  "value": "Link"}]}},
            {"alertDetailsOverride.alertDynamicProperties": (("AlertLink=Link",), None)},
        ),
        (
            {"alertRuleTemplateName": "d9a2f3c1"},
            {"alertRuleTemplateName": ("d9a2f3c1", None)},
        ),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)  # fmt: skip
def test_t1_every_field_that_the_service_returns_is_compared(
    make_rule: Make, changes: dict[str, Any], expected: dict[str, tuple[object, object]]
) -> None:
    assert changed(make_rule(), **changes) == expected


def test_t1_no_property_of_a_rule_can_change_unnoticed(make_rule: Make) -> None:
    resource = make_rule()
    properties = resource.body["properties"]
    assert isinstance(properties, dict)
    unnoticed = [name for name in properties if not changed(resource, **{name: "otherwise"})]
    assert unnoticed == []


def leaves(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The path of every value that holds no others."""
    if isinstance(value, dict):
        for key, below in value.items():
            yield from leaves(below, (*path, key))
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from leaves(below, (*path, index))
    else:
        yield path


def replaced(body: Body, path: tuple[str | int, ...]) -> Body:
    """A copy in which the value at ``path`` is another."""
    found: Any = copy.deepcopy(dict(body))
    below = found
    for step in path[:-1]:
        below = below[step]
    value = below[path[-1]]
    below[path[-1]] = not value if isinstance(value, bool) else f"{value}x"
    return dict(found)


#: What only says how a watchlist's rows travel.
NOT_COMPARED = {"contentType", "numberOfLinesToSkip", "rawContent", "sourceType"}


def test_t1_no_value_however_deep_can_change_unnoticed(
    make_detection: Callable[..., Detection], make_watchlist: Make
) -> None:
    rule = make_detection(
        sentinel_entities=("Entities",),
        alert_details=AlertDetails(
            "{{A}}", "{{B}}", "Tactic", "Grade", (DynamicProperty("AlertLink", "Link"),)
        ),
        incident=IncidentSettings(
            grouping=Grouping(
                by_entities=("Account",),
                by_alert_details=("Severity",),
                by_custom_details=("Sender",),
            )
        ),
        techniques=("T1204", "T1566.002"),
        template_name="d9a2f3c1-0000-4000-8000-000000000001",
        template_version="1.0.1",
    )
    hunt = make_detection(kind=Kind.HUNTING)
    resources = [*map(resource_of_detection, (rule, hunt)), make_watchlist("a.example")]
    checked = 0
    for resource in resources:
        for path in leaves(resource.body):
            if path[-1] in NOT_COMPARED:
                continue
            checked += 1
            assert differences(resource, replaced(resource.body, path), resource.rows), path
    assert checked > 50


def test_t1_a_property_that_nobody_knows_is_named(make_rule: Make) -> None:
    assert changed(make_rule(), startTimeUtc="2026-11-02T12:00:00Z") == {
        "startTimeUtc": ("2026-11-02T12:00:00Z", None)
    }
    assert changed(make_rule(), novelty={"deep": [1, {"a": 2}]}) == {
        "novelty.deep": (('1', '{"a": 2}'), None)
    }  # fmt: skip


def test_white_space_within_the_query_is_a_change(make_rule: Make) -> None:
    found = changed(make_rule(), query="EmailEvents \n| where Subject has 'invoice'")
    assert list(found) == ["query"]


def test_another_kind_of_rule_is_a_change(make_rule: Make) -> None:
    resource = make_rule()
    assert differences(resource, {**live(resource), "kind": "NRT"}) == (
        FieldChange("kind", "NRT", "Scheduled"),
    )


def test_the_tags_of_a_hunting_query_are_compared_one_by_one(
    make_detection: Callable[..., Detection],
) -> None:
    hunt = resource_of_detection(make_detection(kind=Kind.HUNTING))
    tags = [
        {"name": "techniques", "value": "T1204, T1566.002"},
        {"name": "tactics", "value": "Execution"},
        {"name": "Owner", "value": "somebody"},
        {"value": "nameless"},
    ]
    assert changed(hunt, tags=tags) == {
        "tags": (('{"value": "nameless"}',), None),
        "tags.Owner": ("somebody", None),
        "tags.description": (None, "Somebody clicked."),
        "tags.tactics": (("Execution",), ("Execution", "InitialAccess")),
    }


def test_rows_are_compared_as_a_set_since_the_service_never_returns_the_file(
    make_watchlist: Make,
) -> None:
    resource = make_watchlist("b.example", "a.example", "a.example")
    same = ({"Sender": "a.example"}, {"Owner": "", "Sender": "b.example"})
    assert differences(resource, live(resource, rawContent=None), same) == ()
    other = ({"Sender": "a.example", "Owner": "x"}, {"Sender": "b.example"})
    (change,) = differences(resource, live(resource), other)
    assert change.field == "rows"
    assert change.removed == ('{"Owner": "x", "Sender": "a.example"}',)
    assert change.added == ('{"Sender": "a.example"}',)


def test_what_the_service_manages_of_a_watchlist_is_no_difference(make_watchlist: Make) -> None:
    resource = make_watchlist()
    managed = {
        "watchlistId": "1",
        "created": "2026-11-02T12:00:00Z",
        "updatedBy": {"name": "x"},
        "provisioningState": "Succeeded",
        "isDeleted": False,
        "labels": [],
        "contentType": "Text/Csv",
        "sourceType": "Local file",
    }
    assert changed(resource, **managed) == {}
    assert changed(resource, labels=["mine"]) == {"labels": (("mine",), None)}


def test_the_query_is_shown_as_changed_lines() -> None:
    before = "\n".join(f"line {number}" for number in range(9))
    change = FieldChange("query", before, before.replace("line 4", "line four"))
    assert change.lines == (
        "@@ -3,5 +3,5 @@",
        " line 2",
        " line 3",
        "-line 4",
        "+line four",
        " line 5",
        " line 6",
    )


def test_short_values_have_no_lines() -> None:
    assert FieldChange("severity", "High", "Low").lines == ()
    assert FieldChange("tactics", ("a",), ("b",)).lines == ()
    assert FieldChange("query", None, "one").lines == ()
