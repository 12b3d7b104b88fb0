"""``vedette health``: whether the deployed rules work; it only reads."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from vedette.cli.cache import answer_cache
from vedette.cli.connection import environment_of
from vedette.cli.deployment import colour_wanted
from vedette.cli.options import env_option, format_option
from vedette.cli.writing import write_text
from vedette.convert.repository import unreadable
from vedette.deploy.logs import Logs
from vedette.deploy.rendering import render
from vedette.deploy.resource import Collection
from vedette.deploy.sign_in import sign_in
from vedette.deploy.transport import ArmWorkspace
from vedette.kql.binder import Binder
from vedette.kql.dependencies import dependencies
from vedette.kql.lint import catalogue_of
from vedette.model.environment import Environment
from vedette.operate.health import HealthReport, Verdict, judge
from vedette.operate.health_queries import observe
from vedette.operate.subjects import subjects_of
from vedette.project import Project, find_root, load_project
from vedette.report.findings import render_text as render_findings
from vedette.report.health import render_json, render_text, render_xml

_RENDERERS = {"text": render_text, "json": render_json, "junit": render_xml}

#: What makes the command exit 1; what is unknown does, unless nothing does.
_FAILS = {
    "error": frozenset({Verdict.ERROR, Verdict.UNKNOWN}),
    "warning": frozenset({Verdict.ERROR, Verdict.UNKNOWN, Verdict.WARNING}),
    "never": frozenset[Verdict](),
}

_HELP = """Show whether the deployed rules work.

Rules that the service switched off, that fail, do not run or run late, that never fire or fire much
more than they used to, and tables that receive nothing any more. What cannot be read is 'unknown',
and unknown is not green."""


@click.command("health", help=_HELP, short_help="Show whether the deployed rules work.")
@env_option
@format_option(_RENDERERS)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write it to this file, and text to the screen.",
)
@click.option(
    "--days",
    type=click.IntRange(2, 90),
    default=14,
    show_default=True,
    help="How far to look back.",
)
@click.option(
    "--fail-on",
    "level",
    type=click.Choice(list(_FAILS)),
    default="warning",
    show_default=True,
    help="From which level on the exit code is 1; what is unknown counts as well.",
)
@click.option("--all", "foreign", is_flag=True, help="Also rules that are not of this repository.")
def command(
    *, name: str, form: str, output: Path | None, days: int, level: str, foreign: bool
) -> int:
    """Exit 0 if no rule is at the level or above it, 1 if one is, 3 if nothing can be read."""
    project = load_project(find_root(Path.cwd()))
    if findings := unreadable(project):
        click.echo(render_findings(findings))
        click.echo("Nothing was asked: a rule whose file cannot be read would be left out.")
        return 1
    report = _report(project, environment_of(project, name), days, foreign=foreign)
    if output is not None:
        write_text(output, _RENDERERS[form](report))
    if form == "text" or output is not None:
        click.echo(render_text(report, colour=colour_wanted()), nl=False)
    else:
        click.echo(_RENDERERS[form](report).encode("utf-8"), nl=False)
    return 1 if any(rule.verdict in _FAILS[level] for rule in report.rules) else 0


def _report(
    project: Project, environment: Environment, days: int, *, foreign: bool
) -> HealthReport:
    signed_in = sign_in(environment, os.environ)
    with Binder(answer_cache()) as binder:
        rendered = render(project, environment, binder, today=datetime.now(UTC).date()).project
        needs = dependencies(rendered, catalogue_of(rendered), binder)
    with ArmWorkspace(environment, signed_in) as workspace:
        live = workspace.list(Collection.RULES)
    seen = observe(Logs(environment, signed_in), days)
    subjects = subjects_of(rendered.detections, needs, live, foreign=foreign)
    return judge(subjects, seen, environment.name)
