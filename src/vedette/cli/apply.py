"""``vedette apply``: plans, asks, writes, and reads back what it wrote."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from vedette.cli.deployment import ADOPT_HELP, Deployment, colour_wanted, deployment
from vedette.deploy.apply import Outcome, apply_plan
from vedette.errors import UsageError
from vedette.report.apply import render_outcome, render_summary
from vedette.report.plan import render_text


@click.command("apply", help="Deploy: plan, apply, verify.")
@click.option("--env", "name", required=True, help="The environment: environments/NAME.yaml.")
@click.option("--yes", is_flag=True, help="Do not ask; needed where nobody can be asked.")
@click.option(
    "--plan",
    "approved",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The plan.json that was approved: carry out exactly that, or nothing.",
)
@click.option("--adopt", multiple=True, metavar="ID", help=ADOPT_HELP)
def command(*, name: str, yes: bool, approved: Path | None, adopt: tuple[str, ...]) -> int:
    """Exit 0 if all is written, 1 if anything is not, 3 if the service ended the run."""
    if not yes and not sys.stdin.isatty():
        raise UsageError("nobody can be asked here: say --yes to write without asking")
    fingerprint = None if approved is None else _fingerprint(approved)
    with deployment(name, adopt=adopt) as found:
        if found is None:
            return 1
        click.echo(render_text(found.plan, colour=colour_wanted()), nl=False)
        if fingerprint is not None and fingerprint != found.plan.fingerprint:
            click.echo(
                f"This is not the plan in {approved}: the workspace or the repository has changed"
                " since. Nothing was written; plan again."
            )
            return 1
        if found.plan.blocked:
            click.echo("The plan is blocked. Nothing was written.")
            return 1
        if found.plan.pending and not yes and not click.confirm("Write this?"):
            click.echo("Nothing was written.")
            return 1
        return _carry_out(found)


def _carry_out(found: Deployment) -> int:
    colour = colour_wanted()

    def tell(outcome: Outcome) -> None:
        click.echo(render_outcome(outcome, colour=colour))

    applied = apply_plan(found.plan, found.workspace, on_outcome=tell)
    click.echo(render_summary(applied), nl=False)
    if applied.stopped is not None:
        return applied.stopped.exit_code
    return 0 if applied.ok else 1


def _fingerprint(file: Path) -> str:
    """The fingerprint in a plan.json; a file without one approves nothing."""
    try:
        fingerprint = json.loads(file.read_text(encoding="utf-8"))["fingerprint"]
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{file}: not a plan that `vedette plan --out` wrote") from error
    if not isinstance(fingerprint, str) or not fingerprint:
        raise UsageError(f"{file}: not a plan that `vedette plan --out` wrote")
    return fingerprint
