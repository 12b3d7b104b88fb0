"""Measures a plan of no change: seconds, memory, and what is asked of the workspace.

    .venv/bin/python benchmarks/deployment.py plan --rules 512
    .venv/bin/python benchmarks/deployment.py corpus FOLDER

``plan`` writes rules into a local workspace (in this process) and plans them in a process of its
own, whose memory is measured: what is read over HTTP, compared and decided, from the moment at
which the repository is loaded; imports are not timed. ``corpus`` writes every published detection
of FOLDER and plans all of them again. Both print JSON.
"""

from __future__ import annotations

import argparse
import json
import resource as system
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from statistics import median
from uuid import UUID

from vedette.deploy.live import read_live
from vedette.deploy.ownership import Mark, mark_body
from vedette.deploy.payload import resource_of_detection
from vedette.deploy.plan import Action, Plan, Target
from vedette.deploy.planning import make_plan
from vedette.deploy.policy import Policy
from vedette.deploy.resource import Body, Collection, Resource, ResourceKind
from vedette.deploy.sign_in import LOOPBACK_VARIABLE, SignedIn, sign_in
from vedette.deploy.transport import ArmWorkspace
from vedette.errors import ServiceError
from vedette.finding import Level
from vedette.model.detection import (
    Detection,
    EntityMapping,
    FieldMapping,
    Kind,
    Schedule,
    Severity,
    TriggerOperator,
)
from vedette.model.document import Document
from vedette.model.environment import Environment
from vedette.model.load import load_detection
from vedette.model.text import decode
from vedette.model.yaml import parse
from vedette.schema.catalogue import stock_tables
from vedette.schema.validate import validate
from vedette.workspace.server import WorkspaceServer, start
from vedette.workspace.settings import Scope, Settings

TAG, BEARER = "benchmark", "t0k3n"
NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)

#: How often a plan is made; the workspace answers from this machine, which has other work as well.
ROUNDS = 5

#: Lines of each rule's query: a real one has about a thousand characters.
LINES = 24


class Counting(ArmWorkspace):
    """Counts how often each collection is listed."""

    def __init__(self, place: Environment, signed_in: SignedIn) -> None:
        super().__init__(place, signed_in)
        self.asked: Counter[str] = Counter()

    def list(self, collection: Collection) -> Sequence[Body]:
        """As it is, and counted."""
        self.asked[collection.value] += 1
        return super().list(collection)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    verbs = parser.add_subparsers(dest="verb", required=True)
    plan = verbs.add_parser("plan")
    plan.add_argument("--rules", type=int, default=512)
    plan.add_argument("--child", help=argparse.SUPPRESS)
    corpus = verbs.add_parser("corpus")
    corpus.add_argument("folder", type=Path)
    chosen = parser.parse_args()
    if chosen.verb == "corpus":
        found = measure_corpus(chosen.folder)
    elif chosen.child:
        found = plan_once(chosen.child, chosen.rules)
    else:
        found = measure_plan(chosen.rules)
    sys.stdout.write(json.dumps(found, indent=2) + "\n")
    return 0


def measure_plan(number: int) -> dict[str, object]:
    """Write the rules, then plan them elsewhere."""
    with serve() as server:
        with open_workspace(server.url) as workspace:
            write(workspace, environment(server.url), invented(number))
        command = [sys.executable, __file__, "plan", "--rules", str(number), "--child", server.url]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, object] = json.loads(done.stdout)
    return found


def plan_once(url: str, number: int) -> dict[str, object]:
    """What one plan costs: in the process that does nothing else."""
    rules = list(invented(number))
    place = environment(url)
    with Counting(place, sign_in(place, {LOOPBACK_VARIABLE: BEARER})) as workspace:
        seconds, spent = [], []
        for _ in range(ROUNDS):
            workspace.asked.clear()
            before, used = time.perf_counter(), time.process_time()
            plan = plan_of(workspace, place, rules)
            seconds.append(time.perf_counter() - before)
            spent.append(time.process_time() - used)
    return {
        "rules": number,
        "actions": actions(plan),
        "lists": dict(workspace.asked),
        "seconds": {"least": round(min(seconds), 2), "median": round(median(seconds), 2)},
        "processorSeconds": round(median(spent), 2),
        "peakMegabytes": _peak_megabytes(),
    }


def _peak_megabytes() -> int:
    """Of this process: Linux counts its parent's into ``ru_maxrss``, so that is the last resort."""
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM"))
    return system.getrusage(system.RUSAGE_SELF).ru_maxrss // 1024


