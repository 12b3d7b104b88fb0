"""How Microsoft Graph says no: ARM's shape with an ``innerError`` that names the request."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request

from vedette.workspace.iso8601 import format_time
from vedette.workspace.refusal import Refusal
from vedette.workspace.workspace import Workspace

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


class GraphRefusal(Refusal):
    """Another refusal as Graph writes it."""

    def __init__(self, refusal: Refusal, workspace: Workspace, request: Request) -> None:
        super().__init__(
            refusal.code or 400, refusal.error_code, refusal.message, headers=refusal.extra_headers
        )
        given = request.headers.get("client-request-id", "")
        self.inner = {
            "date": format_time(workspace.store.clock).removesuffix("Z"),
            "request-id": given,
            "client-request-id": given,
        }

    def get_body(
        self, environ: WSGIEnvironment | None = None, scope: dict[str, Any] | None = None
    ) -> str:
        """``{"error": {code, message, innerError}}``."""
        error = {"code": self.error_code, "message": self.message, "innerError": self.inner}
        return json.dumps({"error": error}, ensure_ascii=False)
