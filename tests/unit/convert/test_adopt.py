"""Edits move what somebody changed, and not a byte besides."""

from __future__ import annotations

import copy
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml

from vedette.convert.adopt import adopt, unrendered
from vedette.convert.content import Form
from vedette.convert.edit import Edit, EditError, apply_edits
from vedette.convert.verify import load_text
from vedette.deploy.resource import Resource

TABLE = yaml.safe_load(
    (Path(__file__).parents[2] / "cases" / "convert" / "edits.yaml").read_text(encoding="utf-8")
)
CASES: dict[str, dict[str, Any]] = {case["name"]: case for case in TABLE["edits"]}
PATH = PurePosixPath("detections/mail/rule.yaml")


def given(case: dict[str, Any]) -> tuple[str, Resource, dict[str, Any]]:
    """The file, what it deploys, and what is live."""
    text = TABLE["head"] + case["before"]
    loaded = load_text(text, Form.DETECTION, PATH)
    assert loaded.resource is not None, loaded.findings
    live: dict[str, Any] = copy.deepcopy(dict(loaded.resource.body))
    live["properties"].update(case["set"])
    live["kind"] = case.get("kind", "Scheduled")
    return text, loaded.resource, live


@pytest.mark.parametrize("name", [name for name in CASES if "after" in CASES[name]])
def test_only_what_changed_moves(name: str) -> None:
    case = CASES[name]
    text, resource, live = given(case)
    wanted = text if case["after"] == "same" else TABLE["head"] + case["after"]
    adopted = adopt(text, PATH, resource, live)
    assert adopted.raw == wanted
    assert adopted.losses == ()
    again = load_text(wanted, Form.DETECTION, PATH)
    assert again.resource is not None
    assert adopt(wanted, PATH, again.resource, live).raw == wanted


@pytest.mark.parametrize("name", [name for name in CASES if "refused" in CASES[name]])
def test_what_cannot_be_moved_is_not(name: str) -> None:
    text, resource, live = given(CASES[name])
    with pytest.raises(EditError, match=CASES[name]["refused"]):
        adopt(text, PATH, resource, live)


def test_a_property_that_no_file_has_is_told_and_the_rest_moves() -> None:
    case = {"before": "description: A text.\nquery: EmailEvents\n", "set": {"severity": "Low"}}
    text, resource, live = given(case)
    live["properties"]["startTimeUtc"] = "2026-01-01T00:00:00Z"
    adopted = adopt(text, PATH, resource, live)
    assert adopted.raw == text.replace("severity: Medium", "severity: Low")
    assert [loss.field for loss in adopted.losses] == ["startTimeUtc"]


def test_line_ends_and_a_byte_order_mark_stay() -> None:
    case = {"before": "description: A text.\nquery: |\n  A\n  B\n", "set": {"query": "A\nX\nB"}}
    text, resource, live = given(case)
    raw = "\ufeff" + text.replace("\n", "\r\n")
    wanted = "\ufeff" + text.replace("  B\n", "  X\n  B\n").replace("\n", "\r\n")
    assert adopt(raw, PATH, resource, live).raw == wanted


def test_a_single_foreign_line_end_keeps_its_place() -> None:
    raw = "a: 1\r\nb: 2\nc: 3\n"
    assert apply_edits(raw, [Edit(8, 9, "4"), Edit(13, 14, "5")]) == "a: 1\r\nb: 4\nc: 5\n"


@pytest.fixture(name="bodies")
def _bodies() -> tuple[dict[str, Any], dict[str, Any]]:
    """What the file says, and what the environment makes of it."""
    own = {"kind": "Scheduled", "properties": {"severity": "Medium", "query": "A", "enabled": True}}
    rendered = copy.deepcopy(own)
    properties = rendered["properties"]
    assert isinstance(properties, dict)
    properties.update(severity="Low", query="A\n| where not(x)")
    return own, rendered


def test_what_the_environment_sets_stays_out_of_the_file(
    bodies: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    own, rendered = bodies
    live = copy.deepcopy(rendered)
    live["properties"]["enabled"] = False
    assert unrendered(live, own, rendered)["properties"] == {
        "severity": "Medium",
        "query": "A",
        "enabled": False,
    }


def test_a_change_of_what_the_environment_sets_is_made_there(
    bodies: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    own, rendered = bodies
    live = copy.deepcopy(rendered)
    live["properties"]["severity"] = "High"
    with pytest.raises(EditError, match="the environment sets 'severity'"):
        unrendered(live, own, rendered)
