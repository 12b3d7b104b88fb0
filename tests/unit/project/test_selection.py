"""Which detections a command line selects: a path that selects nothing is never green."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from vedette.errors import UsageError
from vedette.project.discovery import find_files
from vedette.project.selection import select_pairs

RULE = (PurePosixPath("detections/email"), "a-rule")
HUNT = (PurePosixPath("detections/identity"), "a-hunt")


def test_without_paths_everything_is_selected(repository: Path) -> None:
    assert select_pairs(repository, find_files(repository), []) == {RULE, HUNT}


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["detections/email/a-rule.yaml"], {RULE}),
        (["detections/email/a-rule.cases.yaml"], {RULE}),
        (["detections/identity"], {HUNT}),
        (["detections/email", "detections/identity/a-hunt.yml"], {RULE, HUNT}),
        (["detections"], {RULE, HUNT}),
        (["."], {RULE, HUNT}),
        (["detections/shared/functions/Known.yaml"], set()),
        (["environments"], set()),
    ],
)
def test_a_path_selects_what_it_names_and_what_is_below_it(
    repository: Path, monkeypatch: pytest.MonkeyPatch, paths: list[str], expected: set[object]
) -> None:
    monkeypatch.chdir(repository)
    files = find_files(repository)
    assert select_pairs(repository, files, [Path(path) for path in paths]) == expected
    absolute = [repository / path for path in paths]
    assert select_pairs(repository, files, absolute) == expected


def test_a_path_is_relative_to_where_the_command_runs(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository / "detections" / "email")
    assert select_pairs(repository, find_files(repository), [Path("a-rule.yaml")]) == {RULE}
    assert select_pairs(repository, find_files(repository), [Path("../identity")]) == {HUNT}


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("detections/email/b-rule.yaml", "no such file"),
        ("detections/emial", "no such file"),
        ("detections/email/mails.jsonl", "not a file of detections"),
        ("empty", "no detections in this folder"),
        ("..", "outside of the repository"),
    ],
)
def test_a_path_that_matches_nothing_is_a_usage_error(
    repository: Path, monkeypatch: pytest.MonkeyPatch, path: str, message: str
) -> None:
    monkeypatch.chdir(repository)
    (repository / "empty").mkdir()
    with pytest.raises(UsageError, match=message):
        select_pairs(repository, find_files(repository), [Path("detections"), Path(path)])
