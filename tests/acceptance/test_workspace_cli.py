"""What breaks when ``vedette workspace`` is used from a terminal."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import ssl
import subprocess
import sys
import sysconfig
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from vedette.errors import ServiceError
from vedette.workspace.authority import client_context
from vedette.workspace.client import WorkspaceClient

Run = Callable[..., "subprocess.CompletedProcess[str]"]
EVENT = (
    '{"TimeGenerated": "2026-11-02T11:30:00Z", "RecipientEmailAddress": "ana@contoso.com",'
    ' "Subject": "Payslip"}\n'
)


@dataclass
class Served:
    """A ``vedette workspace serve``: what it printed until it was ready, and its address."""

    process: subprocess.Popen[str]
    said: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return self._after("Workspace")

    def _after(self, label: str) -> str:
        return next(line.split()[1] for line in self.said if line.startswith(label))

    @property
    def token(self) -> str:
        return self._after("Token")

    @property
    def id(self) -> str:
        return self._after("Id")

    @property
    def clock(self) -> str:
        return self._after("Clock")


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """``serve(*options, **variables)``: start it and wait until it says where it is."""
    command = shutil.which("vedette", path=sysconfig.get_path("scripts"))
    assert command
    running: list[subprocess.Popen[str]] = []

    def run(*options: str | Path, **variables: str) -> Served:
        process = subprocess.Popen(
            [command, "workspace", "serve", *map(str, options)],
            cwd=tmp_path,
            env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1", **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        running.append(process)
        served = Served(process)
        assert process.stdout is not None
        for line in process.stdout:
            served.said.append(line)
            if line.startswith("Ctrl-C"):
                return served
        pytest.fail(f"it ended with {process.wait()}: {''.join(served.said)}")

    yield run
    for process in running:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def test_a_workspace_cannot_be_served_and_used(
    serve: Callable[..., Served], vedette: Run, tmp_path: Path
) -> None:
    served = serve("--now", "2026-11-02T12:00:00Z")
    assert served.clock == "2026-11-02T12:00:00Z"
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", served.url)
    assert any(f"{served.url}/?token={served.token}" in line for line in served.said)
    events = tmp_path / "EmailEvents.jsonl"
    events.write_text(EVENT * 3, encoding="utf-8")
    token = {"VEDETTE_TOKEN": served.token}
    sent = vedette("workspace", "send", events, "--url", served.url, cwd=tmp_path, **token)
    assert (sent.returncode, sent.stdout) == (0, "EmailEvents: 3 events sent\n")
    moved = vedette("workspace", "advance", "1h", "--url", served.url, cwd=tmp_path, **token)
    assert (moved.returncode, moved.stdout) == (
        0,
        "0 runs; the clock stands at 2026-11-02T13:00:00Z\n",
    )


def test_a_token_of_the_users_own_is_printed(serve: Callable[..., Served]) -> None:
    served = serve("--token-env", "MINE", "--now", "2026-11-02T12:00:00Z", MINE="s3cret-of-mine")
    assert "s3cret-of-mine" not in "".join(served.said)
    assert "?token=<MINE>" in "".join(served.said)


def test_a_state_forgets_its_clock_or_goes_back(
    serve: Callable[..., Served], vedette: Run, tmp_path: Path
) -> None:
    state = tmp_path / "state.duckdb"
    first = serve("--state", state, "--now", "2026-11-02T12:00:00Z")
    first.process.kill()
    first.process.wait()
    again = serve("--state", state)
    assert again.clock == "2026-11-02T12:00:00Z"
    again.process.kill()
    again.process.wait()
    back = vedette(
        "workspace", "serve", "--state", state, "--now", "2026-11-02T11:00:00Z", cwd=tmp_path
    )
    assert back.returncode == 2
    assert "cannot go back" in back.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT to send to a process")
def test_ctrl_c_is_an_error(serve: Callable[..., Served]) -> None:
    served = serve("--now", "2026-11-02T12:00:00Z")
    served.process.send_signal(signal.SIGINT)
    rest, _ = served.process.communicate(timeout=60)
    assert (served.process.returncode, rest) == (0, "Stopped.\n")


def test_an_environment_is_not_the_one_that_is_served(
    serve: Callable[..., Served], vedette: Run, tmp_path: Path, repository: Path
) -> None:
    for folder in ("environments", "detections"):
        shutil.copytree(repository / folder, tmp_path / folder)
    served = serve("--env", "production")
    text = (repository / "environments" / "production.yaml").read_text(encoding="utf-8")
    subscription = re.search(r"^subscription: (\S+)", text, re.MULTILINE)
    assert subscription is not None
    assert any(f"/subscriptions/{subscription[1]}/" in line for line in served.said)
    wrong = vedette("workspace", "serve", "--env", "prodution", cwd=tmp_path)
    assert wrong.returncode == 2
    assert "did you mean 'production'?" in wrong.stderr


@pytest.mark.parametrize(
    ("arguments", "variables", "code", "words"),
    [
        (("serve", "--now", "noon"), {}, 2, "time zone"),
        (("serve", "--token-env", "NOT_SET"), {}, 2, "set NOT_SET"),
        (("advance", "soon"), {"VEDETTE_TOKEN": "t"}, 2, "'soon' is not a duration"),
        (("advance",), {"VEDETTE_TOKEN": "t"}, 2, "either a duration or --to"),
        (("advance", "1h", "--to", "2026-11-02T12:00:00Z"), {"VEDETTE_TOKEN": "t"}, 2, "either"),
        (("advance", "1h"), {"VEDETTE_TOKEN": ""}, 2, "set VEDETTE_TOKEN"),
        (("advance", "1h", "--url", "http://127.0.0.1:9"), {"VEDETTE_TOKEN": "t"}, 3, "no answer"),
        (("send", "nothing.jsonl"), {"VEDETTE_TOKEN": "t"}, 2, "does not exist"),
        (("send",), {}, 2, "FILES"),
    ],
)
def test_a_slip_on_the_command_line_ends_otherwise(
    vedette: Run,
    tmp_path: Path,
    arguments: tuple[str, ...],
    variables: dict[str, str],
    code: int,
    words: str,
) -> None:
    done = vedette("workspace", *arguments, cwd=tmp_path, **variables)
    assert done.returncode == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_broken_file_is_sent(vedette: Run, tmp_path: Path) -> None:
    events = tmp_path / "EmailEvents.jsonl"
    events.write_text(EVENT + "{\n", encoding="utf-8")
    token = {"VEDETTE_TOKEN": "t"}
    done = vedette("workspace", "send", events, cwd=tmp_path, **token)
    assert done.returncode == 1
    assert done.stdout.startswith("EmailEvents.jsonl:2:")


def test_a_faults_file_that_cannot_be_used_is_refused_with_the_place(
    vedette: Run, tmp_path: Path
) -> None:
    (tmp_path / "faults.yaml").write_text(
        "faults:\n  - {operation: PUT alertRule/*, fault: reset}\n", encoding="utf-8"
    )
    done = vedette("workspace", "serve", "--faults", "faults.yaml", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout.startswith("faults.yaml:2:17: unknown-value")
    assert "did you mean 'PUT alertRules/*'?" in done.stdout


def test_a_second_process_spoils_the_state_of_the_first(
    serve: Callable[..., Served], vedette: Run, tmp_path: Path
) -> None:
    state = tmp_path / "state.duckdb"
    serve("--state", state, "--now", "2026-11-02T12:00:00Z")
    second = vedette("workspace", "serve", "--state", state, cwd=tmp_path)
    assert second.returncode == 2
    assert "is in use: another process serves it already" in second.stderr


def test_what_was_acknowledged_is_lost_with_the_process(
    serve: Callable[..., Served], tmp_path: Path
) -> None:
    state = tmp_path / "state.duckdb"
    served = serve("--state", state, "--now", "2026-11-02T12:00:00Z")
    client = WorkspaceClient(served.url, served.token)
    acknowledged: list[str] = []

    def write() -> None:
        # It ends with the process, in the middle of a call.
        with suppress(ServiceError):
            for number in range(10_000):
                subject = f"mail {number}"
                client.send_events("EmailEvents", [{**json.loads(EVENT), "Subject": subject}])
                acknowledged.append(subject)

    writer = threading.Thread(target=write)
    writer.start()
    while len(acknowledged) < 25:
        assert writer.is_alive()
        writer.join(timeout=0.01)
    served.process.kill()
    served.process.wait()
    writer.join()

    again = serve("--state", state)
    query = {"query": "EmailEvents | project Subject"}
    answer = _post(again, f"/v1/workspaces/{again.id}/query", query)
    kept = [row[0] for row in answer["tables"][0]["rows"]]
    # The last call may have been written without an answer; nothing else is more, or twice.
    assert kept[: len(acknowledged)] == acknowledged
    assert kept[len(acknowledged) :] in ([], [f"mail {len(acknowledged)}"])


def test_a_reset_leaves_something_behind(
    serve: Callable[..., Served], vedette: Run, tmp_path: Path
) -> None:
    served = serve("--now", "2026-11-02T12:00:00Z", "--tls", tmp_path / "tls")
    assert served.url.startswith("https://")
    trust = {"VEDETTE_TOKEN": served.token, "VEDETTE_CA": str(tmp_path / "tls" / "ca.pem")}
    events = tmp_path / "EmailEvents.jsonl"
    events.write_text(EVENT, encoding="utf-8")
    sent = vedette("workspace", "send", events, "--url", served.url, cwd=tmp_path, **trust)
    assert sent.returncode == 0, sent.stderr
    options = ("--to", "2026-10-01T00:00:00Z", "--url", served.url)
    reset = vedette("workspace", "reset", *options, cwd=tmp_path, **trust)
    assert (reset.returncode, reset.stdout) == (
        0,
        "The workspace is empty; the clock stands at 2026-10-01T00:00:00Z\n",
    )
    context = client_context(tmp_path / "tls" / "ca.pem")
    assert WorkspaceClient(served.url, served.token, trust=context).incidents() == []
    answer = _post(
        served, f"/v1/workspaces/{served.id}/query", {"query": "EmailEvents | count"}, context
    )
    assert answer["tables"][0]["rows"] == [[0]]


def _post(
    served: Served, path: str, body: object, trust: ssl.SSLContext | None = None
) -> dict[str, Any]:
    return WorkspaceClient(served.url, served.token, trust=trust)._call("POST", path, body)
