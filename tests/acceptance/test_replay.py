"""``vedette replay``: the same result every time, either way, and what another version makes."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]

RULE = """\
id: 5a0f7c1e-3c1d-4f57-9d0e-0a4f4c9f1a01
name: Failed mail that was clicked
description: For the test.
severity: Medium
status: Available
queryFrequency: 1h
queryPeriod: 2h
triggerOperator: gt
triggerThreshold: 0
tactics: [InitialAccess]
relevantTechniques: [T1566]
query: |
  UrlClickEvents
  | extend Seen = max_of(ingestion_time(), TimeGenerated + 5m)
  | where Seen >= ago(1h) and Seen < now()
  | join kind=inner (EmailEvents | where AuthenticationDetails has 'fail') on NetworkMessageId
  | project TimeGenerated, AccountUpn, Url, Subject
  | sort by TimeGenerated asc, AccountUpn asc
entityMappings:
  - entityType: URL
    fieldMappings: [{identifier: Url, columnName: Url}]
eventGroupingSettings: {aggregationKind: AlertPerResult}
kind: Scheduled
version: 1.0.0
"""


def _event(table: str, minute: int, number: int) -> dict[str, Any]:
    at = f"2026-11-02T{minute // 60:02}:{minute % 60:02}:00Z"
    late = minute + 4
    event: dict[str, Any] = {
        "TimeGenerated": at,
        "_IngestionTime": f"2026-11-02T{late // 60:02}:{late % 60:02}:00Z",
        "NetworkMessageId": f"m{number}",
    }
    if table == "EmailEvents":
        return event | {"AuthenticationDetails": "dmarc=fail", "Subject": f"Mail {number}"}
    return event | {"AccountUpn": f"u{number}@contoso.com", "Url": f"https://x.test/{number}"}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one rule and a folder of events."""
    (tmp_path / "detections").mkdir()
    (tmp_path / "detections" / "clicked.yaml").write_text(RULE, encoding="utf-8")
    (tmp_path / "events").mkdir()
    for table in ("EmailEvents", "UrlClickEvents"):
        offset = 0 if table == "EmailEvents" else 20
        lines = [json.dumps(_event(table, 37 * n + offset, n)) for n in range(12)]
        path = tmp_path / "events" / f"{table}.jsonl"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path


def _json(vedette: Run, repository: Path, *more: str) -> dict[str, Any]:
    done = vedette("replay", "--events", "events", "--format", "json", *more, cwd=repository)
    assert done.returncode in {0, 1}, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def test_both_ways_and_every_time_the_same(vedette: Run, repository: Path) -> None:
    once = _json(vedette, repository)
    assert once == _json(vedette, repository)
    assert once == _json(vedette, repository, "--plain")
    (rule,) = once["rules"]
    assert rule["alerts"] == len(once["alerts"]) == 12
    assert rule["runs"] == 9
    assert len(once["incidents"]) == 12


def test_the_span_can_be_given(vedette: Run, repository: Path) -> None:
    span = ("--from", "2026-11-02T02:00:00Z", "--to", "2026-11-02T04:00:00Z")
    document = _json(vedette, repository, *span)
    assert [run["scheduled"] for run in document["rules"][0]["told"]] == [
        "2026-11-02T02:00:00Z",
        "2026-11-02T03:00:00Z",
    ]


def test_another_version_of_the_rules_is_compared(vedette: Run, repository: Path) -> None:
    git = shutil.which("git")
    if git is None:
        pytest.skip("there is no git on this machine")
    identity = ("-c", "user.name=t", "-c", "user.email=t@x.test")
    for arguments in (("init", "-q"), ("add", "."), (*identity, "commit", "-qm", "first")):
        subprocess.run([git, *arguments], cwd=repository, check=True, capture_output=True)
    rule = repository / "detections" / "clicked.yaml"
    changed = RULE.replace("severity: Medium", "severity: High")
    rule.write_text(changed.replace("has 'fail'", "has 'fail' and Subject != 'Mail 3'"))

    done = vedette("replay", "--events", "events", "--compare", "HEAD", cwd=repository)

    assert done.returncode == 1, done.stderr
    assert "0 alerts added, 1 lost, 11 changed, 0 the same" in done.stdout
    assert "severity: Medium -> High" in done.stdout
    assert rule.read_text().startswith(changed[:40])


def test_a_folder_without_events_is_a_mistake(vedette: Run, repository: Path) -> None:
    done = vedette("replay", "--events", "detections", cwd=repository)
    assert done.returncode == 2
    assert "EmailEvents.jsonl" in done.stderr


def test_a_column_that_does_not_exist_is_named(vedette: Run, repository: Path) -> None:
    path = repository / "events" / "EmailEvents.jsonl"
    path.write_text('{"TimeGenerated": "2026-11-02T00:00:00Z", "Sujet": "x"}\n', encoding="utf-8")
    done = vedette("replay", "--events", "events", cwd=repository)
    assert done.returncode == 2
    assert "EmailEvents has no column Sujet" in done.stderr


def test_an_unknown_commit_is_a_mistake(vedette: Run, repository: Path) -> None:
    done = vedette("replay", "--events", "events", "--compare", "nowhere", cwd=repository)
    assert done.returncode == 2
    assert "nowhere" in done.stderr
