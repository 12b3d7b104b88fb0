"""Checks a document's structure against its schema and says what is wrong in Vedette's own words.

The trap: ``jsonschema`` reports through strings that print whole values, and its patterns and
lengths are Python's. A finding is made here from the failing keyword alone, and both are checked as
the service checks them: ``$`` is the end of the text, an emoji counts twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import create

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
    utf16_length,
)
from vedette.source import ValuePath

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
    return _VALIDATOR(schema_of(schema_name)).iter_errors


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    # Python's '$' also matches before a last newline: a block scalar would pass as a column name.
    return re.compile(re.sub(r"\$(?=$|\))", r"\\Z", pattern))


def _pattern(_: object, pattern: str, instance: object, __: object) -> Iterator[ValidationError]:
    if isinstance(instance, str) and instance and not _compiled(pattern).search(instance):
        yield ValidationError("pattern")


def _max_length(_: object, limit: int, instance: object, __: object) -> Iterator[ValidationError]:
    if isinstance(instance, str) and utf16_length(instance) > limit:
        yield ValidationError("maxLength")


def _enum(
    _: object, values: list[object], instance: object, __: object
) -> Iterator[ValidationError]:
    # Of a list or an empty text where a name is expected, just that is the news.
    if isinstance(instance, str) and instance and instance not in values:
        yield ValidationError("enum")


_VALIDATOR = create(
    meta_schema=Draft202012Validator.META_SCHEMA,
    validators={
        **Draft202012Validator.VALIDATORS,
        "pattern": _pattern,
        "maxLength": _max_length,
        "enum": _enum,
    },
)
