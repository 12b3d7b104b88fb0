"""Finds the resources in JSON: an ARM template, an answer of the API, a custom detection.

The trap: the portal's export has ids in expressions only, and what the API returns has no ``type``
that a template would have; what is in a file is therefore known by the collection in its type or
its id, and what is not known is told.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from vedette.convert.content import Refused
from vedette.convert.template_expression import UNKNOWN, Scope, evaluate, is_unknown
from vedette.deploy.resource import Body, Collection, Rows
from vedette.model.shape import items, mapping, text

_COLLECTION = re.compile(r"/(alertRules|savedSearches|watchlists)(?:/|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Found:
    """A resource as it was found; ``collection`` is None for a custom detection of Defender XDR.

    ``former`` is the id that it has in the workspace, if it is given a new one.
    """

    collection: Collection | None
    id: str
    body: Body = field(repr=False)
    rows: Rows = field(default=(), repr=False)
    former: str = ""


def read_json(content: str) -> list[Found | Refused]:
    """The resources in ``content``.

    Raises:
        ValueError: it is not JSON, or nothing in it could be a resource.
    """
    data = json.loads(content)
    found = list(_read(data))
    if not found and not _is_list(data):
        raise ValueError("neither a template, nor a resource, nor a list of them")
    return found


def _is_list(data: object) -> bool:
    return isinstance(data, list) or isinstance(mapping(data).get("value"), list)


def _read(data: object) -> Iterator[Found | Refused]:
    if isinstance(data, list):
        for each in data:
            yield from _read(each)
    elif isinstance(data, dict) and isinstance(data.get("resources"), list):
        yield from _template(data)
    elif isinstance(data, dict) and isinstance(data.get("value"), list):
        yield from _read(data["value"])
    elif isinstance(data, dict) and ("queryCondition" in data or "detectionAction" in data):
        yield Found(None, str(data.get("id") or ""), data)
    elif isinstance(data, dict) and isinstance(data.get("properties"), dict):
        yield _resource(data)


def _template(data: Mapping[str, object]) -> Iterator[Found | Refused]:
    parameters = {
        name: mapping(parameter)["defaultValue"]
        for name, parameter in mapping(data.get("parameters")).items()
        if "defaultValue" in mapping(parameter)
    }
    scope = Scope(parameters, mapping(data.get("variables")))
    for each in items(data.get("resources")):
        yield _resource(mapping(evaluate(each, scope)))


def _resource(resource: Mapping[str, object]) -> Found | Refused:
    kind, full_id = text(resource.get("type")), text(resource.get("id"))
    name = text(resource.get("name")) or full_id
    own_id = name.rpartition("/")[2]
    properties = mapping(resource.get("properties"))
    shown = text(properties.get("displayName"))
    match = _COLLECTION.search(kind) or _COLLECTION.search(full_id)
    if match is None:
        return Refused(
            kind or "resource", own_id, shown, "resources of this type have no file here"
        )
    if not own_id or UNKNOWN in own_id:
        return Refused("resource", "", shown, "its id is made when the template is deployed")
    if unknown := sorted(key for key, value in properties.items() if is_unknown(value)):
        reason = f"known only when the template is deployed: {', '.join(unknown)}"
        return Refused("resource", own_id, shown, reason)
    collection = next(each for each in Collection if each.value.casefold() == match[1].casefold())
    body = {key: value for key, value in resource.items() if key in {"kind", "properties", "etag"}}
    return Found(collection, own_id, body)
