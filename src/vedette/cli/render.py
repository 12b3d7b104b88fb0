"""``vedette render``: what an environment gets, proven as it gets it; nothing is signed in to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import click

from vedette import __version__
from vedette.cli.cache import answer_cache
from vedette.cli.deployment import colour_wanted, environment_of
from vedette.cli.options import env_option, format_option
from vedette.deploy.artefacts import write_build
from vedette.deploy.content import resources_for
from vedette.deploy.diff import differences
from vedette.deploy.preparation import Prepared, prepare
from vedette.deploy.resource import Key, Resource
from vedette.kql.binder import Binder
from vedette.model.environment import Environment
from vedette.project import Project, find_root, load_project
from vedette.report.cases import TestReport
from vedette.report.cases import render_text as render_verdict
from vedette.report.rendered import Difference, RenderedReport, render_json, render_text


@click.command("render", help="Show what an environment gets.")
@env_option
@click.option("--against", metavar="NAME", help="Compare with another environment.")
@format_option()
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="A folder that gets every body as a file, as `vedette build` writes them.",
)
def command(*, name: str, against: str | None, form: str, out: Path | None) -> int:
    """Exit 0 if all that the environment gets is green, 1 if it is not."""
    project = load_project(find_root(Path.cwd()))
    now = datetime.now(UTC)
    environment = environment_of(project, name)
    other = None if against is None else environment_of(project, against)
    if environment is None or (against is not None and other is None):
        click.echo(render_verdict(TestReport((), project.findings)), nl=False)
        return 1
    prepared = prepare(project, environment, answer_cache(), now)
    if not prepared.verdict.green or prepared.verdict.findings:
        verdict = TestReport(prepared.verdict.results, prepared.verdict.findings)
        click.echo(render_verdict(verdict), nl=False, err=form == "json")
    if not prepared.verdict.green:
        return 1
    if out is not None:
        write_build(out, prepared.resources, __version__)
    report = _report(project, prepared, other, now)
    text = render_json(report) if form == "json" else render_text(report, colour=colour_wanted())
    click.echo(text, nl=False)
    return 0


def _report(
    project: Project, prepared: Prepared, other: Environment | None, now: datetime
) -> RenderedReport:
    """What differs from the files, or from what ``other`` gets."""
    if other is None:
        with Binder(answer_cache()) as binder:
            theirs = _by_key(resources_for(project, prepared.environment, binder))
        label = ""
    else:
        theirs = _by_key(prepare(project, other, answer_cache(), now).resources)
        label = other.name
    ours = _by_key(prepared.resources)
    changed = prepared.rendered.changed
    found_differences = [
        Difference(resource, fields, () if other else changed.get(str(resource.path), ()))
        for key, resource in ours.items()
        if key in theirs and (fields := differences(resource, theirs[key].body, theirs[key].rows))
    ]
    only: list[tuple[str, str]] = []
    if other is not None:
        only += [
            (prepared.environment.name, each.label)
            for key, each in ours.items()
            if key not in theirs
        ]
        only += [(other.name, each.label) for key, each in theirs.items() if key not in ours]
    return RenderedReport(
        environment=prepared.environment.name,
        against=label,
        resources=tuple(ours.values()),
        differences=tuple(found_differences),
        left_out=prepared.rendered.left_out,
        only=tuple(only),
    )


def _by_key(resources: tuple[Resource, ...]) -> Mapping[Key, Resource]:
    return {resource.key: resource for resource in sorted(resources, key=lambda one: one.order)}
