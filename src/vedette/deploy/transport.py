"""The only network client: a Sentinel workspace over Azure Resource Manager.

Single resources go through the SDK's operations; lists, and saved searches, which belong to Log
Analytics and have no operation there, through the same client's pipeline. The trap: the SDK reads
an answer without ``value`` as an empty list, and a plan over an empty list creates everything; so
every page is checked before it is believed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlsplit

from azure.core.credentials import AccessToken
from azure.core.exceptions import AzureError, HttpResponseError, ServiceResponseError
from azure.core.pipeline import policies
from azure.core.pipeline.transport import HttpTransport
from azure.core.polling import LROPoller
from azure.core.rest import HttpRequest
from azure.mgmt.securityinsight import SecurityInsightsMgmtClient

from vedette.deploy.assumptions import (
    SAVED_SEARCHES_API_VERSION,
    TABLES_API_VERSION,
    if_absent,
    if_unchanged,
)
from vedette.deploy.connectors import QUERY, TIMESPAN, names_of
from vedette.deploy.failures import SUCCESS, reason_of, refusal
from vedette.deploy.logs import Logs
from vedette.deploy.pacing import Pacer, RetryBudget
from vedette.deploy.policies import (
    WRITE_OPTIONS,
    BudgetedRetryPolicy,
    PacingPolicy,
    SameHostPolicy,
)
from vedette.deploy.resource import Body, Collection
from vedette.deploy.sign_in import SignedIn
from vedette.errors import ServiceError
from vedette.model.environment import Environment
from vedette.model.load_environment import is_loopback

#: Seconds to wait for a connection, for an answer, and for a watchlist to be taken in.
CONNECT_TIMEOUT, READ_TIMEOUT, PROVISION_TIMEOUT = 10, 90, 600

#: Seconds between two looks at a watchlist that is being taken in.
POLL_INTERVAL = 5

#: The code of a ServiceError for what was accepted and is not ready in time.
NOT_PROVISIONED = "NotProvisioned"

#: The version of Sentinel's resources, for the SDK's operations and for ours.
INSIGHTS_API_VERSION = "2025-10-01-preview"

_INSIGHTS = "/providers/Microsoft.SecurityInsights"

_OK, _FORBIDDEN, _NOT_FOUND, _CONFLICT, _NOT_IMPLEMENTED = 200, 403, 404, 409, 501


class ArmWorkspace:
    """One Sentinel workspace; see ``live.Workspace`` for what the methods do.

    ``pacer`` and ``budget`` hold the rate of requests and the waiting of the whole run; a workspace
    on this machine has no rate of its own. ``read_timeout`` is how long an answer may take, in
    seconds. ``transport`` replaces the HTTP transport of azure-core, for tests.
    """

    def __init__(
        self,
        environment: Environment,
        signed_in: SignedIn,
        *,
        pacer: Pacer | None = None,
        budget: RetryBudget | None = None,
        read_timeout: float = READ_TIMEOUT,
        transport: HttpTransport[Any, Any] | None = None,
    ) -> None:
        local = is_loopback(urlsplit(environment.endpoint).hostname or "")
        if pacer is None and not local:
            pacer = Pacer(environment.writes)
        self._environment = environment
        self._signed_in = signed_in
        self._scope = (environment.resource_group, environment.workspace)
        self._poll_interval = 0 if local else POLL_INTERVAL
        options: dict[str, Any] = {"transport": transport} if transport is not None else {}
        self._client = SecurityInsightsMgmtClient(
            credential=_NoCredential(),
            subscription_id=str(environment.subscription),
            base_url=environment.endpoint,
            api_version=INSIGHTS_API_VERSION,
            policies=[
                *_policies(),
                BudgetedRetryPolicy(backoff=0.0 if local else 0.8, budget=budget),
                *([PacingPolicy(pacer)] if pacer else []),
                SameHostPolicy(environment.endpoint),
                signed_in.authentication,
            ],
            connection_timeout=CONNECT_TIMEOUT,
            read_timeout=read_timeout,
            # A proxy or a .netrc of this machine has no business between us and the loopback.
            use_env_settings=not local,
            connection_verify=signed_in.authority or True,
            **options,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    @property
    def holds(self) -> frozenset[Collection]:
        """All that the resource manager has; custom detections are Graph's."""
        return frozenset(Collection) - {Collection.DETECTIONS}

    def list(self, collection: Collection) -> Sequence[Body]:
        """Every resource of the collection, over all pages."""
        with self._errors(f"list {collection}"):
            if collection is Collection.SEARCHES:
                return self._list_pages(self._search_url())
            # The SDK's own lists make objects of everything, which would be undone at once.
            return self._list_pages(self._insights_url(collection.value))

    def tables(self) -> frozenset[str] | None:
        """The names of the workspace's tables; None if it does not tell."""
        environment = self._environment
        url = (
            f"{environment.endpoint}{quote(environment.workspace_id)}/tables"
            f"?api-version={TABLES_API_VERSION}"
        )
        with _untold(), self._errors("list tables"):
            return frozenset(str(table.get("name")) for table in self._list_pages(url))
        return None

    def connectors(self) -> frozenset[str] | None:
        """What the data connectors are called, in lower case; None if it does not tell."""
        with _untold(), self._errors("list data connectors"):
            found = self._list_pages(self._insights_url("dataConnectors"))
            return frozenset(name for each in found for name in names_of(each))
        return None

    def receiving(self) -> frozenset[str] | None:
        """The tables that got data lately, in lower case; None if the logs do not tell."""
        with _untold():
            rows = Logs(self._environment, self._signed_in).query(QUERY, timespan=TIMESPAN)
            return frozenset(str(row.get("DataType")).casefold() for row in rows)
        return None

    def list_items(self, alias: str) -> Sequence[Body]:
        """Every item of the watchlist, over all pages."""
        with self._errors(f"list the items of watchlist {alias}"):
            return self._list_pages(
                self._insights_url(f"watchlists/{quote(alias, safe='')}/watchlistItems")
            )

    def get(self, collection: Collection, resource_id: str) -> Body | None:
        """One resource, or None for 404."""
        try:
            with self._errors(f"read {collection}/{resource_id}"):
                if collection is Collection.RULES:
                    return self._client.alert_rules.get(*self._scope, resource_id).as_dict()
                if collection is Collection.WATCHLISTS:
                    return self._client.watchlists.get(*self._scope, resource_id).as_dict()
                if collection is Collection.METADATA:
                    return self._client.metadata.get(*self._scope, resource_id).as_dict()
                if collection is Collection.AUTOMATION:
                    return self._client.automation_rules.get(*self._scope, resource_id).as_dict()
                return self._send("GET", self._search_url(resource_id))
        except ServiceError as error:
            if error.status == _NOT_FOUND:
                return None
            raise

    def put(self, collection: Collection, resource_id: str, body: Body) -> None:
        """Create or replace a resource; a watchlist is waited for until its rows are taken in."""
        self._put(collection, resource_id, body, {})

    def create(self, collection: Collection, resource_id: str, body: Body) -> None:
        """Create a resource that is not there; ServiceError (409) if it is."""
        if self.get(collection, resource_id) is not None:
            raise ServiceError(f"{collection}/{resource_id} is there already", status=_CONFLICT)
        self._put(collection, resource_id, body, if_absent())

    def delete(self, collection: Collection, resource_id: str, *, etag: str | None) -> None:
        """Remove a resource if it is still the version ``etag``; ServiceError (409) if not."""
        live = self.get(collection, resource_id) if etag is not None else None
        if live is not None and live.get("etag") != etag:
            message = f"{collection}/{resource_id} is no longer the version {etag}"
            raise ServiceError(message, status=_CONFLICT)
        options = WRITE_OPTIONS | {"headers": if_unchanged(etag)}
        with self._errors(f"remove {collection}/{resource_id}", writing=True):
            if collection is Collection.RULES:
                self._client.alert_rules.delete(*self._scope, resource_id, **options)
            elif collection is Collection.METADATA:
                self._client.metadata.delete(*self._scope, resource_id, **options)
            elif collection is Collection.AUTOMATION:
                # Streamed: the SDK would read JSON from an answer that has no body. Read to its end
                # all the same, so that the connection is free again.
                answer = self._client.automation_rules.delete(
                    *self._scope, resource_id, stream=True, **options
                )
                for _ in answer:
                    pass
            elif collection is Collection.WATCHLISTS:
                options["polling_interval"] = self._poll_interval
                self._wait_for(
                    self._client.watchlists.begin_delete(*self._scope, resource_id, **options),
                    f"watchlist {resource_id} is being removed",
                )
            else:
                self._send("DELETE", self._search_url(resource_id), headers=options["headers"])

    def delete_item(self, alias: str, item_id: str) -> None:
        """Remove one item of a watchlist."""
        with self._errors(f"remove item {item_id} of watchlist {alias}", writing=True):
            self._client.watchlist_items.delete(*self._scope, alias, item_id, **WRITE_OPTIONS)

    def _put(
        self, collection: Collection, resource_id: str, body: Body, headers: dict[str, str]
    ) -> None:
        content: Any = dict(body)
        options = WRITE_OPTIONS | {"headers": headers}
        with self._errors(f"write {collection}/{resource_id}", writing=True):
            if collection is Collection.RULES:
                self._client.alert_rules.create_or_update(
                    *self._scope, resource_id, content, **options
                )
            elif collection is Collection.METADATA:
                self._client.metadata.create(*self._scope, resource_id, content, **options)
            elif collection is Collection.AUTOMATION:
                self._client.automation_rules.create_or_update(
                    *self._scope, resource_id, content, **options
                )
            elif collection is Collection.WATCHLISTS:
                options["polling_interval"] = self._poll_interval
                self._wait_for(
                    self._client.watchlists.begin_create_or_update(
                        *self._scope, resource_id, content, **options
                    ),
                    f"watchlist {resource_id} was accepted but is still not ready",
                )
            else:
                self._send("PUT", self._search_url(resource_id), content, headers)

    def _wait_for(self, poller: LROPoller[Any], state: str) -> None:
        """Wait for what the service does in its own time, within a bound."""
        poller.wait(PROVISION_TIMEOUT)
        if not poller.done():
            raise ServiceError(f"{state} after {PROVISION_TIMEOUT} seconds", code=NOT_PROVISIONED)
        poller.result()

    def _insights_url(self, path: str) -> str:
        environment = self._environment
        return (
            f"{environment.endpoint}{quote(environment.workspace_id)}{_INSIGHTS}/{path}"
            f"?api-version={INSIGHTS_API_VERSION}"
        )

    def _search_url(self, search_id: str = "") -> str:
        environment = self._environment
        tail = f"/{quote(search_id, safe='')}" if search_id else ""
        return (
            f"{environment.endpoint}{quote(environment.workspace_id)}/savedSearches{tail}"
            f"?api-version={SAVED_SEARCHES_API_VERSION}"
        )

    def _list_pages(self, first: str) -> Sequence[Body]:
        items: list[Body] = []
        seen: set[str] = set()
        url: str | None = first
        while url is not None:
            _refuse_repetition(url, seen, f"list {urlsplit(first).path.rpartition('/')[2]}")
            answer = self._send("GET", url)
            items += _page_of(answer)
            following = answer.get("nextLink")
            url = str(following) if following else None
        return items

    def _send(
        self,
        method: str,
        url: str,
        body: Body | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """One request through the SDK's pipeline; its JSON object, or HttpResponseError."""
        content = None if body is None else dict(body)
        request = HttpRequest(method, url, json=content, headers=dict(headers or {}))
        options = WRITE_OPTIONS if method in {"PUT", "DELETE"} else {}
        response = self._client.send_request(request, **options)
        if response.status_code not in SUCCESS:
            raise HttpResponseError(response=response)
        if method == "DELETE":
            return {}
        answer = response.json()
        if not isinstance(answer, dict):
            raise ServiceError(f"the answer to {method} is not a JSON object")
        return answer

    @contextmanager
    def _errors(self, doing: str, *, writing: bool = False) -> Iterator[None]:
        """Turn every error of the SDK into a ServiceError that holds no token."""
        redact = self._signed_in.redact
        try:
            yield
        except HttpResponseError as error:
            raise refusal(error, doing, redact, writing=writing) from error
        except AzureError as error:
            message = f"cannot {doing}: no answer from {self._environment.endpoint}"
            reason = redact(reason_of(error))
            lost = writing and isinstance(error, ServiceResponseError)
            raise ServiceError(f"{message} ({reason})", outcome_unknown=lost) from error
        except ValueError as error:
            message = f"cannot {doing}: the answer is not JSON ({redact(str(error))})"
            raise ServiceError(message, outcome_unknown=writing) from error


@contextmanager
def _untold() -> Iterator[None]:
    """Swallow the error of a question that the workspace does not answer to this identity."""
    try:
        yield
    except ServiceError as error:
        if error.status not in {_FORBIDDEN, _NOT_FOUND, _NOT_IMPLEMENTED}:
            raise


class _NoCredential:
    """Satisfies the constructor: the policies that are passed on do the signing in."""

    def get_token(
        self,
        *scopes: str,
        claims: str | None = None,
        tenant_id: str | None = None,
        enable_cae: bool = False,
        **options: object,
    ) -> AccessToken:
        """Never called."""
        raise ServiceError("the client was asked for a token outside its pipeline")


def _policies() -> list[Any]:
    """What a request begins with: no redirects, no registering of providers, no logging."""
    return [
        policies.RequestIdPolicy(),
        policies.HeadersPolicy(),
        policies.UserAgentPolicy(sdk_moniker="vedette"),
        policies.ProxyPolicy(),
        policies.ContentDecodePolicy(),
    ]


def _refuse_repetition(link: str, seen: set[str], doing: str) -> None:
    if link in seen:
        raise ServiceError(f"cannot {doing}: the workspace sends the same page again and again")
    seen.add(link)


def _page_of(answer: object) -> list[Body]:
    value = answer.get("value") if isinstance(answer, dict) else None
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise ServiceError("the workspace answered a list with something else; nothing is planned")
    return value
