"""``vedette lint`` as a user runs it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

Run = Callable[..., "subprocess.CompletedProcess[str]"]
RULE = Path("detections/email/dmarc-fail-then-click.yaml")


def test_the_repository_is_clean(vedette: Run, repository: Path) -> None:
    done = vedette("lint", cwd=repository)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].endswith("detections: no findings")


def test_all_slips_are_reported_at_once_and_fail(vedette: Run, detections_repository: Path) -> None:
    rule = detections_repository / RULE
    text = rule.read_text(encoding="utf-8")
    for right, wrong in (
        ("columnName: Url\n", "columnName: Uri\n"),
        ("{{Url}}", "{{Urls}}"),
        ("identifier: UPNSuffix", "identifier: UpnSuffix"),
    ):
        assert right in text
        text = text.replace(right, wrong)
    rule.write_text(text, encoding="utf-8", newline="\n")

    done = vedette("lint", "--format", "json", cwd=detections_repository)

    assert done.returncode == 1, done.stderr
    report = json.loads(done.stdout)
    ids = {finding["id"] for finding in report["findings"]}
    assert {"unknown-entity-column", "unknown-placeholder", "unknown-identifier"} <= ids
    assert {finding["path"] for finding in report["findings"]} == {RULE.as_posix()}


def test_a_folder_inside_the_repository_will_do(vedette: Run, detections_repository: Path) -> None:
    done = vedette("lint", ".", cwd=detections_repository / "detections" / "email")

    assert done.returncode == 0, done.stdout + done.stderr


def test_what_is_not_there_is_a_usage_error(vedette: Run, detections_repository: Path) -> None:
    done = vedette("lint", "detections/nothing.yaml", cwd=detections_repository)

    assert done.returncode == 2
    assert "detections/nothing.yaml" in done.stderr


def test_a_file_that_cannot_be_read_fails(vedette: Run, detections_repository: Path) -> None:
    rule = detections_repository / RULE
    rule.write_bytes(b"id: [\n\xff")

    done = vedette("lint", cwd=detections_repository)

    assert done.returncode == 1
    assert done.stdout.startswith(RULE.as_posix() + ":")


def test_a_repository_without_detections_is_a_usage_error(vedette: Run, tmp_path: Path) -> None:
    (tmp_path / "detections").mkdir()

    done = vedette("lint", cwd=tmp_path)

    assert done.returncode == 2
    assert "vedette new" in done.stderr


def test_one_rule_is_linted_alone(vedette: Run, detections_repository: Path) -> None:
    other = detections_repository / "detections/email/find-dmarc-failures.yaml"
    other.write_text(
        other.read_text(encoding="utf-8").replace("EmailEvents", "EmailEvent"),
        encoding="utf-8",
        newline="\n",
    )

    assert vedette("lint", RULE, cwd=detections_repository).returncode == 0
    done = vedette("lint", cwd=detections_repository)
    assert done.returncode == 1
    assert "did you mean 'EmailEvents'?" in done.stdout


def test_a_broken_function_fails_every_rule_that_calls_it_and_is_said_once(
    vedette: Run, detections_repository: Path
) -> None:
    function = detections_repository / "detections/shared/functions/DmarcFailed.yaml"
    right, wrong = 'AuthenticationDetails has "dmarc"', 'AuthenticationDetail has "dmarc"'
    text = function.read_text(encoding="utf-8")
    assert right in text
    function.write_text(text.replace(right, wrong), encoding="utf-8", newline="\n")

    done = vedette("lint", RULE, "--format", "json", cwd=detections_repository)

    assert done.returncode == 1
    (finding,) = json.loads(done.stdout)["findings"]
    assert finding["path"] == "detections/shared/functions/DmarcFailed.yaml"
    assert finding["id"] == "KS142"
    assert finding["hint"] == "did you mean 'AuthenticationDetails'?"
