"""The entities of an alert: who and what its rows speak of.

The trap: an entity is made of what has a value in one row. Identifiers of different rows are never
combined, and a mapping whose required identifiers are empty in a row makes no entity there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from vedette.model.detection import EntityMapping
from vedette.model.entities import ENTITY_TYPES
from vedette.simulate import assumptions, limits
from vedette.simulate.assumptions import Row
from vedette.simulate.text import cell_text
from vedette.simulate.types import Entity

#: An account that is known by one of these names only says nothing about anybody
#: (entities-reference).
BUILT_IN_ACCOUNTS = frozenset(
    {
        "ADMIN",
        "ADMINISTRATOR",
        "ANONYMOUS",
        "AUTHENTICATED USER",
        "LOCAL SYSTEM",
        "LOCALSYSTEM",
        "NETWORK",
        "NETWORK SERVICE",
        "NULL",
        "ROOT",
        "SYSTEM",
    }
)


@dataclass(frozen=True, slots=True)
class Extraction:
    """The entities in the order of mappings and rows, and how many distinct ones were dropped."""

    entities: tuple[Entity, ...]
    dropped: int


def extract(mappings: Sequence[EntityMapping], rows: Sequence[Row]) -> Extraction:
    """The entities that ``mappings`` make of ``rows``, each once.

    Dropped are those without a required combination of identifiers, accounts known by a built-in
    name only, and what exceeds a mapping's share of 500 entities or 64 KB for all.
    """
    entities: dict[Entity, None] = {}
    dropped: set[Entity] = set()
    share = limits.MAX_ENTITIES // max(len(mappings), 1)
    for mapping in mappings:
        ours: dict[Entity, None] = {}
        for row in rows:
            entity = _entity(mapping, row)
            if entity is None or entity in ours:
                continue
            if _is_identified(entity) and len(ours) < share:
                ours[entity] = None
            else:
                dropped.add(entity)
        entities |= ours
    kept = _within_size(entities)
    return Extraction(kept, len(dropped) + len(entities) - len(kept))


def _entity(mapping: EntityMapping, row: Row) -> Entity | None:
    """What one row says of the mapping's entity; None if it says nothing."""
    identifiers: dict[str, str] = {}
    for field in mapping.fields:
        text = cell_text(row.get(field.column))
        if text:
            identifiers[field.identifier] = text
    if not identifiers:
        return None
    if mapping.entity_type == "Account":
        _split_principal_name(identifiers)
    return Entity(mapping.entity_type, tuple(sorted(identifiers.items())))


def _split_principal_name(identifiers: dict[str, str]) -> None:
    """Make the account name that is a user principal name a name and a suffix.

    The service does so since July 2026 ("Changing the Account Name entity mapping in Microsoft
    Sentinel", techcommunity 4489040). ``FullName`` stays as it is: how it is split is not said.
    """
    name, at, suffix = identifiers.get("Name", "").rpartition("@")
    if at and name and suffix:
        identifiers["Name"] = name
        identifiers.setdefault("UPNSuffix", suffix)


def _is_identified(entity: Entity) -> bool:
    present = {name for name, _ in entity.identifiers}
    known = ENTITY_TYPES.get(entity.type)
    if known is None or not any(present.issuperset(group) for group in known.required):
        return False
    if entity.type == "Account" and present == {"Name"}:
        return not assumptions.is_built_in_account(entity.identifiers[0][1], BUILT_IN_ACCOUNTS)
    return True


def _within_size(entities: Iterable[Entity]) -> tuple[Entity, ...]:
    kept: list[Entity] = []
    size = len("[]")
    for entity in entities:
        text = json.dumps({"Type": entity.type, **dict(entity.identifiers)}, ensure_ascii=False)
        size += len(text.encode("utf-8", errors="surrogatepass")) + 1
        if size > limits.MAX_ENTITY_BYTES:
            break
        kept.append(entity)
    return tuple(kept)
