"""Measures what a start costs: ``vedette --version`` and a one-rule ``vedette lint``.

Prints JSON: for each command the median and the least of its wall-clock seconds, and how often the
time of ``python -c pass``, measured in the same rounds, goes into its median. Compare the ratios:
the seconds are those of the machine and of what else it was doing.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import sysconfig
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RULE = "detections/email/dmarc-fail-then-click.yaml"
BASELINE = "python -c pass"


def main() -> int:
    """Measure and print; 1 if a command fails, whose time would mean nothing."""
    parser = argparse.ArgumentParser(description="Measures what a start of vedette costs.")
    parser.add_argument("--rounds", type=int, default=11, help="runs of each command (11)")
    rounds = parser.parse_args().rounds
    vedette = shutil.which("vedette", path=sysconfig.get_path("scripts"))
    if vedette is None or rounds < 1:
        parser.error("needs at least one round, and the Python that vedette is installed in")
    commands = {
        BASELINE: [sys.executable, "-c", "pass"],
        "vedette --version": [vedette, "--version"],
        f"vedette lint {RULE}": [vedette, "lint", RULE],
    }
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    # The first round warms caches and is thrown away; the commands alternate, so that a slow moment
    # of the machine falls on all of them.
    for number in range(rounds + 1):
        for name, command in commands.items():
            taken = timed(command)
            if taken is None:
                print(f"failed: {name}", file=sys.stderr)
                return 1
            if number:
                seconds[name].append(taken)
    print(json.dumps(summary(seconds), indent=2))
    return 0


def timed(command: Sequence[str]) -> float | None:
    """The seconds that the command took; None if it failed."""
    start = time.perf_counter()
    done = subprocess.run(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False
    )
    taken = time.perf_counter() - start
    return taken if done.returncode == 0 else None


def summary(seconds: dict[str, list[float]]) -> dict[str, dict[str, float]]:
    """Median, least, and ratio to the baseline's median, for each command."""
    baseline = statistics.median(seconds[BASELINE])
    return {
        name: {
            "median_seconds": round(statistics.median(taken), 4),
            "least_seconds": round(min(taken), 4),
            "ratio": round(statistics.median(taken) / baseline, 2),
        }
        for name, taken in seconds.items()
    }


if __name__ == "__main__":
    sys.exit(main())
