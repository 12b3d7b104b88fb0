"""All that comes before a plan: render for the environment, prove, and look at what is there.

The trap: a rollback, a retry or an emergency with a way of its own to a plan, which lacks a part of
this. Whatever plans does it with ``prepare`` and ``plan_for``, of whatever tree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from vedette import __version__
from vedette.deploy.connectors import check_connectors
from vedette.deploy.content import resources_for
from vedette.deploy.gate import Verdict, check_tree
from vedette.deploy.live import LiveState, Workspace
from vedette.deploy.payload import resource_of_detection
from vedette.deploy.plan import Plan, Target
from vedette.deploy.planning import make_plan
from vedette.deploy.policy import Policy
from vedette.deploy.preflight import Requirements, hold, link
from vedette.deploy.rendering import Rendered, render
from vedette.deploy.resource import Collection, Key, Resource, key_of
from vedette.kql.binder import Binder
from vedette.kql.cache import AnswerCache
from vedette.kql.dependencies import dependencies
from vedette.kql.lint import catalogue_of
from vedette.model.detection import Detection
from vedette.model.environment import Environment
from vedette.project import Project
from vedette.project.dates import DATED


@dataclass(frozen=True, slots=True)
class Prepared:
    """What an environment is to get, and whether that is proven.

    ``resources`` are in no order yet; ``requirements`` are what they need of the workspace.
    """

    rendered: Rendered
    verdict: Verdict
    resources: tuple[Resource, ...] = ()
    requirements: Mapping[Key, Requirements] | None = None

    @property
    def environment(self) -> Environment:
        """The environment."""
        return self.rendered.environment


def prepare(
    project: Project, environment: Environment, cache: AnswerCache | None, now: datetime
) -> Prepared:
    """Render ``project`` for ``environment``, and lint and test what comes out.

    Raises:
        ConfigurationError: the environment gets nothing at all.
    """
    with Binder(cache) as binder:
        rendered = render(project, environment, binder, today=now.date())
        verdict = check_tree(rendered.project, cache)
        if not verdict.green:
            return Prepared(rendered, verdict)
        theirs = rendered.project
        needs = dependencies(theirs, catalogue_of(theirs), binder)
        found = resources_for(theirs, environment, binder)
    resources, requirements = link(found, needs)
    return Prepared(rendered, verdict, tuple(resources), requirements)


def plan_for(
    prepared: Prepared,
    live: LiveState,
    workspace: Workspace,
    target: Target,
    *,
    now: datetime,
    adopt: Iterable[str] = (),
) -> Plan:
    """The plan of what was prepared against what is there.

    Raises:
        ServiceError: what the workspace has could not be looked up.
        UsageError: resources need each other in a circle.
    """
    environment = prepared.environment
    resources, held, warnings = hold(
        prepared.resources,
        prepared.requirements or {},
        prepared.rendered.project.detections,
        live,
        workspace,
        environment.on_missing,
    )
    connected = check_connectors(
        resources, prepared.rendered.project.detections, workspace, environment.on_unconnected
    )
    # A table that is not there at all says more than a connector.
    held = {**connected.held, **held}
    resources, warnings = list(connected.resources), [*warnings, *connected.warnings]
    warnings += [str(each) for each in prepared.verdict.findings if each.id in DATED]
    left_out = {
        key: f"{each.reason}, which is not for here"
        for each in prepared.rendered.left_out
        for key in _keys(each.detection)
    }
    policy = Policy.of(
        environment, now=now, adopt=adopt, held=held, warnings=warnings, left_out=left_out
    )
    return make_plan(resources, live, target, __version__, policy)


def _keys(detection: Detection) -> tuple[Key, ...]:
    """All that may be deployed of one detection."""
    own = resource_of_detection(detection).key
    return own, key_of(Collection.DETECTIONS, str(detection.id))