def measure_corpus(folder: Path) -> dict[str, object]:
    """Write everything that validates, and plan it again."""
    resources = list(published(folder))
    with serve() as server, open_workspace(server.url) as workspace:
        refused = write(workspace, environment(server.url), resources)
        written = [each for each in resources if each.path.as_posix() not in refused]
        plan = plan_of(workspace, environment(server.url), written)
    return {
        "detections": len(resources),
        "refused": refused,
        "actions": actions(plan),
        "fields": sum(len(change.fields) for change in plan.changes),
    }


def serve() -> WorkspaceServer:
    """A workspace with every stock table."""
    return start(now=NOW, settings=Settings(token=BEARER, tables=stock_tables()))


def environment(url: str) -> Environment:
    """The environment of the workspace at ``url``."""
    scope = Scope()
    return Environment(
        name="benchmark",
        tenant=UUID(int=1),
        subscription=UUID(scope.subscription),
        resource_group=scope.resource_group,
        workspace=scope.workspace,
        endpoint=url,
        source=Document(PurePosixPath("environments/benchmark.yaml"), "", {}, {(): (1, 1)}, {}),
    )


def open_workspace(url: str) -> ArmWorkspace:
    """The client that deploys."""
    place = environment(url)
    return ArmWorkspace(place, sign_in(place, {LOOPBACK_VARIABLE: BEARER}))


def write(
    workspace: ArmWorkspace, place: Environment, resources: Sequence[Resource] | Iterator[Resource]
) -> dict[str, str]:
    """Put the resources with their marks; why some were refused, by path."""

    def put(resource: Resource) -> tuple[str, str] | None:
        mark = Mark(TAG, resource.kind, resource.id)
        try:
            workspace.put(resource.kind.collection, resource.id, resource.body)
        except ServiceError as error:
            return resource.path.as_posix(), str(error)
        workspace.put(Collection.METADATA, mark.name, mark_body(mark, place.workspace_id))
        return None

    with ThreadPoolExecutor(4) as pool:
        return dict(filter(None, pool.map(put, resources)))


def plan_of(workspace: ArmWorkspace, place: Environment, rules: Sequence[Resource]) -> Plan:
    """The plan, from what is read now."""
    live = read_live(workspace, rules)
    workspace.tables()
    target = Target.of(place, account="local", method="token")
    return make_plan(rules, live, target, "benchmark", Policy(NOW, TAG))


def actions(plan: Plan) -> dict[str, int]:
    """How often each action is planned."""
    return {each.value: len(plan.having(each)) for each in Action if plan.having(each)}


def invented(number: int) -> Iterator[Resource]:
    """Rules of a usual size."""
    for index in range(1, number + 1):
        filters = "".join(f"| where Subject !has 'word-{index}-{line}'\n" for line in range(LINES))
        detection = Detection(
            id=UUID(int=index),
            kind=Kind.SCHEDULED,
            name=f"Rule {index}",
            description="What the rule finds, and why that matters to whoever has to answer.\n" * 4,
            query=f"EmailEvents\n{filters}| project TimeGenerated, RecipientEmailAddress\n",
            version="1.0.0",
            severity=Severity.MEDIUM,
            schedule=Schedule(HOUR, HOUR, TriggerOperator.GREATER_THAN, 0),
            tactics=("InitialAccess",),
            techniques=("T1566.002",),
            entity_mappings=(
                EntityMapping(
                    "Mailbox", (FieldMapping("MailboxPrimaryAddress", "RecipientEmailAddress"),)
                ),
            ),
            source=Document(
                PurePosixPath(f"detections/rule-{index}.yaml"), "", {}, {(): (1, 1)}, {}
            ),
        )
        yield resource_of_detection(detection)


def published(folder: Path) -> Iterator[Resource]:
    """Every detection below ``folder`` that validates, switched off: a workspace runs 512."""
    seen: set[UUID] = set()
    for file in sorted(folder.rglob("*.yaml")):
        path = PurePosixPath(file.relative_to(folder).as_posix())
        text, _ = decode(file.read_bytes(), path)
        document, findings = parse(text or "", path)
        if document is None:
            continue
        detection, meaning = load_detection(document)
        every = [*findings, *validate(document, "detection"), *meaning]
        if detection is None or any(each.level is Level.ERROR for each in every):
            continue
        if detection.id in seen:
            continue
        seen.add(detection.id)
        resource = resource_of_detection(detection)
        properties = resource.body["properties"]
        if isinstance(properties, dict) and resource.kind is ResourceKind.RULE:
            properties["enabled"] = False
        yield resource


if __name__ == "__main__":
    sys.exit(main())
