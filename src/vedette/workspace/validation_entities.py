"""The service's checks of ``entityMappings``; the messages are those of its template validator."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from vedette.workspace.entity_types import ENTITY_TYPES

MAX_MAPPINGS = 10
MAX_FIELDS = 3
#: The longest column name of Log Analytics.
MAX_COLUMN = 500
COLUMN_NAME = re.compile(r"[a-zA-Z_]+\w*", re.ASCII)


def check_entity_mappings(mappings: Sequence[Mapping[str, Any]] | None) -> Iterator[str]:
    """What is wrong with the mappings, in the order in which they stand."""
    if mappings is None:
        return
    if not 1 <= len(mappings) <= MAX_MAPPINGS:
        yield (
            f"Invalid length of '{len(mappings)}' for 'entityMappings'. "
            f"The length must be between 1 and {MAX_MAPPINGS}."
        )
    for mapping in mappings:
        yield from _check_mapping(str(mapping["entityType"]), mapping["fieldMappings"])


def _check_mapping(entity_type: str, fields: Sequence[Mapping[str, str]]) -> Iterator[str]:
    known = ENTITY_TYPES.get(entity_type)
    if known is None:
        yield f"Invalid entity type '{entity_type}' encountered in 'entityMappings'."
        return
    if not 1 <= len(fields) <= MAX_FIELDS:
        yield (
            f"Invalid length of '{len(fields)}' for 'fieldMappings'. "
            f"The length must be between 1 and {MAX_FIELDS}."
        )
    used = [field["identifier"] for field in fields]
    for position, identifier in enumerate(used):
        if identifier not in known.identifiers:
            yield (
                f"Invalid identifier '{identifier}' for entity type '{entity_type}' encountered. "
                f"Valid identifiers are: [{', '.join(known.identifiers)}]"
            )
        elif identifier in used[:position]:
            yield (
                f"Identifier '{identifier}' is defined multiple times. "
                "Identifiers used in 'fieldMappings' must be unique."
            )
    if not any(set(combination) <= set(used) for combination in known.required):
        combinations = "; ".join(", ".join(combination) for combination in known.required)
        yield (
            f"Missing required identifiers in 'fieldMappings' for type '{entity_type}'. "
            f"Required identifiers are one of the following combinations: {combinations}"
        )
    for field in fields:
        yield from check_column(field["columnName"], "columnName")


def check_column(name: str, member: str) -> Iterator[str]:
    """Whether a text can be the name of a column."""
    if not 1 <= len(name) <= MAX_COLUMN:
        yield (
            f"Invalid length of '{len(name)}' for '{member}'. "
            f"The length must be between 1 and {MAX_COLUMN}."
        )
    elif COLUMN_NAME.fullmatch(name) is None:
        yield f"The field {member} must match the regular expression '^[a-zA-Z_]+\\w*$'."
