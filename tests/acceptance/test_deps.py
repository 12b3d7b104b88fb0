"""``vedette deps``: needs that are told too small, or not at all."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

Run = Callable[..., "subprocess.CompletedProcess[str]"]
RULE = Path("detections/email/dmarc-fail-then-click.yaml")


def test_a_rule_needs_what_its_query_and_its_functions_name(vedette: Run, repository: Path) -> None:
    done = vedette("deps", RULE, "--format", "json", cwd=repository)

    assert done.returncode == 0, done.stderr
    (rule,) = [each for each in json.loads(done.stdout) if each["kind"] == "rule"]
    assert rule["name"] == "dmarc-fail-then-click"
    assert rule["tables"] == ["EmailEvents", "UrlClickEvents"]
    assert rule["functions"] == ["DmarcFailed", "SpfPassed"]
    assert rule["watchlists"] == [
        "KnownForwarders",
        "PhishingSimulations",
        "TrustedThirdPartySenders",
    ]
    assert rule["missing"] == []


def test_what_nobody_defines_is_named_and_fails(vedette: Run, detections_repository: Path) -> None:
    rule = detections_repository / RULE
    text = rule.read_text(encoding="utf-8").replace("SpfPassed(", "SpfPased(")
    rule.write_text(text, encoding="utf-8", newline="\n")

    done = vedette("deps", RULE, cwd=detections_repository)

    assert done.returncode == 1
    assert "missing     SpfPased (function)" in done.stdout


def test_the_graph_has_an_arrow_for_each_need_of_those_that_need_a_name(
    vedette: Run, repository: Path
) -> None:
    done = vedette("deps", RULE, "--of", "SpfPassed", "--format", "mermaid", cwd=repository)

    assert done.returncode == 0, done.stderr
    ids = {label: node for node, label in re.findall(r'(n\d+)\["([^"]+)"\]', done.stdout)}
    assert done.stdout.startswith("flowchart LR\n")
    for need in ("EmailEvents", "UrlClickEvents", "DmarcFailed", "TrustedThirdPartySenders"):
        assert f"{ids[RULE.stem]} --> {ids[need]}\n" in done.stdout
    assert "find-dmarc-failures" not in ids


def test_a_name_that_nothing_needs_is_a_usage_error(vedette: Run, repository: Path) -> None:
    done = vedette("deps", "--of", "SpfPased", cwd=repository)

    assert done.returncode == 2
    assert "did you mean 'SpfPassed'?" in done.stderr
