"""``vedette build`` as a user runs it: all green and written, or nothing written and all said."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.acceptance.conftest import Done
    from tests.acceptance.portal import Portal

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Here = Callable[..., "Done"]
RULE = Path("detections/mail/phish-delivered.yaml")


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def change(root: Path, path: Path, old: str, new: str) -> None:
    text = (root / path).read_text(encoding="utf-8")
    assert old in text
    (root / path).write_text(text.replace(old, new), encoding="utf-8", newline="\n")


def test_a_green_tree_is_written_and_again_with_the_same_bytes(
    vedette: Run, small_repository: Path
) -> None:
    done = vedette("build", cwd=small_repository)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == (
        "4 cases of 2 detections: 4 passed\n"
        "build: 1 function, 1 watchlist, 1 rule, 1 hunting query written\n"
    )
    built = files(small_repository / "build")
    assert list(built) == [
        "functions/IsPhish.json",
        "hunting/find-phish.json",
        "manifest.json",
        "rules/phish-delivered.json",
        "watchlists/Drills.json",
    ]
    rule = json.loads(built["rules/phish-delivered.json"])
    assert rule["kind"] == "Scheduled"
    assert rule["properties"]["queryFrequency"] == "PT1H"
    done = vedette("build", "--output", "other", cwd=small_repository / "detections")
    assert done.returncode == 0
    assert files(small_repository / "detections" / "other") == built


def test_a_rule_that_is_gone_leaves_no_artefact(here: Here, small_repository: Path) -> None:
    assert here("build").code == 0
    (small_repository / RULE).unlink()
    (small_repository / RULE).with_name("phish-delivered.cases.yaml").unlink()
    done = here("build", "--format", "json")
    report = json.loads(done.out)
    assert report["removed"] == ["rules/phish-delivered.json"]
    assert not (small_repository / "build" / "rules" / "phish-delivered.json").exists()
    assert {entry["file"] for entry in report["written"]} == set(
        files(small_repository / "build")
    ) - {"manifest.json"}


def test_a_failed_case_writes_nothing_and_says_so(here: Here, small_repository: Path) -> None:
    assert here("build").code == 0
    before = files(small_repository / "build")
    change(small_repository, RULE, "!in", "in")
    done = here("build", "--junit", small_repository / "results" / "cases.xml")
    assert done.code == 1, done.out + done.err
    assert "FAIL drill" in done.out
    results = (small_repository / "results" / "cases.xml").read_text(encoding="utf-8")
    assert results.count("<testcase ") == 4
    assert results.count("<failure ") == 2
    assert "phish-delivered.cases.yaml" in done.out
    assert done.out.endswith("Nothing was written to build.\n")
    assert files(small_repository / "build") == before


def test_everything_that_is_wrong_is_said_at_once(here: Here, small_repository: Path) -> None:
    change(small_repository, RULE, "identifier: Recipient", "identifier: Recipiend")
    change(small_repository, RULE, "severity: Medium", "severity: Grave")
    hunt = Path("detections/mail/find-phish.yaml")
    change(small_repository, hunt, "ThreatTypes)", "ThreadTypes)")
    done = here("build", "--format", "json")
    assert done.code == 1, done.err
    report = json.loads(done.out)
    assert not report["green"]
    assert report["written"] == []
    found = {(item["path"], item["id"]) for item in report["evidence"]["findings"]}
    assert len({path for path, _ in found}) == 2
    assert {"KS142", "unknown-identifier"} <= {identity for _, identity in found}
    assert not (small_repository / "build").exists()


def test_t2_a_file_that_cannot_be_read_stops_the_build(here: Here, small_repository: Path) -> None:
    change(small_repository, RULE, "severity: Medium", "<<<<<<< HEAD\nseverity: Medium\n=======")
    done = here("build")
    assert done.code == 1
    assert "phish-delivered.yaml:" in done.out
    assert not (small_repository / "build").exists()


def test_a_rule_without_evidence_is_not_built(here: Here, small_repository: Path) -> None:
    (small_repository / RULE).with_name("phish-delivered.cases.yaml").unlink()
    done = here("build")
    assert done.code == 1
    assert "phish-delivered.yaml" in done.out
    assert not (small_repository / "build").exists()


def test_the_folder_of_somebody_else_is_not_taken_over(here: Here, small_repository: Path) -> None:
    (small_repository / "build").mkdir()
    (small_repository / "build" / "manifest.json").write_text('{"name": "a web app"}', "utf-8")
    done = here("build")
    assert done.code == 2
    assert "not a manifest of a build" in done.err
    assert set(files(small_repository / "build")) == {"manifest.json"}


def test_a_rule_of_the_repository_is_built(vedette: Run, repository: Path, tmp_path: Path) -> None:
    # One of them: tests/content holds each one to what the gate asks.
    rule = repository / "detections" / "email" / "dmarc-fail-then-click.yaml"
    done = vedette("build", rule, "--output", tmp_path / "build", cwd=repository)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "build" / "rules" / "dmarc-fail-then-click.json").is_file()


def test_the_findings_are_written_for_code_scanning_where_they_can_be(
    here: Here, tmp_path: Path
) -> None:
    done = here("build", "--sarif", tmp_path / "scans" / "findings.sarif")
    assert done.code == 0, done.out + done.err
    (run,) = json.loads((tmp_path / "scans" / "findings.sarif").read_text("utf-8"))["runs"]
    assert run["tool"]["driver"]["name"] == "vedette"
    (tmp_path / "file").write_text("", encoding="utf-8")
    for option in ("--sarif", "--junit"):
        done = here("build", option, tmp_path / "file" / "findings")
        assert (done.code, "cannot be written" in done.err) == (2, True), done


def test_a_plan_that_cannot_be_written_says_so(
    here: Here, portal: Portal, no_gate: None, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = here("plan", "--env", "test", "--out", tmp_path / "file" / "plan")
    assert (done.code, "cannot be written" in done.err) == (2, True), done
