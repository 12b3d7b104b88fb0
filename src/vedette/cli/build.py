"""``vedette build``: lint, test and write what is deployed, or write nothing at all."""

from __future__ import annotations

import os
from pathlib import Path

import click

from vedette import __version__
from vedette.cli.cache import answer_cache
from vedette.cli.options import format_option
from vedette.cli.writing import write_text
from vedette.deploy.artefacts import write_build
from vedette.deploy.custom_detection import custom_detections_of
from vedette.deploy.gate import check_tree
from vedette.deploy.payload import resources_of
from vedette.kql.binder import Binder
from vedette.kql.checks.base import all_checks
from vedette.project import find_root, load_project
from vedette.report.build import render_json, render_junit, render_text
from vedette.report.sarif import render_sarif

FOLDER = "build"


@click.command("build", help="Lint, test and write what is deployed to build/.")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder to write to; without it, build/ beside detections/.",
)
@format_option()
@click.option(
    "--junit",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the results of the cases to this file as well, green or not.",
)
@click.option(
    "--sarif",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the findings to this file as well, for code scanning; also if there is none.",
)
def command(
    *,
    paths: tuple[Path, ...],
    output: Path | None,
    form: str,
    junit: Path | None,
    sarif: Path | None,
) -> int:
    """Exit 0 if all is green and written, 1 with all findings and nothing written.

    PATHS are files or folders: only those detections are built, with all functions and watchlists.
    """
    root = find_root(Path.cwd())
    folder = Path(os.path.relpath(root / FOLDER)) if output is None else output
    project = load_project(root, paths)
    verdict = check_tree(project, answer_cache())
    if junit is not None:
        write_text(junit, render_junit(verdict))
    if sarif is not None:
        write_text(sarif, render_sarif(verdict.findings, all_checks(), __version__))
    written = None
    if verdict.green:
        resources = resources_of(
            project.selected, project.functions.values(), project.watchlists.values()
        )
        with Binder(answer_cache()) as binder:
            elsewhere = custom_detections_of(project, binder)
        written = write_build(folder, [*resources, *elsewhere], __version__)
    render = render_json if form == "json" else render_text
    click.echo(render(verdict, written, folder.as_posix()), nl=False)
    return 0 if verdict.green else 1
