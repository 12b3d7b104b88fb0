"""One host that is asked in JSON, beside the resource manager: the Logs API, Microsoft Graph.

The trap: each is a host of its own with a token of its own. A link or a redirect to another host is
refused, and so is an answer that is no JSON.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from azure.core import PipelineClient
from azure.core.exceptions import AzureError
from azure.core.pipeline import policies
from azure.core.pipeline.transport import HttpTransport
from azure.core.rest import HttpRequest

from vedette.deploy.policies import SameHostPolicy
from vedette.deploy.sign_in import SignedIn
from vedette.errors import ServiceError
from vedette.model.load_environment import is_loopback

_CONNECT_TIMEOUT, _READ_TIMEOUT = 10, 120
_RETRIES = 3


class JsonClient:
    """Calls ``host`` as whoever signed in; ``transport`` replaces that of azure-core, for tests."""

    def __init__(
        self,
        host: str,
        signed_in: SignedIn,
        *,
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
                policies.RetryPolicy(
                    retry_total=_RETRIES, retry_backoff_factor=0.0 if local else 0.8
                ),
                SameHostPolicy(host),
                signed_in.authentication if local else signed_in.for_scope(f"{host}/.default"),
            ],
            connection_timeout=_CONNECT_TIMEOUT,
            read_timeout=_READ_TIMEOUT,
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
        url = f"{self._host}{url}" if url.startswith("/") else url
        request = HttpRequest(method, url, json=body)
        try:
            response: Any = self._client.send_request(request)
            return response.status_code, response.json()
        except AzureError as error:
            reason = self._signed_in.redact(str(error))
            raise ServiceError(f"no answer from {self._host} ({reason})") from error
        except ValueError as error:
            raise ServiceError(f"the answer of {self._host} is not JSON") from error
