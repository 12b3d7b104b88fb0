"""A repository that is small enough to be checked many times: one of each kind of content."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.acceptance.portal import BEARER, Portal, point

from vedette.cli.main import main
from vedette.schema.catalogue import stock_tables
from vedette.workspace.server import WorkspaceServer, start
from vedette.workspace.settings import Settings

FILES = {
    "detections/mail/phish-delivered.yaml": """\
id: 3f0c1a52-8f5b-4c4b-9d0f-6a1d7f0c1e01
name: Phish was delivered
kind: Scheduled
description: |
  A mail with phishing reached a mailbox.
severity: Medium
requiredDataConnectors:
  - connectorId: MicrosoftThreatProtection
    dataTypes:
      - EmailEvents
queryFrequency: 1h
queryPeriod: 1h
triggerOperator: gt
triggerThreshold: 0
tactics:
  - InitialAccess
relevantTechniques:
  - T1566.002
query: |
  EmailEvents
  | where IsPhish(ThreatTypes)
  | where SenderFromDomain !in (_GetWatchlist('Drills') | project Domain)
  | project TimeGenerated, NetworkMessageId, RecipientEmailAddress, SenderFromDomain
entityMappings:
  - entityType: MailMessage
    fieldMappings:
      - identifier: NetworkMessageId
        columnName: NetworkMessageId
      - identifier: Recipient
        columnName: RecipientEmailAddress
customDetails:
  Sender: SenderFromDomain
version: 1.0.0
""",
    "detections/mail/phish-delivered.cases.yaml": """\
x-mail: &mail
  TimeGenerated: -10m
  NetworkMessageId: a7c0f2d4-53a6-4e0b-2f55-08de1a6b9c01
  SenderFromDomain: fabrikam.example
  RecipientEmailAddress: ana.ruiz@contoso.com
  ThreatTypes: Phish, Spam
cases:
  - name: phish
    why: Phishing came in.
    now: 2026-01-15T12:00:00Z
    events:
      EmailEvents: [*mail]
    expect:
      alerts: 1
  - name: drill
    why: The same mail, sent by our own drill.
    now: 2026-01-15T12:00:00Z
    events:
      EmailEvents:
        - {<<: *mail, SenderFromDomain: drill.example}
    expect:
      alerts: 0
""",
    "detections/mail/find-phish.yaml": """\
id: 3f0c1a52-8f5b-4c4b-9d0f-6a1d7f0c1e02
name: Find phish
kind: Hunting
description: |
  All mails with phishing.
tactics:
  - InitialAccess
relevantTechniques:
  - T1566
query: |
  EmailEvents
  | where TimeGenerated > ago(30d)
  | where IsPhish(ThreatTypes)
  | project TimeGenerated, RecipientEmailAddress
version: 1.0.0
""",
    "detections/mail/find-phish.cases.yaml": """\
cases:
  - name: phish
    why: Phishing came in.
    now: 2026-01-15T12:00:00Z
    events:
      EmailEvents:
        - {TimeGenerated: -2d, ThreatTypes: Phish}
    expect:
      rows: 1
  - name: spam
    why: Spam alone is a nuisance.
    now: 2026-01-15T12:00:00Z
    events:
      EmailEvents:
        - {TimeGenerated: -2d, ThreatTypes: Spam}
    expect:
      rows: 0
""",
    "detections/shared/functions/IsPhish.yaml": """\
id: 3f0c1a52-8f5b-4c4b-9d0f-6a1d7f0c1e03
alias: IsPhish
name: Is phish
description: True if the threats of a mail include phishing.
version: 1.0.0
parameters:
  - name: ThreatTypes
    type: string
query: |
  ThreatTypes has "Phish"
""",
    "detections/shared/watchlists/Drills.yaml": """\
alias: Drills
name: Phishing drills
description: Domains that our own drills are sent from.
provider: Vedette
searchKey: Domain
""",
    "detections/shared/watchlists/Drills.csv": """\
Domain,Owner
drill.example,awareness@contoso.com
training.example,awareness@contoso.com
""",
}


@pytest.fixture
def small_repository(tmp_path: Path) -> Path:
    """A repository with a rule, a hunting query, a function and a watchlist that both need."""
    root = tmp_path / "small"
    for path, text in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8", newline="\n")
    return root


@dataclass(frozen=True, slots=True)
class Done:
    """What a command ended with."""

    code: int
    out: str
    err: str


@pytest.fixture
def here(
    small_repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Done]:
    """``here("plan", "--env", "x")``: the command in this process, in the small repository.

    Starting a process costs more than most of these commands; the ``vedette`` fixture shows that
    the installed command does the same.
    """

    def run(*arguments: str | Path, folder: Path = small_repository) -> Done:
        monkeypatch.chdir(folder)
        monkeypatch.setattr(sys, "argv", ["vedette", *map(str, arguments)])
        with pytest.raises(SystemExit) as ending:
            main()
        captured = capsys.readouterr()
        code = ending.value.code
        assert isinstance(code, int)
        return Done(code, captured.out, captured.err)

    return run


@pytest.fixture(scope="session")
def busy_server() -> Iterator[WorkspaceServer]:
    """A workspace for many tests, each of which empties it: what it compiles with takes a second.

    One item a page; who writes there is somebody else than who deploys. Its clock stands still.
    """
    settings = Settings(
        token=BEARER,
        caller="somebody@contoso.com",
        tables=stock_tables(),
        defender_tables=stock_tables("defender"),
        page_size=1,
    )
    with start(now=datetime(2026, 1, 15, 12, tzinfo=UTC), settings=settings) as server:
        yield server


@pytest.fixture
def portal(
    small_repository: Path, busy_server: WorkspaceServer, monkeypatch: pytest.MonkeyPatch
) -> Portal:
    """An empty workspace, and the environment ``test`` that names it."""
    monkeypatch.setenv("VEDETTE_TOKEN", BEARER)
    portal = Portal(busy_server)
    portal.empty()
    point(small_repository, busy_server.url)
    return portal


@pytest.fixture
def no_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tree passes for green: linting and cases take seconds, and other tests are about them."""
    verdict = SimpleNamespace(green=True, findings=(), results=())
    monkeypatch.setattr("vedette.deploy.preparation.check_tree", lambda project, cache: verdict)
