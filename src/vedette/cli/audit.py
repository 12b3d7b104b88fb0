"""``vedette audit``: whether the journals are what was written, line by line."""

from __future__ import annotations

from pathlib import Path

import click

from vedette.cli.circumstances import JOURNAL_FOLDER, folder_of, journal_option
from vedette.cli.deployment import connection
from vedette.deploy.lease import read_lease
from vedette.deploy.verify_journal import Audit, journals_below, verify_journal
from vedette.errors import UsageError
from vedette.project import find_root
from vedette.report.audit import render_audits


@click.group("audit", help="Check the journal of what was written.")
def command() -> None:
    """Holds the verbs below."""


@command.command("verify")
@click.option(
    "--env", "name", help="Compare the end of this environment's journal with its workspace, too."
)
@journal_option
def verify(*, name: str | None, journal: Path | None) -> int:
    """Find lines that were changed, taken out or cut off. Exit 1 if there are any."""
    audits = _all(journal) if name is None else _one(name, journal)
    if audits is None:
        return 1
    click.echo(render_audits(audits), nl=False)
    return 1 if any(audit.problems for audit in audits) else 0


def _all(journal: Path | None) -> list[Audit]:
    base = journal or find_root(Path.cwd()) / JOURNAL_FOLDER
    folders = journals_below(base)
    if not folders:
        # Nothing to check is not a check that was passed.
        raise UsageError(f"there is no journal in {base}")
    return [verify_journal(folder, anchored=False) for folder in folders]


def _one(name: str, journal: Path | None) -> list[Audit] | None:
    with connection(name) as opened:
        if opened is None:
            return None
        folder = folder_of(opened.root, journal, opened.target)
        lease = read_lease(opened.workspace)
        if lease is None and not folder.exists():
            raise UsageError(f"there is no journal in {folder}, and the workspace knows of none")
        return [verify_journal(folder, lease, anchored=True)]
