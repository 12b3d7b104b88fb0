"""Reads and writes the custom detections of Defender XDR, as the resource manager's are.

The trap: Graph has neither etags nor a write that creates or replaces. A POST that is refused may
have created the rule, a PATCH leaves what it does not name, and of two who write the later one
wins: so it is looked before and after, and what has to go is named with null.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from azure.core.pipeline.transport import HttpTransport

from vedette.deploy.assumptions import GRAPH_BUDGET
from vedette.deploy.custom_detection import COLLECTION
from vedette.deploy.custom_detection_shape import modern, without_server_set
from vedette.deploy.failures import SUCCESS, UNKNOWN_OUTCOME, concerns_all
from vedette.deploy.graph import VERSION, graph_host, read_pages
from vedette.deploy.json_client import Answer, JsonClient
from vedette.deploy.pacing import Pacer
from vedette.deploy.resource import Body
from vedette.deploy.sign_in import SignedIn
from vedette.errors import ServiceError
from vedette.model.environment import Environment
from vedette.model.shape import mapping, text

_URL = f"/{VERSION}/{COLLECTION}"
_NOT_FOUND, _CONFLICT = 404, 409
_NOT_ALLOWED = frozenset({401, 403})

#: What whoever reads or writes custom detections needs.
PERMISSION = "CustomDetection.ReadWrite.All"

#: Seconds that an answer may take.
READ_TIMEOUT = 90


class GraphRules:
    """The custom detections of one tenant; bodies are those of ``envelope``.

    ``transport`` replaces that of azure-core, for tests.
    """

    def __init__(
        self,
        environment: Environment,
        signed_in: SignedIn,
        *,
        read_timeout: float = READ_TIMEOUT,
        transport: HttpTransport[Any, Any] | None = None,
    ) -> None:
        host = graph_host(environment)
        local = host == environment.endpoint
        self._redact = signed_in.redact
        self._client = JsonClient(
            host,
            signed_in,
            pacer=None if local else Pacer(GRAPH_BUDGET),
            read_timeout=read_timeout,
            transport=transport,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.__exit__(kind, error, trace)

    def list(self) -> Sequence[Body]:
        """Every custom detection, over all pages."""
        return [envelope(rule) for rule in read_pages(self._client, _URL, self._redact)]

    def get(self, rule_id: str) -> Body | None:
        """One custom detection, or None for 404."""
        rule = self._read(rule_id)
        return None if rule is None else envelope(rule)

    def create(self, rule_id: str, body: Body) -> None:
        """Create a rule that is not there; ServiceError (409) if it is."""
        if self._read(rule_id) is not None:
            raise ServiceError(f"custom detection {rule_id} is there already", status=_CONFLICT)
        try:
            self._write("POST", _URL, mapping(body.get("properties")), f"create {rule_id}")
        except ServiceError as error:
            if error.outcome_unknown or concerns_all(error) or self._read(rule_id) is None:
                raise
            message = f"it was refused and is there all the same: {error}"
            raise ServiceError(message, status=error.status, outcome_unknown=True) from error

    def put(self, rule_id: str, body: Body) -> None:
        """Make an existing rule what ``body`` says, to the last member."""
        live = self._read(rule_id)
        if live is None:
            raise ServiceError(f"custom detection {rule_id} is gone", status=_CONFLICT)
        wanted = {
            name: value for name, value in mapping(body.get("properties")).items() if name != "id"
        }
        shown = {name: value for name, value in without_server_set(live).items() if name != "id"}
        self._write("PATCH", _url(rule_id), with_nulls(wanted, shown), f"change {rule_id}")

    def delete(self, rule_id: str) -> None:
        """Remove a rule; one that is not there any more is no error."""
        self._write("DELETE", _url(rule_id), None, f"remove {rule_id}", gone_is_fine=True)

    def _read(self, rule_id: str) -> Body | None:
        answer = self._client.call("GET", _url(rule_id))
        if answer.status == _NOT_FOUND:
            return None
        if answer.status not in SUCCESS:
            raise self._refusal(answer, f"read {rule_id}", writing=False)
        if not isinstance(answer.body, dict) or not text(answer.body.get("id")):
            raise ServiceError(f"Graph answered custom detection {rule_id} with something else")
        return answer.body

    def _write(
        self, method: str, url: str, body: object, doing: str, *, gone_is_fine: bool = False
    ) -> None:
        answer = self._client.call(method, url, body, writing=True)
        if answer.status in SUCCESS or (gone_is_fine and answer.status == _NOT_FOUND):
            return
        raise self._refusal(answer, doing, writing=True)

    def _refusal(self, answer: Answer, doing: str, *, writing: bool) -> ServiceError:
        said = mapping(mapping(answer.body).get("error"))
        message = text(said.get("message"))
        if not message:
            message = f"cannot {doing}: Graph answered HTTP {answer.status}"
        if answer.status in _NOT_ALLOWED:
            message += f" (custom detections need {PERMISSION})"
        return ServiceError(
            self._redact(message),
            status=answer.status,
            code=text(said.get("code")) or None,
            outcome_unknown=writing and answer.status in UNKNOWN_OUTCOME,
            retry_after=_seconds(answer.headers.get("Retry-After")),
        )


def envelope(rule: Body) -> Body:
    """A rule as Graph has it, in whichever form, as resources are compared and kept.

    ``properties`` is what a client may write, in the form of 2026; ``systemData`` says who wrote
    last.
    """
    written = {
        "lastModifiedBy": rule.get("lastModifiedBy"),
        "lastModifiedAt": rule.get("lastModifiedDateTime"),
    }
    return {
        "name": text(rule.get("id")),
        "properties": without_server_set(modern(rule)),
        "systemData": written,
    }


def with_nulls(wanted: Mapping[str, object], live: Mapping[str, object]) -> dict[str, object]:
    """``wanted`` with null for what only ``live`` has, at every depth: a PATCH keeps the rest."""
    body: dict[str, object] = dict.fromkeys(live)
    for name, value in wanted.items():
        there = live.get(name)
        both = isinstance(value, Mapping) and isinstance(there, Mapping)
        body[name] = with_nulls(mapping(value), mapping(there)) if both else value
    return body


def _url(rule_id: str) -> str:
    return f"{_URL}/{quote(rule_id, safe='')}"


def _seconds(given: str | None) -> float | None:
    try:
        return None if given is None else max(0.0, float(given))
    except ValueError:
        return None
