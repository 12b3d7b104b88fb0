"""The building blocks of the generated JSON Schemas: plain dicts, with how a finding is worded.

The trap: JSON Schema can say that a value is wrong, not what to do. The ``x-`` annotations
carry that for ``validate``; they are left out of the published files, which only editors read.

Annotations, each a mapping from JSON Schema keyword to text unless said otherwise:

* ``x-finding``: the finding's id; without one, the keyword's own (``validate.DEFAULT_IDS``).
* ``x-message``: the message; ``{value}`` and ``{name}`` stand for the value and its key.
* ``x-hint``: the hint; without one, the nearest right name where there is one.
* ``x-level``: ``warning`` instead of ``error``.
* ``x-expects`` (text): what the value has to be, for the message: ``'abc' is not a GUID``.
* ``x-any-case`` (bool): an enum whose values the service takes in any case: a slip is a warning.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

Schema = dict[str, object]

FINDING, MESSAGE, HINT, LEVEL = "x-finding", "x-message", "x-hint", "x-level"
EXPECTS, ANY_CASE = "x-expects", "x-any-case"

_NOT_BLANK = r"\S"

#: Everything that ``published`` leaves out.
ANNOTATIONS = frozenset({FINDING, MESSAGE, HINT, LEVEL, EXPECTS, ANY_CASE})


def mapping(
    description: str,
    properties: Mapping[str, Schema],
    *,
    required: Sequence[str] = (),
    open_keys: bool = False,
    **more: object,
) -> Schema:
    """A mapping with these keys; unknown ones are findings unless ``open_keys``."""
    schema: Schema = {
        "description": description,
        "type": "object",
        "properties": dict(properties),
    }
    if required:
        schema["required"] = list(required)
    if not open_keys:
        schema["additionalProperties"] = False
    return schema | more


def text(
    description: str,
    *,
    longest: int | None = None,
    pattern: str | None = None,
    expects: str | None = None,
    findings: Mapping[str, str] | None = None,
    hints: Mapping[str, str] | None = None,
    messages: Mapping[str, str] | None = None,
    **more: object,
) -> Schema:
    """A string that is not blank; ``findings``, ``hints`` and ``messages`` go by keyword."""
    schema: Schema = {"description": description, "type": "string", "minLength": 1}
    if longest is not None:
        schema["maxLength"] = longest
    schema["pattern"] = _NOT_BLANK if pattern is None else pattern
    if pattern is None:
        empty = (findings or {}).get("minLength", "empty-value")
        findings = {"pattern": empty} | dict(findings or {})
        messages = {"pattern": "'{name}' is empty"} | dict(messages or {})
    if expects:
        schema[EXPECTS] = expects
    return annotate(schema, findings, hints, messages) | more


def choice(
    description: str,
    values: Iterable[str],
    *,
    expects: str | None = None,
    finding: str | None = None,
    any_case: bool = False,
    warning: bool = False,
) -> Schema:
    """A string out of ``values``; ``finding`` is the id for any other."""
    # An empty text is none of the values either, and a file without a finding would just be gone.
    schema: Schema = {"description": description, "type": "string", "minLength": 1}
    schema["enum"] = list(values)
    if expects:
        schema[EXPECTS] = expects
    if any_case:
        schema[ANY_CASE] = True
    if warning:
        schema[LEVEL] = {"enum": "warning"}
    return annotate(schema, {"enum": finding} if finding else None)


def items(
    description: str,
    item: Schema,
    *,
    fewest: int | None = None,
    most: int | None = None,
    findings: Mapping[str, str] | None = None,
    **more: object,
) -> Schema:
    """A list of ``item``."""
    schema: Schema = {"description": description, "type": "array", "items": item}
    if fewest is not None:
        schema["minItems"] = fewest
    if most is not None:
        schema["maxItems"] = most
    return annotate(schema, findings) | more


def number(
    description: str,
    lowest: int,
    highest: int,
    *,
    findings: Mapping[str, str] | None = None,
) -> Schema:
    """A whole number within bounds, both included."""
    schema: Schema = {
        "description": description,
        "type": "integer",
        "minimum": lowest,
        "maximum": highest,
    }
    return annotate(schema, findings)


def switch(description: str) -> Schema:
    """A boolean."""
    return {"description": description, "type": "boolean"}


def optional(schema: Schema) -> Schema:
    """The same, or nothing: ``tactics:`` with no value counts as if the key were absent."""
    enum = schema.get("enum")
    more = {"enum": [*enum, None]} if isinstance(enum, list) else {}
    return schema | {"type": [schema["type"], "null"]} | more


def forbidden(finding: str, message: str, *, hint: str = "", warning: bool = False) -> Schema:
    """Where a key may not stand, such as a schedule in an NRT rule."""
    schema: Schema = {"not": {}, FINDING: {"not": finding}, MESSAGE: {"not": message}}
    if hint:
        schema[HINT] = {"not": hint}
    if warning:
        schema[LEVEL] = {"not": "warning"}
    return schema


def annotate(
    schema: Schema,
    findings: Mapping[str, str] | None = None,
    hints: Mapping[str, str] | None = None,
    messages: Mapping[str, str] | None = None,
) -> Schema:
    """The schema with the ids, hints and messages of its keywords."""
    more: Schema = {}
    if findings:
        more[FINDING] = dict(findings)
    if hints:
        more[HINT] = dict(hints)
    if messages:
        more[MESSAGE] = dict(messages)
    return schema | more


def published(schema: object) -> object:
    """The schema without our annotations; an editor gets ``x-expects`` as its error message."""
    if isinstance(schema, list):
        return [published(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {key: published(value) for key, value in schema.items() if key not in ANNOTATIONS}
    if EXPECTS in schema and "pattern" in schema:
        # patternErrorMessage is read by the YAML language server and ignored by validators.
        plain["patternErrorMessage"] = f"Expected {schema[EXPECTS]}."
    return plain
