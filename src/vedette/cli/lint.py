"""``vedette lint``: everything that is wrong, all at once, without running a query."""

from __future__ import annotations

from pathlib import Path

import click

from vedette.errors import UsageError
from vedette.finding import Level
from vedette.kql.binder import Binder
from vedette.kql.lint import catalogue_of, lint
from vedette.project import find_root, load_project
from vedette.report.findings import count, render_json, render_text, summary


@click.command("lint", help="Validate detections and compile their queries.")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", help="How to show it."
)
def command(*, paths: tuple[Path, ...], form: str) -> int:
    """Exit 0 without errors, 1 with; PATHS are files or folders, all detections without any."""
    project = load_project(find_root(Path.cwd()), paths)
    if not project.selected and not project.findings:
        raise UsageError("there are no detections here; 'vedette new NAME' writes the first one")
    with Binder() as binder:
        findings = lint(project, catalogue_of(project), binder)
    if form == "json":
        click.echo(render_json(findings))
    else:
        if findings:
            click.echo(render_text(findings))
        number = len(project.selected)
        click.echo(f"{number} detection{'' if number == 1 else 's'}: {summary(findings)}")
    return 1 if count(findings, Level.ERROR) else 0
