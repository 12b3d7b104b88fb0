"""Sends queries to a Kusto endpoint: a cluster, a free one, or the emulator on this machine.

The trap: the address is whatever somebody typed. A token goes to hosts of the service alone, and
nothing goes over http but to this machine itself.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from azure.core import PipelineClient
from azure.core.credentials import TokenCredential
from azure.core.exceptions import AzureError
from azure.core.pipeline import policies
from azure.core.pipeline.transport import HttpTransport
from azure.core.rest import HttpRequest
from azure.identity import AzureCliCredential

from vedette.deploy.assumptions import KUSTO_SCOPES
from vedette.deploy.sign_in import redact
from vedette.errors import ServiceError, UsageError
from vedette.model.load_environment import is_loopback

_OK = 200
_CONNECT_TIMEOUT, _READ_TIMEOUT = 10, 300


class KustoCluster:
    """One database of a Kusto endpoint; queries only read.

    ``credential`` gives the token, the Azure CLI's sign-in by default; a loopback address gets
    none. ``transport`` replaces that of azure-core, for tests.

    Raises:
        UsageError: the address is no endpoint that may be asked.
    """

    def __init__(
        self,
        cluster: str,
        database: str,
        *,
        credential: TokenCredential | None = None,
        transport: HttpTransport[Any, Any] | None = None,
    ) -> None:
        self._url = _checked(cluster)
        self._database = database
        options: dict[str, Any] = {"transport": transport} if transport is not None else {}
        scope = _scope(self._url)
        steps: list[Any] = [
            policies.UserAgentPolicy(sdk_moniker="vedette"),
            policies.RetryPolicy(retry_total=3, retry_backoff_factor=0.8 if scope else 0.0),
        ]
        if scope:
            own = credential or AzureCliCredential()
            steps.append(policies.BearerTokenCredentialPolicy(own, scope))
        self._client: PipelineClient[Any, Any] = PipelineClient(
            self._url,
            policies=steps,
            connection_timeout=_CONNECT_TIMEOUT,
            read_timeout=_READ_TIMEOUT,
            use_env_settings=bool(scope),
            **options,
        )

    def query(self, text: str, options: Mapping[str, object]) -> object:
        """The answer's JSON to a query, with the request's properties ``options``.

        Raises:
            ServiceError: the endpoint refused the query, or did not answer.
        """
        request = HttpRequest(
            "POST",
            f"{self._url}/v2/rest/query",
            headers={"x-ms-client-request-id": f"Vedette;{uuid.uuid4()}"},
            json={
                "db": self._database,
                "csl": text,
                # Frames in pieces are for reading while the query runs.
                "properties": {
                    "Options": {
                        "results_progressive_enabled": False,
                        "request_readonly": True,
                        **options,
                    }
                },
            },
        )
        try:
            response: Any = self._client.send_request(request)
            answer: object = response.json()
        except AzureError as error:
            raise ServiceError(f"no answer from {self._url} ({redact(str(error))})") from error
        except ValueError as error:
            status = response.status_code
            raise ServiceError(f"{self._url} answered {status} without JSON") from error
        if response.status_code != _OK:
            reason = redact(_message(answer))
            raise ServiceError(f"{self._url}: {reason}", status=response.status_code)
        return answer

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    def __enter__(self) -> KustoCluster:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _checked(cluster: str) -> str:
    parts = urlsplit(cluster)
    host = parts.hostname or ""
    if parts.scheme not in {"http", "https"} or not host or parts.query or parts.fragment:
        raise UsageError(f"'{cluster}' is no address such as https://name.region.kusto.windows.net")
    if parts.path not in {"", "/"}:
        raise UsageError(f"'{cluster}' names more than a cluster; the database is --database")
    if is_loopback(host):
        return cluster.rstrip("/")
    if parts.scheme == "http" or not any(host.endswith(end) for end in KUSTO_SCOPES):
        known = ", ".join(f"*{end}" for end in KUSTO_SCOPES)
        raise UsageError(f"no token is sent to {cluster}: it is none of https://{known}")
    return cluster.rstrip("/")


def _scope(url: str) -> str:
    """The scope of a token for the cluster; empty for this machine."""
    host = urlsplit(url).hostname or ""
    return next((scope for end, scope in KUSTO_SCOPES.items() if host.endswith(end)), "")


def _message(answer: object) -> str:
    error = answer.get("error", answer) if isinstance(answer, dict) else answer
    message = str(error)[:200]
    while isinstance(error, dict):
        message = str(error.get("@message") or error.get("message") or message)
        error = error.get("innererror")
    return message
