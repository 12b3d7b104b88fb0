"""``vedette new`` on the command line: in a repository, in an empty folder, and in the way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from click.testing import CliRunner, Result

from vedette.cli.new import command
from vedette.errors import UsageError
from vedette.project import load_project

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the verb in an empty folder, or in one below it."""
    monkeypatch.chdir(tmp_path)

    def run_in(*arguments: str, folder: str = ".") -> Result:
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        monkeypatch.chdir(tmp_path / folder)
        return CliRunner().invoke(command, arguments, standalone_mode=False)

    return run_in


def test_an_empty_folder_becomes_a_repository(run: Run, tmp_path: Path) -> None:
    result = run("first-one")
    assert result.exception is None
    assert result.return_value == 0
    assert sorted(
        path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()
    ) == ["detections/email/first-one.cases.yaml", "detections/email/first-one.yaml"]
    project = load_project(tmp_path)
    assert project.findings == ()
    assert project.detections[0].name == "First one"


def test_it_says_what_was_written_and_what_to_do_next(run: Run, tmp_path: Path) -> None:
    lines = run("first-one").output.splitlines()
    assert lines[0] == "detections/email/first-one.yaml: written"
    assert lines[1] == "detections/email/first-one.cases.yaml: written"
    output = "\n".join(lines)
    assert "vedette lint detections/email/first-one.yaml" in output
    assert "vedette test detections/email/first-one.yaml" in output
    assert "vedette schema" in output
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "detection.schema.json").write_text("{}", encoding="utf-8")
    assert "vedette schema" not in run("second-one").output


def test_from_a_folder_below_the_paths_are_those_that_work_there(run: Run) -> None:
    run("first-one")
    result = run("second-one", "--table", "SigninLogs", folder="detections/email")
    assert result.output.splitlines()[0] == "../identity/second-one.yaml: written"
    assert "vedette lint ../identity/second-one.yaml" in result.output


def test_every_detection_has_an_id_of_its_own(run: Run, tmp_path: Path) -> None:
    run("first-one")
    run("second-one")
    first, second = load_project(tmp_path).detections
    assert first.id != second.id
    assert isinstance(first.id, UUID)
    assert first.id.version == 4


@pytest.mark.parametrize("kind", ["scheduled", "nrt", "hunting", "Scheduled", "NRT", "HUNTING"])
def test_each_kind_loads_clean(run: Run, tmp_path: Path, kind: str) -> None:
    assert run("first-one", "--kind", kind).return_value == 0
    project = load_project(tmp_path)
    assert project.findings == ()
    assert project.detections[0].kind.value.lower() == kind.lower()


def test_a_table_of_the_repository_is_known(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "schemas" / "tables" / "Proxy_CL.yaml"
    table.parent.mkdir(parents=True)
    table.write_text(
        "name: Proxy_CL\nproduct: sentinel\nsource: dcr\ndate: 2026-10-01\n"
        "columns: [{name: TimeGenerated, type: datetime}, {name: Action, type: string}]\n",
        encoding="utf-8",
    )
    assert run("first-one", "--table", "Proxy_CL").return_value == 0
    assert (tmp_path / "detections" / "custom" / "first-one.yaml").is_file()


def test_nothing_is_overwritten(run: Run, tmp_path: Path) -> None:
    run("first-one")
    before = (tmp_path / "detections/email/first-one.yaml").read_bytes()
    result = run("first-one")
    assert isinstance(result.exception, UsageError)
    assert result.output == ""
    assert (tmp_path / "detections/email/first-one.yaml").read_bytes() == before


def test_a_mistake_in_an_empty_folder_leaves_it_empty(run: Run, tmp_path: Path) -> None:
    assert isinstance(run("first-one", "--table", "EmailEvent").exception, UsageError)
    assert isinstance(run("First One").exception, UsageError)
    assert list(tmp_path.iterdir()) == []
