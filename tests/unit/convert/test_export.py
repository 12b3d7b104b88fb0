"""Exports: read back they hold what is deployed, whatever stands in a text."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.convert.conftest import HARD_TEXTS
from tests.unit.convert.readers import BicepReader, read_hcl

from vedette.convert.arm_template import write_template
from vedette.convert.bicep import write_bicep
from vedette.convert.content import Refused
from vedette.convert.exported import symbols
from vedette.convert.hcl import expression
from vedette.convert.read_json import Found, read_json
from vedette.convert.terraform import write_terraform
from vedette.deploy.resource import Resource, ResourceKind, key_of
from vedette.errors import UsageError
from vedette.model.shape import mapping

if TYPE_CHECKING:
    from vedette.convert.exported import Exported, Needs

GOLDEN = Path(__file__).parent / "golden"
WRITERS: dict[str, Callable[..., Exported]] = {
    "azuredeploy.json": write_template,
    "main.bicep": write_bicep,
    "main.tf": write_terraform,
}


def needs(resources: tuple[Resource, ...]) -> Needs:
    """The hunting query needs the function, the first rule the watchlist."""
    by_label = {resource.label: resource.key for resource in resources}
    return {
        by_label["look-around"]: (by_label["Helper"],),
        by_label["click-on-a-link"]: (by_label["Senders"],),
    }


def hard(text: str) -> Resource:
    """A near-real-time rule that says ``text`` wherever it can."""
    properties = {
        "displayName": text,
        "description": text,
        "severity": "High",
        "enabled": True,
        "query": text,
        "suppressionEnabled": False,
        "suppressionDuration": "PT5H",
        "eventGroupingSettings": {"aggregationKind": "SingleAlert"},
        "incidentConfiguration": {"createIncident": True},
    }
    path = PurePosixPath("detections/mail/hard.yaml")
    body = {"kind": "NRT", "properties": properties}
    identity = "6a2f4d0e-1c7b-4c39-9e46-8d5b0f3a2c06"
    return Resource(ResourceKind.RULE, identity, text, "hard", path, body)


def properties_of(resource: Resource) -> dict[str, Any]:
    """The properties in its body."""
    return dict(mapping(resource.body["properties"]))


@pytest.mark.parametrize("file", WRITERS)
def test_an_export_is_the_text_that_was_reviewed(
    file: str, resources: tuple[Resource, ...]
) -> None:
    exported = WRITERS[file](resources, needs(resources))
    assert exported.file_name == file
    assert exported.text == (GOLDEN / file).read_text(encoding="utf-8")


def test_a_template_read_back_is_what_is_deployed(resources: tuple[Resource, ...]) -> None:
    found = read_json(write_template(resources, needs(resources)).text)
    assert [each for each in found if isinstance(each, Refused)] == []
    bodies = {
        key_of(each.collection, each.id): each.body
        for each in found
        if isinstance(each, Found) and each.collection is not None
    }
    assert bodies.keys() == {resource.key for resource in resources}
    for resource in resources:
        assert bodies[resource.key]["properties"] == resource.body["properties"]
        assert bodies[resource.key].get("kind") == resource.body.get("kind")


def test_a_template_names_what_has_to_be_there_first(resources: tuple[Resource, ...]) -> None:
    template = json.loads(write_template(resources, needs(resources)).text)
    before = {
        each["name"].rpartition("/")[2].rstrip("')]"): each["dependsOn"]
        for each in template["resources"]
        if "dependsOn" in each
    }
    ids = {resource.label: resource.id for resource in resources}
    space, here = "Microsoft.OperationalInsights/workspaces", "parameters('workspace')"
    insights = "'Microsoft.SecurityInsights'"
    assert before == {
        ids["look-around"]: [f"[resourceId('{space}/savedSearches', {here}, '{ids['Helper']}')]"],
        ids["click-on-a-link"]: [
            f"[resourceId('{space}/providers/watchlists', {here}, {insights}, 'Senders')]"
        ],
    }


def test_bicep_read_back_is_what_is_deployed(resources: tuple[Resource, ...]) -> None:
    exported = write_bicep(resources, needs(resources))
    found = BicepReader(exported.text).resources()
    names = symbols(resources)
    assert found.keys() == {"logAnalytics", *names.values()}
    for resource in resources:
        kind, members = found[names[resource.key]]
        assert kind.partition("@")[0].endswith(f"/{resource.kind.collection}")
        assert members["properties"] == resource.body["properties"]
        assert members["name"] == resource.id
    assert found["query_look_around"][1]["dependsOn"] == ["function_Helper"]


@pytest.mark.parametrize("name", HARD_TEXTS)
def test_a_hard_text_comes_out_as_it_went_in(name: str) -> None:
    text = HARD_TEXTS[name]
    resource = hard(text)
    wanted = resource.body["properties"]
    (found,) = read_json(write_template([resource], {}).text)
    assert isinstance(found, Found)
    assert found.body["properties"] == wanted
    bicep = BicepReader(write_bicep([resource], {}).text).resources()["rule_hard"][1]
    assert bicep["properties"] == wanted
    block = read_hcl(write_terraform([resource], {}).text)[-1]
    assert (block["query"], block["description"], block["display_name"]) == (text,) * 3


def test_terraform_itself_reads_the_hard_texts(tmp_path: Path) -> None:
    terraform = shutil.which("terraform")
    if terraform is None:
        pytest.skip("no terraform on the PATH")
    lines = [f"  t{i} = {expression(text)}" for i, text in enumerate(HARD_TEXTS.values())]
    (tmp_path / "main.tf").write_text("locals {\n" + "\n".join(lines) + "\n}\n", encoding="utf-8")
    wanted = ", ".join(f"local.t{i}" for i in range(len(lines)))
    done = subprocess.run(
        [terraform, "console"],
        cwd=tmp_path,
        input=f"jsonencode([{wanted}])\n",
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "CHECKPOINT_DISABLE": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(json.loads(done.stdout)) == list(HARD_TEXTS.values())


def test_terraform_formats_nothing_otherwise(
    tmp_path: Path, resources: tuple[Resource, ...]
) -> None:
    terraform = shutil.which("terraform")
    if terraform is None:
        pytest.skip("no terraform on the PATH")
    text = write_terraform(resources, needs(resources)).text
    (tmp_path / "main.tf").write_text(text, encoding="utf-8", newline="\n")
    done = subprocess.run(
        [terraform, "fmt", "-check", "-diff", "."],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "CHECKPOINT_DISABLE": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_terraform_says_every_setting_of_a_rule(resources: tuple[Resource, ...]) -> None:
    exported = write_terraform(resources, needs(resources))
    blocks = {block["head"]: block for block in read_hcl(exported.text)}
    rule = blocks['resource "azurerm_sentinel_alert_rule_scheduled" "rule_click_on_a_link"']
    body = next(properties_of(each) for each in resources if each.label == "click-on-a-link")
    assert rule["query"] == body["query"]
    assert rule["enabled"] is False
    assert (rule["query_frequency"], rule["query_period"]) == ("PT1H", "P10D")
    assert (rule["trigger_operator"], rule["trigger_threshold"]) == ("GreaterThan", 0)
    assert (rule["suppression_enabled"], rule["suppression_duration"]) == (True, "PT2H")
    assert rule["techniques"] == ["T1566", "T1204"]
    assert rule["custom_details"] == body["customDetails"]
    assert rule["alert_rule_template_version"] == "1.2.3"
    assert rule["depends_on"] == ["azurerm_sentinel_watchlist.watchlist_Senders"]
    inner = [block["head"] for block in rule["blocks"]]
    assert inner == [
        "event_grouping",
        "entity_mapping",
        "entity_mapping",
        "sentinel_entity_mapping",
        "alert_details_override",
        "incident",
    ]
    grouping = rule["blocks"][-1]["blocks"][0]
    assert grouping["lookback_duration"] == "P1D"
    assert (grouping["by_entities"], grouping["by_custom_details"]) == (["Account"], ["Sender"])
    told = {(each.label, each.loss.field) for each in exported.omitted}
    assert told == {("click-on-a-link", "subTechniques"), ("Senders", "provider")}


def test_a_function_of_several_parameters_is_left_out_and_told(
    resources: tuple[Resource, ...],
) -> None:
    function = next(each for each in resources if each.label == "Helper")
    body = {"properties": properties_of(function) | {"functionParameters": "b:int, a:int"}}
    several = replace(function, body=body)
    query = next(each for each in resources if each.label == "look-around")
    exported = write_terraform([several, query], {query.key: (several.key,)})
    assert [each.label for each in exported.resources] == ["look-around"]
    assert [(each.label, each.loss.field) for each in exported.omitted] == [
        ("Helper", "functionParameters"),
        ("look-around", "query"),
    ]


def test_two_labels_that_become_one_word_stay_two_names() -> None:
    one, two = replace(hard("x"), id="1", label="a-b"), replace(hard("y"), id="2", label="A_b")
    assert len({name.casefold() for name in symbols([one, two]).values()}) == 2


@pytest.mark.parametrize("write", [write_template, write_bicep])
def test_more_than_a_template_holds_is_refused_with_what_to_do(
    write: Callable[..., Exported],
) -> None:
    one = hard("x")
    many = [replace(one, id=str(number), label=f"rule-{number}") for number in range(801)]
    assert len(write(many[:800], {}).resources) == 800
    with pytest.raises(UsageError, match=r"at most 800 resources, this one would 801: export the"):
        write(many, {})
    large = hard("x" * 2_200_000)
    with pytest.raises(UsageError, match=r"at most 4,194,304 bytes"):
        write([large], {})
