"""One host that is asked in JSON, beside the resource manager: the Logs API, Microsoft Graph.

The trap: each is a host of its own with a token of its own. A link or a redirect to another host is
refused, and so is an answer that is no JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from azure.core import PipelineClient
from azure.core.exceptions import AzureError, ServiceResponseError
from azure.core.pipeline import policies
from azure.core.pipeline.transport import HttpTransport
from azure.core.rest import HttpRequest

from vedette.deploy.pacing import Pacer
from vedette.deploy.policies import (
    WRITE_OPTIONS,
    BudgetedRetryPolicy,
    PacingPolicy,
    SameHostPolicy,
)
from vedette.deploy.sign_in import SignedIn
from vedette.errors import ServiceError
from vedette.model.load_environment import is_loopback

_CONNECT_TIMEOUT, _READ_TIMEOUT = 10, 120


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; ``body`` is its JSON, None if there is none."""

    status: int
    headers: Mapping[str, str]
    body: object


class JsonClient:
    """Calls ``host`` as whoever signed in; ``transport`` replaces that of azure-core, for tests.

    ``pacer`` holds the rate of requests; None where nothing is written.
    """

    def __init__(
        self,
        host: str,
        signed_in: SignedIn,
        *,
        pacer: Pacer | None = None,
        read_timeout: float = _READ_TIMEOUT,
        transport: HttpTransport[Any, Any] | None = None,
    ) -> None:
        local = is_loopback(urlsplit(host).hostname or "")
        self._host = host
        self._signed_in = signed_in
        options: dict[str, Any] = {"transport": transport} if transport is not None else {}
        self._client: PipelineClient[Any, Any] = PipelineClient(
            host,
            policies=[
                policies.RequestIdPolicy(),
                policies.UserAgentPolicy(sdk_moniker="vedette"),
                BudgetedRetryPolicy(backoff=0.0 if local else 0.8),
                *([PacingPolicy(pacer)] if pacer else []),
                SameHostPolicy(host),
                signed_in.authentication if local else signed_in.for_scope(f"{host}/.default"),
            ],
            connection_timeout=_CONNECT_TIMEOUT,
            read_timeout=read_timeout,
            use_env_settings=not local,
            connection_verify=signed_in.authority or True,
            **options,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def send(self, method: str, url: str, body: object = None) -> tuple[int, object]:
        """The status and the JSON of one call; ``url`` is a path on the host, or begins with it.

        Raises:
            ServiceError: there is no answer, or it is no JSON.
        """
        answer = self.call(method, url, body)
        return answer.status, answer.body

    def call(
        self,
        method: str,
        url: str,
        body: object = None,
        *,
        writing: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """The whole answer of one call, as for ``send``.

        A call that is ``writing`` is sent again after 429 alone; of one whose answer is lost the
        ServiceError says that its outcome is unknown.
        """
        url = f"{self._host}{url}" if url.startswith("/") else url
        request = HttpRequest(method, url, json=body, headers=dict(headers or {}))
        options = WRITE_OPTIONS if writing else {}
        try:
            response: Any = self._client.send_request(request, **options)
            content = response.json() if response.content else None
            return Answer(response.status_code, response.headers, content)
        except AzureError as error:
            reason = self._signed_in.redact(str(error))
            lost = writing and isinstance(error, ServiceResponseError)
            message = f"no answer from {self._host} ({reason})"
            raise ServiceError(message, outcome_unknown=lost) from error
        except ValueError as error:
            message = f"the answer of {self._host} is not JSON"
            raise ServiceError(message, outcome_unknown=writing) from error
