"""Reads the custom detections of Defender XDR from Microsoft Graph.

The trap: an answer that is not understood must never pass for an empty tenant. And the next page is
a link in the answer: it is followed on the same host only, and never twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

from azure.core.pipeline.transport import HttpTransport

from vedette.deploy.custom_detection import COLLECTION
from vedette.deploy.json_client import JsonClient
from vedette.deploy.resource import Body
from vedette.deploy.sign_in import SignedIn
from vedette.errors import ServiceError, UsageError
from vedette.model.environment import Environment
from vedette.model.load_environment import is_loopback

#: Graph of each resource manager; the API is in no other cloud (detectionRule, v1.0).
HOSTS = {"https://management.azure.com": "https://graph.microsoft.com"}

VERSION = "v1.0"
_OK = 200


def list_custom_detections(
    environment: Environment,
    signed_in: SignedIn,
    *,
    transport: HttpTransport[Any, Any] | None = None,
) -> Sequence[Body]:
    """Every custom detection of the tenant, over all pages, in the form in which Graph has it.

    Raises:
        UsageError: there is no such API in the environment's cloud.
        ServiceError: it cannot be read whole.
    """
    with JsonClient(graph_host(environment), signed_in, transport=transport) as client:
        return read_pages(client, f"/{VERSION}/{COLLECTION}", signed_in.redact)


def read_pages(client: JsonClient, url: str, redact: Callable[[str], str]) -> list[Body]:
    """The members of a list of objects, over all its pages; ServiceError as above."""
    found: list[Body] = []
    seen: set[str] = set()
    while url:
        if url in seen:
            raise ServiceError("Graph sends the same page again and again")
        seen.add(url)
        status, answer = client.send("GET", url)
        if status != _OK:
            raise ServiceError(
                f"Graph does not list the rules: {redact(str(answer))}", status=status
            )
        value = answer.get("value") if isinstance(answer, dict) else None
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise ServiceError("Graph answered a list with something else")
        found += value
        url = str(answer.get("@odata.nextLink") or "") if isinstance(answer, dict) else ""
    return found


def graph_host(environment: Environment) -> str:
    """Where Graph is for an environment; a workspace on this machine has it itself.

    Raises:
        UsageError: it is not in that cloud.
    """
    endpoint = environment.endpoint
    if is_loopback(urlsplit(endpoint).hostname or ""):
        return endpoint
    if endpoint not in HOSTS:
        raise UsageError(f"custom detections have no API in the cloud of {endpoint}")
    return HOSTS[endpoint]
