"""Asks a workspace what can be queried in it: tables, columns, functions.

The trap: the Logs API knows a workspace by its GUID, which is in no file of ours and is another one
than the tenant's or the subscription's; the resource manager tells it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from azure.core import PipelineClient
from azure.core.exceptions import AzureError
from azure.core.pipeline import policies
from azure.core.pipeline.transport import HttpTransport
from azure.core.rest import HttpRequest

from vedette.deploy.assumptions import TABLES_API_VERSION
from vedette.deploy.logs import HOSTS
from vedette.deploy.policies import SameHostPolicy
from vedette.deploy.sign_in import SignedIn
from vedette.errors import ServiceError
from vedette.model.environment import Environment

_OK = 200
_CONNECT_TIMEOUT, _READ_TIMEOUT = 10, 120


def workspace_metadata(
    environment: Environment,
    signed_in: SignedIn,
    *,
    transport: HttpTransport[Any, Any] | None = None,
) -> object:
    """The JSON of ``/v1/workspaces/{id}/metadata``; ``transport`` replaces azure-core's, for tests.

    Raises:
        ServiceError: the workspace, or its Logs API, did not answer with 200 and JSON.
    """
    local = urlsplit(environment.endpoint).scheme == "http"
    host = environment.endpoint if local else HOSTS[environment.endpoint]
    elsewhere = (
        signed_in
        if local
        else replace(signed_in, authentication=signed_in.for_scope(f"{host}/.default"))
    )
    path = f"{environment.workspace_id}?api-version={TABLES_API_VERSION}"
    resource = _get(environment.endpoint, path, signed_in, transport)
    properties = resource.get("properties") if isinstance(resource, dict) else None
    customer = properties.get("customerId") if isinstance(properties, dict) else None
    if not isinstance(customer, str) or not customer:
        raise ServiceError(f"the workspace {environment.workspace} does not tell its customerId")
    return _get(host, f"/v1/workspaces/{customer}/metadata", elsewhere, transport)


def _get(
    host: str,
    path: str,
    signed_in: SignedIn,
    transport: HttpTransport[Any, Any] | None,
) -> object:
    local = urlsplit(host).scheme == "http"
    options: dict[str, Any] = {"transport": transport} if transport is not None else {}
    client: PipelineClient[Any, Any] = PipelineClient(
        host,
        policies=[
            policies.RequestIdPolicy(),
            policies.UserAgentPolicy(sdk_moniker="vedette"),
            policies.RetryPolicy(retry_total=3, retry_backoff_factor=0.0 if local else 0.8),
            SameHostPolicy(host),
            signed_in.authentication,
        ],
        connection_timeout=_CONNECT_TIMEOUT,
        read_timeout=_READ_TIMEOUT,
        use_env_settings=not local,
        **options,
    )
    try:
        response: Any = client.send_request(HttpRequest("GET", f"{host}{path}"))
        status, answer = response.status_code, response.json()
    except AzureError as error:
        reason = signed_in.redact(str(error))
        raise ServiceError(f"no answer from {host} ({reason})") from error
    except ValueError as error:
        raise ServiceError(f"the answer of {host} is not JSON") from error
    finally:
        client.close()
    if status != _OK:
        raise ServiceError(
            f"{host} answers {status}: {signed_in.redact(str(answer))}", status=status
        )
    return answer
