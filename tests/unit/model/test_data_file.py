"""Files that a YAML file names: none outside of the repository is ever read."""

from __future__ import annotations

import os
import sys
from pathlib import Path, PurePosixPath

import pytest

from vedette.model.data_file import find_data_file, read_data_file
from vedette.source import Location

CASES = PurePosixPath("detections/email/x.cases.yaml")
AT = Location(CASES, 7, 20)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    folder = root / "detections" / "email"
    folder.mkdir(parents=True)
    (folder / "clicks.jsonl").write_text("{}\n", encoding="utf-8")
    (root / "detections" / "shared.csv").write_text("a\n1\n", encoding="utf-8")
    (tmp_path / "outside.csv").write_text("secret\n", encoding="utf-8")
    return root


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("clicks.jsonl", "detections/email/clicks.jsonl"),
        ("./clicks.jsonl", "detections/email/clicks.jsonl"),
        ("../shared.csv", "detections/shared.csv"),
        ("../../detections/shared.csv", "detections/shared.csv"),
    ],
)
def test_a_name_is_relative_to_the_file_that_names_it(root: Path, name: str, path: str) -> None:
    assert find_data_file(name, CASES, root, AT) == (PurePosixPath(path), [])


@pytest.mark.parametrize(
    ("name", "finding_id"),
    [
        ("../../../outside.csv", "path-outside-repository"),
        ("../../../repository/detections/shared.csv", "path-outside-repository"),
        ("/etc/hostname", "bad-path"),
        ("C:/clicks.jsonl", "bad-path"),
        ("..\\shared.csv", "bad-path"),
        ("", "bad-path"),
        ("click.jsonl", "missing-file"),
        ("Clicks.jsonl", "missing-file"),
        ("none/clicks.jsonl", "missing-file"),
        ("..", "missing-file"),
        ("a\0b", "missing-file"),
        ("x" * 4000, "missing-file"),
    ],
)
def test_a_name_that_cannot_be_used_is_a_finding_at_the_name(
    root: Path, name: str, finding_id: str
) -> None:
    path, findings = find_data_file(name, CASES, root, AT)
    assert path is None
    assert [(finding.id, finding.location) for finding in findings] == [(finding_id, AT)]


def test_a_missing_file_is_told_its_nearest_neighbour(root: Path) -> None:
    _, findings = find_data_file("click.jsonl", CASES, root, AT)
    assert findings[0].hint == "did you mean 'clicks.jsonl'?"


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege on Windows")
def test_a_link_that_leads_outside_is_not_followed(root: Path) -> None:
    link = root / "detections" / "email" / "link.csv"
    link.symlink_to(root.parent / "outside.csv")
    path, findings = find_data_file("link.csv", CASES, root, AT)
    assert path is None
    assert [finding.id for finding in findings] == ["path-outside-repository"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege on Windows")
def test_a_link_to_itself_is_a_missing_file(root: Path) -> None:
    link = root / "detections" / "email" / "loop.csv"
    link.symlink_to(link)
    path, findings = find_data_file("loop.csv", CASES, root, AT)
    assert path is None
    assert [finding.id for finding in findings] == ["missing-file"]


def test_the_text_has_plain_line_ends_and_no_mark(root: Path) -> None:
    path = PurePosixPath("detections/windows.csv")
    (root / path).write_bytes(b"\xef\xbb\xbfa,b\r\n1,2\r\n")
    assert read_data_file(root, path) == ("a,b\n1,2\n", [])


def test_a_data_file_may_be_larger_than_a_yaml_file(root: Path) -> None:
    path = PurePosixPath("detections/large.jsonl")
    (root / path).write_bytes(b"{}\n" * 2_000_000)
    text, findings = read_data_file(root, path)
    assert findings == []
    assert text is not None
    assert len(text) == 6_000_000


def test_bytes_that_are_no_text_are_reported_at_their_place(root: Path) -> None:
    path = PurePosixPath("detections/latin.csv")
    (root / path).write_bytes("a,b\nü,".encode() + b"\xfc\n")
    text, findings = read_data_file(root, path)
    assert text is None
    assert [str(finding.location) for finding in findings] == ["detections/latin.csv:2:3"]
    assert findings[0].id == "bad-encoding"


@pytest.mark.skipif(
    sys.platform == "win32" or (hasattr(os, "geteuid") and os.geteuid() == 0),
    reason="permissions do not keep this user out",
)
def test_a_file_without_permission_is_a_finding(root: Path) -> None:
    path = PurePosixPath("detections/shared.csv")
    (root / path).chmod(0)
    text, findings = read_data_file(root, path)
    assert text is None
    assert [finding.id for finding in findings] == ["unreadable-file"]


def test_a_folder_in_place_of_a_file_is_a_finding(root: Path) -> None:
    text, findings = read_data_file(root, PurePosixPath("detections/email"))
    assert text is None
    assert [finding.id for finding in findings] == ["unreadable-file"]
