"""``vedette rollback``: the way back, from one apply or to one commit, through the same gates.

The trap: going back with the locks and limits of the old commit. The content is the old one; the
environment, with all that it forbids, is that of now.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from vedette.cli.apply import write
from vedette.cli.circumstances import (
    folder_of,
    journal_option,
    must_be_asked,
    timing,
)
from vedette.cli.deployment import Connection, Deployment, colour_wanted, connection, deployment
from vedette.cli.git import extract, resolve
from vedette.cli.options import env_option, yes_option
from vedette.deploy.deploy import NOT_BEGUN
from vedette.deploy.journal import Journal, Line, LineKind
from vedette.deploy.live import read_live
from vedette.deploy.locking import respect_locks
from vedette.deploy.plan import Action
from vedette.deploy.rollback import rollback_plan
from vedette.deploy.snapshot import read_snapshot
from vedette.errors import UsageError
from vedette.project import find_root
from vedette.report.plan import render_text


@click.command("rollback", help="Go back: undo an apply, or deploy an earlier commit.")
@click.argument("to", required=False, metavar="[APPLY|GITREF]")
@env_option
@yes_option
@journal_option
def command(*, to: str | None, name: str, yes: bool, journal: Path | None) -> int:
    """Undo APPLY (default: the last one), or deploy what GITREF held. Exit codes as for apply."""
    must_be_asked(yes=yes)
    root = find_root(Path.cwd())
    commit = None if to is None else resolve(root, to)
    if to is not None and commit is not None:
        return _to_commit(root, to, commit, name, yes=yes, journal=journal)
    with connection(name) as opened:
        if opened is None:
            return 1
        begin = _apply_of(opened, to, journal)
        found = _undo(opened, begin, journal)
        click.echo(f"Undoes apply {begin.apply_id} by {begin.text('who')} at {begin.at}.")
        click.echo(render_text(found.plan, colour=colour_wanted()), nl=False)
        for change in found.plan.having(Action.SKIP):
            click.echo(f"Left as it is: {change.resource.name}: {change.reason}")
        purpose = f"rollback of {begin.apply_id}"
        return write(found, yes=yes, journal=journal, purpose=purpose)


def _undo(opened: Connection, begin: Line, journal: Path | None) -> Deployment:
    folder = folder_of(opened.root, journal, opened.target)
    snapshot = read_snapshot(folder, begin.apply_id, begin.text("snapshot"))
    live = read_live(opened.workspace, [task.change.resource for task in snapshot.tasks])
    now, tag = timing().now(), opened.environment.tag
    plan = rollback_plan(snapshot, live, opened.target, tag=tag, now=now)
    held = respect_locks(plan.changes, opened.environment.locks, now.date())
    return Deployment(replace(plan, changes=held), opened.workspace, live, opened)


def _apply_of(opened: Connection, wanted: str | None, journal: Path | None) -> Line:
    """The first line of the apply that is meant."""
    lines = Journal.open(folder_of(opened.root, journal, opened.target)).lines
    idle = {each.apply_id for each in lines if each.text("status") == NOT_BEGUN}
    begun = [each for each in lines if each.kind is LineKind.BEGIN and each.apply_id not in idle]
    if wanted is not None:
        begun = [each for each in begun if each.apply_id.startswith(wanted)]
        if not begun:
            raise UsageError(f"'{wanted}' is no apply of the journal here, and no commit")
        if len(begun) > 1:
            raise UsageError(f"more than one apply begins with '{wanted}'")
    if not begun:
        raise UsageError(
            "the journal here holds no apply; give a commit to go back to,"
            " or the journal's folder with --journal"
        )
    return begun[-1]


def _to_commit(
    root: Path, ref: str, commit: str, name: str, *, yes: bool, journal: Path | None
) -> int:
    with TemporaryDirectory(prefix="vedette-rollback-") as folder:
        tree = Path(folder)
        extract(root, commit, tree)
        with deployment(name, tree=tree) as found:
            if found is None:
                return 1
            click.echo(f"Goes back to what {ref} ({commit[:12]}) held.")
            click.echo(render_text(found.plan, colour=colour_wanted()), nl=False)
            purpose = f"rollback to {commit}"
            return write(found, yes=yes, journal=journal, purpose=purpose)
