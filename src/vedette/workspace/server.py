"""Serves the workspace over HTTP on the loopback, and nowhere else."""

from __future__ import annotations

import logging
import secrets
import ssl
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from vedette.engine.database import Database, DatabaseInUseError
from vedette.errors import UsageError
from vedette.kql.binder import Binder
from vedette.model.faults import FaultPlan
from vedette.model.product import Product
from vedette.schema.catalogue import stock_tables
from vedette.simulate.types import Incident
from vedette.workspace.app import WorkspaceApp, create_app
from vedette.workspace.iso8601 import format_time
from vedette.workspace.settings import Settings
from vedette.workspace.ticking import Ticker
from vedette.workspace.workspace import Workspace

HOST = "127.0.0.1"
_log = logging.getLogger(__name__)


class _Handler(WSGIRequestHandler):
    """Logs to this module's logger without the query, which may hold the token.

    TLS begins here, in the request's own thread: werkzeug would shake hands where it waits for the
    next connection, and one client that says nothing would keep all others out.
    """

    server_version = "Vedette"
    sys_version = ""
    #: Seconds for which a client may be silent in the middle of a request, or between two.
    timeout = 60
    _deaf = False

    def setup(self) -> None:
        context = self.server.ssl_context
        if context is not None:
            self.request.settimeout(self.timeout)
            self.request = context.wrap_socket(
                self.request, server_side=True, do_handshake_on_connect=False
            )
            try:
                self.request.do_handshake()
            except OSError as error:
                _log.debug("no TLS: %s", error)
                self._deaf = True
        super().setup()

    def handle(self) -> None:
        if not self._deaf:
            super().handle()

    def finish(self) -> None:
        super().finish()
        if self.server.ssl_context is not None:
            # The server closes the socket that it accepted, which TLS has taken over.
            self.request.close()

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

    def faults_struck(self) -> Mapping[str, int]:
        """How often each fault has struck since they were set."""
        return dict(self._app.faults.struck)

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
    tls: ssl.SSLContext | None = None,
    elapsed: Callable[[], timedelta] | None = None,
) -> WorkspaceServer:
    """Serve a workspace in a thread of its own; over https with ``tls``.

    ``now`` is the clock of a new workspace. One that is there in ``state`` is moved on to it, with
    all the runs between, unless ``keep_clock``; ``UsageError`` if its clock is past it. ``port`` 0
    takes a free one, ``UsageError`` if another is taken. With ``elapsed``, the time since this
    call, the clock runs, else it stands until a client moves it. Without ``settings`` a token is
    made and the tables are Sentinel's and Defender's own.
    """
    settings = settings or Settings(
        token=make_token(), tables=stock_tables(), defender_tables=stock_tables(Product.DEFENDER)
    )
    with ExitStack() as resources:
        database = resources.enter_context(_open(state))
        binder = resources.enter_context(Binder())
        app = create_app(database, settings, binder, now=now)
        resources.callback(app.workspace.close)
        if not keep_clock:
            _catch_up(app.workspace, now)
        server = _listen(app, port, tls)
        if elapsed is not None:
            resources.callback(Ticker(app.workspace, elapsed).close)
        thread = threading.Thread(target=server.serve_forever, name="workspace", daemon=True)
        thread.start()
        url = f"{'https' if tls else 'http'}://{HOST}:{server.port}"
        return WorkspaceServer(url, settings.token, app, server, thread, resources.pop_all())


def _open(state: Path | None) -> Database:
    try:
        return Database.open(state)
    except DatabaseInUseError as error:
        raise UsageError(f"{state} is in use: another process serves it already") from error


def make_token() -> str:
    """A token that nobody guesses."""
    return secrets.token_urlsafe(24)


def _listen(app: WorkspaceApp, port: int, tls: ssl.SSLContext | None) -> BaseWSGIServer:
    try:
        server = make_server(HOST, port, app, threaded=True, request_handler=_Handler)
        server.ssl_context = tls
        return server
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
