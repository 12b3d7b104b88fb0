"""How the client behaves on the wire, beyond what the SDK does by itself.

The trap: the SDK follows a page's or a redirect's link to any host, token included, and repeats a
PUT whose answer was lost. Here a request to another host is refused, and only reads are repeated;
a write is repeated where the service itself says when (Retry-After), since it was not carried out.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import RetryPolicy, SansIOHTTPPolicy
from azure.core.pipeline.transport import HttpTransport

from vedette.errors import ServiceError

#: Per-call option of a write: no method is repeated on a lost answer or a 5xx.
WRITE_OPTIONS: dict[str, Any] = {"retry_on_methods": []}

#: Seconds that one run may spend waiting before repeated requests, all together.
RETRY_BUDGET = 180.0

_MAX_RETRIES = 4
_MAX_WAIT = 30


class SameHostPolicy(SansIOHTTPPolicy[Any, Any]):
    """Refuses every request that does not go to the endpoint's own scheme, host and port."""

    def __init__(self, endpoint: str) -> None:
        super().__init__()
        self._origin = _origin(endpoint)

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """Raise ServiceError rather than let the request, with its token, go elsewhere."""
        origin = _origin(request.http_request.url)
        if origin != self._origin:
            scheme, host, _ = origin
            raise ServiceError(f"the workspace sent us to another host, {scheme}://{host}: refused")


class BudgetedRetryPolicy(RetryPolicy[Any, Any]):
    """Repeats as azure-core does, within one budget of waiting for the whole run.

    A service that asks for an hour (Retry-After: 3600) gets no sleeping pipeline but its own answer
    reported.
    """

    def __init__(self, *, backoff: float, budget: float = RETRY_BUDGET) -> None:
        super().__init__(
            retry_total=_MAX_RETRIES, retry_backoff_factor=backoff, retry_backoff_max=_MAX_WAIT
        )
        self._left = budget

    def is_retry(self, settings: dict[str, Any], response: PipelineResponse[Any, Any]) -> bool:
        """True if the request may be repeated and the wait for it can be afforded."""
        if not super().is_retry(settings, response):
            return False
        return (self.get_retry_after(response) or 0.0) <= self._left

    def sleep(
        self,
        settings: dict[str, Any],
        transport: HttpTransport[Any, Any],
        response: PipelineResponse[Any, Any] | None = None,
    ) -> None:
        """Wait, and take the time from the budget."""
        asked = self.get_retry_after(response) if response is not None else None
        wait = min(asked or self.get_backoff_time(settings), self._left)
        self._left -= wait
        if wait > 0:
            transport.sleep(wait)


def _origin(url: str) -> tuple[str, str, int]:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return parts.scheme.lower(), (parts.hostname or "").lower(), port
