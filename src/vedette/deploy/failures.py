"""Turns what the SDK raises into what the service said, or into why it said nothing.

The trap: an answer that says "something broke" says nothing about whether the write was carried
out; whoever takes it for a refusal writes again, or reports as failed what is there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum

from azure.core.exceptions import AzureError, HttpResponseError

from vedette.deploy.assumptions import RECENTLY_DELETED
from vedette.errors import ServiceError

SUCCESS = frozenset({200, 201, 202, 204})

#: Answers after which nobody knows whether the request was carried out.
UNKNOWN_OUTCOME = frozenset({408, 500, 502, 503, 504})

_SIGN_IN = frozenset({401, 403})
_CONFLICT = 409
_CHANGED = frozenset({_CONFLICT, 412})
_TOO_MANY_REQUESTS = 429
_SERVER_ERROR = 500

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
    unknown = writing and (status is None or status in UNKNOWN_OUTCOME)
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
    headers = getattr(error.response, "headers", None) or {}
    try:
        return max(0.0, float(headers.get("Retry-After") or ""))
    except (TypeError, ValueError):
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


class Triage(StrEnum):
    """What an error of a write asks for."""

    LOOK = "look"
    LATER = "later"
    STOP = "stop"
    REFUSED = "refused"


class MovedError(ServiceError):
    """Somebody changed what a write was planned for; it was not sent, or not taken."""

    def __init__(self, fields: Iterable[str], who: str = "") -> None:
        named = ", ".join(fields) or "something that is not compared"
        super().__init__(
            f"changed in the workspace since the plan was made: {named}"
            + (f" (last written {who})" if who else ""),
            status=_CONFLICT,
            code="Moved",
        )


def triage(error: ServiceError) -> Triage:
    """What to do about the error of a write.

    LOOK: it may have been carried out, or the version was another: look, then decide. LATER: the id
    was deleted a moment ago. STOP: the next resource would meet the same. REFUSED: it is final.
    """
    if isinstance(error, MovedError):
        return Triage.REFUSED
    if RECENTLY_DELETED in str(error).casefold():
        return Triage.LATER
    if error.status in _SIGN_IN or error.status == _TOO_MANY_REQUESTS:
        return Triage.STOP
    if error.outcome_unknown or error.status in _CHANGED:
        return Triage.LOOK
    if error.status is None:
        # Without a code there was no answer at all: nothing was sent, or all is wrong.
        return Triage.LOOK if error.code is None else Triage.REFUSED
    return Triage.LOOK if error.status >= _SERVER_ERROR else Triage.REFUSED


def concerns_all(error: ServiceError) -> bool:
    """True for what the next resource would meet as well: no permission, no answer, no patience."""
    if error.status is None:
        return error.code is None
    return error.status in _SIGN_IN or error.status == _TOO_MANY_REQUESTS


def is_no_answer(error: ServiceError) -> bool:
    """True if the service did not decide about the write: it is silent, or broken."""
    return error.status is None or error.status >= _SERVER_ERROR
