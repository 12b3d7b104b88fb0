"""Which files belong to a repository: none may be missed, none taken for another."""

from __future__ import annotations

import os
import sys
from pathlib import Path, PurePosixPath

import pytest

from vedette.errors import UsageError
from vedette.project.discovery import Role, SourceFile, find_files, find_root


def test_the_root_is_the_nearest_folder_above_that_has_detections(repository: Path) -> None:
    assert find_root(repository) == repository.resolve()
    assert find_root(repository / "detections" / "email") == repository.resolve()


def test_the_root_is_found_from_where_the_command_runs(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository / "environments")
    assert find_root(Path()) == repository.resolve()


def test_a_folder_without_detections_says_how_to_begin(tmp_path: Path) -> None:
    (tmp_path / "detections").write_text("a file, not a folder", encoding="utf-8")
    with pytest.raises(UsageError, match="vedette new"):
        find_root(tmp_path)


def test_a_file_s_place_and_name_say_what_it_is(repository: Path) -> None:
    assert {str(file.path): file.role for file in find_files(repository)} == {
        "detections/email/a-rule.cases.yaml": Role.CASES,
        "detections/email/a-rule.yaml": Role.DETECTION,
        "detections/identity/a-hunt.cases.yml": Role.CASES,
        "detections/identity/a-hunt.yml": Role.DETECTION,
        "detections/shared/automation/a-task.yaml": Role.AUTOMATION,
        "detections/shared/functions/Known.yaml": Role.FUNCTION,
        "detections/shared/watchlists/Senders.yaml": Role.WATCHLIST,
        "environments/test.yaml": Role.ENVIRONMENT,
        "schemas/tables/Proxy_CL.yaml": Role.TABLE,
    }


def test_the_files_come_in_the_same_order_everywhere(repository: Path) -> None:
    paths = [file.path for file in find_files(repository)]
    assert paths == sorted(paths)


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("detections/top.yaml", Role.DETECTION),
        ("detections/email/deep/er/x.YML", Role.DETECTION),
        ("detections/email/X.Cases.Yaml", Role.CASES),
        ("detections/shared/functions/team/F.yaml", Role.FUNCTION),
        ("detections/shared/other.yaml", Role.DETECTION),
        ("environments/eu/prod.yml", Role.ENVIRONMENT),
    ],
)
def test_no_spelling_hides_a_file(repository: Path, path: str, role: Role) -> None:
    file = repository / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("{}", encoding="utf-8")
    assert SourceFile(PurePosixPath(path), role) in find_files(repository)


@pytest.mark.parametrize(
    "path",
    ["detections/email/.hidden.yaml", "detections/.git/x.yaml", "detections/email/x.yaml.bak",
     "detections/email/x.json", "schemas/x.yaml", "x.yaml"],
)  # fmt: skip
def test_what_is_hidden_or_elsewhere_is_not_ours(repository: Path, path: str) -> None:
    file = repository / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("{}", encoding="utf-8")
    assert PurePosixPath(path) not in {found.path for found in find_files(repository)}


def test_a_repository_of_detections_alone_is_one(tmp_path: Path) -> None:
    (tmp_path / "detections").mkdir()
    assert find_files(tmp_path) == ()


@pytest.mark.parametrize(
    ("path", "stem"),
    [("a.b.yaml", "a.b"), ("a.b.cases.yaml", "a.b"), ("a.CASES.yml", "a"), ("cases.yaml", "cases")],
)
def test_a_detection_and_its_cases_have_one_stem(repository: Path, path: str, stem: str) -> None:
    (repository / "detections" / path).write_text("{}", encoding="utf-8")
    found = [file for file in find_files(repository) if file.path.name == path]
    assert [file.stem for file in found] == [stem]


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege on Windows")
def test_a_link_to_the_folder_above_does_not_go_round_for_ever(repository: Path) -> None:
    before = find_files(repository)
    (repository / "detections" / "loop").symlink_to(repository / "detections")
    assert find_files(repository) == before


@pytest.mark.skipif(
    sys.platform == "win32" or (hasattr(os, "geteuid") and os.geteuid() == 0),
    reason="permissions do not keep this user out",
)
def test_a_folder_that_cannot_be_listed_is_no_empty_folder(repository: Path) -> None:
    (repository / "detections" / "email").chmod(0)
    try:
        with pytest.raises(UsageError, match="cannot be listed"):
            find_files(repository)
    finally:
        (repository / "detections" / "email").chmod(0o755)
