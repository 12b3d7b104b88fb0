"""``vedette health`` over a week of runs: rules that fire, fail, are switched off, are silent."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.acceptance.conftest import FILES
from tests.acceptance.portal import BEARER, RULE, Portal, point

from vedette.deploy.payload import resources_of
from vedette.project import load_project
from vedette.schema.catalogue import stock_tables
from vedette.workspace.client import WorkspaceClient
from vedette.workspace.iso8601 import format_time
from vedette.workspace.server import start
from vedette.workspace.settings import Settings

if TYPE_CHECKING:
    from tests.acceptance.conftest import Done

Here = Callable[..., "Done"]

START = datetime(2026, 1, 1, tzinfo=UTC)
STEP = timedelta(hours=8)

#: The rules: file stem to the query that it has instead of the repository's first rule.
RULES = {
    "fires": "EmailEvents\n  | where ThreatTypes has 'Phish'",
    "never": "EmailEvents\n  | where ThreatTypes has 'Nothing'",
    "breaks": "EmailEvents\n  | where IsOdd(ThreatTypes)",
    "broke": "EmailEvents\n  | where IsGone(ThreatTypes)",
    "clicks": "UrlClickEvents\n  | where ThreatTypes has 'Phish'",
}
FUNCTION = FILES["detections/shared/functions/IsPhish.yaml"]


def identity(stem: str) -> str:
    """The id of a rule's file."""
    return f"3f0c1a52-8f5b-4c4b-9d0f-6a1d7f0c1f{list(RULES).index(stem):02d}"


def write_rules(root: Path) -> None:
    """The rules, each every eight hours, an alert for each mail."""
    head = FILES["detections/mail/phish-delivered.yaml"].partition("query: |")[0]
    head = head.replace("1h", "8h")
    for stem, query in RULES.items():
        text = head.replace("3f0c1a52-8f5b-4c4b-9d0f-6a1d7f0c1e01", identity(stem))
        text = text.replace("name: Phish was delivered", f"name: Rule {stem}")
        text += f"query: |\n  {query}\neventGroupingSettings: {{aggregationKind: AlertPerResult}}\n"
        text += "version: 1.0.0\n"
        (root / f"detections/mail/{stem}.yaml").write_text(text, encoding="utf-8", newline="\n")
    (root / "detections/mail/phish-delivered.yaml").unlink()
    for at, alias in enumerate(("IsOdd", "IsGone")):
        text = FUNCTION.replace("IsPhish", alias).replace("7f0c1e03", f"7f0c1e1{at}")
        file = root / f"detections/shared/functions/{alias}.yaml"
        file.write_text(text, encoding="utf-8", newline="\n")


def deploy(root: Path, portal: Portal) -> None:
    """Put there what the repository has; an apply takes the whole gate."""
    project = load_project(root)
    for resource in resources_of(project.detections, project.functions.values(), ()):
        portal.put(f"{resource.kind.collection}/{resource.id}", dict(resource.body))


def mail(at: datetime, number: int, threat: str = "Phish") -> dict[str, Any]:
    """A mail that is there at once."""
    return {
        "TimeGenerated": format_time(at),
        "NetworkMessageId": f"{number}",
        "ThreatTypes": threat,
        "SenderFromDomain": "fabrikam.example",
    }


def live_a_week(root: Path, portal: Portal, client: WorkspaceClient) -> None:
    """A mail a day, thirty on the last; functions that go; a table that falls silent."""
    deploy(root, portal)
    now = START
    for step in range(7 * 3):
        day, last = step // 3, step >= 6 * 3
        at = now + timedelta(hours=1)
        count = 30 if step == 19 else int(step % 3 == 0 and not last)
        sent = [mail(at, number) for number in range(count)]
        client.send_events("EmailEvents", [*sent, mail(at, 0, "Spam")])
        if day < 4:
            client.send_events("UrlClickEvents", [{"TimeGenerated": format_time(at)}])
        if step == 3:
            portal.delete("savedSearches/3f0c1a52-8f5b-4c4b-9d0f-6a1d7f0c1e11")
        if step == 19:
            portal.delete("savedSearches/3f0c1a52-8f5b-4c4b-9d0f-6a1d7f0c1e10")
        now += STEP
        client.advance(now)
    client.advance(now + timedelta(minutes=10))


@pytest.fixture(name="workspace")
def _workspace(
    small_repository: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Portal, WorkspaceClient]]:
    """An empty workspace of its own, whose clock moves."""
    monkeypatch.setenv("VEDETTE_TOKEN", BEARER)
    write_rules(small_repository)
    with start(now=START, settings=Settings(token=BEARER, tables=stock_tables())) as server:
        point(small_repository, server.url)
        yield Portal(server), WorkspaceClient(server.url, BEARER)


def signs_in(text: str) -> dict[str, tuple[str, dict[str, str]]]:
    """The verdict of each rule, and what was read of each sign."""
    return {
        rule["label"]: (rule["verdict"], {each["sign"]: each["read"] for each in rule["signs"]})
        for rule in json.loads(text)["rules"]
    }


def test_a_week_of_runs_is_judged_rule_by_rule(
    here: Here, small_repository: Path, workspace: tuple[Portal, WorkspaceClient]
) -> None:
    live_a_week(small_repository, *workspace)
    file = small_repository / "health.json"
    done = here("health", "--env", "test", "--days", "8", "--format", "json", "--output", file)
    assert done.code == 1, done.err
    found = signs_in(file.read_text(encoding="utf-8"))
    assert found["fires"][0] == "warning", found
    assert found["fires"][1]["volume-jump"].startswith("30 alerts in the last 24 hours")
    assert found["never"] == (
        "warning",
        {"never-fires": "22 runs in 7 days and not one alert"},
    )
    assert found["breaks"][0] == "error"
    assert found["breaks"][1]["failing"].endswith(
        "since 2026-01-07 00:05Z: A function called by the query was not found."
    )
    assert found["broke"] == (
        "error",
        {
            "auto-disabled": "the service switched it off:"
            " A function called by the query was not found."
        },
    )
    assert found["clicks"][0] == "error"
    assert found["clicks"][1]["silent-table"].startswith("UrlClickEvents received data on 4 days")
    assert "next: vedette backtest breaks --env test --days 1" in done.out
    assert "5 rules of test over 8 days until 2026-01-08 00:10Z: 3 error, 0 unknown," in done.out


def test_what_has_no_health_rows_is_unknown_and_never_green(
    here: Here, small_repository: Path, portal: Portal
) -> None:
    write_rules(small_repository)
    deploy(small_repository, portal)
    portal.put("alertRules/aaaaaaaa-0000-4000-8000-000000000001", RULE)
    done = here("health", "--env", "test", "--all", "--fail-on", "error")
    assert done.code == 1, done.out + done.err
    assert "~ unknown  aaaaaaaa-0000-4000-8000-000000000001  Made in the portal" in done.out
    assert "Not read: SentinelHealth has no rows in 14 days" in done.out
    assert "Sentinel > Settings > Auditing and health monitoring" in done.out
    assert "0 error, 6 unknown, 0 warning, 0 off, 0 healthy." in done.out
