"""Asks the workspace's logs: one query, its rows.

The trap: the Logs API answers a part of the result with 200 and an ``error`` beside it. A part is
no answer to "who changed this", so it is an error here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self
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
_GRACE = 20


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


@dataclass(frozen=True, slots=True)
class LogsAnswer:
    """A whole result: the columns as (name, Kusto type), and the cells as JSON has them."""

    columns: tuple[tuple[str, str], ...]
    rows: Sequence[Sequence[object]]


class LogsSession:
    """Asks many queries over one connection; threads may share it.

    ``longest`` is how long one may take, in seconds; ``take`` waits until there is room for one
    more. ``transport`` replaces that of azure-core, for tests.
    """

    def __init__(
        self,
        environment: Environment,
        signed_in: SignedIn,
        *,
        longest: int,
        take: Callable[[], None] = lambda: None,
        transport: HttpTransport[Any, Any] | None = None,
    ) -> None:
        self._path = f"/v1{quote(environment.workspace_id)}/query"
        self._signed_in, self._take = signed_in, take
        self._headers = {"Prefer": f"wait={longest}"}
        host = logs_host(environment)
        # The service gives up first, and says so.
        timeout = longest + _GRACE
        self._client = JsonClient(host, signed_in, read_timeout=timeout, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.__exit__(None, None, None)

    def ask(self, text: str, timespan: str) -> LogsAnswer:
        """The primary result of one query.

        Raises:
            ServiceError: it was refused, took too long, or was not answered whole.
        """
        self._take()
        body = {"query": text, "timespan": timespan}
        found = self._client.call("POST", self._path, body, headers=self._headers)
        answer = found.body
        if found.status != _OK or not isinstance(answer, dict) or "error" in answer:
            reason = self._signed_in.redact(_message(answer))
            raise ServiceError(f"the logs did not answer whole: {reason}", status=found.status)
        table = _table(answer)
        columns = tuple((str(each["name"]), str(each["type"])) for each in table["columns"])
        return LogsAnswer(columns, table["rows"])


def logs_host(environment: Environment) -> str:
    """Where the Logs API of an environment is; a workspace on this machine has it itself."""
    endpoint = environment.endpoint
    return endpoint if is_loopback(urlsplit(endpoint).hostname or "") else HOSTS[endpoint]


def _rows(answer: Mapping[str, Any]) -> list[Record]:
    table = _table(answer)
    names = [str(column["name"]) for column in table["columns"]]
    return [dict(zip(names, row, strict=True)) for row in table["rows"]]


def _table(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    tables = answer.get("tables")
    if not isinstance(tables, list) or not tables or not isinstance(tables[0], dict):
        raise ServiceError("the logs answered a query without a table")
    return tables[0]


def _message(answer: object) -> str:
    """The innermost message of an error, which says what is wrong."""
    error = answer.get("error") if isinstance(answer, dict) else None
    message = "no reason is given"
    while isinstance(error, dict):
        message = str(error.get("message") or message)
        details = error.get("details")
        inner = details[0] if isinstance(details, list) and details else None
        error = error.get("innererror") or inner
    return message
