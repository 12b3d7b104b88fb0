"""Turns a document into an Environment, and refuses what could leak a credential.

The trap: a finding about a secret must not repeat it, and a token is sent to whatever host the
endpoint names, so anything but https is refused unless the host is this machine itself.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from datetime import timedelta
from enum import StrEnum
from typing import TypeVar
from urllib.parse import SplitResult, urlsplit

from vedette.finding import Finding
from vedette.model.assumptions import named
from vedette.model.document import Document
from vedette.model.environment import (
    DEFAULT_ENDPOINT,
    Environment,
    Limits,
    OnMissing,
    OnUnconnected,
    WriteBudget,
)
from vedette.model.lifecycle import Stage
from vedette.model.load_lock import load_locks
from vedette.model.load_override import load_overrides
from vedette.model.override import Layer
from vedette.model.product import Product
from vedette.model.reading import duration_at, texts_at, value_at
from vedette.model.shape import count, guid, mapping, text
from vedette.source import ValuePath

#: Beyond a year nobody remembers why a rule is still there.
LONGEST_GRACE = timedelta(days=365)

_Name = TypeVar("_Name", bound=StrEnum)

#: Words in a key that mean a credential, in parts that a separator may stand between.
_CREDENTIAL_WORDS = (
    "secret", "pass-word", "passwd", "pass-phrase", "pwd", "token", "credential", "certificate",
    "connection-string", "api-key",
)  # fmt: skip

#: At the end of a key only: ``workspaceKey`` opens something, ``keyVault`` is the name of a thing.
_CREDENTIAL_ENDINGS = ("key", "keys", "sas", "pat")


def _any_case(word: str) -> str:
    """``word`` as a pattern; JSON Schema's have no flags, so that each letter names both cases."""
    return "".join("[-_. ]?" if c == "-" else f"[{c}{c.upper()}]" for c in word)


#: What a key looks like that smells of something that opens a door; also for the JSON Schema.
CREDENTIAL_PATTERN = "|".join(
    [_any_case(word) for word in _CREDENTIAL_WORDS]
    + [_any_case(word) + "$" for word in _CREDENTIAL_ENDINGS]
)
CREDENTIAL_MESSAGE = "'{name}' looks like a credential, which no file of a repository may hold"
CREDENTIAL_HINT = (
    "delete it and revoke what it opens; credentials come from azure-identity: "
    "`az login` at a desk, workload identity federation in a pipeline"
)


def load_environment(document: Document) -> tuple[Environment | None, list[Finding]]:
    """The environment in ``document``, named by the file's stem, and what is wrong with it.

    None if a value is missing or unusable; wrong types and unknown keys are the schema's to report.
    """
    findings = [_credential(document, path) for path in _credential_keys(document.data, ())]
    data = mapping(document.data)
    endpoint = text(data.get("endpoint", DEFAULT_ENDPOINT)).rstrip("/")
    refused = _check_endpoint(endpoint, document) if endpoint else []
    limits, of_limits = _limits(document)
    overrides, of_overrides = load_overrides(document, Layer.WORKSPACE)
    locks, of_locks = load_locks(document)
    findings += [*refused, *of_limits, *of_overrides, *of_locks]
    tenant, subscription = guid(data.get("tenant")), guid(data.get("subscription"))
    group, workspace = text(data.get("resourceGroup")), text(data.get("workspace"))
    if tenant is None or subscription is None or not (group and workspace and endpoint) or refused:
        return None, findings
    environment = Environment(
        name=document.path.stem,
        tenant=tenant,
        subscription=subscription,
        resource_group=group,
        workspace=workspace,
        endpoint=endpoint,
        description=text(data.get("description")),
        identity=text(data.get("identity")),
        ownership_tag=text(data.get("ownershipTag")) or None,
        products=_named(document, "products", Product) or (Product.SENTINEL,),
        groups=tuple(value for _, value in texts_at(document, ("groups",))),
        stages=_named(document, "lifecycle", Stage) or (Stage.PRODUCTION,),
        on_missing=named(text(data.get("onMissing")), OnMissing) or OnMissing.BLOCK,
        on_unconnected=named(text(data.get("onMissingConnector")), OnUnconnected),
        limits=limits,
        writes=_writes(document),
        overrides=overrides,
        locks=locks,
        source=document,
    )
    return environment, findings


def _limits(document: Document) -> tuple[Limits, list[Finding]]:
    """The limits; what is not written, or not usable, is the default, which is the careful one."""
    default = Limits()
    path = ("limits", "gracePeriod")
    grace, findings = duration_at(document, path, timedelta(), LONGEST_GRACE, "grace-out-of-range")
    removals = count(value_at(document, ("limits", "removals")))
    failed = count(value_at(document, ("limits", "failedPercent")))
    limits = Limits(
        grace_period=default.grace_period if grace is None or findings else grace,
        removals=default.removals if removals is None else removals,
        failed_percent=default.failed_percent if failed is None else failed,
    )
    return limits, findings


def _writes(document: Document) -> WriteBudget:
    default = WriteBudget()
    per_second = count(value_at(document, ("writes", "perSecond")))
    return WriteBudget(
        per_second=float(per_second or default.per_second),
        burst=count(value_at(document, ("writes", "burst"))) or default.burst,
        concurrency=count(value_at(document, ("writes", "concurrency"))) or default.concurrency,
    )


def _named(document: Document, key: str, names: type[_Name]) -> tuple[_Name, ...]:
    """The members of an enumeration that the list at ``key`` has, in their own order."""
    written = {value for _, value in texts_at(document, (key,))}
    return tuple(name for name in names if name.value in written)


def _credential_keys(value: object, path: ValuePath) -> Iterator[ValuePath]:
    """The paths of keys that smell of a credential; the schema has those of the first level."""
    if isinstance(value, dict):
        for key, below in value.items():
            if not re.search(CREDENTIAL_PATTERN, key):
                yield from _credential_keys(below, (*path, key))
            elif path:
                yield (*path, key)
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from _credential_keys(below, (*path, index))


def _credential(document: Document, path: ValuePath) -> Finding:
    message = CREDENTIAL_MESSAGE.format(name=path[-1])
    return Finding(document.locate_key(path), "credential-in-environment", message, CREDENTIAL_HINT)


def _check_endpoint(endpoint: str, document: Document) -> list[Finding]:
    """One finding at most; none of them repeats the endpoint, which may hold a password."""
    at = document.locate(("endpoint",))
    hint = f"write scheme and host, as in {DEFAULT_ENDPOINT}"
    try:
        parts = urlsplit(endpoint)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return [Finding(at, "bad-endpoint", "the endpoint is not a URL", hint)]
    if "@" in parts.netloc:
        message = "the endpoint holds a user name or a password"
        return [Finding(at, "credential-in-environment", message, CREDENTIAL_HINT)]
    if parts.scheme not in {"https", "http"} or not host or _has_more_than_host(parts):
        message = "the endpoint is not just the scheme and host of a resource manager"
        return [Finding(at, "bad-endpoint", message, hint)]
    if parts.scheme == "http" and not is_loopback(host):
        message = f"the access token would go to '{host}' unencrypted"
        hint = "use https; http is for a workspace on this machine (127.0.0.1) only"
        return [Finding(at, "insecure-endpoint", message, hint)]
    return []


def _has_more_than_host(parts: SplitResult) -> bool:
    return bool(parts.path or parts.query or parts.fragment)


def is_loopback(host: str) -> bool:
    """True for ``localhost`` and the loopback addresses; no name is looked up."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
