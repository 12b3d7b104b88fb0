"""How the workspace says no: an HTTP status and ``{"error": {"code", "message"}}``, always.

The trap: azure-core retries any answer of 400 and above that carries ``Retry-After``, and 408, 429,
500, 502, 503 and 504 without it. A refusal must use none of these, or the client waits for minutes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import HTTPException

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


class Refusal(HTTPException):
    """An answer of 4xx or 501; it is raised in a handler and becomes the response."""

    def __init__(
        self, status: int, code: str, message: str, *, headers: Iterable[tuple[str, str]] = ()
    ) -> None:
        super().__init__(description=message)
        self.code = status
        self.error_code = code
        self.message = message
        self.extra_headers = tuple(headers)

    def get_body(
        self, environ: WSGIEnvironment | None = None, scope: dict[str, Any] | None = None
    ) -> str:
        """The body of ARM's errors, as CloudError of the SDK reads it."""
        return error_body(self.error_code, self.message)

    def get_headers(
        self, environ: WSGIEnvironment | None = None, scope: dict[str, Any] | None = None
    ) -> list[tuple[str, str]]:
        """JSON, never cached, with what the refusal adds."""
        return [
            ("Content-Type", "application/json; charset=utf-8"),
            ("Cache-Control", "no-cache"),
            *self.extra_headers,
        ]


def error_body(code: str, message: str) -> str:
    """``{"error": {"code": …, "message": …}}`` as text."""
    return json.dumps({"error": {"code": code, "message": message}}, ensure_ascii=False)


def bad_request(message: str) -> Refusal:
    """400 ``BadRequest`` with the service's own text."""
    return Refusal(400, "BadRequest", message)


def conflict(message: str) -> Refusal:
    """409 ``Conflict``."""
    return Refusal(409, "Conflict", message)


def not_found(message: str) -> Refusal:
    """404 ``NotFound``: the workspace is there, what was asked for is not."""
    return Refusal(404, "NotFound", message)


def not_implemented(operation: str) -> Refusal:
    """501, naming what was asked for: a wrong answer would be worse than none."""
    return Refusal(
        501, "NotImplemented", f"The local workspace does not implement the operation {operation}."
    )
