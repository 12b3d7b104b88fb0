"""What guards the main branch runs what the README tells people to run, and cannot pass by it."""

from __future__ import annotations

import re
from pathlib import Path

TEST_COMMAND = "python3 scripts/test.py"
#: Files that drive a pipeline.
PIPELINE = re.compile(r"(^\.ci/|^\.github/|(^|/)azure-pipelines.*\.ya?ml$|^\.pre-commit)")
#: How each of them is told to carry on after a failure; a comment is no order.
CARRY_ON = re.compile(r"continue-?on-?error|\|\|\s*(true|:)|set \+e", re.IGNORECASE)


def test_ci_runs_the_test_command_of_the_readme(repository: Path) -> None:
    assert TEST_COMMAND in (repository / "README.md").read_text(encoding="utf-8").splitlines()
    assert (
        f"run {TEST_COMMAND}" in (repository / ".ci/run").read_text(encoding="utf-8").splitlines()
    )


def test_ci_stops_at_the_first_failure(repository: Path) -> None:
    lines = (repository / ".ci/run").read_text(encoding="utf-8").splitlines()
    first = next(line for line in lines if line and not line.startswith("#"))
    assert first == "set -euo pipefail"


def test_ci_lets_no_page_test_skip(repository: Path) -> None:
    text = (repository / ".ci/run").read_text(encoding="utf-8")
    assert "export VEDETTE_REQUIRE_CHROMIUM=1" in text.splitlines()


def test_no_pipeline_carries_on_after_a_failure(files: tuple[Path, ...], repository: Path) -> None:
    drivers = [path for path in files if PIPELINE.search(path.as_posix())]
    assert Path(".ci/run") in drivers
    found = [
        f"{path.as_posix()}:{number}: {line.strip()}"
        for path in drivers
        for number, line in enumerate(
            (repository / path).read_text(encoding="utf-8").splitlines(), start=1
        )
        if CARRY_ON.search(line.partition("#")[0])
    ]
    assert not found
