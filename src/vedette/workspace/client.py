"""Talks to a running local workspace: sends events, moves its clock, reads its incidents.

The trap: this is a client like any other. It sends what a real workspace would be sent wherever
one has the operation, so that what the demonstration shows is what the service's API shows.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

from vedette.errors import ServiceError
from vedette.workspace.iso8601 import format_time, parse_time
from vedette.workspace.settings import Scope

_ARM_VERSION = "2025-09-01"
_INGESTION_VERSION = "2023-01-01"

#: Bytes of one call; the ingestion API takes a megabyte.
_BATCH = 900_000
_TIMEOUT = 120
_FIRST_ERROR = 400


@dataclass(frozen=True, slots=True)
class WorkspaceClient:
    """A local workspace at ``url``; every method raises ``ServiceError`` with its message.

    ``trust`` is whom to believe behind an https address; without it, whom the machine trusts.
    """

    url: str
    token: str = field(repr=False)
    scope: Scope = field(default_factory=Scope)
    trust: ssl.SSLContext | None = None

    def send_events(self, table: str, events: Sequence[Mapping[str, object]]) -> None:
        """Ingest ``events`` into ``table``, as the Logs ingestion API takes them."""
        path = f"/dataCollectionRules/dcr-local/streams/Microsoft-{table}"
        for batch in _batches(events):
            self._call("POST", path, batch, {"api-version": _INGESTION_VERSION})

    def clock(self) -> datetime:
        """What time it is in the workspace."""
        return parse_time(self._call("GET", "/_vedette/clock", None)["now"])

    def advance(self, to: datetime) -> int:
        """Move the clock to ``to``; the number of rule runs that became due on the way."""
        answer = self._call("POST", "/_vedette/clock", {"now": format_time(to)})
        return int(answer["runs"])

    def incidents(self) -> list[dict[str, Any]]:
        """The incidents in the order of their numbers, each with its ``alerts`` and ``entities``.

        All three have the shape of the service's own answers.
        """
        found = []
        for incident in self._all(f"{self.scope.insights}/incidents"):
            path = f"{self.scope.insights}/incidents/{incident['name']}"
            version = {"api-version": _ARM_VERSION}
            alerts = self._call("POST", f"{path}/alerts", None, version)
            entities = self._call("POST", f"{path}/entities", None, version)
            found.append({**incident, "alerts": alerts["value"], "entities": entities["entities"]})
        return sorted(found, key=lambda incident: incident["properties"]["incidentNumber"])

    def reset(self, to: datetime | None = None) -> datetime:
        """Forget all rules, events, incidents; the clock stays or is set. What time it is then."""
        body = None if to is None else {"now": format_time(to)}
        return parse_time(self._call("POST", "/_vedette/reset", body or {})["now"])

    def _connection(self) -> HTTPConnection:
        address = urlsplit(self.url)
        if address.scheme == "https":
            return HTTPSConnection(address.netloc, timeout=_TIMEOUT, context=self.trust)
        return HTTPConnection(address.netloc, timeout=_TIMEOUT)

    def _all(self, path: str) -> Iterator[dict[str, Any]]:
        query: dict[str, str] | None = {"api-version": _ARM_VERSION}
        while True:
            answer = self._call("GET", path, None, query)
            yield from answer["value"]
            link = urlsplit(answer.get("nextLink") or "")
            if not link.path:
                return
            # Absolute, and to this very server: only its path and query are followed.
            path, query = f"{link.path}?{link.query}", None

    def _call(
        self, method: str, path: str, body: object, query: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        target = f"{path}?{urlencode(query)}" if query else path
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        content = None if body is None else json.dumps(body).encode("utf-8")
        connection = self._connection()
        try:
            connection.request(method, target, content, headers)
            response = connection.getresponse()
            text = response.read()
        except (OSError, HTTPException) as error:
            raise ServiceError(f"no answer from {self.url}: {type(error).__name__}") from error
        finally:
            connection.close()
        answer: dict[str, Any] = json.loads(text) if text else {}
        if response.status >= _FIRST_ERROR:
            fault = answer.get("error", {})
            raise ServiceError(
                str(fault.get("message", response.reason)),
                status=response.status,
                code=fault.get("code"),
            )
        return answer


def _batches(events: Sequence[Mapping[str, object]]) -> Iterator[list[Mapping[str, object]]]:
    """The events in their order, in lists whose JSON stays below the limit of a call."""
    batch: list[Mapping[str, object]] = []
    size = 0
    for event in events:
        # With the separator and the space after it.
        length = len(json.dumps(event)) + 2
        if batch and size + length > _BATCH:
            yield batch
            batch, size = [], 0
        batch.append(event)
        size += length
    if batch:
        yield batch
