"""The scaffold's two files: right in structure and meaning for every kind and starter."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.model.detection import Detection, Kind
from vedette.model.yaml import parse
from vedette.project import load_project
from vedette.project.scaffold import NAME_PATTERN, Scaffold, scaffold, title_of
from vedette.project.starters import Starter, starter_for
from vedette.schema.types import Column, TableSchema

IDENTITY = UUID("7d0c4a53-6f5e-4c51-9d0b-6d1a2f0f5c11")
FOLDER = PurePosixPath("email")


def table(name: str, *columns: str) -> TableSchema:
    return TableSchema(name, tuple(Column(column, "string") for column in columns), "a test")


TABLES = [
    table("EmailEvents"),
    table("UrlClickEvents"),
    table("SigninLogs"),
    table("AuditLogs", "TenantId", "OperationName", "Result"),
    table("DeviceEvents", "ActionType", "DeviceName"),
    table("Proxy_CL", "Message", "UserPrincipalName"),
]


def starter(name: str) -> Starter:
    found = starter_for(next(each for each in TABLES if each.name == name))
    assert found is not None
    return found


def write(root: Path, new: Scaffold) -> None:
    for path, text in ((new.detection, new.detection_text), (new.cases, new.cases_text)):
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")


def loaded(root: Path, new: Scaffold) -> Detection:
    write(root, new)
    project = load_project(root)
    assert [str(finding) for finding in project.findings] == []
    (detection,) = project.detections
    return detection


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("name", [each.name for each in TABLES])
def test_every_kind_on_every_table_loads_without_a_finding(
    tmp_path: Path, name: str, kind: Kind
) -> None:
    new = scaffold("a-b-c", kind, starter(name), identity=IDENTITY, folder=FOLDER)
    detection = loaded(tmp_path, new)
    assert detection.id == IDENTITY
    assert detection.kind is kind
    assert detection.name == "A b c"
    assert detection.query.startswith(f"{name}\n")
    assert detection.description == starter(name).about
    assert (detection.schedule is None) is (kind is not Kind.SCHEDULED)


@pytest.mark.parametrize("name", [each.name for each in TABLES])
def test_the_near_miss_differs_from_the_event_in_what_the_query_asks_for(
    tmp_path: Path, name: str
) -> None:
    new = scaffold("a", Kind.SCHEDULED, starter(name), identity=IDENTITY, folder=FOLDER)
    write(tmp_path, new)
    cases = load_project(tmp_path).cases[new.detection].cases
    (found,), (missed,) = cases[0].events[name], cases[1].events[name]
    assert {key for key in found if found[key] != missed[key]} == set(starter(name).miss)
    assert cases[0].why == starter(name).why_fire
    assert cases[1].why == starter(name).why_miss


@pytest.mark.parametrize(
    ("folder", "header"),
    [("email", "../../schemas"), ("cloud/azure", "../../../schemas")],
)
def test_the_header_finds_the_schemas_from_any_depth(folder: str, header: str) -> None:
    new = scaffold(
        "a",
        Kind.NRT,
        starter("SigninLogs"),
        identity=IDENTITY,
        folder=PurePosixPath(folder),
    )
    assert new.detection_text.splitlines()[0] == (
        f"# yaml-language-server: $schema={header}/detection.schema.json"
    )
    assert new.cases_text.splitlines()[0] == (
        f"# yaml-language-server: $schema={header}/cases.schema.json"
    )
    assert new.cases == PurePosixPath(f"detections/{folder}/a.cases.yaml")


def test_a_hunting_query_brings_its_own_window_and_expects_rows() -> None:
    new = scaffold("a", Kind.HUNTING, starter("EmailEvents"), identity=IDENTITY, folder=FOLDER)
    assert "TimeGenerated > ago(30d)" in new.detection_text
    assert "severity" not in new.detection_text
    assert "alerts" not in new.cases_text


def test_a_table_of_ones_own_is_asked_for_what_tells_most() -> None:
    found = starter_for(table("Proxy_CL", "TenantId", "Message", "ActionType", "_ResourceId"))
    assert found is not None
    assert found.query == ("| where ActionType == 'Suspicious'",)
    assert found.folder == "custom"


def test_an_account_is_mapped_by_name_and_suffix() -> None:
    found = starter("Proxy_CL")
    (entity,) = found.entities
    assert [field.identifier for field in entity.fields] == ["Name", "UPNSuffix"]
    assert found.columns == ("Message", "AccountName", "AccountUPNSuffix")


@pytest.mark.parametrize("columns", [[], ["TenantId", "Type"], ["_ResourceId"], ["Computer"]])
def test_a_table_that_says_nothing_has_no_starter(columns: list[str]) -> None:
    assert starter_for(table("Silent_CL", *columns)) is None


@given(st.from_regex(NAME_PATTERN, fullmatch=True).filter(lambda name: len(name) < 200))
def test_any_name_gives_files_that_are_yaml_and_keep_the_title(name: str) -> None:
    new = scaffold(name, Kind.SCHEDULED, starter("EmailEvents"), identity=IDENTITY, folder=FOLDER)
    document, findings = parse(new.detection_text, new.detection)
    assert findings == []
    assert document is not None
    assert isinstance(document.data, dict)
    assert document.data["name"] == title_of(name)
    assert parse(new.cases_text, new.cases)[1] == []
