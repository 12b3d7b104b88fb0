"""Writes Terraform for the azurerm provider.

Arguments as in the provider's documentation of ``sentinel_alert_rule_scheduled`` and ``_nrt``,
``log_analytics_saved_search``, ``sentinel_watchlist`` and ``_item`` (version 4). The trap: the
provider has other defaults than the service (grouping is on, in five minutes, by any alert), so
every setting is written, whether it is the service's default or not; and it lacks some of what the
service has, which is told and never left out in silence.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from vedette.convert.content import Loss
from vedette.convert.exported import Exported, Omission, symbols
from vedette.convert.hcl import Block, Expression, is_kept, quoted, write_block
from vedette.deploy.resource import Key, Resource, ResourceKind
from vedette.model.detection import Kind
from vedette.model.shape import items, mapping, text

_HEAD = """\
terraform {
  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 4.0"
    }
  }
}

variable "log_analytics_workspace_id" {
  description = "The resource id of the Log Analytics workspace, which Sentinel is enabled on."
  type        = string
}
"""

_WORKSPACE = Expression("var.log_analytics_workspace_id")

#: Longer values of a tag are refused by the provider.
MAX_TAG = 256

#: So many entity mappings does the provider take, of both kinds together.
MAX_ENTITIES = 5

#: Items of a watchlist have ids; the same rows get the same ones in every export.
_ITEMS = uuid.UUID("0d9b3f3a-7c5e-4f0e-9a53-2f6f9a3f5b1e")

_RULE_TYPES = {
    Kind.SCHEDULED.value: "azurerm_sentinel_alert_rule_scheduled",
    Kind.NRT.value: "azurerm_sentinel_alert_rule_nrt",
}

#: Properties that this module writes; any other is told.
_KNOWN_RULE = frozenset(
    {
        "alertDetailsOverride",
        "alertRuleTemplateName",
        "customDetails",
        "description",
        "displayName",
        "enabled",
        "entityMappings",
        "eventGroupingSettings",
        "incidentConfiguration",
        "query",
        "queryFrequency",
        "queryPeriod",
        "sentinelEntitiesMappings",
        "severity",
        "suppressionDuration",
        "suppressionEnabled",
        "tactics",
        "techniques",
        "templateVersion",
        "triggerOperator",
        "triggerThreshold",
    }
)

_Needs = Mapping[Key, tuple[Key, ...]]
_Losses = Iterator[Loss]


def write_terraform(resources: Iterable[Resource], needs: _Needs) -> Exported:
    """The Terraform file of ``resources``; what the provider cannot say is in ``omitted``."""
    ours = tuple(resources)
    names = symbols(ours)
    parts, written, omitted = [_HEAD], [], []
    addresses: dict[Key, str] = {}
    for resource in ours:
        refusal = _refusal(resource)
        losses = [refusal] if refusal else list(_losses(resource))
        if not refusal and not addresses.keys() >= set(needs.get(resource.key, ())):
            losses.append(Loss("query", "it needs what is not in this file"))
        omitted += [Omission(resource.kind.value, resource.label, loss) for loss in losses]
        if refusal:
            continue
        before = [addresses[key] for key in needs.get(resource.key, ()) if key in addresses]
        blocks = list(_BLOCKS[resource.kind](resource, names[resource.key], before))
        addresses[resource.key] = blocks[0].head.split('"')[1] + "." + names[resource.key]
        parts += ["\n".join(write_block(block)) + "\n" for block in blocks]
        written.append(resource)
    return Exported("main.tf", "\n".join(parts), tuple(written), tuple(omitted))


def _refusal(resource: Resource) -> Loss | None:
    """Why the whole resource is left out; None if it is not."""
    properties = mapping(resource.body.get("properties"))
    if resource.kind is ResourceKind.FUNCTION and "," in text(properties.get("functionParameters")):
        why = "the provider keeps parameters as a set: a function of several could be called wrong"
        return Loss("functionParameters", why)
    for tag in items(properties.get("tags")):
        name, value = text(mapping(tag).get("name")), text(mapping(tag).get("value"))
        if len(value) > MAX_TAG and name != "description":
            return Loss(f"tags.{name}", f"the provider refuses more than {MAX_TAG} characters")
    return None


def _losses(resource: Resource) -> _Losses:
    """What of the resource the file does not say."""
    properties = mapping(resource.body.get("properties"))
    if resource.kind is ResourceKind.RULE:
        if subs := items(properties.get("subTechniques")):
            named = ", ".join(map(str, subs))
            yield Loss("subTechniques", f"the provider has techniques alone: {named}")
        for name in sorted(properties.keys() - _KNOWN_RULE - {"subTechniques"}):
            yield Loss(name, "the provider has no argument for it")
        if len([*_entities(properties), *_sentinel_entities(properties)]) > MAX_ENTITIES:
            yield Loss(
                "entityMappings", f"the provider takes {MAX_ENTITIES}; the first are written"
            )
    elif resource.kind is ResourceKind.WATCHLIST:
        yield Loss("provider", "the provider of Terraform writes its own")
    elif len(_tags(properties).get("description", "")) > MAX_TAG:
        why = f"the provider refuses more than {MAX_TAG} characters; the beginning is written"
        yield Loss("tags.description", why)
    for name, value in _texts(properties):
        if not is_kept(value):
            yield Loss(name, "Terraform writes its composed characters otherwise (NFC)")


def _texts(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from _texts(one, f"{name}.{key}".lstrip("."))
    elif isinstance(value, Sequence):
        for one in value:
            yield from _texts(one, name)


def _rule(resource: Resource, name: str, before: list[str]) -> Iterator[Block]:
    properties = mapping(resource.body.get("properties"))
    kind = text(resource.body.get("kind"))
    arguments: dict[str, object] = {
        "name": resource.id,
        "log_analytics_workspace_id": _WORKSPACE,
        "display_name": properties.get("displayName"),
        "description": properties.get("description"),
        "severity": properties.get("severity"),
        "enabled": properties.get("enabled"),
        "query_frequency": properties.get("queryFrequency"),
        "query_period": properties.get("queryPeriod"),
        "trigger_operator": properties.get("triggerOperator"),
        "trigger_threshold": properties.get("triggerThreshold"),
        "suppression_enabled": properties.get("suppressionEnabled"),
        "suppression_duration": properties.get("suppressionDuration"),
        "tactics": properties.get("tactics"),
        "techniques": properties.get("techniques"),
        "custom_details": properties.get("customDetails"),
        "alert_rule_template_guid": properties.get("alertRuleTemplateName"),
        "alert_rule_template_version": properties.get("templateVersion"),
        "depends_on": [Expression(each) for each in before],
        "query": properties.get("query"),
    }
    blocks = (
        *_grouping(properties),
        *[*_entities(properties), *_sentinel_entities(properties)][:MAX_ENTITIES],
        *_override(mapping(properties.get("alertDetailsOverride"))),
        *_incident(mapping(properties.get("incidentConfiguration"))),
    )
    yield Block(f'resource "{_RULE_TYPES[kind]}" "{name}"', arguments, blocks)


def _grouping(properties: Mapping[str, object]) -> Iterator[Block]:
    method = mapping(properties.get("eventGroupingSettings")).get("aggregationKind")
    yield Block("event_grouping", {"aggregation_method": method})


def _entities(properties: Mapping[str, object]) -> Iterator[Block]:
    for each in map(mapping, items(properties.get("entityMappings"))):
        fields = [
            Block(
                "field_mapping",
                {"identifier": field.get("identifier"), "column_name": field.get("columnName")},
            )
            for field in map(mapping, items(each.get("fieldMappings")))
        ]
        yield Block("entity_mapping", {"entity_type": each.get("entityType")}, tuple(fields))


def _sentinel_entities(properties: Mapping[str, object]) -> Iterator[Block]:
    for each in items(properties.get("sentinelEntitiesMappings")):
        yield Block("sentinel_entity_mapping", {"column_name": mapping(each).get("columnName")})


def _override(override: Mapping[str, object]) -> Iterator[Block]:
    if not override:
        return
    arguments = {
        "display_name_format": override.get("alertDisplayNameFormat"),
        "description_format": override.get("alertDescriptionFormat"),
        "severity_column_name": override.get("alertSeverityColumnName"),
        "tactics_column_name": override.get("alertTacticsColumnName"),
    }
    dynamic = [
        Block("dynamic_property", {"name": each.get("alertProperty"), "value": each.get("value")})
        for each in map(mapping, items(override.get("alertDynamicProperties")))
    ]
    yield Block("alert_details_override", arguments, tuple(dynamic))


def _incident(incident: Mapping[str, object]) -> Iterator[Block]:
    grouping = mapping(incident.get("groupingConfiguration"))
    arguments = {
        "enabled": grouping.get("enabled"),
        "lookback_duration": grouping.get("lookbackDuration"),
        "reopen_closed_incidents": grouping.get("reopenClosedIncident"),
        "entity_matching_method": grouping.get("matchingMethod"),
        "by_entities": grouping.get("groupByEntities"),
        "by_alert_details": grouping.get("groupByAlertDetails"),
        "by_custom_details": grouping.get("groupByCustomDetails"),
    }
    create = {"create_incident_enabled": incident.get("createIncident")}
    yield Block("incident", create, (Block("grouping", arguments),))


def _search(resource: Resource, name: str, before: list[str]) -> Iterator[Block]:
    properties = mapping(resource.body.get("properties"))
    tags = {key: value[:MAX_TAG] for key, value in _tags(properties).items()}
    parameters = text(properties.get("functionParameters"))
    arguments: dict[str, object] = {
        "name": resource.id,
        "log_analytics_workspace_id": _WORKSPACE,
        "category": properties.get("category"),
        "display_name": properties.get("displayName"),
        "function_alias": properties.get("functionAlias"),
        "function_parameters": [parameters] if parameters else [],
        "tags": tags,
        "depends_on": [Expression(each) for each in before],
        "query": properties.get("query"),
    }
    yield Block(f'resource "azurerm_log_analytics_saved_search" "{name}"', arguments)


def _tags(properties: Mapping[str, object]) -> dict[str, str]:
    tags = map(mapping, items(properties.get("tags")))
    return {text(tag.get("name")): text(tag.get("value")) for tag in tags}


def _watchlist(resource: Resource, name: str, before: list[str]) -> Iterator[Block]:
    properties = mapping(resource.body.get("properties"))
    arguments = {
        "name": resource.id,
        "log_analytics_workspace_id": _WORKSPACE,
        "display_name": properties.get("displayName"),
        "description": properties.get("description"),
        "item_search_key": properties.get("itemsSearchKey"),
        "depends_on": [Expression(each) for each in before],
    }
    yield Block(f'resource "azurerm_sentinel_watchlist" "{name}"', arguments)
    seen: set[uuid.UUID] = set()
    for row in resource.rows:
        cells = {column: cell for column, cell in row.items() if cell}
        item = uuid.uuid5(_ITEMS, f"{resource.id}\n{sorted(cells.items())}")
        # The service drops exact duplicates of an upload, and so does this.
        if item in seen:
            continue
        seen.add(item)
        yield Block(
            f'resource "azurerm_sentinel_watchlist_item" {quoted(f"{name}_{item}")}',
            {
                "name": str(item),
                "watchlist_id": Expression(f"azurerm_sentinel_watchlist.{name}.id"),
                "properties": cells,
            },
        )


_BLOCKS: dict[ResourceKind, Callable[[Resource, str, list[str]], Iterator[Block]]] = {
    ResourceKind.RULE: _rule,
    ResourceKind.HUNTING: _search,
    ResourceKind.FUNCTION: _search,
    ResourceKind.WATCHLIST: _watchlist,
}
