"""Applies that are killed: reads jobs, forks a process for each, and kills it at a line.

A process of its own, since a fork of one with threads (the server's) is not to be relied on. A job
is a line of JSON: the operation, the workspace's address, the journal's base, the number of the
line in the journal at which to kill, and whether in the middle of it. The answer is a line: the
signal that ended the process, 0 if it came to its end.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any
from unittest import mock

from tests.acceptance.proving_ground import OPERATIONS, client, given, plan_of

from vedette.deploy.deploy import deploy
from vedette.deploy.journal import Journal


def main() -> None:
    """Work until the input ends."""
    for line in sys.stdin:
        job = json.loads(line)
        child = os.fork()
        if child == 0:
            apply(job)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        code = os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
        sys.stdout.write(f"{code}\n")
        sys.stdout.flush()


def apply(job: dict[str, Any]) -> None:
    """Plan and deploy, and be killed on the way."""
    kill_at(int(job["line"]), torn=bool(job["torn"]))
    operation = next(each for each in OPERATIONS if each.name == job["operation"])
    with client(job["url"]) as (workspace, target):
        plan, live = plan_of(operation, workspace, target)
        deploy(plan, live, workspace, given(Path(job["base"]), target))


def kill_at(number: int, *, torn: bool) -> None:
    """Kill this process when the journal gets its line ``number``: in the middle, or after it."""
    write, count = Journal._write, [0]

    def writing(journal: Journal, data: bytes) -> None:
        count[0] += 1
        if count[0] != number:
            write(journal, data)
            return
        write(journal, data[: len(data) // 2] if torn else data)
        os.kill(os.getpid(), signal.SIGKILL)

    mock.patch.object(Journal, "_write", writing).start()


if __name__ == "__main__":
    main()
