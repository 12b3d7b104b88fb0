"""Under which circumstances a command writes: its journal, its clock, its patience, its commit."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import click

from vedette.cli.git import head_commit
from vedette.deploy.apply import Bounds
from vedette.deploy.apply_write import Patience
from vedette.deploy.deploy import DEPLOY, Circumstances
from vedette.deploy.journal import journal_folder
from vedette.deploy.outcome import Outcome
from vedette.deploy.plan import Target
from vedette.deploy.timing import Timing
from vedette.errors import UsageError
from vedette.model.environment import Environment

#: Below the root of the repository, and ignored by git: a journal is of a machine, not of a commit.
JOURNAL_FOLDER = Path(".vedette") / "journal"

journal_option = click.option(
    "--journal",
    "journal",
    envvar="VEDETTE_JOURNAL",
    type=click.Path(path_type=Path, file_okay=False),
    help=f"The folder of the journals; default: {JOURNAL_FOLDER.as_posix()}.",
)


def timing() -> Timing:
    """The real clock."""
    return Timing(now=lambda: datetime.now(UTC))


def folder_of(root: Path, journal: Path | None, target: Target) -> Path:
    """The folder of the target's journal."""
    return journal_folder(journal or root / JOURNAL_FOLDER, target)


def circumstances(
    root: Path,
    environment: Environment,
    target: Target,
    journal: Path | None,
    *,
    purpose: str = DEPLOY,
    on_outcome: Callable[[Outcome], None] | None = None,
) -> Circumstances:
    """How this process writes the target."""
    local = urlsplit(environment.endpoint).scheme == "http"
    return Circumstances(
        folder=folder_of(root, journal, target),
        patience=Patience(timing(), backoff=0.0 if local else 0.8),
        commit=head_commit(root),
        purpose=purpose,
        bounds=Bounds(environment.writes.concurrency, environment.limits.failed_percent),
        on_outcome=on_outcome,
    )


def must_be_asked(*, yes: bool) -> None:
    """Refuse to go on where nobody can be asked and nobody said that it need not be.

    Raises:
        UsageError: this is no terminal.
    """
    if not yes and not sys.stdin.isatty():
        raise UsageError("nobody can be asked here: say --yes to write without asking")
