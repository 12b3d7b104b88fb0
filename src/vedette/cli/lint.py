"""``vedette lint``: everything that is wrong, all at once, without running a query.

The trap: nothing to lint is not clean. A pipeline whose path matches no detection must fail.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import click

from vedette.errors import UsageError
from vedette.finding import Finding, Level
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
    """Exit 0 without errors, 1 with; UsageError (exit 2) if there is no detection to lint.

    PATHS are files or folders, all detections without any.
    """
    project = load_project(find_root(Path.cwd()), paths)
    if not project.selected and not count(project.findings, Level.ERROR):
        raise UsageError("there are no detections here; 'vedette new NAME' writes the first one")
    with Binder() as binder:
        findings = lint(project, catalogue_of(project), binder)
    if form == "json":
        # Bytes: what a program reads is UTF-8, whatever the console is set to.
        click.echo(render_json(findings).encode("utf-8"))
    else:
        _show(findings, len(project.selected))
    return 1 if count(findings, Level.ERROR) else 0


def _show(findings: Sequence[Finding], number: int) -> None:
    """Every finding, then one line that sums up; in colour on a terminal."""
    if findings:
        # click takes the colours out again where the output is no terminal.
        click.echo(render_text(findings, colour=not os.environ.get("NO_COLOR")))
    click.echo(f"{number} detection{'' if number == 1 else 's'}: {summary(findings)}")
