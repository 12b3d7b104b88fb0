"""``vedette deps``: what each detection needs, and who needs a given name."""

from __future__ import annotations

from pathlib import Path

import click

from vedette.cli.cache import answer_cache
from vedette.errors import UsageError
from vedette.finding import did_you_mean
from vedette.kql.binder import Binder
from vedette.kql.dependencies import dependencies, dependents
from vedette.kql.lint import catalogue_of
from vedette.project import find_root, load_project
from vedette.report.deps import render_json, render_mermaid, render_text

_RENDER = {"text": render_text, "json": render_json, "mermaid": render_mermaid}


@click.command("deps", help="Show the tables, functions and watchlists that detections need.")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--of", "name", help="Only those that need this table, function or watchlist.")
@click.option(
    "--format", "form", type=click.Choice(list(_RENDER)), default="text", help="How to show it."
)
def command(*, paths: tuple[Path, ...], name: str | None, form: str) -> int:
    """Exit 0; 1 if something is needed that nobody defines."""
    project = load_project(find_root(Path.cwd()), paths)
    with Binder(answer_cache()) as binder:
        needs = dependencies(project, catalogue_of(project), binder)
    if name is not None:
        known = {each for one in needs for each in one.all()}
        if name not in known:
            hint = did_you_mean(name, known) or "'vedette deps' lists what is needed"
            raise UsageError(f"nothing needs '{name}' ({hint})")
        needs = dependents(needs, name)
    click.echo(_RENDER[form](needs), nl=False)
    return 1 if any(each.missing for each in needs) else 0
