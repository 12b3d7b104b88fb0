"""A custom detection of Defender XDR in the form of 2026, whichever of the two it came in.

The trap: the older form names assets by what they are (``deviceId``), the newer by the column that
holds them; every public tool still writes the older one, and Graph is to return the newer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from vedette.deploy.resource import Body
from vedette.model.shape import items, mapping, text

#: What the service sets; no client writes it, and no file says it.
SERVER_SET = frozenset(
    {
        "createdBy",
        "createdDateTime",
        "detectorId",
        "lastModifiedBy",
        "lastModifiedDateTime",
        "lastRunDetails",
        "nextRunDateTime",
    }
)

_DETAILS = "customDetails"

#: What OData says of a body: ``@odata.type``, ``@odata.etag``, ``entityMappings@odata.context``.
_ODATA = "@odata."

#: ``schedule.period`` of the older form.
_PERIODS = {"0": "PT0S", "1H": "PT1H", "3H": "PT3H", "12H": "PT12H", "24H": "P1D"}

#: The end of an asset's identifier → the property of an account that its column fills.
_ACCOUNT_ENDINGS = {
    "ObjectId": "aadUserIdColumn",
    "Sid": "sidColumn",
    "Upn": "upnColumn",
    "Name": "nameColumn",
    "Domain": "ntDomainColumn",
}


def modern(rule: Body) -> Body:
    """``rule`` in the newer form; what has no place there stays under its own name."""
    if "isEnabled" not in rule and "period" not in mapping(rule.get("schedule")):
        return rule
    action = dict(mapping(rule.get("detectionAction")))
    template = dict(mapping(action.get("alertTemplate")))
    category, techniques = template.pop("category", None), template.pop("mitreTechniques", None)
    if category:
        listed = [{"technique": each} for each in items(techniques)]
        template["tactics"] = [{"tactic": category, "techniques": listed}]
    assets = items(template.pop("impactedAssets", None))
    if entities := _entities(assets):
        template["entityMappings"] = entities
    responses = items(action.pop("responseActions", None))
    found = {name: value for name, value in rule.items() if name != "isEnabled"}
    if responses:
        action["automatedActions"] = {_kind(each): [dict(mapping(each))] for each in responses}
    period = text(mapping(rule.get("schedule")).get("period"))
    return {
        **found,
        "status": "disabled" if rule.get("isEnabled") is False else "enabled",
        "schedule": {"frequency": _PERIODS.get(period, period)},
        "detectionAction": {**action, "alertTemplate": template},
    }


def without_server_set(members: Mapping[str, object]) -> dict[str, object]:
    """``members`` without what the service sets and OData says, at every depth.

    The names in ``customDetails`` are people's own and stay, whatever they are.
    """
    return {
        name: value if name == _DETAILS else _without(value)
        for name, value in members.items()
        if name not in SERVER_SET and _ODATA not in name
    }


def _without(value: object) -> object:
    if isinstance(value, Mapping):
        return without_server_set(value)
    return [_without(each) for each in value] if isinstance(value, list) else value


def _entities(assets: list[object]) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {}
    for asset in map(mapping, assets):
        kind, identifier = _kind(asset), text(asset.get("identifier"))
        column = identifier[:1].upper() + identifier[1:]
        if kind == "impactedMailboxAsset":
            collection, name = "mailboxes", "primaryAddressColumn"
        elif kind == "impactedDeviceAsset":
            collection = "hosts"
            name = "deviceIdColumn" if identifier.endswith("Id") else "nameColumn"
        else:
            ending = re.search("|".join(f"{each}$" for each in _ACCOUNT_ENDINGS), identifier)
            collection = "accounts"
            name = _ACCOUNT_ENDINGS[ending[0]] if ending else identifier
        found.setdefault(collection, []).append({name: column})
    return found


def _kind(value: object) -> str:
    return text(mapping(value).get("@odata.type")).rpartition(".")[2]
