"""Checks a document's structure against its schema and says what is wrong in Vedette's own words.

The trap: ``jsonschema`` reports through strings that print whole values. A finding is made here
from the failing keyword alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING

from vedette.finding import Finding, Level
from vedette.model.document import Document
from vedette.schema.export import schema_of
from vedette.schema.shapes import ANY_CASE, FINDING, LEVEL
from vedette.schema.wording import (
    Slip,
    hint_of,
    known_keys,
    message_of,
    same_but_for_case,
)
from vedette.source import ValuePath

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

#: The finding's id for each keyword that the schemas use; a schema may choose another.
DEFAULT_IDS = {
    "type": "wrong-type",
    "enum": "unknown-value",
    "const": "unknown-value",
    "pattern": "bad-format",
    "required": "missing-key",
    "additionalProperties": "unknown-key",
    "minLength": "empty-value",
    "maxLength": "too-long",
    "minItems": "too-few",
    "maxItems": "too-many",
    "minProperties": "too-few",
    "maxProperties": "too-many",
    "minimum": "out-of-range",
    "maximum": "out-of-range",
    "exclusiveMinimum": "out-of-range",
    "exclusiveMaximum": "out-of-range",
    "uniqueItems": "duplicate-value",
    "not": "misplaced-key",
}

#: Failures that are about a key: it, not its value, is where the finding points.
_AT_KEY = frozenset({"additionalProperties", "not", "propertyNames"})


def validate(document: Document, schema_name: str) -> list[Finding]:
    """What is wrong with the document's structure, in the order of the file.

    ``schema_name`` is one of ``export.BUILDERS``; KeyError for any other. A value is reported by
    the first keyword that it fails: text that is empty is not also malformed.
    """
    findings: dict[tuple[ValuePath, str], Finding] = {}
    for error in _checker(schema_name)(document.data):
        for slip, at_key in _slips(error, document):
            finding = _finding(slip, document, at_key=at_key)
            findings.setdefault((slip.path, finding.id), finding)
    return sorted(set(findings.values()))


def _slips(error: ValidationError, document: Document) -> Iterator[tuple[Slip, bool]]:
    """The error, or one for each key that it is about; and whether to point at the key."""
    keyword = str(error.validator)
    value: object = error.instance
    limit: object = error.validator_value
    path: ValuePath = tuple(error.absolute_path)
    schema = error.schema if isinstance(error.schema, dict) else {}
    paths, at_key = [path], keyword in _AT_KEY
    if keyword == "required" and isinstance(value, dict) and isinstance(limit, list):
        paths = [(*path, key) for key in limit if key not in value]
    elif keyword == "additionalProperties" and isinstance(value, dict):
        known = known_keys(schema)
        paths = [(*path, key) for key in value if key not in known]
    elif "propertyNames" in error.relative_schema_path and isinstance(value, str):
        paths, at_key = [(*path, value)], True
    for each in paths:
        written = None if at_key else document.written(each)
        yield Slip(keyword, each, value, limit, schema, written), at_key


def _finding(slip: Slip, document: Document, *, at_key: bool) -> Finding:
    place = document.locate_key(slip.path) if at_key else document.locate(slip.path)
    if slip.keyword == "enum" and slip.schema.get(ANY_CASE):
        exact = same_but_for_case(slip)
        if exact is not None:
            message = f"'{slip.value}' is spelt '{exact}'"
            return Finding(place, "wrong-case", message, level=Level.WARNING)
    finding_id = _annotation(slip, FINDING) or DEFAULT_IDS.get(slip.keyword, "wrong-form")
    level = Level(_annotation(slip, LEVEL) or Level.ERROR)
    return Finding(place, finding_id, message_of(slip), hint_of(slip), level)


def _annotation(slip: Slip, name: str) -> str | None:
    annotation = slip.schema.get(name)
    return annotation.get(slip.keyword) if isinstance(annotation, dict) else None


@cache
def _checker(schema_name: str) -> Callable[[object], Iterable[ValidationError]]:
    """The compiled schema: building one takes longer than checking a hundred files."""
    # Here, since it takes a tenth of a second to import, and a lint of what has not changed
    # validates nothing.
    from vedette.schema.keywords import compiled

    return compiled(schema_of(schema_name))
