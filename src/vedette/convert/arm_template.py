"""Writes an ARM template.

The trap: in a template a text that begins with ``[`` and ends with ``]`` is an expression. One more
bracket makes it text again; without it a description in brackets fails the deployment, or worse,
is evaluated.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from vedette.convert.exported import Exported, Needs, refuse_too_large
from vedette.deploy.assumptions import SAVED_SEARCHES_API_VERSION
from vedette.deploy.resource import Collection, Key, Resource

SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"

#: The version that knows ``subTechniques``, and that the SDK asks for.
INSIGHTS_API_VERSION = "2025-10-01-preview"

_WORKSPACE = "Microsoft.OperationalInsights/workspaces"
_INSIGHTS = "Microsoft.SecurityInsights"


def write_template(resources: Iterable[Resource], needs: Needs) -> Exported:
    """The template of ``resources``, for a workspace that is its parameter.

    Raises:
        UsageError: it would be larger than a template may be.
    """
    ours = tuple(resources)
    collections = {resource.key: (resource.kind.collection, resource.id) for resource in ours}
    template = {
        "$schema": SCHEMA,
        "contentVersion": "1.0.0.0",
        "parameters": {
            "workspace": {
                "type": "string",
                "metadata": {"description": "The name of the Log Analytics workspace."},
            }
        },
        "resources": [_resource(each, needs.get(each.key, ()), collections) for each in ours],
    }
    text = json.dumps(template, indent=2, ensure_ascii=False) + "\n"
    refuse_too_large(ours, text)
    return Exported("azuredeploy.json", text, ours)


def _resource(
    resource: Resource, needs: tuple[Key, ...], known: Mapping[Key, tuple[Collection, str]]
) -> dict[str, object]:
    collection = resource.kind.collection
    insights = collection is not Collection.SEARCHES
    written: dict[str, object] = {
        "type": _type(collection),
        "apiVersion": INSIGHTS_API_VERSION if insights else SAVED_SEARCHES_API_VERSION,
        "name": f"[concat(parameters('workspace'), {_quoted(_path(collection, resource.id))})]",
    }
    if before := [_id(*known[key]) for key in needs if key in known]:
        written["dependsOn"] = before
    if not insights:
        # Without it a saved search that is there already is not overwritten.
        written["etag"] = "*"
    body = {name: value for name, value in resource.body.items() if name != "etag"}
    return {**written, **{name: literal(value) for name, value in body.items()}}


def literal(value: object) -> object:
    """``value`` with every text that ARM would evaluate escaped."""
    if isinstance(value, str):
        return f"[{value}" if value.startswith("[") and value.endswith("]") else value
    if isinstance(value, Mapping):
        return {name: literal(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [literal(each) for each in value]
    return value


def _type(collection: Collection) -> str:
    if collection is Collection.SEARCHES:
        return f"{_WORKSPACE}/{collection.value}"
    return f"{_WORKSPACE}/providers/{collection.value}"


def _path(collection: Collection, resource_id: str) -> str:
    provider = "" if collection is Collection.SEARCHES else f"/{_INSIGHTS}"
    return f"{provider}/{resource_id}"


def _id(collection: Collection, resource_id: str) -> str:
    names = [] if collection is Collection.SEARCHES else [_quoted(_INSIGHTS)]
    arguments = [_quoted(_type(collection)), "parameters('workspace')", *names]
    return f"[resourceId({', '.join([*arguments, _quoted(resource_id)])})]"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
