"""A server on the loopback that answers by a script, and a client that talks to it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

import pytest
from azure.core.pipeline.transport import RequestsTransport

from vedette.deploy.sign_in import sign_in
from vedette.deploy.transport import ArmWorkspace
from vedette.model.document import Document
from vedette.model.environment import Environment

BEARER = "t0k3n-that-nobody-may-see"
WORKSPACE = (
    "/subscriptions/bbbbbbbb-0000-4000-8000-000000000000/resourceGroups/rg"
    "/providers/Microsoft.OperationalInsights/workspaces/law-test"
)
INSIGHTS = f"{WORKSPACE}/providers/Microsoft.SecurityInsights"
API = "api-version=2025-10-01-preview"


@dataclass
class Answer:
    """One answer; a str body is sent as it is, None closes the connection without any."""

    status: int = 200
    body: object = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Script:
    """What the server answers, in order, and what it was asked."""

    url: str = ""
    answers: list[Answer | None] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    bodies: list[Any] = field(default_factory=list)
    authorizations: set[str | None] = field(default_factory=set)
    headers: list[dict[str, str]] = field(default_factory=list)

    def then(self, body: object = None, status: int = 200, **headers: str) -> Script:
        """Add an answer; header names are written with ``_`` for ``-``."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.append(Answer(status, {} if body is None else body, named))
        return self

    def then_silence(self) -> Script:
        """Add a connection that is closed without an answer."""
        self.answers.append(None)
        return self


@pytest.fixture(name="script")
def _script() -> Iterator[Script]:
    script = Script()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            content = self.rfile.read(length)
            script.asked.append((self.command, self.path))
            script.headers.append(dict(self.headers.items()))
            script.bodies.append(json.loads(content) if content else None)
            script.authorizations.add(self.headers.get("Authorization"))
            answer = script.answers.pop(0) if script.answers else Answer(599)
            if answer is None:
                self.close_connection = True
                return
            text = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
            self.send_response(answer.status)
            for name, value in {"Content-Type": "application/json", **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    for verb in ("GET", "PUT", "DELETE", "POST"):
        setattr(Handler, f"do_{verb}", Handler.answer)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    script.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield script
    server.shutdown()
    server.server_close()
    thread.join()


def environment(endpoint: str) -> Environment:
    return Environment(
        name="test",
        tenant=UUID("aaaaaaaa-0000-4000-8000-000000000000"),
        subscription=UUID("bbbbbbbb-0000-4000-8000-000000000000"),
        resource_group="rg",
        workspace="law-test",
        endpoint=endpoint,
        source=Document(PurePosixPath("environments/test.yaml"), "", {}, {}, {}),
    )


@pytest.fixture(name="waits")
def _waits() -> list[float]:
    """For how long the client would have waited, in seconds; it waits for nothing."""
    return []


@pytest.fixture(name="arm")
def _arm(
    script: Script, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> Iterator[ArmWorkspace]:
    where = environment(script.url)
    transport = RequestsTransport(use_env_settings=False)
    monkeypatch.setattr(transport, "sleep", waits.append)
    with ArmWorkspace(where, sign_in(where, {"VEDETTE_TOKEN": BEARER}), transport=transport) as arm:
        yield arm
