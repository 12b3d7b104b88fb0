"""``vedette plan``: what a deployment would change; it changes nothing."""

from __future__ import annotations

from pathlib import Path

import click

from vedette.cli.deployment import colour_wanted, deployment
from vedette.deploy.plan import Plan
from vedette.report.plan import render_json, render_markdown, render_text

#: What ``--out`` writes: for `vedette apply --plan`, and for people.
PLAN_FILE, SUMMARY_FILE = "plan.json", "plan.md"


@click.command("plan", help="Show what a deployment would change.")
@click.option("--env", "name", required=True, help="The environment: environments/NAME.yaml.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    show_default=True,
    help="What to print.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help=f"A folder that gets {PLAN_FILE} (for apply --plan) and {SUMMARY_FILE} as well.",
)
def command(*, name: str, form: str, out: Path | None) -> int:
    """Exit 0 with a plan, also an empty one; 1 if the tree is not green."""
    with deployment(name) as found:
        if found is None:
            return 1
        plan = found.plan
    if out is not None:
        _write(out, plan)
    if form == "text":
        click.echo(render_text(plan, colour=colour_wanted()), nl=False)
    else:
        click.echo(render_json(plan) if form == "json" else render_markdown(plan), nl=False)
    return 0


def _write(folder: Path, plan: Plan) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in ((PLAN_FILE, render_json(plan)), (SUMMARY_FILE, render_markdown(plan))):
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
