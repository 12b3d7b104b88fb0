"""Adding a detection: nothing is overwritten, and nothing half done is left behind."""

from __future__ import annotations

import sys
from pathlib import Path
from uuid import UUID

import pytest

from vedette.errors import UsageError
from vedette.model.detection import Kind
from vedette.project import load_project
from vedette.project.new_detection import add_detection
from vedette.project.scaffold import Scaffold
from vedette.schema.types import Column, TableSchema

TABLES = {
    "EmailEvents": TableSchema("EmailEvents", (), "a test"),
    "SigninLogs": TableSchema("SigninLogs", (), "a test"),
    "Silent_CL": TableSchema("Silent_CL", (Column("TimeGenerated", "datetime"),), "a test"),
}


def add(
    root: Path,
    name: str = "new-one",
    *,
    kind: Kind = Kind.SCHEDULED,
    table: str = "EmailEvents",
    folder: str | None = None,
) -> Scaffold:
    return add_detection(
        load_project(root),
        name,
        kind,
        table=table,
        folder=folder,
        identity=UUID(int=5),
        tables=TABLES,
    )


def test_both_files_are_written_with_plain_line_ends(repository: Path) -> None:
    new = add(repository)
    assert str(new.detection) == "detections/email/new-one.yaml"
    assert (repository / new.detection).read_bytes() == new.detection_text.encode()
    assert (repository / new.cases).read_bytes() == new.cases_text.encode()
    assert load_project(repository).findings == ()


@pytest.mark.parametrize(
    ("folder", "path"),
    [
        (None, "detections/identity/new-one.yaml"),
        ("cloud/azure", "detections/cloud/azure/new-one.yaml"),
        ("cloud\\azure", "detections/cloud/azure/new-one.yaml"),
        ("detections/cloud", "detections/cloud/new-one.yaml"),
        ("/cloud/", "detections/cloud/new-one.yaml"),
    ],
)
def test_the_folder_is_the_given_one_else_the_table_s(
    repository: Path, folder: str | None, path: str
) -> None:
    assert str(add(repository, table="SigninLogs", folder=folder).detection) == path


@pytest.mark.parametrize("folder", ["..", "../x", "a/../../b", "C:/x", "a b", ".", "/", ".git"])
def test_a_folder_elsewhere_is_refused(repository: Path, folder: str) -> None:
    with pytest.raises(UsageError, match="not a folder below detections"):
        add(repository, folder=folder)


@pytest.mark.parametrize("folder", ["shared/functions", "shared/watchlists/team"])
def test_the_folders_of_what_is_shared_are_refused(repository: Path, folder: str) -> None:
    with pytest.raises(UsageError, match="what detections share"):
        add(repository, folder=folder)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("New One", "did you mean 'new-one'"),
        ("new_one", "did you mean 'new-one'"),
        ("new-one.yaml", "did you mean 'new-one-yaml'"),
        ("../new-one", "did you mean 'new-one'"),
        ("-new-", "did you mean 'new'"),
        ("", "is not a name"),
        ("ü", "is not a name"),
    ],
)
def test_a_name_that_is_none_is_told_a_fitting_one(repository: Path, name: str, hint: str) -> None:
    with pytest.raises(UsageError, match=hint):
        add(repository, name)


@pytest.mark.parametrize("name", ["new-one.yaml", "new-one.cases.yaml"])
def test_a_file_in_the_way_is_kept_and_nothing_is_written(repository: Path, name: str) -> None:
    file = repository / "detections" / "email" / name
    file.write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="is there already"):
        add(repository)
    assert file.read_text(encoding="utf-8") == "mine"
    assert len(list(file.parent.glob("new-one*"))) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege on Windows")
def test_a_second_file_that_cannot_be_written_takes_the_first_with_it(repository: Path) -> None:
    cases = repository / "detections" / "email" / "new-one.cases.yaml"
    cases.symlink_to(repository / "gone")  # there, although it does not exist
    with pytest.raises(UsageError, match=r"cases\.yaml cannot be written"):
        add(repository)
    assert not (repository / "detections" / "email" / "new-one.yaml").exists()
    assert cases.is_symlink()
    assert not (repository / "gone").exists()


def test_a_name_that_is_taken_in_another_folder_is_refused(repository: Path) -> None:
    with pytest.raises(UsageError, match=r"taken by detections/identity/a-hunt\.yml"):
        add(repository, "a-hunt")


def test_the_display_name_of_a_rule_is_refused_and_a_hunt_may_have_it(repository: Path) -> None:
    rule = repository / "detections" / "email" / "a-rule.yaml"
    rule.write_text(rule.read_text(encoding="utf-8").replace("A rule", "New ONE"), encoding="utf-8")
    with pytest.raises(UsageError, match="the rule name 'New ONE' is taken"):
        add(repository)
    add(repository, kind=Kind.HUNTING)
    assert load_project(repository).findings == ()


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("EmailEvent", "did you mean 'EmailEvents'"),
        ("emailevents", "did you mean 'EmailEvents'"),
        ("Elsewhere_CL", "schemas/tables"),
        ("Silent_CL", "no text column"),
    ],
)
def test_a_table_that_cannot_be_used_says_why(repository: Path, table: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        add(repository, table=table)
