"""A stale artefact is deployed by whoever takes the folder for the truth."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest

from vedette.deploy.artefacts import write_build
from vedette.deploy.resource import Resource
from vedette.errors import UsageError

Make = Callable[..., Resource]


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_file_holds_exactly_the_body_that_is_sent(tmp_path: Path, make_rule: Make) -> None:
    rule = make_rule("clicked")
    write_build(tmp_path, [rule], "1.0")
    text = (tmp_path / "rules" / "clicked.json").read_text(encoding="utf-8")
    assert json.loads(text) == rule.body
    assert text.endswith("}\n")


def test_the_manifest_names_every_file_with_its_hash_and_source(
    tmp_path: Path, make_rule: Make, make_watchlist: Make
) -> None:
    written = write_build(tmp_path, [make_watchlist(), make_rule("clicked")], "1.0")
    manifest = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["tool"] == {"name": "vedette", "version": "1.0"}
    assert [entry["file"] for entry in manifest["resources"]] == [
        "rules/clicked.json",
        "watchlists/Senders.json",
    ]
    for entry in manifest["resources"]:
        content = (tmp_path / entry["file"]).read_bytes()
        assert entry["sha256"] == hashlib.sha256(content).hexdigest()
    assert manifest["resources"][0] | {"sha256": ""} == {
        "file": "rules/clicked.json",
        "sha256": "",
        "kind": "rule",
        "collection": "alertRules",
        "id": "6a2f4d0e-1c7b-4c39-9e46-8d5b0f3a2c05",
        "name": "Click on a link",
        "source": "detections/email/clicked.yaml",
    }
    assert written.removed == ()


def test_same_input_same_bytes_whatever_the_order(
    tmp_path: Path, make_rule: Make, make_watchlist: Make
) -> None:
    resources = [make_rule(), make_watchlist("ä.example")]
    write_build(tmp_path / "one", resources, "1.0")
    write_build(tmp_path / "two", resources[::-1], "1.0")
    assert files(tmp_path / "one") == files(tmp_path / "two")
    assert "ä.example".encode() in files(tmp_path / "one")["watchlists/Senders.json"]


def test_what_is_no_longer_produced_is_removed(tmp_path: Path, make_rule: Make) -> None:
    write_build(tmp_path, [make_rule("old"), make_rule("kept")], "1.0")
    written = write_build(tmp_path, [make_rule("kept")], "1.0")
    assert written.removed == (PurePosixPath("rules/old.json"),)
    assert set(files(tmp_path)) == {"manifest.json", "rules/kept.json"}


def test_what_no_build_has_written_stays(tmp_path: Path, make_rule: Make) -> None:
    mine = tmp_path / "rules" / "mine.json"
    mine.parent.mkdir()
    mine.write_text("{}", encoding="utf-8")
    write_build(tmp_path, [make_rule("old")], "1.0")
    write_build(tmp_path, [], "1.0")
    assert set(files(tmp_path)) == {"manifest.json", "rules/mine.json"}


@pytest.mark.parametrize(
    "path",
    [
        "../precious.json",
        "rules/../../precious.json",
        "rules/..\\..\\precious.json",
        "C:\\precious.json",
        "/precious.json",
        "precious.json",
        "other/precious.json",
        "rules/precious.txt",
    ],
)
def test_a_manifest_that_was_tampered_with_removes_nothing_else(
    tmp_path: Path, path: str, make_rule: Make
) -> None:
    build = tmp_path / "build"
    build.mkdir()
    precious = tmp_path / "precious.json"
    precious.write_text("{}", encoding="utf-8")
    for place in ("precious.json", "other/precious.json", "rules/precious.txt"):
        (build / place).parent.mkdir(exist_ok=True)
        (build / place).write_text("{}", encoding="utf-8")
    manifest = {"resources": [{"file": path}]}
    (build / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    before = set(files(tmp_path))
    assert write_build(build, [], "1.0").removed == ()
    assert set(files(tmp_path)) == before


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"resources": [1]}', "\x00"])
def test_a_manifest_that_is_none_stops_the_build(
    tmp_path: Path, text: str, make_rule: Make
) -> None:
    (tmp_path / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match="not a manifest of a build"):
        write_build(tmp_path, [make_rule()], "1.0")
    assert set(files(tmp_path)) == {"manifest.json"}


def test_a_folder_that_cannot_be_written_is_a_usage_error(tmp_path: Path, make_rule: Make) -> None:
    (tmp_path / "rules").write_text("in the way", encoding="utf-8")
    with pytest.raises(UsageError, match="cannot be written"):
        write_build(tmp_path, [make_rule()], "1.0")
