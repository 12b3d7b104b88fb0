"""'vedette explain' as a user runs it, and what lint does with accepted and adopted findings."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

Run = Callable[..., "CompletedProcess[str]"]

HUNT = """\
id: 3f0c1a52-8f5b-4c4b-9d0f-6a1d7f0c1e77
name: Mails by sender
description: Who sends how much.
query: |
  let least = 5;
  EmailEvents
  | summarize Mails = count() by SenderFromAddress
"""


@pytest.fixture
def hunts(tmp_path: Path) -> Path:
    """A repository with one hunt, which gives one warning of a check."""
    folder = tmp_path / "detections"
    folder.mkdir()
    (folder / "mails-by-sender.yaml").write_text(HUNT, encoding="utf-8")
    return tmp_path


def test_a_check_is_explained_with_its_examples(vedette: Run, tmp_path: Path) -> None:
    done = vedette("explain", "unused-let", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    head, *_ = done.stdout.splitlines()
    assert head == "unused-let (warning)"
    for part in ("Bad:", "Good:", "    let threshold = 25;", "- check: unused-let"):
        assert part in done.stdout


@pytest.mark.parametrize(
    ("name", "says"),
    [("search-star", "'search *'"), ("KS142", "official Kusto compiler")],
)
def test_other_findings_are_explained_in_a_line(
    name: str, says: str, vedette: Run, tmp_path: Path
) -> None:
    done = vedette("explain", name, cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert says in done.stdout


def test_an_unknown_id_names_the_nearest(vedette: Run, tmp_path: Path) -> None:
    done = vedette("explain", "unused-lett", cwd=tmp_path)

    assert done.returncode == 2
    assert "did you mean 'unused-let'?" in done.stderr


def test_without_an_id_all_checks_are_listed(vedette: Run, tmp_path: Path) -> None:
    done = vedette("explain", cwd=tmp_path)

    assert done.returncode == 0
    assert len(done.stdout.splitlines()) >= 24


def test_lint_shows_a_check_and_its_sarif(vedette: Run, hunts: Path) -> None:
    text = vedette("lint", cwd=hunts)
    sarif = vedette("lint", "--format", "sarif", cwd=hunts)

    assert "detections/mails-by-sender.yaml:5:7: unused-let warning:" in text.stdout
    results = json.loads(sarif.stdout)["runs"][0]["results"]
    assert "unused-let" in {each["ruleId"] for each in results}


def test_a_suppression_takes_it_out(vedette: Run, hunts: Path) -> None:
    accepted = "vedette:\n  suppress:\n    - {check: unused-let, reason: Set by hand.}\n"
    (hunts / "detections" / "mails-by-sender.yaml").write_text(HUNT + accepted, encoding="utf-8")

    assert "unused-let" not in vedette("lint", cwd=hunts).stdout


def test_a_baseline_counts_what_it_knows_and_reports_what_is_gone(
    vedette: Run, hunts: Path
) -> None:
    written = vedette("lint", "--baseline", "known.json", "--write-baseline", cwd=hunts)
    assert written.returncode == 0, written.stderr

    again = vedette("lint", "--baseline", "known.json", cwd=hunts)
    assert again.returncode == 0
    assert "unused-let" not in again.stdout
    assert "in the baseline" in again.stdout

    clean = HUNT.replace("  let least = 5;\n", "")
    (hunts / "detections" / "mails-by-sender.yaml").write_text(clean, encoding="utf-8")
    gone = vedette("lint", "--baseline", "known.json", cwd=hunts)
    assert "stale-baseline" in gone.stdout


@pytest.mark.parametrize(
    "arguments", [("--write-baseline",), ("--baseline", "absent.json")], ids=["no-file", "absent"]
)
def test_a_baseline_that_cannot_be_is_a_usage_error(
    arguments: tuple[str, ...], vedette: Run, hunts: Path
) -> None:
    done = vedette("lint", *arguments, cwd=hunts)

    assert done.returncode == 2
    assert "baseline" in done.stderr
