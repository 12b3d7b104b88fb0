"""``vedette plan``: what a deployment would change; it changes nothing."""

from __future__ import annotations

from pathlib import Path

import click

from vedette.cli.deployment import ADOPT_HELP, colour_wanted, deployment
from vedette.cli.options import env_option, format_option
from vedette.cli.writing import write_text
from vedette.deploy.plan import Plan
from vedette.report.plan import render_json, render_markdown, render_text

#: What ``--out`` writes: for `vedette apply --plan`, and for people.
PLAN_FILE, SUMMARY_FILE = "plan.json", "plan.md"

#: The exit code of ``--detailed-exitcode`` for a plan with changes. Terraform's 2 is a wrong
#: command line here, and 1 and 3 are failures: a pipeline that takes this for one must notice.
CHANGES = 4


@click.command("plan", help="Show what a deployment would change.")
@env_option
@format_option(("text", "json", "markdown"))
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help=f"A folder that gets {PLAN_FILE} (for apply --plan) and {SUMMARY_FILE} as well.",
)
@click.option("--adopt", multiple=True, metavar="ID", help=ADOPT_HELP)
@click.option(
    "--detailed-exitcode",
    "detailed",
    is_flag=True,
    help=f"Exit {CHANGES} where there is something to write.",
)
def command(
    *, name: str, form: str, out: Path | None, adopt: tuple[str, ...], detailed: bool
) -> int:
    """Exit 0 with a plan, also an empty one; 1 if the tree is not green or the plan is blocked."""
    with deployment(name, adopt=adopt) as found:
        if found is None:
            return 1
        plan = found.plan
    if out is not None:
        _write(out, plan, adopt)
    if form == "text":
        click.echo(render_text(plan, colour=colour_wanted()), nl=False)
    else:
        click.echo(
            render_json(plan, adopt=adopt) if form == "json" else render_markdown(plan), nl=False
        )
    if plan.blocked:
        return 1
    return CHANGES if detailed and plan.pending else 0


def _write(folder: Path, plan: Plan, adopt: tuple[str, ...]) -> None:
    texts = {PLAN_FILE: render_json(plan, adopt=adopt), SUMMARY_FILE: render_markdown(plan)}
    for name, text in texts.items():
        write_text(folder / name, text)
