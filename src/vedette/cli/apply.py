"""``vedette apply``: plans, asks, writes, and reads back what it wrote; goes on where it was ended.

The trap: an approval that is given to one plan and spent on another. So an approved plan is
compared with the one that would be made now, and every difference is named.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import click

from vedette.cli.circumstances import (
    circumstances,
    journal_option,
    must_be_asked,
)
from vedette.cli.deployment import ADOPT_HELP, Deployment, colour_wanted, connection, deployment
from vedette.cli.options import env_option, yes_option
from vedette.cli.progress import Progress, shown_progress
from vedette.deploy.deploy import deploy, resume
from vedette.deploy.moved import moves_since
from vedette.deploy.outcome import Applied
from vedette.errors import UsageError
from vedette.report.apply import render_moves, render_summary
from vedette.report.plan import render_text


@click.command("apply", help="Deploy: plan, apply, verify.")
@env_option
@yes_option
@click.option(
    "--plan",
    "approved",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The plan.json that was approved: carry out exactly that, or nothing.",
)
@click.option(
    "--resume", "go_on", is_flag=True, help="Go on with the apply that did not come to its end."
)
@click.option("--adopt", multiple=True, metavar="ID", help=ADOPT_HELP)
@journal_option
def command(
    *,
    name: str,
    yes: bool,
    approved: Path | None,
    go_on: bool,
    adopt: tuple[str, ...],
    journal: Path | None,
) -> int:
    """Exit 0 if all is written, 1 if anything is not, 3 if the service ended the run."""
    must_be_asked(yes=yes)
    if go_on:
        if approved is not None or adopt:
            raise UsageError("--resume carries out the plan of then: no --plan, no --adopt")
        return _go_on(name, journal)
    content = None if approved is None else _read_plan(approved)
    with deployment(name, adopt=(*adopt, *_adopted(content))) as found:
        if found is None:
            return 1
        click.echo(render_text(found.plan, colour=colour_wanted()), nl=False)
        if content is not None and content["fingerprint"] != found.plan.fingerprint:
            moves = moves_since(content, found.plan, found.live)
            click.echo(render_moves(moves, str(approved)), nl=False)
            return 1
        return write(found, yes=yes, journal=journal)


def write(found: Deployment, *, yes: bool, journal: Path | None, purpose: str = "deploy") -> int:
    """Ask, carry the plan out and tell; the exit code. All commands that write a plan end here."""
    if found.plan.blocked:
        click.echo("The plan is blocked. Nothing was written.")
        return 1
    if found.plan.pending and not yes and not click.confirm("Write this?"):
        click.echo("Nothing was written.")
        return 1
    opened = found.connection
    with shown_progress(len(found.plan.pending), colour=colour_wanted()) as progress:
        given = circumstances(
            opened.root,
            opened.environment,
            opened.target,
            journal,
            purpose=purpose,
            on_outcome=progress.tell,
        )
        applied = deploy(found.plan, found.live, found.workspace, given)
    return _tell(applied)


def _go_on(name: str, journal: Path | None) -> int:
    with connection(name) as opened:
        if opened is None:
            return 1
        progress = Progress(colour=colour_wanted())
        given = circumstances(
            opened.root, opened.environment, opened.target, journal, on_outcome=progress.tell
        )
        applied = resume(opened.target, opened.workspace, given)
    if applied is None:
        click.echo(
            "Nothing to go on with: the journal here knows of no apply without an end."
            f" `vedette apply --env {name}` plans anew, from what is there."
        )
        return 0
    return _tell(applied)


def _tell(applied: Applied) -> int:
    click.echo(render_summary(applied), nl=False)
    return applied.exit_code


def _adopted(content: Mapping[str, object] | None) -> list[str]:
    """What an approved plan adopts, which need not be said again."""
    listed = None if content is None else content.get("adopt")
    return [each for each in listed if isinstance(each, str)] if isinstance(listed, list) else []


def _read_plan(file: Path) -> dict[str, object]:
    """A plan.json; a file without a fingerprint approves nothing."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        fingerprint = content["fingerprint"]
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{file}: not a plan that `vedette plan --out` wrote") from error
    if not isinstance(content, dict) or not isinstance(fingerprint, str) or not fingerprint:
        raise UsageError(f"{file}: not a plan that `vedette plan --out` wrote")
    return content
