"""A red build that reads like a green one leaves yesterday's files for today's."""

from __future__ import annotations

import json
from pathlib import PurePosixPath

from vedette.deploy.artefacts import Written, artefacts_of
from vedette.deploy.gate import Verdict
from vedette.deploy.resource import Resource, ResourceKind
from vedette.finding import Finding, Level
from vedette.report.build import render_json, render_text
from vedette.source import Location

FINDING = Finding(Location(PurePosixPath("detections/y.yaml"), 3, 1), "an-id", "is wrong", "do it")
WARNING = Finding(
    Location(PurePosixPath("detections/y.yaml"), 4, 1), "a-hint", "is odd", "", Level.WARNING
)


def resource(kind: ResourceKind, label: str) -> Resource:
    return Resource(kind, label, label, label, PurePosixPath(f"detections/{label}.yaml"), {"a": 1})


WRITTEN = Written(
    artefacts_of(
        [
            resource(ResourceKind.HUNTING, "one"),
            resource(ResourceKind.HUNTING, "two"),
            resource(ResourceKind.RULE, "three"),
        ]
    ),
    (PurePosixPath("rules/old.json"),),
)


def test_a_red_build_says_what_is_wrong_and_that_nothing_was_written() -> None:
    text = render_text(Verdict((FINDING,), ()), None, "build")
    assert str(FINDING) in text
    assert text.endswith("\nNothing was written to build.\n")


def test_a_green_build_says_what_it_wrote_and_removed() -> None:
    text = render_text(Verdict((WARNING,), ()), WRITTEN, "out")
    assert text.splitlines()[0] == "detections/y.yaml:4:1: a-hint warning: is odd"
    assert text.splitlines()[-2:] == [
        "out: 1 rule, 2 hunting queries written",
        "out/rules/old.json: removed, no longer built",
    ]


def test_the_json_holds_the_files_and_the_evidence() -> None:
    green = json.loads(render_json(Verdict((), ()), WRITTEN, "build"))
    assert [entry["file"] for entry in green["written"]] == [
        "hunting/one.json",
        "hunting/two.json",
        "rules/three.json",
    ]
    assert green["removed"] == ["rules/old.json"]
    red = json.loads(render_json(Verdict((FINDING,), ()), None, "build"))
    assert (red["green"], red["written"], red["removed"]) == (False, [], [])
    assert red["evidence"]["findings"][0]["id"] == "an-id"


def test_no_evidence_is_not_green() -> None:
    assert not Verdict((), ()).green
