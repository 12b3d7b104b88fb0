"""Asks a workspace what can be queried in it: tables, columns, functions.

The trap: the Logs API knows a workspace by its GUID, which is in no file of ours and is another one
than the tenant's or the subscription's; the resource manager tells it.
"""

from __future__ import annotations

from typing import Any

from azure.core.pipeline.transport import HttpTransport

from vedette.deploy.assumptions import TABLES_API_VERSION
from vedette.deploy.json_client import JsonClient
from vedette.deploy.logs import logs_host
from vedette.deploy.sign_in import SignedIn
from vedette.errors import ServiceError
from vedette.model.environment import Environment

_OK = 200


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
    path = f"{environment.workspace_id}?api-version={TABLES_API_VERSION}"
    resource = _get(environment.endpoint, path, signed_in, transport)
    properties = resource.get("properties") if isinstance(resource, dict) else None
    customer = properties.get("customerId") if isinstance(properties, dict) else None
    if not isinstance(customer, str) or not customer:
        raise ServiceError(f"the workspace {environment.workspace} does not tell its customerId")
    path = f"/v1/workspaces/{customer}/metadata"
    return _get(logs_host(environment), path, signed_in, transport)


def _get(
    host: str,
    path: str,
    signed_in: SignedIn,
    transport: HttpTransport[Any, Any] | None,
) -> object:
    with JsonClient(host, signed_in, transport=transport) as client:
        status, answer = client.send("GET", path)
    if status != _OK:
        raise ServiceError(
            f"{host} answers {status}: {signed_in.redact(str(answer))}", status=status
        )
    return answer
