"""Measures a first apply under the write budget of Azure Resource Manager.

    .venv/bin/python benchmarks/applying.py --rules 512 --latency 0.2

Serves a local workspace in this process and applies the rules to it in a process of its own, whose
memory is measured: plan, lease, journal, a mark and a rule each, all read back. The writes are held
to 200 at once and 10 a second, as the service holds them; ``ratio`` is the time taken over the time
that so many writes take at best. Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from deployment import (
    BEARER,
    NOW,
    TAG,
    _peak_megabytes,
    actions,
    environment,
    invented,
    serve,
)

from vedette.deploy.apply import Bounds
from vedette.deploy.apply_write import Patience
from vedette.deploy.deploy import Circumstances, deploy
from vedette.deploy.journal import Journal
from vedette.deploy.live import read_live
from vedette.deploy.outcome import Status
from vedette.deploy.pacing import Pacer
from vedette.deploy.plan import Target
from vedette.deploy.planning import make_plan
from vedette.deploy.policy import Policy
from vedette.deploy.sign_in import LOOPBACK_VARIABLE, sign_in
from vedette.deploy.timing import Timing
from vedette.deploy.transport import ArmWorkspace
from vedette.model.faults import FaultKind, FaultPlan, FaultRule


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rules", type=int, default=512)
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child:
        found = apply_once(chosen.child, chosen.rules)
    else:
        with serve() as server:
            slow = FaultRule("* *", FaultKind.SLOW, delay=chosen.latency)
            server.set_faults(FaultPlan((slow,) if chosen.latency else ()))
            command = [sys.executable, __file__, "--rules", str(chosen.rules)]
            done = subprocess.run(
                [*command, "--child", server.url], check=True, capture_output=True, text=True
            )
        found = json.loads(done.stdout) | {"latency": chosen.latency}
    sys.stdout.write(json.dumps(found, indent=2) + "\n")
    return 0


def apply_once(url: str, number: int) -> dict[str, object]:
    """Plan and apply in the process that does nothing else."""
    rules, place = list(invented(number)), environment(url)
    budget = place.writes
    pacer = Pacer(budget)
    signed_in = sign_in(place, {LOOPBACK_VARIABLE: BEARER})
    target = Target.of(place, account="local", method="token")
    with (
        TemporaryDirectory(prefix="vedette-benchmark-") as folder,
        ArmWorkspace(place, signed_in, pacer=pacer) as workspace,
    ):
        live = read_live(workspace, rules)
        plan = make_plan(rules, live, target, "benchmark", Policy(NOW, TAG))
        given = Circumstances(
            Path(folder),
            Patience(Timing(lambda: datetime.now(UTC))),
            bounds=Bounds(budget.concurrency, place.limits.failed_percent),
        )
        before, used = time.perf_counter(), time.process_time()
        applied = deploy(plan, live, workspace, given)
        seconds, spent = time.perf_counter() - before, time.process_time() - used
        lines = Journal.open(Path(folder)).head.seq
    best = max(0.0, (pacer.writes - budget.burst) / budget.per_second)
    return {
        "rules": number,
        "actions": actions(plan),
        "written": len(applied.having(Status.WRITTEN)),
        "concurrency": budget.concurrency,
        "requests": {"writes": pacer.writes, "reads": pacer.bucket("GET").taken},
        "seconds": round(seconds, 1),
        "bestSeconds": round(best, 1),
        "ratio": round(seconds / best, 3) if best else None,
        "processorSeconds": round(spent, 1),
        "journalLines": lines,
        "peakMegabytes": _peak_megabytes(),
    }


if __name__ == "__main__":
    sys.exit(main())
