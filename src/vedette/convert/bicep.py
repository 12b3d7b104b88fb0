"""Writes Bicep.

The trap: between three quotes nothing is an escape, so a text with three quotes in it, or with one
at its end, cannot stand there; and between single ones ``${`` begins an expression.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from vedette.convert.arm_template import INSIGHTS_API_VERSION
from vedette.convert.exported import Exported, Needs, refuse_too_large, symbols
from vedette.deploy.assumptions import SAVED_SEARCHES_API_VERSION
from vedette.deploy.resource import Collection, Resource

#: The version of the workspace itself, which only has to be there.
WORKSPACE_API_VERSION = "2023-09-01"

_WORKSPACE = f"Microsoft.OperationalInsights/workspaces@{WORKSPACE_API_VERSION}"
_HEAD = f"""\
@description('The name of the Log Analytics workspace.')
param workspace string

resource logAnalytics '{_WORKSPACE}' existing = {{
  name: workspace
}}
"""

_IDENTIFIER = re.compile(r"[A-Za-z_]\w*", re.ASCII)

#: What cannot be seen in a file, or would not come out of it as it went in.
_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")

_ESCAPES = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def write_bicep(resources: Iterable[Resource], needs: Needs) -> Exported:
    """The Bicep file of ``resources``, for a workspace that is its parameter.

    Raises:
        UsageError: the template that it is compiled to would be larger than one may be.
    """
    ours = tuple(resources)
    names = symbols(ours)
    parts = [_HEAD]
    for resource in ours:
        before = [names[key] for key in needs.get(resource.key, ()) if key in names]
        parts.append("\n".join(_resource(resource, names[resource.key], before)) + "\n")
    text = "\n".join(parts)
    refuse_too_large(ours, text)
    return Exported("main.bicep", text, ours)


def _resource(resource: Resource, name: str, before: list[str]) -> Iterator[str]:
    if resource.kind.collection is Collection.SEARCHES:
        kind = (
            f"Microsoft.OperationalInsights/workspaces/savedSearches@{SAVED_SEARCHES_API_VERSION}"
        )
        place = "parent"
    else:
        kind = f"Microsoft.SecurityInsights/{resource.kind.collection}@{INSIGHTS_API_VERSION}"
        place = "scope"
    yield f"resource {name} '{kind}' = {{"
    yield f"  {place}: logAnalytics"
    yield f"  name: {text(resource.id)}"
    if place == "parent":
        yield "  etag: '*'"
    for key, value in resource.body.items():
        if key != "etag":
            yield f"  {key}: {expression(value, '  ')}"
    if before:
        yield "  dependsOn: ["
        yield from (f"    {each}" for each in before)
        yield "  ]"
    yield "}"


def expression(value: object, pad: str) -> str:
    """``value`` as Bicep writes it, its further lines indented by ``pad``."""
    if isinstance(value, Mapping):
        inner = [f"{pad}  {_key(key)}: {expression(one, pad + '  ')}" for key, one in value.items()]
        return "\n".join(["{", *inner, f"{pad}}}"]) if inner else "{}"
    if isinstance(value, list):
        inner = [f"{pad}  {expression(one, pad + '  ')}" for one in value]
        return "\n".join(["[", *inner, f"{pad}]"]) if inner else "[]"
    if isinstance(value, str):
        return text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else str(value)


def text(value: str) -> str:
    """A string: verbatim between three quotes if it has several lines and can stand there."""
    verbatim = "'''" not in value and not value.endswith("'") and not _HIDDEN.search(value)
    if "\n" in value and verbatim:
        # A line break behind the opening quotes is not part of the text.
        return f"'''\n{value}'''"
    escaped = re.sub(r"[\\'\n\r\t]|\$(?=\{)", lambda found: _ESCAPES.get(found[0], "\\$"), value)
    return "'" + _HIDDEN.sub(lambda found: f"\\u{{{ord(found[0]):x}}}", escaped) + "'"


def _key(key: object) -> str:
    return str(key) if _IDENTIFIER.fullmatch(str(key)) else text(str(key))
