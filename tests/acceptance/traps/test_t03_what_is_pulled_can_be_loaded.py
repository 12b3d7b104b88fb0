"""Trap 3: ids and names that the service allows, written to files that the tool cannot read."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, Any

from tests.acceptance.portal import RULE, Portal

from vedette.project import load_project

if TYPE_CHECKING:
    from tests.acceptance.conftest import Done

Here = Callable[..., "Done"]

#: Names that are no file names, no YAML, or the same file on some system.
HOSTILE = (
    "CON",
    "nul.txt",
    "../../../etc/passwd",
    "..\\..\\Windows\\system.ini",
    "C:evil",
    "Same Name",
    "same name",
    "same-name",
    "no",
    "1e3",
    "- a: b #c",
    "{{x}} [y] *z &w !v %u @t `s",
    'it\'s "quoted"',
    "日本語",
    "😀",
    "x" * 250,
    "trailing dot.",
    "a.cases",
    "tab\tand\nline",
)


def rule(name: str) -> dict[str, Any]:
    body: dict[str, Any] = copy.deepcopy(RULE)
    body["properties"]["displayName"] = name
    return body


def test_t03_whatever_a_rule_is_called_its_file_is_read_back(
    here: Here, small_repository: Path, portal: Portal
) -> None:
    ids = {f"bbbbbbbb-0000-4000-8000-{n:012d}": name for n, name in enumerate(HOSTILE)}
    for identity, name in ids.items():
        portal.put(f"alertRules/{identity}", rule(name))
    before = {path for path in small_repository.rglob("*") if path.is_file()}
    done = here("pull", "--env", "test", "--format", "json")
    told = {each["id"]: each for each in json.loads(done.out)["resources"]}
    project = load_project(small_repository)
    loaded = {str(each.id): each.name for each in project.detections}
    for identity, name in ids.items():
        assert told[identity]["outcome"] == "created", told[identity]
        assert loaded[identity] == name.strip()
    written = {path for path in small_repository.rglob("*") if path.is_file()} - before
    assert len(written) == len(HOSTILE)
    assert {path.parent for path in written} == {small_repository / "detections/imported"}
    names = [path.name for path in written]
    assert len({name.casefold() for name in names}) == len(names)
    assert not [name for name in names if PureWindowsPath(name).is_reserved()]
    assert all(name.isascii() and len(name) < 100 for name in names)
    again = here("pull", "--env", "test", "--format", "json")
    assert json.loads(again.out)["counts"]["unchanged"] == len(HOSTILE)


def test_t03_an_id_that_no_file_can_have_is_told_and_nothing_is_written(
    here: Here, small_repository: Path, portal: Portal
) -> None:
    for identity in ("my-rule-01", "BuiltInFusion"):
        portal.put(f"alertRules/{identity}", rule(identity))
    before = {path: path.read_bytes() for path in small_repository.rglob("*") if path.is_file()}
    done = here("pull", "--env", "test")
    assert done.code == 1
    assert "rule 'my-rule-01' my-rule-01: the id 'my-rule-01' is not a GUID" in done.out
    after = {path: path.read_bytes() for path in small_repository.rglob("*") if path.is_file()}
    assert after == before


def test_t03_a_rule_that_the_service_keeps_and_we_refuse_is_told_with_the_reason(
    here: Here, small_repository: Path, tmp_path: Path
) -> None:
    """What an older version of the service took: a query that is too long."""
    body = rule("Long")
    body["properties"]["query"] = "EmailEvents\n" + "| where Subject != 'x'\n" * 600
    body |= {
        "id": "/x/providers/Microsoft.SecurityInsights/alertRules/"
        "bbbbbbbb-0000-4000-8000-000000000001"
    }
    file = tmp_path / "answer.json"
    file.write_text(json.dumps({"value": [body]}), encoding="utf-8")
    done = here("pull", file)
    assert done.code == 1
    assert "query-too-long" in done.out
    assert not (small_repository / "detections/imported").exists()
