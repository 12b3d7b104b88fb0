"""``vedette drift``: what in the workspace is no longer as it was deployed."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from pathlib import Path

import click

from vedette.cli.cache import answer_cache
from vedette.cli.connection import environment_of
from vedette.cli.deployment import colour_wanted
from vedette.cli.options import env_option, format_option
from vedette.cli.writing import write_text
from vedette.convert.repository import unreadable
from vedette.deploy.audit import QUERY, TIMESPAN, Editor, editors_of
from vedette.deploy.content import resources_for
from vedette.deploy.drift import DriftReport, State, find_drift
from vedette.deploy.live import read_live
from vedette.deploy.logs import Logs
from vedette.deploy.rendering import Rendered, render
from vedette.deploy.resource import Resource
from vedette.deploy.sign_in import LOOPBACK_VARIABLE, SignedIn, sign_in
from vedette.deploy.two_products import open_workspace
from vedette.errors import ConfigurationError, ServiceError
from vedette.finding import Level
from vedette.kql.binder import Binder
from vedette.model.environment import Environment
from vedette.project import Project, find_root, load_project
from vedette.report.drift import render_json, render_markdown, render_text
from vedette.report.findings import render_text as render_findings

_RENDERERS = {"text": render_text, "json": render_json, "markdown": render_markdown}


@click.command("drift", help="Show what was changed in the workspace since it was deployed.")
@env_option
@format_option(_RENDERERS)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write it to this file, and text to the screen.",
)
@click.option(
    "--deployer",
    default="",
    metavar="APPLICATION",
    help="The client id of who deploys, if that is not who is signed in here.",
)
@click.option("--strict", is_flag=True, help="Count what is foreign as drift, too.")
def command(*, name: str, form: str, output: Path | None, deployer: str, strict: bool) -> int:
    """Exit 0 if all is as deployed or locked, 1 if somebody has to decide about something."""
    project = load_project(find_root(Path.cwd()))
    if findings := unreadable(project):
        click.echo(render_findings(findings))
        click.echo("Nothing was compared: the rule of a file that cannot be read looks foreign.")
        return 1
    report = _report(project, environment_of(project, name), deployer)
    if output is not None:
        write_text(output, _RENDERERS[form](report))
    if form == "text" or output is not None:
        click.echo(render_text(report, colour=colour_wanted()), nl=False)
    else:
        click.echo(_RENDERERS[form](report), nl=False)
    is_foreign = strict and bool(report.having(State.FOREIGN))
    return 1 if report.open or report.expired or is_foreign else 0


def _report(project: Project, environment: Environment, deployer: str) -> DriftReport:
    signed_in = sign_in(environment, os.environ)
    today = datetime.now(UTC).date()
    resources = rendered_resources(project, environment, today)
    with open_workspace(environment, signed_in) as workspace:
        live = read_live(workspace, resources)
    editors, unknown = _editors(environment, signed_in)
    return find_drift(
        resources,
        live,
        tag=environment.tag,
        account=deployer or _deployer(signed_in),
        environment=environment.name,
        day=today,
        editors=editors,
        locks=environment.locks,
        unknown=unknown,
    )


def _deployer(signed_in: SignedIn) -> str:
    """The identity that does nothing but deploy; empty for a person, who edits as well."""
    is_person = "@" in signed_in.account or signed_in.method == LOOPBACK_VARIABLE
    return "" if is_person else signed_in.account


def rendered_resources(
    project: Project, environment: Environment, today: date
) -> tuple[Resource, ...]:
    """What the environment gets today, with its overrides.

    Raises:
        UsageError: an override cannot be applied, or nothing is for the environment.
    """
    with Binder(answer_cache()) as binder:
        rendered = render(project, environment, binder, today=today)
        _refuse_broken(rendered)
        return resources_for(rendered.project, environment, binder)


def _refuse_broken(rendered: Rendered) -> None:
    """Raise ConfigurationError for an override that cannot be applied."""
    own = {override.source.path for every in rendered.changed.values() for override in every}
    for finding in rendered.project.findings:
        if finding.level is Level.ERROR and finding.location.path in own:
            raise ConfigurationError(str(finding))


def _editors(environment: Environment, signed_in: SignedIn) -> tuple[dict[str, Editor], str]:
    """The last editors, and why they are not known if they are not."""
    try:
        return editors_of(Logs(environment, signed_in).query(QUERY, timespan=TIMESPAN)), ""
    except ServiceError as error:
        return {}, str(error)
