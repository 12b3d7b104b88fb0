"""``vedette schema pull`` against the local workspace: HTTP and the real sign-in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from vedette.project import load_project
from vedette.schema.catalogue import stock_tables
from vedette.schema.types import Column, TableSchema
from vedette.workspace.server import WorkspaceServer, start
from vedette.workspace.settings import Settings

if TYPE_CHECKING:
    from tests.acceptance.conftest import Done

Here = Callable[..., "Done"]

BEARER = "t0k3n"
MAILS = stock_tables()["EmailEvents"]
PROXY = (Column("TimeGenerated", "datetime"), Column("Url", "string"))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[WorkspaceServer]:
    """A workspace with a table of its own, and a column that no other has."""
    monkeypatch.setenv("VEDETTE_TOKEN", BEARER)
    tables = {
        "EmailEvents": replace(MAILS, columns=(*MAILS.columns, Column("Newest", "bool"))),
        "SigninLogs": stock_tables()["SigninLogs"],
        "Proxy_CL": TableSchema("Proxy_CL", PROXY, "test"),
    }
    now = datetime(2026, 1, 15, 12, tzinfo=UTC)
    with start(now=now, settings=Settings(token=BEARER, tables=tables)) as started:
        yield started


@pytest.fixture
def root(small_repository: Path, server: WorkspaceServer) -> Path:
    """The small repository, whose environment ``test`` is that workspace."""
    guid = "11111111-1111-4111-8111-111111111111"
    file = small_repository / "environments" / "test.yaml"
    file.parent.mkdir(exist_ok=True)
    text = f"tenant: {guid}\nsubscription: {guid}\nresourceGroup: vedette\nworkspace: local\n"
    file.write_text(f"{text}endpoint: {server.url}\n", encoding="utf-8")
    return small_repository


def test_what_only_the_workspace_has_can_be_named_afterwards(root: Path, here: Here) -> None:
    done = here("schema", "pull", "--env", "test")

    assert done.code == 0, done.out + done.err
    assert done.out.splitlines()[-1] == "3 tables in local, 2 with news"
    written = {file.name for file in (root / "schemas/tables").glob("*.yaml")}
    assert written == {"EmailEvents.yaml", "Proxy_CL.yaml"}
    project = load_project(root)
    tables = {each.schema.name: each for each in project.tables}
    assert tables["Proxy_CL"].schema.columns == PROXY
    assert tables["EmailEvents"].extends
    assert tables["EmailEvents"].schema.columns == (Column("Newest", "bool"),)
    assert [each for each in project.findings if "tables" in each.location.path.parts] == []


def test_a_second_pull_writes_nothing_and_no_file_of_somebody_else(root: Path, here: Here) -> None:
    own = root / "schemas/tables/Proxy_CL.yaml"
    own.parent.mkdir(parents=True, exist_ok=True)
    text = "name: Proxy_CL\nproduct: sentinel\nsource: us\ndate: 2026-01-01\ncolumns:\n"
    own.write_text(f"{text}  - {{name: TimeGenerated, type: datetime}}\n", encoding="utf-8")
    here("schema", "pull", "--env", "test")
    before = {file: file.read_bytes() for file in own.parent.iterdir()}

    done = here("schema", "pull", "--env", "test")

    assert "schemas/tables/EmailEvents.yaml: up to date" in done.out
    assert "schemas/tables/Proxy_CL.yaml: left alone" in done.out
    assert {file: file.read_bytes() for file in own.parent.iterdir()} == before


@pytest.mark.parametrize("token", ["wrong", ""])
def test_without_an_answer_nothing_is_touched(
    token: str, root: Path, here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VEDETTE_TOKEN", token)

    done = here("schema", "pull", "--env", "test")

    assert done.code in {2, 3}, done.out + done.err
    assert not list((root / "schemas").rglob("Proxy_CL.yaml"))
