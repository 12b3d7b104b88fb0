"""Asks the workspace's logs: one query, its rows.

The trap: the Logs API answers a part of the result with 200 and an ``error`` beside it. A part is
no answer to "who changed this", so it is an error here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

from azure.core import PipelineClient
from azure.core.exceptions import AzureError
from azure.core.pipeline import policies
from azure.core.pipeline.transport import HttpTransport
from azure.core.rest import HttpRequest

from vedette.deploy.policies import SameHostPolicy
from vedette.deploy.sign_in import SignedIn
from vedette.errors import ServiceError
from vedette.model.environment import Environment

#: The Logs API of each resource manager.
HOSTS = {
    "https://management.azure.com": "https://api.loganalytics.io",
    "https://management.usgovcloudapi.net": "https://api.loganalytics.us",
    "https://management.chinacloudapi.cn": "https://api.loganalytics.azure.cn",
}

#: A row: column to cell. Cells of a dynamic column are text that holds JSON.
Record = Mapping[str, object]

_OK = 200
_CONNECT_TIMEOUT, _READ_TIMEOUT = 10, 120


class Logs:
    """The logs of one workspace; ``transport`` replaces that of azure-core, for tests."""

    def __init__(
        self,
        environment: Environment,
        signed_in: SignedIn,
        *,
        transport: HttpTransport[Any, Any] | None = None,
    ) -> None:
        local = urlsplit(environment.endpoint).scheme == "http"
        self._host = environment.endpoint if local else HOSTS.get(environment.endpoint, "")
        self._path = quote(environment.workspace_id)
        self._signed_in = signed_in
        options: dict[str, Any] = {"transport": transport} if transport is not None else {}
        authentication = (
            signed_in.authentication if local else signed_in.for_scope(f"{self._host}/.default")
        )
        self._client: PipelineClient[Any, Any] = PipelineClient(
            self._host,
            policies=[
                policies.RequestIdPolicy(),
                policies.UserAgentPolicy(sdk_moniker="vedette"),
                policies.RetryPolicy(retry_total=3, retry_backoff_factor=0.0 if local else 0.8),
                SameHostPolicy(self._host),
                authentication,
            ],
            connection_timeout=_CONNECT_TIMEOUT,
            read_timeout=_READ_TIMEOUT,
            use_env_settings=not local,
            **options,
        )

    def query(self, text: str, *, timespan: str) -> Sequence[Record]:
        """The rows of the primary result; ``timespan`` is ISO 8601 (``P30D``).

        Raises:
            ServiceError: the query was refused, or not answered whole.
        """
        request = HttpRequest(
            "POST",
            f"{self._host}/v1{self._path}/query",
            json={"query": text, "timespan": timespan},
        )
        redact = self._signed_in.redact
        try:
            response: Any = self._client.send_request(request)
            answer = response.json()
        except AzureError as error:
            raise ServiceError(f"no answer from {self._host} ({redact(str(error))})") from error
        except ValueError as error:
            raise ServiceError(f"the answer of {self._host} is not JSON") from error
        if response.status_code != _OK or not isinstance(answer, dict) or "error" in answer:
            raise ServiceError(
                f"the logs refused the query: {redact(_message(answer))}",
                status=response.status_code,
            )
        return _rows(answer)

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()


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
