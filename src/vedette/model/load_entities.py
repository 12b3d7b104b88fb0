"""The entities of a detection's alerts.

The trap: a mapping can be right in every single identifier and still make no entity: each
type needs one of several combinations to be there whole.
"""

from __future__ import annotations

from vedette.finding import Finding, nearest
from vedette.model.detection import EntityMapping, FieldMapping
from vedette.model.document import Document
from vedette.model.entities import ENTITY_TYPES, EntityType
from vedette.model.reading import value_at
from vedette.model.shape import items, mapping, text
from vedette.source import Location, ValuePath


def load_entities(document: Document) -> tuple[tuple[EntityMapping, ...], list[Finding]]:
    """The mappings whose type is known, each with the fields that can be read."""
    mappings: list[EntityMapping] = []
    findings: list[Finding] = []
    for index, value in enumerate(items(value_at(document, ("entityMappings",)))):
        data = mapping(value)
        entity_type = ENTITY_TYPES.get(text(data.get("entityType")))
        if entity_type is None:
            continue
        path: ValuePath = ("entityMappings", index)
        fields, more = _load_fields(document, (*path, "fieldMappings"))
        findings += more
        # A field that cannot be read may be the one that is missed.
        is_whole = len(fields) == len(items(data.get("fieldMappings")))
        if fields and is_whole and not _is_complete(entity_type, fields):
            findings.append(_incomplete(document.locate((*path, "entityType")), entity_type))
        mappings.append(EntityMapping(entity_type.name, fields))
    return tuple(mappings), findings


def load_sentinel_entities(document: Document) -> tuple[str, ...]:
    """The columns of ``sentinelEntitiesMappings``."""
    values = items(value_at(document, ("sentinelEntitiesMappings",)))
    columns = (text(mapping(value).get("columnName")) for value in values)
    return tuple(column for column in columns if column)


def _load_fields(
    document: Document, path: ValuePath
) -> tuple[tuple[FieldMapping, ...], list[Finding]]:
    fields: list[FieldMapping] = []
    findings: list[Finding] = []
    first: dict[str, Location] = {}
    for index, value in enumerate(items(value_at(document, path))):
        data = mapping(value)
        identifier, column = text(data.get("identifier")), text(data.get("columnName"))
        if not identifier or not column:
            continue
        place = document.locate((*path, index, "identifier"))
        if identifier in first:
            at = f"{first[identifier].line}:{first[identifier].column}"
            message = f"'{identifier}' is mapped twice in one entity; it is first at {at}"
            hint = "a second entity of the type needs a mapping of its own"
            findings.append(Finding(place, "duplicate-identifier", message, hint))
        first.setdefault(identifier, place)
        fields.append(FieldMapping(identifier, column))
    return tuple(fields), findings


def _is_complete(entity_type: EntityType, fields: tuple[FieldMapping, ...]) -> bool:
    # A misspelt identifier is a finding of its own; it counts as what was meant.
    known = entity_type.identifiers
    mapped = {nearest(each.identifier, known) or each.identifier for each in fields}
    return any(mapped.issuperset(combination) for combination in entity_type.required)


def _incomplete(place: Location, entity_type: EntityType) -> Finding:
    combinations = [" with ".join(combination) for combination in entity_type.required]
    message = f"{entity_type.name} lacks the identifiers that make it an entity"
    return Finding(place, "missing-identifiers", message, f"map {' or '.join(combinations)}")
