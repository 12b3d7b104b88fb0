"""Turns what the SDK raises into what the service said, or into why it said nothing.

The trap: an answer that says "something broke" says nothing about whether the write was carried
out; whoever takes it for a refusal writes again, or reports as failed what is there.
"""

from __future__ import annotations

from collections.abc import Callable

from azure.core.exceptions import AzureError, HttpResponseError

from vedette.errors import ServiceError

SUCCESS = frozenset({200, 201, 202, 204})

#: Answers after which nobody knows whether the request was carried out.
_UNKNOWN_OUTCOME = frozenset({408, 500, 502, 503, 504})

#: requests wraps urllib3 wraps the operating system.
_MAX_WRAPPINGS = 6


def refusal(
    error: HttpResponseError, doing: str, redact: Callable[[str], str], *, writing: bool
) -> ServiceError:
    """The service's own message and code, as far as it gives them; ``doing`` is what was tried."""
    status, code, message = error.status_code, None, ""
    if error.error is not None:
        code, message = error.error.code, str(error.error.message or "")
    if not message:
        message = f"cannot {doing}: {_unexplained(error)}"
    unknown = writing and (status is None or status in _UNKNOWN_OUTCOME)
    return ServiceError(
        redact(message),
        status=status,
        code=code,
        outcome_unknown=unknown,
        retry_after=_retry_after(error),
    )


def reason_of(error: AzureError) -> str:
    """What the operating system said (connection refused) rather than what wraps it."""
    cause: object = error
    for _ in range(_MAX_WRAPPINGS):
        if isinstance(cause, OSError) and cause.errno is not None and cause.strerror:
            return cause.strerror
        inner = getattr(cause, "inner_exception", None) or getattr(cause, "reason", None)
        cause = inner or getattr(cause, "__cause__", None) or _first_argument(cause)
    return error.message


def _retry_after(error: HttpResponseError) -> float | None:
    """Seconds; a date is not read, since it would need a clock that agrees with the service's."""
    headers = error.response.headers if error.response is not None else {}
    try:
        return max(0.0, float(headers["Retry-After"]))
    except (KeyError, ValueError):
        return None


def _unexplained(error: HttpResponseError) -> str:
    """What can be said of an answer that says nothing itself."""
    if error.status_code is None:
        return error.message
    if error.status_code in SUCCESS:
        return "the service accepted it and failed to carry it out"
    return f"the service answered HTTP {error.status_code}"


def _first_argument(error: object) -> object:
    arguments = getattr(error, "args", ())
    return arguments[0] if arguments else None
