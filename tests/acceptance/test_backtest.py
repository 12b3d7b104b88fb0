"""``vedette backtest``: runs of the past, asked again over HTTP, against what was raised."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.acceptance.portal import BEARER, Portal, point

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

#: Rules are created at a time that is nobody's round hour: runs have a grid of their own.
START = datetime(2026, 1, 1, 0, 37, tzinfo=UTC)
RULE = Path("detections/mail/phish-delivered.yaml")
STEP = timedelta(hours=6)


@pytest.fixture(name="client")
def _client(small_repository: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WorkspaceClient]:
    """A workspace of its own that runs the repository's rule, six-hourly, for two days."""
    monkeypatch.setenv("VEDETTE_TOKEN", BEARER)
    rule = small_repository / RULE
    text = rule.read_text(encoding="utf-8").replace("1h", "6h")
    text += "eventGroupingSettings: {aggregationKind: AlertPerResult}\n"
    rule.write_text(text, encoding="utf-8", newline="\n")
    with start(now=START, settings=Settings(token=BEARER, tables=stock_tables())) as server:
        point(small_repository, server.url)
        portal, client = Portal(server), WorkspaceClient(server.url, BEARER)
        project = load_project(small_repository)
        for resource in resources_of(
            project.detections, project.functions.values(), project.watchlists.values()
        ):
            portal.put(f"{resource.kind.collection}/{resource.id}", dict(resource.body))
        live_two_days(client)
        yield client


def live_two_days(client: WorkspaceClient) -> None:
    """Phishing in the first run, a drill in the second; in the third it arrives after the run."""
    now = START
    for step in range(8):
        at = now + timedelta(hours=1)
        if step == 0:
            client.send_events("EmailEvents", [mail(at, "Phish"), mail(at, "Phish")])
        if step == 1:
            client.send_events("EmailEvents", [mail(at, "Phish", "drill.example")])
        if step == 4:
            client.send_events("EmailEvents", [mail(at, "Spam")])
        now += STEP
        client.advance(now + timedelta(minutes=6))
        if step == 2:
            client.send_events("EmailEvents", [mail(at, "Phish")])


def mail(at: datetime, threat: str, sender: str = "fabrikam.example") -> dict[str, Any]:
    """A mail that arrives when it is sent."""
    return {
        "TimeGenerated": format_time(at),
        "NetworkMessageId": "a7c0f2d4-53a6-4e0b-2f55-08de1a6b9c01",
        "ThreatTypes": threat,
        "SenderFromDomain": sender,
        "RecipientEmailAddress": "ana.ruiz@contoso.com",
    }


def test_what_has_not_changed_makes_the_alerts_that_were_raised(
    here: Here, small_repository: Path, client: WorkspaceClient
) -> None:
    done = here("backtest", "--env", "test", "--days", "2")
    assert done.code == 0, done.out + done.err
    assert done.err.startswith("1 rule, 8 runs, a query each: 4 at once, 0 minutes at least;")
    assert "8 runs: 2 alerts, 2 raised; 0 new, 0 gone" in done.out
    # The repository's function travels in the query: what it would be, not what is there.
    function = small_repository / "detections/shared/functions/IsPhish.yaml"
    text = function.read_text(encoding="utf-8").replace('has "Phish"', 'has "Spam"')
    function.write_text(text, encoding="utf-8", newline="\n")
    done = here("backtest", "phish-delivered", "--env", "test", "--days", "2", "--format", "json")
    assert done.code == 1, done.out + done.err
    (rule,) = json.loads(done.out)["rules"]
    assert (rule["would"], rule["raised"], rule["new"], rule["gone"]) == (1, 2, 1, 2)
    assert [run["scheduled"] for run in rule["details"]] == [
        "2026-01-01T06:37:00+00:00",
        "2026-01-02T06:37:00+00:00",
    ]


def test_what_it_costs_is_said_and_too_much_is_refused(here: Here, portal: Portal) -> None:
    done = here("backtest", "--env", "test", "--days", "30", "--max-queries", "100")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("1 rule, 720 runs, a query each: 4 at once, 2 minutes at least;")
    assert "720 queries are more than --max-queries 100: fewer days or rules" in done.err
    done = here("backtest", "phish-delivred", "--env", "test")
    assert done.code == 2
    assert "no rule that is called 'phish-delivred' (did you mean 'phish-delivered'?)" in done.err
