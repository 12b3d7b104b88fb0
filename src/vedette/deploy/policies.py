"""How the client behaves on the wire, beyond what the SDK does by itself.

The trap: the SDK follows a page's or a redirect's link to any host, token included, and repeats a
PUT whose answer was lost. Here a request to another host is refused, and only reads are repeated.
A write is repeated after 429 alone, since only that says that it was not carried out; what became
of it after any other answer is for ``apply_write`` to find out.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import RetryPolicy, SansIOHTTPPolicy
from azure.core.pipeline.transport import HttpTransport

from vedette.deploy.pacing import Pacer, RetryBudget
from vedette.errors import ServiceError

#: Per-call option of a write: no method is repeated on a lost answer or a 5xx.
WRITE_OPTIONS: dict[str, Any] = {"retry_on_methods": []}

_MAX_RETRIES = 4
_MAX_WAIT = 30
_TOO_MANY_REQUESTS = 429

_REMAINING = {
    "GET": "x-ms-ratelimit-remaining-subscription-reads",
    "PUT": "x-ms-ratelimit-remaining-subscription-writes",
    "DELETE": "x-ms-ratelimit-remaining-subscription-deletes",
}


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


class PacingPolicy(SansIOHTTPPolicy[Any, Any]):
    """Holds every request until there is room for it; stands behind the policy that repeats."""

    def __init__(self, pacer: Pacer) -> None:
        super().__init__()
        self._pacer = pacer

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """Wait for room."""
        self._pacer.bucket(request.http_request.method).take()

    def on_response(
        self, request: PipelineRequest[Any], response: PipelineResponse[Any, Any]
    ) -> None:
        """Believe the service about how much room there is."""
        method, answer = request.http_request.method, response.http_response
        if answer.status_code == _TOO_MANY_REQUESTS:
            # All threads wait, not only the one that was told.
            self._pacer.bucket(method).hold(_seconds(answer.headers.get("Retry-After")) or 0.0)
        left = _seconds(answer.headers.get(_REMAINING.get(method, "")))
        if left is not None:
            self._pacer.bucket(method).allow_at_most(left)


class BudgetedRetryPolicy(RetryPolicy[Any, Any]):
    """Repeats as azure-core does, within one budget of waiting for the whole run.

    A service that asks for an hour (Retry-After: 3600) gets no sleeping pipeline but its own answer
    reported.
    """

    def __init__(self, *, backoff: float, budget: RetryBudget | None = None) -> None:
        super().__init__(
            retry_total=_MAX_RETRIES, retry_backoff_factor=backoff, retry_backoff_max=_MAX_WAIT
        )
        self._budget = budget or RetryBudget()

    def is_retry(self, settings: dict[str, Any], response: PipelineResponse[Any, Any]) -> bool:
        """True if the request may be repeated and the wait for it can be afforded."""
        if not super().is_retry(settings, response):
            return False
        writing = not settings["methods"]
        if writing and response.http_response.status_code != _TOO_MANY_REQUESTS:
            return False
        return self._budget.take(self.get_retry_after(response) or 0.0)

    def sleep(
        self,
        settings: dict[str, Any],
        transport: HttpTransport[Any, Any],
        response: PipelineResponse[Any, Any] | None = None,
    ) -> None:
        """Wait; what the service asked for has been taken from the budget already."""
        asked = self.get_retry_after(response) if response is not None else None
        wait = asked or self.get_backoff_time(settings)
        if wait > 0 and (asked or self._budget.take(wait)):
            transport.sleep(wait)


def _seconds(text: str | None) -> float | None:
    try:
        return None if text is None else max(0.0, float(text))
    except ValueError:
        return None


def _origin(url: str) -> tuple[str, str, int]:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return parts.scheme.lower(), (parts.hostname or "").lower(), port
