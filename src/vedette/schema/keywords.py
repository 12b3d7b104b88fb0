"""What ``jsonschema`` checks otherwise here: patterns, lengths and names as the service reads them.

The trap: its patterns and lengths are Python's. In the service ``$`` is the end of the text, and an
emoji counts twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import create

from vedette.schema.wording import utf16_length


def compiled(schema: dict[str, object]) -> Callable[[object], Iterable[ValidationError]]:
    """What tells everything that is wrong with a document by ``schema``."""
    return _VALIDATOR(schema).iter_errors


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    # Python's '$' also matches before a last newline: a block scalar would pass as a column name.
    return re.compile(re.sub(r"\$(?=$|\))", r"\\Z", pattern))


def _pattern(_: object, pattern: str, instance: object, __: object) -> Iterator[ValidationError]:
    if isinstance(instance, str) and instance and not _expression(pattern).search(instance):
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
