"""A SARIF file that its readers refuse, or whose places they do not find."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import Any

import pytest

from vedette.finding import Finding, Level
from vedette.kql.checks.base import all_checks
from vedette.report.sarif import render_sarif
from vedette.source import Location

PATH = PurePosixPath("detections/e mail/ä#1.yaml")
FINDINGS = [
    Finding(Location(PATH, 7, 3), "unused-let", "'a' is never used", "remove it", Level.WARNING),
    Finding(Location(PATH, 2), "KS142", "The name 'x' is not known"),
    Finding(Location(PATH, 9), "unused-let", "'b' is never used", "remove it", Level.WARNING),
]


@pytest.fixture(scope="module")
def run() -> dict[str, Any]:
    """The only run of the rendered document."""
    document = json.loads(render_sarif(FINDINGS, all_checks(), "1.2.3"))
    assert document["version"] == "2.1.0"
    assert document["$schema"].endswith("sarif-schema-2.1.0.json")
    assert len(document["runs"]) == 1
    found: dict[str, Any] = document["runs"][0]
    return found


def test_results_are_in_the_order_of_the_file_with_their_levels(run: dict[str, Any]) -> None:
    assert [
        (each["ruleId"], each["level"], each["message"]["text"]) for each in run["results"]
    ] == [
        ("KS142", "error", "The name 'x' is not known"),
        ("unused-let", "warning", "'a' is never used (remove it)"),
        ("unused-let", "warning", "'b' is never used (remove it)"),
    ]


def test_each_result_points_at_its_rule(run: dict[str, Any]) -> None:
    rules = run["tool"]["driver"]["rules"]

    assert [rule["id"] for rule in rules] == ["KS142", "unused-let"]
    assert all(rules[each["ruleIndex"]]["id"] == each["ruleId"] for each in run["results"])


def test_a_check_is_described_with_its_examples(run: dict[str, Any]) -> None:
    rule = run["tool"]["driver"]["rules"][1]

    assert rule["shortDescription"]["text"] == "A let gives a name that the query does not use."
    assert "```kusto\nlet threshold = 25;" in rule["help"]["markdown"]
    assert rule["defaultConfiguration"] == {"level": "warning"}


def test_a_path_is_a_uri_and_columns_are_code_points(run: dict[str, Any]) -> None:
    place = run["results"][1]["locations"][0]["physicalLocation"]

    assert place["artifactLocation"] == {
        "uri": "detections/e%20mail/%C3%A4%231.yaml",
        "uriBaseId": "%SRCROOT%",
    }
    assert place["region"] == {"startLine": 7, "startColumn": 3}
    assert run["columnKind"] == "unicodeCodePoints"


def test_nothing_found_is_a_run_without_results() -> None:
    document = json.loads(render_sarif([], all_checks(), "1.2.3"))

    assert document["runs"][0]["results"] == []
    assert document["runs"][0]["tool"]["driver"]["rules"] == []
