"""``vedette drift``: what in the workspace is no longer as it was deployed."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from vedette.cli.connection import environment_of
from vedette.cli.deployment import colour_wanted
from vedette.convert.repository import unreadable
from vedette.deploy.audit import QUERY, TIMESPAN, Editor, editors_of
from vedette.deploy.content import resources_for
from vedette.deploy.drift import DriftReport, State, find_drift
from vedette.deploy.live import read_live
from vedette.deploy.logs import Logs
from vedette.deploy.sign_in import SignedIn, sign_in
from vedette.deploy.transport import ArmWorkspace
from vedette.errors import ServiceError
from vedette.model.environment import Environment
from vedette.project import Project, find_root, load_project
from vedette.report.drift import render_json, render_markdown, render_text
from vedette.report.findings import render_text as render_findings

_FORMS = ["text", "json", "markdown"]


@click.command("drift", help="Show what was changed in the workspace since it was deployed.")
@click.option("--env", "name", required=True, help="The environment: environments/NAME.yaml.")
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMS),
    default="text",
    show_default=True,
    help="What to print.",
)
@click.option("--strict", is_flag=True, help="Count what is foreign as drift, too.")
def command(*, name: str, form: str, strict: bool) -> int:
    """Exit 0 if all is as deployed or locked, 1 if somebody has to decide about something."""
    project = load_project(find_root(Path.cwd()))
    if findings := unreadable(project):
        click.echo(render_findings(findings))
        click.echo("Nothing was compared: the rule of a file that cannot be read looks foreign.")
        return 1
    report = _report(project, environment_of(project, name))
    if form == "text":
        click.echo(render_text(report, colour=colour_wanted()), nl=False)
    else:
        click.echo(render_json(report) if form == "json" else render_markdown(report), nl=False)
    is_foreign = strict and bool(report.having(State.FOREIGN))
    return 1 if report.open or report.expired or is_foreign else 0


def _report(project: Project, environment: Environment) -> DriftReport:
    signed_in = sign_in(environment, os.environ)
    resources = resources_for(project, environment)
    with ArmWorkspace(environment, signed_in) as workspace:
        live = read_live(workspace, resources)
    editors, unknown = _editors(environment, signed_in)
    return find_drift(
        resources,
        live,
        tag=environment.tag,
        account=signed_in.account,
        environment=environment.name,
        day=datetime.now(UTC).date(),
        editors=editors,
        locks=environment.locks,
        unknown=unknown,
    )


def _editors(environment: Environment, signed_in: SignedIn) -> tuple[dict[str, Editor], str]:
    """The last editors, and why they are not known if they are not."""
    logs = Logs(environment, signed_in)
    try:
        return editors_of(logs.query(QUERY, timespan=TIMESPAN)), ""
    except ServiceError as error:
        return {}, str(error)
    finally:
        logs.close()
