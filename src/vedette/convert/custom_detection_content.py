"""Turns a custom detection of Defender XDR into the values of a detection's file, and proves it.

The trap: the file's query is Sentinel's, and the custom detection is rendered from it. So what is
written is rendered again and compared with what came in; every difference is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import PurePosixPath

from vedette.convert.content import Content, Form, Loss, Refused
from vedette.convert.duration_text import written_duration
from vedette.convert.rule_content import FIRST_VERSION, block, description_text, not_a_guid
from vedette.convert.verify import file_text
from vedette.deploy.custom_detection import KIND, custom_detection_body
from vedette.deploy.custom_detection_shape import modern
from vedette.deploy.payload import without_empty
from vedette.deploy.resource import Body
from vedette.kql.binder import Binder
from vedette.kql.products.detection import defender_query
from vedette.model.defender import ENTITY_COLLECTIONS, LOOK_BACKS
from vedette.model.detection import AggregationKind, Kind, Severity
from vedette.model.durations import iso_duration, parse_duration
from vedette.model.limits import LONGEST_SCHEDULE
from vedette.model.load import load_detection
from vedette.model.shape import guid, items, mapping, text
from vedette.model.yaml import parse
from vedette.schema.catalogue import Catalogue

#: A string, a comment, or a word; only words are renamed. KQL has four kinds of strings.
_TOKEN = re.compile(
    r"```.*?```|@\"(?:[^\"]|\"\")*\"|@'(?:[^']|'')*'"
    r"|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|//[^\n]*|[A-Za-z_]\w*",
    re.DOTALL,
)

_TIME = {"Timestamp": "TimeGenerated"}

#: Server-set members, which no file says.
_SERVER_SET = frozenset(
    {
        "@odata.context",
        "@odata.etag",
        "@odata.type",
        "createdBy",
        "createdDateTime",
        "detectorId",
        "id",
        "lastModifiedBy",
        "lastModifiedDateTime",
        "lastRunDetails",
        "nextRunDateTime",
    }
)

#: Graph's collection and property → Sentinel's entity type and identifier.
_ENTITIES = {
    (collection.name, name): (entity_type, identifier)
    for entity_type, collection in ENTITY_COLLECTIONS.items()
    for identifier, name in collection.properties.items()
} | {("accounts", "upnColumn"): ("Account", "FullName")}


def custom_detection_content(
    rule: Body, binder: Binder, here: Catalogue, there: Catalogue
) -> Content | Refused:
    """The custom detection as a file's values; ``here`` is Sentinel's catalogue, ``there`` Graph's.

    Refused if its id is no GUID, or its query cannot be had in Sentinel.
    """
    identity, name = text(rule.get("id")), text(rule.get("displayName"))
    if guid(identity) is None:
        return Refused(KIND, identity, name, not_a_guid(identity))
    rule = modern(rule)
    query = text(mapping(rule.get("queryCondition")).get("queryText"))
    names = _names(query, binder, here, there)
    if isinstance(names, str):
        return Refused(KIND, identity, name, names)
    values = _values(identity, rule, renamed(query, names), names)
    content = Content(Form.DETECTION, identity, name, values)
    losses = _losses(content, rule, binder, here, there)
    if isinstance(losses, str):
        return Refused(KIND, identity, name, losses)
    return Content(Form.DETECTION, identity, name, values, losses=losses)


def is_same_custom_detection(one: Body, other: Body) -> bool:
    """True if the two differ in nothing but their spelling and what the server sets."""
    return dict(_flat(modern(one))) == dict(_flat(modern(other)))


def renamed(query: str, names: Mapping[str, str]) -> str:
    """The query with its words renamed, outside of strings and comments."""
    return _TOKEN.sub(lambda found: names.get(found[0], found[0]), query)


def _names(query: str, binder: Binder, here: Catalogue, there: Catalogue) -> dict[str, str] | str:
    """What the columns of the query's tables are called in Sentinel; or why there are none."""
    bound = binder.bind(query, there)
    names = dict(_TIME)
    for name, table in bound.tables.items():
        own = here.tables.get(name)
        if own is None:
            return f"Sentinel has no table '{name}'"
        known = {column.name.casefold(): column.name for column in own.columns}
        for column in table.columns:
            spelled = known.get(column.name.casefold())
            if spelled is not None and spelled != column.name:
                names[column.name] = spelled
    return names


