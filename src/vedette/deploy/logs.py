"""Asks the workspace's logs: one query, its rows.

The trap: the Logs API answers a part of the result with 200 and an ``error`` beside it. A part is
no answer to "who changed this", so it is an error here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

from azure.core.pipeline.transport import HttpTransport

from vedette.deploy.json_client import JsonClient
from vedette.deploy.sign_in import SignedIn
from vedette.errors import ServiceError
from vedette.model.environment import Environment
from vedette.model.load_environment import is_loopback

#: The Logs API of each resource manager.
HOSTS = {
    "https://management.azure.com": "https://api.loganalytics.io",
    "https://management.usgovcloudapi.net": "https://api.loganalytics.us",
    "https://management.chinacloudapi.cn": "https://api.loganalytics.azure.cn",
}

#: A row: column to cell. Cells of a dynamic column are text that holds JSON.
Record = Mapping[str, object]

_OK = 200


class Logs:
    """The logs of one workspace; ``transport`` replaces that of azure-core, for tests."""

    def __init__(
        self,
        environment: Environment,
        signed_in: SignedIn,
        *,
        transport: HttpTransport[Any, Any] | None = None,
    ) -> None:
        self._environment = environment
        self._signed_in = signed_in
        self._transport = transport

    def query(self, text: str, *, timespan: str) -> Sequence[Record]:
        """The rows of the primary result; ``timespan`` is ISO 8601 (``P30D``).

        Raises:
            ServiceError: the query was refused, or not answered whole.
        """
        path = f"/v1{quote(self._environment.workspace_id)}/query"
        host = logs_host(self._environment)
        with JsonClient(host, self._signed_in, transport=self._transport) as client:
            status, answer = client.send("POST", path, {"query": text, "timespan": timespan})
        if status != _OK or not isinstance(answer, dict) or "error" in answer:
            reason = self._signed_in.redact(_message(answer))
            raise ServiceError(f"the logs refused the query: {reason}", status=status)
        return _rows(answer)


def logs_host(environment: Environment) -> str:
    """Where the Logs API of an environment is; a workspace on this machine has it itself."""
    endpoint = environment.endpoint
    return endpoint if is_loopback(urlsplit(endpoint).hostname or "") else HOSTS[endpoint]


def _rows(answer: Mapping[str, Any]) -> list[Record]:
    tables = answer.get("tables")
    if not isinstance(tables, list) or not tables:
        raise ServiceError("the logs answered a query without a table")
    names = [str(column["name"]) for column in tables[0]["columns"]]
    return [dict(zip(names, row, strict=True)) for row in tables[0]["rows"]]


def _message(answer: object) -> str:
    """The innermost message of an error, which says what is wrong."""
    error = answer.get("error") if isinstance(answer, dict) else None
    message = "no reason is given"
    while isinstance(error, dict):
        message = str(error.get("message") or message)
        error = error.get("innererror")
    return message
