"""Turns a saved search into the values of a hunting query's or a function's file.

The trap: one collection holds three things. A function has an alias, a hunting query its category,
and everything else is somebody's saved query, which is no detection.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from types import UnionType

from vedette.convert.content import Content, Form, Loss, Refused
from vedette.convert.rule_content import FIRST_VERSION, block, description_text, not_a_guid
from vedette.deploy.payload import HUNTING_CATEGORY, without_empty
from vedette.deploy.resource import Body
from vedette.model.detection import Kind
from vedette.model.query_text import split_parameters
from vedette.model.shape import guid, items, mapping, text

#: Categories that a file of ours need not name.
_DEFAULT_CATEGORY = "Functions"

_PARAMETER = re.compile(r"\s*([A-Za-z_]\w*)\s*:\s*(\([^)]*\)|\w+)\s*(?:=\s*(.+?))?\s*", re.DOTALL)

#: KQL strings without an escape: what stands between the quotes is the value.
_SIMPLE_STRING = re.compile(r"""(?:'([^'\\]*)'|"([^"\\]*)")""")


def search_content(search_id: str, body: Body) -> Content | Refused:
    """The saved search ``body`` as a function or a hunting query; Refused for any other."""
    properties = mapping(body.get("properties"))
    name = text(properties.get("displayName"))
    alias = text(properties.get("functionAlias"))
    is_hunting = text(properties.get("category")).casefold() == HUNTING_CATEGORY.casefold()
    what = "function" if alias else "hunting query" if is_hunting else "saved search"
    if what == "saved search":
        reason = "it is neither a function nor a hunting query"
        return Refused(what, search_id, name, reason, expected=True)
    if guid(search_id) is None:
        return Refused(what, search_id, name, not_a_guid(search_id))
    tags = _tags(properties)
    description = tags.get("description", "").strip()
    losses: tuple[Loss, ...] = ()
    if not description:
        losses = (Loss("tags.description", "there is none; the file says the name instead"),)
    if alias:
        values = _function(search_id, properties, description)
        return Content(Form.FUNCTION, search_id, alias, values, body, losses=losses)
    values = _hunting(search_id, properties, tags, description)
    return Content(Form.DETECTION, search_id, name, values, body, losses=losses)


def _hunting(
    search_id: str, properties: Mapping[str, object], tags: Mapping[str, str], description: str
) -> dict[str, object]:
    name = text(properties.get("displayName"))
    listed = [*_names(tags.get("techniques", "")), *_names(tags.get("subTechniques", ""))]
    return without_empty(
        {
            "id": search_id.lower(),
            "name": name,
            "kind": Kind.HUNTING.value,
            "description": description_text(description or name),
            "tactics": _names(tags.get("tactics", "")),
            "relevantTechniques": list(dict.fromkeys(listed)),
            "query": block(text(properties.get("query"))),
        }
    )


def _function(
    search_id: str, properties: Mapping[str, object], description: str
) -> dict[str, object]:
    name = text(properties.get("displayName"))
    category = text(properties.get("category"))
    return without_empty(
        {
            "id": search_id.lower(),
            "alias": properties.get("functionAlias"),
            "name": name,
            "description": description_text(description or name),
            "category": None if category == _DEFAULT_CATEGORY else category,
            "version": FIRST_VERSION,
            "parameters": list(_parameters(text(properties.get("functionParameters")))),
            "query": block(text(properties.get("query"))),
        }
    )


def _tags(properties: Mapping[str, object]) -> dict[str, str]:
    pairs = [mapping(tag) for tag in items(properties.get("tags"))]
    return {text(pair.get("name")): text(pair.get("value")) for pair in pairs}


def _names(listed: str) -> list[str]:
    return [name.strip() for name in listed.split(",") if name.strip()]


def _parameters(written: str) -> Iterator[dict[str, object]]:
    """The parameters in ``"Details:string, Days:int = 7"``; what cannot be read is left out.

    What is left out shows itself when the file is loaded and compared.
    """
    for part in split_parameters(written):
        match = _PARAMETER.fullmatch(part)
        if match is None:
            continue
        name, kind, default = match.groups()
        yield {"name": name, "type": kind} | (
            {} if default is None else {"default": _value(default, kind)}
        )


def _value(literal: str, kind: str) -> object:
    """A default as a file writes it: text without quotes, a number, true or false, or KQL."""
    if kind == "string":
        if match := _SIMPLE_STRING.fullmatch(literal):
            return match[1] if match[1] is not None else match[2]
        return _json(literal, str)
    if kind == "bool":
        return {"true": True, "false": False}.get(literal.casefold(), literal)
    if kind in {"int", "long"}:
        return _json(literal, int)
    if kind in {"real", "decimal"}:
        return _json(literal, float | int)
    return literal


def _json(literal: str, wanted: type | UnionType) -> object:
    try:
        value = json.loads(literal)
    except ValueError:
        return literal
    is_number = isinstance(value, wanted) and not isinstance(value, bool)
    return value if is_number else literal
