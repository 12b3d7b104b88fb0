"""An alert's row as an analyst reads it: who, which mail, which click, and the rest.

The trap: nothing in a row can be trusted. An address from a phishing mail is shown as text, never
as a link, and all text is escaped by the template.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from vedette.simulate.text import cell_text
from vedette.simulate.types import Entity, Incident
from vedette.workspace.entity_view import display_name
from vedette.workspace.iso8601 import parse_time, when

_USER = ("Account", "User", "Upn", "UPN", "Recipient")
_MAIL = (
    "Sender", "Recipient", "Mail", "Subject", "NetworkMessageId", "InternetMessageId", "Delivery",
    "Delivered", "Authentication", "Attachment", "Email",
)  # fmt: skip
_CLICK = (
    "Url",
    "Click",
    "ActionType",
    "IsClickedThrough",
    "IPAddress",
    "Workload",
    "MinutesToClick",
)
#: A datetime as Kusto writes it.
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{7}Z")
_MAIL_MARKS = ("NetworkMessageId", "SenderFromAddress", "SenderMailFromAddress")
#: What each type of entity is called in a heading, in the order in which an analyst asks.
_TYPE_NAMES = {
    "Account": "Users",
    "Mailbox": "Mailboxes",
    "MailMessage": "Mails",
    "URL": "Links",
    "IP": "IP addresses",
    "Host": "Hosts",
    "File": "Files",
    "FileHash": "File hashes",
}


@dataclass(frozen=True, slots=True)
class Facet:
    """Part of a row under a heading: names and texts of its columns that have a value."""

    heading: str
    cells: tuple[tuple[str, str], ...]


def facets(row: Mapping[str, object]) -> tuple[Facet, ...]:
    """The row in parts; a row that tells of no mail is one part."""
    cells = tuple((name, readable(cell_text(value))) for name, value in row.items())
    cells = tuple((name, text) for name, text in cells if text)
    names = {name for name, _ in cells}
    if not names.intersection(_MAIL_MARKS):
        return (Facet("The event", cells),) if cells else ()
    groups: dict[str, list[tuple[str, str]]] = {
        "The user": [], "The mail": [], "The click": [], "More": []
    }  # fmt: skip
    for name, text in cells:
        groups[_group(name, clicked="Url" in names)].append((name, text))
    return tuple(Facet(heading, tuple(group)) for heading, group in groups.items() if group)


def readable(text: str) -> str:
    """A time as ``2026-11-02 12:00 UTC``, a flat JSON object as ``SPF fail, DMARC fail``."""
    if _TIME.fullmatch(text):
        return when(parse_time(text))
    if not text.startswith("{"):
        return text
    try:
        data = json.loads(text)
    except ValueError:
        return text
    if not isinstance(data, dict) or any(isinstance(value, dict | list) for value in data.values()):
        return text
    return ", ".join(f"{name} {value}" for name, value in data.items())


def entity_groups(entities: Iterable[Entity]) -> list[tuple[str, list[Entity]]]:
    """Entities by type, under the names of the types, in the order in which an analyst asks."""
    found: dict[str, list[Entity]] = {name: [] for name in _TYPE_NAMES}
    for entity in dict.fromkeys(entities):
        found.setdefault(entity.type, []).append(entity)
    return [(_TYPE_NAMES.get(name, name), group) for name, group in found.items() if group]


def incident_entities(incident: Incident) -> list[tuple[str, list[Entity]]]:
    """The entities of all alerts of an incident, by type."""
    return entity_groups(entity for alert in incident.alerts for entity in alert.entities)


def affected(incident: Incident) -> str:
    """Whom the incident is about, in a few words; empty if its alerts name nobody."""
    groups = incident_entities(incident)
    if not groups:
        return ""
    names = [display_name(entity) for entity in groups[0][1]]
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def more(entity: Entity) -> str:
    """What is known of an entity beside its display name."""
    shown = display_name(entity)
    rest = ((name, value) for name, value in entity.identifiers if value not in shown)
    return ", ".join(f"{name} {value}" for name, value in rest)


def _group(name: str, *, clicked: bool) -> str:
    # Of a row that tells of a click, the event is the click: its own time is TimeGenerated.
    if clicked and (name.startswith(_CLICK) or name == "TimeGenerated"):
        return "The click"
    if name.startswith(_USER):
        return "The user"
    return "The mail" if name.startswith(_MAIL) else "More"
