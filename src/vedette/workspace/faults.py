"""Makes chosen operations fail as a service, or the way to it, fails.

The trap: a fault that only looks like one. A write that is lost after it took effect must really
have taken effect, and a reset must end the connection, not answer; or the client that copes with it
copes with nothing.
"""

from __future__ import annotations

import hashlib
import selectors
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from fnmatch import fnmatchcase

from werkzeug.wrappers import Request, Response

from vedette.model.faults import FaultKind, FaultPlan, FaultRule
from vedette.workspace.operations import ARM_ROUTES, GRAPH_ROUTES
from vedette.workspace.refusal import Refusal, bad_request, conflict

#: What stands before Sentinel's and Graph's own collections in a path, and is left out of an
#: operation's name.
_PROVIDERS = (("providers", "microsoft.securityinsights"), ("security", "rules"))

#: The longest that an unanswered connection is held open; clients give up long before.
_LONGEST_SILENCE = 3600.0

#: Seconds between two looks at whether the client has given up.
_LOOK_AGAIN = 0.25

_DRAWS = 2**64


class Faults:
    """Decides call by call; threads may ask it."""

    def __init__(self, plan: FaultPlan | None = None) -> None:
        self._lock = threading.Lock()
        self._plan = plan or FaultPlan()
        self._calls: Counter[int] = Counter()
        self.struck: Counter[str] = Counter()

    def set(self, plan: FaultPlan) -> None:
        """Take another plan, with its calls counted from nothing."""
        with self._lock:
            self._plan = plan
            self._calls.clear()
            self.struck.clear()

    def next(self, method: str, segments: tuple[str, ...]) -> FaultRule | None:
        """How the call fails, or None; ``segments`` are those below the workspace."""
        with self._lock:
            if not self._plan.rules:
                return None
            operation = f"{method} {'/'.join(_short(segments))}"
            hits = [
                rule
                for number, rule in enumerate(self._plan.rules)
                if matches(rule.operation, operation) and self._strikes(number, rule)
            ]
            if not hits:
                return None
            self.struck[f"{hits[0].kind} {hits[0].operation}"] += 1
            return hits[0]

    def _strikes(self, number: int, rule: FaultRule) -> bool:
        """Count the call for this rule, and say whether it is one of those that fail."""
        call = self._calls[number]
        self._calls[number] += 1
        if call < rule.after or (rule.times is not None and call >= rule.after + rule.times):
            return False
        return rule.probability >= 1 or _chance(self._plan.seed, number, call) < rule.probability


def answer_with(rule: FaultRule, request: Request, carry_out: Callable[[], Response]) -> Response:
    """Fail as ``rule`` says; ``carry_out`` does what was asked for.

    Raises:
        Refusal: the answer is an error.
        ConnectionError: the connection ends without an answer.
    """
    response = carry_out() if rule.written or rule.kind is FaultKind.SLOW else None
    if response is None:
        # A body that nobody has read would be taken for the next request of the connection.
        request.get_data(cache=False)
    match rule.kind:
        case FaultKind.SLOW:
            time.sleep(rule.delay)
        case FaultKind.RESET:
            _reset(request)
        case FaultKind.TIMEOUT:
            _say_nothing(request)
        case _:
            raise _refusal(rule, request)
    return response if response is not None else Response(status=500)


def matches(pattern: str, operation: str) -> bool:
    """Whether an operation (``PUT alertRules/3f0c…``) is one that ``pattern`` means."""
    method, _, path = pattern.partition(" ")
    asked_method, _, asked = operation.partition(" ")
    if method not in ("*", asked_method):
        return False
    if path == "*":
        return True
    wanted, got = path.casefold().split("/"), asked.casefold().split("/")
    return len(wanted) == len(got) and all(map(fnmatchcase, got, wanted))


def known_operations() -> tuple[str, ...]:
    """Every operation of the workspace, with ``*`` for each name."""
    return tuple(
        f"{route.method} {'/'.join(_short(tuple(route.pattern.replace('{}', '*').split('/'))))}"
        for route in (*ARM_ROUTES, *GRAPH_ROUTES)
    )


def _short(segments: tuple[str, ...]) -> tuple[str, ...]:
    lowered = tuple(segment.casefold() for segment in segments[:2])
    return segments[2:] if lowered in _PROVIDERS else segments


def _chance(seed: int, number: int, call: int) -> float:
    digest = hashlib.sha256(f"{seed}/{number}/{call}".encode()).digest()
    return int.from_bytes(digest[:8]) / _DRAWS


def _refusal(rule: FaultRule, request: Request) -> Refusal:
    """The error that the service answers with; its texts are those of ``alert_rules``."""
    again = [("Retry-After", f"{rule.retry_after:g}")]
    name = request.path.rstrip("/").rpartition("/")[2]
    match rule.kind:
        case FaultKind.THROTTLED:
            message = "Number of requests exceeded the limit. Please try again later."
            return Refusal(429, "TooManyRequests", message, headers=again)
        case FaultKind.UNAVAILABLE:
            message = "The service is unavailable. Please try again later."
            return Refusal(503, "ServiceUnavailable", message, headers=again)
        case FaultKind.REFUSED:
            return bad_request("The request was invalid or cannot be otherwise served.")
        case FaultKind.STALE_ETAG:
            return conflict(
                f"Newer instance of rule '{name}' exists for workspace (Etag does not match). "
                "Data was not saved."
            )
        case FaultKind.RECENTLY_DELETED:
            return bad_request(
                f"The rule with id '{name}' was recently deleted. You need to allow some time "
                "before re-using the same id. Please try again later."
            )
        case _:
            return Refusal(500, "InternalServerError", "The request could not be completed.")


def _reset(request: Request) -> None:
    """End the connection without an answer, as a broken way to the service does."""
    connection = request.environ.get("werkzeug.socket")
    if isinstance(connection, socket.socket):
        # The server would wait on it for the next request, and the client for this one's answer.
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
    raise ConnectionResetError("a fault was asked for")


def _say_nothing(request: Request) -> None:
    """Hold the connection until the client gives up, and end it then."""
    connection = request.environ.get("werkzeug.socket")
    if isinstance(connection, socket.socket):
        waited = 0.0
        with selectors.DefaultSelector() as selector, suppress(OSError):
            selector.register(connection, selectors.EVENT_READ)
            # The whole request has been read: what can be read now is the end.
            while not selector.select(_LOOK_AGAIN) and waited < _LONGEST_SILENCE:
                waited += _LOOK_AGAIN
    _reset(request)
