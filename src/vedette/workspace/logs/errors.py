"""How the Logs query API says no.

The trap: its error nests. What a client shows of ``code`` and ``message`` is the same for every bad
query; what is wrong stands two ``innererror`` further in.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import uuid5

from vedette.kql.bound import BoundQuery
from vedette.workspace.assumptions import syntax_message
from vedette.workspace.refusal import Refusal
from vedette.workspace.settings import NAMESPACE
from vedette.workspace.validation_query import semantic_problem, syntax_error

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

BAD_ARGUMENT = ("BadArgumentError", "The request had some invalid properties")
#: Kusto's number of E_QUERY_RESULT_SET_TOO_LARGE.
_TOO_LARGE = "-2133196797"


class LogsRefusal(Refusal):
    """An answer of 4xx, 501 or 504 in the query API's own shape."""

    def __init__(
        self, status: int, code: str, message: str, inner: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(status, code, message)
        self.inner = inner

    def get_body(
        self, environ: WSGIEnvironment | None = None, scope: dict[str, Any] | None = None
    ) -> str:
        """``{"error": {code, message, correlationId, innererror}}``."""
        return json.dumps(self.body(), ensure_ascii=False)

    def body(self) -> dict[str, Any]:
        """The same as data, for the answers inside a batch."""
        error: dict[str, Any] = {"message": self.message, "code": self.error_code}
        # The service draws it; here it is the same for the same refusal.
        error["correlationId"] = str(uuid5(NAMESPACE, f"{self.message}/{json.dumps(self.inner)}"))
        if self.inner is not None:
            error["innererror"] = self.inner
        return {"error": error}


def bad_argument(code: str, message: str, inner: Mapping[str, Any] | None = None) -> LogsRefusal:
    """400 for a request that the API does not take."""
    what: dict[str, Any] = {"code": code, "message": message}
    if inner is not None:
        what["innererror"] = inner
    return LogsRefusal(400, *BAD_ARGUMENT, inner=what)


def refusal_of(bound: BoundQuery) -> LogsRefusal:
    """400 for a query that does not parse, or names what is not there."""
    error = syntax_error(bound)
    if error is not None:
        code, message, line, position, token = syntax_message(bound.text, error.start, error.length)
        return bad_argument(
            "SyntaxError",
            "A recognition error occurred in the query.",
            {"code": code, "message": message, "line": line, "pos": position, "token": token},
        )
    code, message = semantic_problem(bound)
    return bad_argument(
        "SemanticError", "A semantic error occurred.", {"code": code, "message": message}
    )


def timed_out() -> LogsRefusal:
    """504 for a query that took longer than it may."""
    return LogsRefusal(
        504,
        "GatewayTimeout",
        "The query was stopped: it took longer than the request, or this workspace, allows.",
    )


def unsupported(problem: object) -> LogsRefusal:
    """501 for what the engine refuses to approximate."""
    message = f"The local workspace cannot run this query as the service would: {problem}"
    return LogsRefusal(501, "NotImplemented", message)


def too_many_rows(limit: int) -> dict[str, Any]:
    """The error beside the first ``limit`` rows of a result that has more."""
    return _partial(
        f"The results of this query exceed the set limit of {limit} records, so not all records "
        "were returned (E_QUERY_RESULT_SET_TOO_LARGE, 0x80DA0003). See "
        "https://aka.ms/kustoquerylimits for more information and possible solutions."
    )


def too_many_bytes(limit: int) -> dict[str, Any]:
    """The error beside the first rows of a result that is larger than ``limit`` bytes."""
    return _partial(
        f"The results of this query exceed the set limit of {limit} bytes, so not all records "
        "were returned (E_QUERY_RESULT_SET_TOO_LARGE, 0x80DA0003). See "
        "https://aka.ms/kustoquerylimits for more information and possible solutions."
    )


def _partial(message: str) -> dict[str, Any]:
    inner = {"code": _TOO_LARGE, "message": message, "severity": 2, "severityName": "Error"}
    return {
        "code": "PartialError",
        "message": "There were some errors when processing your query.",
        "details": [
            {
                "code": "EngineError",
                "message": "Something went wrong processing your query on the server.",
                "innererror": inner,
            }
        ],
    }
