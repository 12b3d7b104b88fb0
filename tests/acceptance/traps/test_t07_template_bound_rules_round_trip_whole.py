"""Trap 7: a rule bound to a template loses its name on a write, or its template on a pull."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tests.acceptance.portal import RULE, Portal

from vedette.convert.arm_template import write_template
from vedette.convert.read_json import Found, read_json
from vedette.deploy.diff import differences
from vedette.deploy.payload import resource_of_detection
from vedette.project import load_project

if TYPE_CHECKING:
    from tests.acceptance.conftest import Done

Here = Callable[..., "Done"]

BOUND = "bbbbbbbb-0000-4000-8000-000000000007"
LINK = {
    "alertRuleTemplateName": "0dd2a343-4bf9-4c93-a547-adf3658ddaec",
    "templateVersion": "1.0.10",
}


def test_t07_pulled_and_written_again_it_is_the_same_rule(
    here: Here, small_repository: Path, portal: Portal
) -> None:
    portal.put(f"alertRules/{BOUND}", RULE)
    portal.edit(BOUND, **LINK)
    done = here("pull", "--env", "test")
    assert done.code == 0, done.out + done.err
    project = load_project(small_repository)
    (detection,) = [each for each in project.detections if str(each.id) == BOUND]
    assert detection.name == "Made in the portal"
    assert detection.template_name == LINK["alertRuleTemplateName"]
    assert detection.template_version == LINK["templateVersion"]
    resource = resource_of_detection(detection)
    live = portal.get(f"alertRules/{BOUND}")
    assert differences(resource, live) == ()
    # A write of what was pulled leaves the rule as it was: name, template and version.
    portal.put(f"alertRules/{BOUND}", {**resource.body, "etag": live["etag"]})
    after = portal.get(f"alertRules/{BOUND}")["properties"]
    assert after["displayName"] == "Made in the portal"
    assert {name: after[name] for name in LINK} == LINK


def test_t07_a_new_version_of_the_template_is_drift_and_is_adopted(
    here: Here, small_repository: Path, portal: Portal
) -> None:
    portal.put(f"alertRules/{BOUND}", RULE)
    portal.edit(BOUND, **LINK)
    assert here("pull", "--env", "test").code == 0
    file = small_repository / "detections/imported/made-in-the-portal.yaml"
    before = file.read_text(encoding="utf-8")
    portal.edit(BOUND, templateVersion="1.0.11")
    done = here("adopt", BOUND, "--env", "test", "--format", "json")
    assert done.code == 0
    assert json.loads(done.out)["resources"][0]["changed"] == ["templateVersion"]
    assert file.read_text(encoding="utf-8") == before.replace("1.0.10", "1.0.11")


def test_t07_an_exported_template_holds_the_name_and_the_link(
    here: Here, small_repository: Path, portal: Portal
) -> None:
    portal.put(f"alertRules/{BOUND}", RULE)
    portal.edit(BOUND, **LINK)
    assert here("pull", "--env", "test").code == 0
    project = load_project(small_repository)
    resources = [resource_of_detection(each) for each in project.detections]
    found = read_json(write_template(resources, {}).text)
    (bound,) = [each for each in found if isinstance(each, Found) and each.id == BOUND]
    properties = bound.body["properties"]
    assert isinstance(properties, dict)
    assert properties["displayName"] == "Made in the portal"
    assert {name: properties[name] for name in LINK} == LINK
