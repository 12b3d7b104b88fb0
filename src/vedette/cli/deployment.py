"""What ``vedette plan`` and ``vedette apply`` have in common: the gate, the sign-in, the plan."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import click

from vedette.cli.cache import answer_cache
from vedette.deploy.gate import Verdict
from vedette.deploy.live import LiveState, Workspace, read_live
from vedette.deploy.plan import Plan, Target
from vedette.deploy.preparation import plan_for, prepare
from vedette.deploy.sign_in import sign_in
from vedette.deploy.two_products import open_workspace
from vedette.errors import UsageError
from vedette.finding import did_you_mean
from vedette.model.environment import Environment
from vedette.project import Project, find_root, load_project
from vedette.report.cases import TestReport, render_text

ADOPT_HELP = (
    "Make the resource of this id ours, which is in the workspace without our mark; 'all': every"
    " one of our ids that carries nobody's."
)


@dataclass(frozen=True, slots=True)
class Connection:
    """An environment's workspace, as whoever signed in sees it; usable as long as it is open."""

    root: Path
    project: Project
    environment: Environment
    target: Target
    workspace: Workspace


@dataclass(frozen=True, slots=True)
class Deployment:
    """A plan, and the workspace that it was made from, as it was; usable as long as it is open."""

    plan: Plan
    workspace: Workspace
    live: LiveState
    connection: Connection


@contextmanager
def connection(name: str) -> Iterator[Connection | None]:
    """Sign in to the environment ``name``; None if its file is broken, which has been printed.

    Raises:
        UsageError: there is no such environment, or it cannot be signed in to as it is.
    """
    project = load_project(find_root(Path.cwd()))
    environment = environment_of(project, name)
    if environment is None:
        broken = [each for each in project.findings if each.location.path.stem == name]
        click.echo(render_text(TestReport((), tuple(broken))), nl=False)
        yield None
        return
    with connect(project, environment) as opened:
        yield opened


@contextmanager
def connect(project: Project, environment: Environment) -> Iterator[Connection]:
    """Sign in to ``environment``; errors as for ``connection``."""
    signed_in = sign_in(environment, os.environ)
    target = Target.of(environment, account=signed_in.account, method=signed_in.method)
    with open_workspace(environment, signed_in) as workspace:
        yield Connection(project.root, project, environment, target, workspace)


@contextmanager
def deployment(
    name: str, *, adopt: Iterable[str] = (), tree: Path | None = None
) -> Iterator[Deployment | None]:
    """Plan the whole repository for the environment ``name``; None if the tree is not green.

    What is not green has been printed then. ``adopt`` names what is to become ours (``Policy``).
    ``tree`` is the repository of another time, whose content is planned; the environment, with all
    that it forbids, is always that of now.

    Raises:
        UsageError: there is no such environment, or it cannot be signed in to as it is.
        ServiceError: the workspace cannot be read.
    """
    now = datetime.now(UTC)
    present = load_project(find_root(Path.cwd()))
    project = present
    if tree is not None:
        project = replace(load_project(tree), overrides=present.overrides)
    environment = environment_of(present, name)
    prepared = None
    if environment is not None:
        prepared = prepare(project, environment, answer_cache(), now)
    if environment is None or prepared is None or not prepared.verdict.green:
        verdict = Verdict(project.findings, ()) if prepared is None else prepared.verdict
        click.echo(render_text(TestReport(verdict.results, verdict.findings)), nl=False)
        click.echo("Nothing was planned.")
        yield None
        return
    with connect(present, environment) as opened:
        live = read_live(opened.workspace, prepared.resources)
        plan = plan_for(prepared, live, opened.workspace, opened.target, now=now, adopt=adopt)
        yield Deployment(plan, opened.workspace, live, opened)


def colour_wanted() -> bool:
    """False if the user asks for none; what is no terminal gets none from click anyway."""
    return not os.environ.get("NO_COLOR")


def environment_of(project: Project, name: str) -> Environment | None:
    """The environment; None if its file is there but broken, which a finding says."""
    if name in project.environments:
        return project.environments[name]
    if any(finding.location.path.stem == name for finding in project.findings):
        return None
    known = ", ".join(sorted(project.environments)) or "none"
    hint = did_you_mean(name, project.environments) or f"environments/ has: {known}"
    raise UsageError(f"there is no environment '{name}' ({hint})")
