"""Serves the workspace over HTTP on the loopback, and nowhere else."""

from __future__ import annotations

import logging
import secrets
import threading
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from vedette.engine.database import Database
from vedette.errors import UsageError
from vedette.kql.binder import Binder
from vedette.model.faults import FaultPlan
from vedette.model.product import Product
from vedette.schema.catalogue import stock_tables
from vedette.simulate.types import Incident
from vedette.workspace.app import WorkspaceApp, create_app
from vedette.workspace.iso8601 import format_time
from vedette.workspace.settings import Settings
from vedette.workspace.workspace import Workspace

HOST = "127.0.0.1"
_log = logging.getLogger(__name__)


class _QuietHandler(WSGIRequestHandler):
    """Logs to this module's logger without the query, which may hold the token."""

    server_version = "Vedette"
    sys_version = ""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        _log.debug("%s %s %s", self.command, self.path.partition("?")[0], code)


@dataclass(eq=False)
class WorkspaceServer:
    """A workspace that is being served; close it, or use it in a ``with``."""

    url: str
    token: str = field(repr=False)
    _app: WorkspaceApp
    _server: BaseWSGIServer
    _thread: threading.Thread
    _resources: ExitStack

    @property
    def page_url(self) -> str:
        """The address that opens the incident page in a browser; it holds the token."""
        return f"{self.url}/?token={self.token}"

    @property
    def settings(self) -> Settings:
        """What the workspace is called and how it behaves."""
        return self._app.workspace.settings

    def clock(self) -> datetime:
        """What time it is in the workspace."""
        workspace = self._app.workspace
        with workspace.request():
            return workspace.store.clock

    def incidents(self) -> tuple[Incident, ...]:
        """All incidents, the oldest first."""
        workspace = self._app.workspace
        with workspace.request():
            return workspace.ledger.incidents()

    def set_faults(self, plan: FaultPlan) -> None:
        """Fail as ``plan`` says from now on."""
        self._app.faults.set(plan)

    def wait(self) -> None:
        """Block until the server is closed from another thread, or the user interrupts."""
        # Without a timeout Windows does not deliver Ctrl-C to a thread that waits.
        while self._thread.is_alive():
            self._thread.join(timeout=1)

    def close(self) -> None:
        """Stop serving and close the state file."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._resources.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def start(
    *,
    now: datetime,
    settings: Settings | None = None,
    state: Path | None = None,
    port: int = 0,
    keep_clock: bool = False,
) -> WorkspaceServer:
    """Serve a workspace in a thread of its own.

    ``now`` is the clock of a new workspace. One that is there in ``state`` is moved on to it, with
    all the runs between, unless ``keep_clock``; ``UsageError`` if its clock is past it. ``port`` 0
    takes a free one, ``UsageError`` if another is taken. Without ``settings`` a token is made and
    the tables are Sentinel's own.
    """
    settings = settings or Settings(
        token=make_token(), tables=stock_tables(), defender_tables=stock_tables(Product.DEFENDER)
    )
    with ExitStack() as resources:
        database = resources.enter_context(Database.open(state))
        binder = resources.enter_context(Binder())
        app = create_app(database, settings, binder, now=now)
        resources.callback(app.workspace.close)
        if not keep_clock:
            _catch_up(app.workspace, now)
        server = _listen(app, port)
        thread = threading.Thread(target=server.serve_forever, name="workspace", daemon=True)
        thread.start()
        url = f"http://{HOST}:{server.port}"
        return WorkspaceServer(url, settings.token, app, server, thread, resources.pop_all())


def make_token() -> str:
    """A token that nobody guesses."""
    return secrets.token_urlsafe(24)


def _listen(app: WorkspaceApp, port: int) -> BaseWSGIServer:
    try:
        return make_server(HOST, port, app, threaded=True, request_handler=_QuietHandler)
    except (OSError, SystemExit) as error:
        # werkzeug prints a hint and exits where the port is taken.
        raise UsageError(f"port {port} of {HOST} cannot be used: is it taken?") from error


def _catch_up(workspace: Workspace, now: datetime) -> None:
    with workspace.request():
        clock = workspace.store.clock
        if now < clock:
            raise UsageError(
                f"the workspace's clock stands at {format_time(clock)} and cannot go back to "
                f"{format_time(now)}"
            )
        workspace.scheduler.advance(now)
