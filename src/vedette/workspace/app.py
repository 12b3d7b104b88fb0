"""The workspace as a WSGI application.

The trap: every answer below ARM's paths must have ARM's error body, also that of a request which
never reaches a handler; the SDK reads nothing else.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from werkzeug.exceptions import HTTPException
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from vedette.engine.database import Database
from vedette.errors import VedetteError
from vedette.kql.binder import Binder
from vedette.workspace.access import (
    check_bearer,
    check_host,
    give_cookie,
    may_see_pages,
    opens_page,
)
from vedette.workspace.browser import CONTENT_SECURITY_POLICY, serve_page, sign_in_page
from vedette.workspace.faults import Faults, answer_with
from vedette.workspace.graph.errors import GraphRefusal
from vedette.workspace.messages import too_large
from vedette.workspace.operations import (
    ARM_ROUTES,
    CONTROL_ROUTES,
    GRAPH_ROUTES,
    INGESTION_ROUTES,
    LOGS_ROUTES,
)
from vedette.workspace.permissions import QUERY, operation_of, require
from vedette.workspace.refusal import Refusal
from vedette.workspace.routing import below_workspace, dispatch, require_api_version, split
from vedette.workspace.settings import Settings
from vedette.workspace.workspace import Workspace

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_log = logging.getLogger(__name__)
#: First segments of what programs call, with a token; all else is a page.
_APIS = frozenset(
    {"providers", "subscriptions", "datacollectionrules", "v1", "v1.0", "beta", "_vedette"}
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
}


class WorkspaceApp:
    """Answers one request at a time; threads may call it."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.faults = Faults(workspace.settings.faults)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """The WSGI interface."""
        request = Request(environ)
        try:
            response = self._respond(request)
        except HTTPException as error:
            response = Response.force_type(error.get_response(environ), environ)
        except VedetteError as error:
            _log.exception("%s %s", request.method, request.path)
            response = Response.force_type(
                Refusal(500, "InternalServerError", str(error)).get_response(environ), environ
            )
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response(environ, start_response)

    def _respond(self, request: Request) -> Response:
        check_host(request)
        settings = self.workspace.settings
        if (request.content_length or 0) > settings.max_request_bytes:
            raise too_large(settings.max_request_bytes)
        segments = split(request.path)
        first = segments[0].casefold() if segments else ""
        if first in _APIS:
            check_bearer(request, settings.token)
            if first == "subscriptions":
                return self._manage(request, segments)
            if first in ("v1.0", "beta"):
                return self._ask_graph(request, segments[1:])
            with self.workspace.request():
                return self._operate(request, first, segments)
        return self._page(request, segments)

    def _operate(self, request: Request, first: str, segments: tuple[str, ...]) -> Response:
        if first == "_vedette":
            return dispatch(CONTROL_ROUTES, self.workspace, request, segments)
        if first == "v1":
            # Its version is in its path.
            require(self.workspace, QUERY)
            return dispatch(LOGS_ROUTES, self.workspace, request, segments)
        require_api_version(request)
        return dispatch(INGESTION_ROUTES, self.workspace, request, segments)

    def _manage(self, request: Request, segments: tuple[str, ...]) -> Response:
        """An operation of the resource manager, or the fault that it meets."""
        require_api_version(request)
        rest = below_workspace(self.workspace.settings.scope, request, segments)
        require(self.workspace, operation_of(request.method, rest))

        def carry_out() -> Response:
            with self.workspace.request():
                return dispatch(ARM_ROUTES, self.workspace, request, rest)

        return self._with_faults(request, rest, carry_out)

    def _ask_graph(self, request: Request, segments: tuple[str, ...]) -> Response:
        """An operation of Graph, or the fault that it meets."""

        def carry_out() -> Response:
            with self.workspace.request():
                return dispatch(GRAPH_ROUTES, self.workspace, request, segments)

        try:
            return self._with_faults(request, segments, carry_out)
        except Refusal as refusal:
            raise GraphRefusal(refusal, self.workspace, request) from refusal

    def _with_faults(
        self, request: Request, segments: tuple[str, ...], carry_out: Callable[[], Response]
    ) -> Response:
        fault = self.faults.next(request.method, segments)
        # Outside of the request: what a lost answer was for stays written.
        return answer_with(fault, request, carry_out) if fault else carry_out()

    def _page(self, request: Request, segments: tuple[str, ...]) -> Response:
        token = self.workspace.settings.token
        if request.method not in ("GET", "HEAD"):
            raise Refusal(
                405, "MethodNotAllowed", "Pages can only be read.", headers=[("Allow", "GET, HEAD")]
            )
        if opens_page(request, token):
            # Away from the address with the token, so that it stays in no history or screenshot.
            response = Response.force_type(redirect(request.path, code=303), request.environ)
            give_cookie(request, response, token)
            return response
        if not may_see_pages(request, token):
            return sign_in_page()
        with self.workspace.request():
            return serve_page(self.workspace, request, segments)


def create_app(
    database: Database, settings: Settings, binder: Binder, *, now: datetime
) -> WorkspaceApp:
    """The application over a database, whose clock starts at ``now`` if it is new."""
    return WorkspaceApp(Workspace(database, settings, binder, now=now))
