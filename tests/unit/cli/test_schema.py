"""``vedette schema``: writes what is stale, and --check only says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from vedette.cli.schema import command
from vedette.errors import UsageError
from vedette.schema.export import BUILDERS, file_name, render

REPOSITORY = Path(__file__).parents[3]


def run(*arguments: str) -> tuple[int, str]:
    """The command's exit code and what it printed."""
    result: Result = CliRunner().invoke(
        command, arguments, standalone_mode=False, catch_exceptions=False
    )
    assert isinstance(result.return_value, int)
    return result.return_value, result.output


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "detections" / "email").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "detections" / "email")
    return tmp_path


def test_schemas_are_written_to_the_root_and_then_up_to_date(root: Path) -> None:
    code, output = run()
    assert code == 0
    assert "schemas/detection.schema.json: written" in output
    for name in BUILDERS:
        written = (root / "schemas" / file_name(name)).read_bytes()
        assert written == render(name).encode("utf-8")
    assert run() == (0, f"{len(BUILDERS)} schemas in schemas/ are up to date\n")
    assert run("--check")[0] == 0


def test_check_names_what_is_stale_and_writes_nothing(root: Path) -> None:
    run()
    stale = root / "schemas" / "detection.schema.json"
    stale.write_text("{}", encoding="utf-8")
    (root / "schemas" / "cases.schema.json").unlink()
    assert run("--check") == (
        1,
        (
            "schemas/detection.schema.json: stale (run 'vedette schema')\n"
            "schemas/cases.schema.json: stale (run 'vedette schema')\n"
        ),
    )
    assert stale.read_text(encoding="utf-8") == "{}"
    assert not (root / "schemas" / "cases.schema.json").exists()


def test_line_ends_of_a_checkout_make_nothing_stale(root: Path) -> None:
    run()
    file = root / "schemas" / "table.schema.json"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert run("--check")[0] == 0


def test_outside_a_repository_it_is_a_usage_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="detections"):
        run()


def test_the_schemas_of_this_repository_are_up_to_date(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPOSITORY)
    assert run("--check")[0] == 0
