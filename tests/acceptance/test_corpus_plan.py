"""Every published rule, written and read back: a plan right after an apply has nothing to do."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from uuid import UUID

import pytest

from vedette.deploy.diff import FieldChange
from vedette.deploy.live import LiveState, read_live
from vedette.deploy.ownership import LiveMark, Mark
from vedette.deploy.payload import resource_of_detection
from vedette.deploy.plan import Action, Plan, Target
from vedette.deploy.planning import make_plan
from vedette.deploy.policy import Policy
from vedette.deploy.resource import Body, Key, Resource, ResourceKind
from vedette.deploy.sign_in import LOOPBACK_VARIABLE, sign_in
from vedette.deploy.transport import ArmWorkspace
from vedette.finding import Level
from vedette.model.document import Document
from vedette.model.environment import Environment
from vedette.model.load import load_detection
from vedette.model.text import decode
from vedette.model.yaml import parse
from vedette.schema.catalogue import stock_tables
from vedette.schema.validate import validate
from vedette.workspace.server import start
from vedette.workspace.settings import Settings
from vedette.workspace.validation import read_rule

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"

pytestmark = pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the corpus of published detections is not beside this repository"
)

TAG, BEARER = "corpus", "t0k3n"
#: One of so many goes over HTTP: each takes a twentieth of a second.
SAMPLE = 25
NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)


def published() -> Iterator[Resource]:
    """Every detection of the corpus that validates, each id once."""
    seen: set[UUID] = set()
    for file in sorted(CORPUS.rglob("*.yaml")):
        path = PurePosixPath(file.relative_to(CORPUS).as_posix())
        text, _ = decode(file.read_bytes(), path)
        document, findings = parse(text or "", path)
        if document is None:
            continue
        detection, meaning = load_detection(document)
        every = [*findings, *validate(document, "detection"), *meaning]
        if detection is None or any(each.level is Level.ERROR for each in every):
            continue
        if detection.id not in seen:
            seen.add(detection.id)
            yield resource_of_detection(detection)


def disabled(resource: Resource) -> Resource:
    """More are enabled in the corpus than a workspace takes; nothing else is changed."""
    properties = resource.body["properties"]
    assert isinstance(properties, dict)
    if resource.kind is ResourceKind.RULE:
        properties["enabled"] = False
    return resource


def planned(resources: Sequence[Resource], live: Mapping[Key, Body]) -> Plan:
    """The plan of resources that are all ours."""
    marks = {each.key: LiveMark(Mark(TAG, each.kind, each.id), None) for each in resources}
    target = Target("corpus", "t", "s", "g", "w", "https://management.azure.com", "me", "cli")
    return make_plan(resources, LiveState(live, {}, marks), target, "1.0", Policy(NOW, TAG))


def moved(plan: Plan) -> dict[str, tuple[FieldChange, ...]]:
    return {str(each.resource.path): each.fields for each in plan.changes if each.fields}


def test_what_the_service_keeps_of_every_published_rule_is_what_was_sent() -> None:
    """Every rule, through all that the local workspace does to a body before it keeps it."""
    rules = [each for each in published() if each.kind is ResourceKind.RULE]
    kept = {each.key: read_rule(json.loads(json.dumps(each.body))) for each in rules}
    live = {
        key: {"name": key[1], "kind": rule.kind, "properties": rule.properties}
        for key, rule in kept.items()
    }
    plan = planned(rules, live)
    assert moved(plan) == {}
    assert {change.action for change in plan.changes} == {Action.NO_OP}
    assert len(plan.changes) > 450


def test_a_plan_right_after_writing_published_detections_is_empty() -> None:
    """Over HTTP, a sample; ``benchmarks/deployment.py corpus`` writes them all."""
    settings = Settings(token=BEARER, tables=stock_tables())
    with start(now=NOW, settings=settings) as server:
        scope = server.settings.scope
        environment = Environment(
            name="corpus",
            tenant=UUID(int=1),
            subscription=UUID(scope.subscription),
            resource_group=scope.resource_group,
            workspace=scope.workspace,
            endpoint=server.url,
            source=Document(PurePosixPath("environments/corpus.yaml"), "", {}, {(): (1, 1)}, {}),
        )
        signed_in = sign_in(environment, {LOOPBACK_VARIABLE: BEARER})
        with ArmWorkspace(environment, signed_in) as workspace:
            resources = [disabled(each) for each in published()][::SAMPLE]
            for resource in resources:
                workspace.put(resource.kind.collection, resource.id, resource.body)
            live = read_live(workspace, resources)
    plan = planned(resources, live.resources)
    assert moved(plan) == {}
    assert {change.action for change in plan.changes} == {Action.NO_OP}