def _values(identity: str, rule: Body, query: str, names: Mapping[str, str]) -> dict[str, object]:
    template = mapping(mapping(rule.get("detectionAction")).get("alertTemplate"))
    name, title = text(rule.get("displayName")), text(template.get("title"))
    shown = text(template.get("description")).strip()
    description = text(rule.get("description")).strip() or shown or name
    frequency = parse_duration(text(mapping(rule.get("schedule")).get("frequency")))
    single = template.get("eventGroupingKind") == "singleAlert"
    tactics, techniques = _attack(template)
    response = [line for line in text(template.get("recommendedActions")).split("\n") if line]
    override = {
        "alertDisplayNameFormat": _columns(title, names) if title != name else None,
        "alertDescriptionFormat": _columns(shown, names) if shown != description else None,
    }
    details = mapping(template.get("customDetails"))
    return without_empty(
        {
            "id": identity.lower(),
            "name": name,
            "kind": (Kind.SCHEDULED if frequency else Kind.NRT).value,
            "description": description_text(description),
            "severity": _severity(text(template.get("severity"))),
            **(_schedule(frequency) if frequency else {}),
            "tactics": tactics,
            "relevantTechniques": techniques,
            "query": block(query),
            "eventGroupingSettings": {}
            if single
            else {"aggregationKind": AggregationKind.ALERT_PER_RESULT.value},
            "entityMappings": list(_entities(mapping(template.get("entityMappings")), names)),
            "customDetails": {key: names.get(text(each), each) for key, each in details.items()},
            "alertDetailsOverride": without_empty(override),
            "version": FIRST_VERSION,
            "vedette": without_empty(
                {
                    "enabled": None if rule.get("status") == "enabled" else False,
                    "products": ["sentinel", "defender"],
                    "response": response,
                }
            ),
        }
    )


def _schedule(frequency: timedelta) -> dict[str, object]:
    """Sentinel's schedule that looks as far back, or as far as it can."""
    back = LOOK_BACKS.get(frequency, 4 * frequency)
    return {
        "queryFrequency": written_duration(iso_duration(frequency)),
        "queryPeriod": written_duration(iso_duration(min(back, LONGEST_SCHEDULE))),
        "triggerOperator": "gt",
        "triggerThreshold": 0,
    }


def _severity(written: str) -> str:
    known = {each.value.lower(): each.value for each in Severity}
    return known.get(written.lower(), written)


def _attack(template: Mapping[str, object]) -> tuple[list[str], list[str]]:
    tactics, techniques = [], []
    for each in map(mapping, items(template.get("tactics"))):
        tactics.append(text(each.get("tactic")))
        techniques += [text(mapping(one).get("technique")) for one in items(each.get("techniques"))]
    return list(dict.fromkeys(tactics)), list(dict.fromkeys(techniques))


def _columns(written: str, names: Mapping[str, str]) -> str:
    """The text with its placeholders named as the columns are in Sentinel."""
    return re.sub(
        r"\{\{([^{}]*)\}\}",
        lambda found: "{{" + names.get(found[1], found[1]) + "}}",
        written,
    )


def _entities(
    collections: Mapping[str, object], names: Mapping[str, str]
) -> Iterator[dict[str, object]]:
    for collection, entities in collections.items():
        for entity in map(mapping, items(entities)):
            fields: dict[str, list[dict[str, str]]] = {}
            for name, column in entity.items():
                known = _ENTITIES.get((collection, name))
                if known is not None and isinstance(column, str):
                    field = {"identifier": known[1], "columnName": names.get(column, column)}
                    fields.setdefault(known[0], []).append(field)
            for entity_type, found in fields.items():
                yield {"entityType": entity_type, "fieldMappings": found}


def _losses(
    content: Content, rule: Body, binder: Binder, here: Catalogue, there: Catalogue
) -> tuple[Loss, ...] | str:
    """What the file, rendered for Defender XDR, says otherwise; or why it cannot be rendered."""
    path = PurePosixPath("detections/x.yaml")
    document, findings = parse(file_text(content, path), path)
    detection = None
    if document is not None:
        detection, findings = load_detection(document)
    if detection is None:
        return "; ".join(each.message for each in findings) or "it lacks what a file needs"
    bound = binder.bind(detection.query, here)
    query, problems = defender_query(detection, bound, binder, there, {})
    if query is None:
        return "; ".join(each.message for each in problems)
    back = dict(_flat(custom_detection_body(detection, query)))
    live = dict(_flat(rule))
    losses = [
        Loss(
            name,
            f"it is {_short(live.get(name))}; from the file it would be {_short(back.get(name))}",
        )
        for name in sorted(live.keys() | back.keys())
        if live.get(name) != back.get(name)
    ]
    frequency = parse_duration(text(mapping(rule.get("schedule")).get("frequency")))
    if frequency and LOOK_BACKS.get(frequency, timedelta()) > LONGEST_SCHEDULE:
        days = LOOK_BACKS[frequency].days
        why = f"Defender XDR looks {days} days back, Sentinel {LONGEST_SCHEDULE.days} at most"
        losses.append(Loss("schedule.lookback", why))
    return tuple(losses)


def _flat(value: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    """Dotted names and comparable values; lists of attack techniques as sets."""
    for name, each in value.items():
        if name in _SERVER_SET or each in (None, "", [], {}):
            continue
        if name == "tactics":
            tactics, techniques = _attack({"tactics": each})
            yield f"{prefix}tactics", tuple(sorted(tactics))
            yield f"{prefix}techniques", tuple(sorted(techniques))
        elif isinstance(each, Mapping):
            yield from _flat(each, f"{prefix}{name}.")
        elif name == "queryText":
            yield f"{prefix}{name}", " ".join(str(each).split())
        elif name == "frequency":
            yield f"{prefix}{name}", parse_duration(str(each))
        else:
            yield f"{prefix}{name}", each if not isinstance(each, str) else each.strip()


def _short(value: object) -> str:
    shown = "not set" if value is None else str(value)
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"


_LONGEST = 60
