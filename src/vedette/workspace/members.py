"""Reads the members of a JSON body by type, with the messages of the service's JSON reader.

The trap: Python's ``bool`` is an ``int``; ``true`` must not pass for 1.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from vedette.workspace.assumptions import is_value_of, known_members
from vedette.workspace.iso8601 import format_duration, format_time, parse_duration, parse_time
from vedette.workspace.refusal import bad_request

#: Reads a value that is not null at a path, raises Refusal, returns it normalised.
Reader = Callable[[object, str], Any]


@dataclass(frozen=True, slots=True)
class Member:
    """A property of an object: how it is read, whether it must be there, and what stands for it.

    ``default`` makes a fresh value for an absent or null optional member.
    """

    name: str
    read: Reader
    required: bool = False
    default: Callable[[], object] = lambda: None


def read_object(raw: object, members: Collection[Member], path: str) -> dict[str, Any]:
    """The known members of ``raw``, normalised, in the order of ``members``."""
    given = known_members(as_object(raw, path), [member.name for member in members])
    read: dict[str, Any] = {}
    for member in members:
        value = given.get(member.name)
        if value is not None:
            read[member.name] = member.read(value, f"{path}.{member.name}".lstrip("."))
        elif member.required:
            raise missing(member.name, path, null=member.name in given)
        else:
            read[member.name] = member.default()
    return read


def missing(name: str, path: str, *, null: bool = False) -> Exception:
    """The refusal for a required member that is absent, or null."""
    what = "expects a value but got null" if null else "not found in JSON"
    return bad_request(f"Required property '{name}' {what}. Path '{path}'.")


def wrong_type(value: object, type_name: str, path: str) -> Exception:
    """The refusal for a value that does not convert to the member's type."""
    shown = f'"{value}"' if isinstance(value, str) else type(value).__name__
    return bad_request(f"Error converting value {shown} to type '{type_name}'. Path '{path}'.")


def as_object(value: object, path: str) -> Mapping[str, Any]:
    """The value if it is a JSON object."""
    if not isinstance(value, dict):
        raise wrong_type(value, "Object", path)
    return value


def text(value: object, path: str) -> str:
    """A string."""
    if not isinstance(value, str):
        raise wrong_type(value, "String", path)
    return value


def boolean(value: object, path: str) -> bool:
    """``true`` or ``false``."""
    if not isinstance(value, bool):
        raise wrong_type(value, "Boolean", path)
    return value


def integer(value: object, path: str) -> int:
    """A whole number."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise wrong_type(value, "Int32", path)
    return value


def duration(value: object, path: str) -> str:
    """An ISO 8601 duration, in its shortest spelling."""
    try:
        return format_duration(parse_duration(text(value, path)))
    except ValueError as error:
        raise wrong_type(value, "TimeSpan", path) from error


def moment(value: object, path: str) -> str:
    """An ISO 8601 time with its zone, in UTC."""
    try:
        return format_time(parse_time(text(value, path)))
    except ValueError as error:
        raise wrong_type(value, "DateTime", path) from error


def anything(value: object, path: str) -> object:
    """Any JSON: what the workspace keeps and does not look into."""
    return value


def length(value: str) -> timedelta:
    """The length of a duration that ``duration`` has read."""
    return parse_duration(value)


def one_of(type_name: str, values: Iterable[str]) -> Reader:
    """A reader of an enumeration's values, compared with case."""
    known = frozenset(values)

    def read(value: object, path: str) -> str:
        if not is_value_of(text(value, path), known):
            raise wrong_type(value, type_name, path)
        return str(value)

    return read


def array_of(read_item: Reader) -> Reader:
    """A reader of arrays."""

    def read(value: object, path: str) -> list[Any]:
        if not isinstance(value, list):
            raise wrong_type(value, "Array", path)
        return [read_item(item, f"{path}[{index}]") for index, item in enumerate(value)]

    return read


def object_of(members: tuple[Member, ...]) -> Reader:
    """A reader of objects with these members."""
    return lambda value, path: read_object(value, members, path)


def variant_of(type_name: str, variants: Mapping[str, tuple[Member, ...]]) -> Reader:
    """A reader of objects whose member ``type_name`` says which members they have.

    The members of ``variants`` do not repeat it.
    """
    read_kind = one_of(type_name[0].upper() + type_name[1:], variants)

    def read(value: object, path: str) -> dict[str, Any]:
        given = as_object(value, path)
        if given.get(type_name) is None:
            raise missing(type_name, path)
        kind = read_kind(given[type_name], f"{path}.{type_name}")
        members = (Member(type_name, text, required=True), *variants[kind])
        return read_object(given, members, path)

    return read


def without_nulls(value: object) -> object:
    """The value without members of objects that are null, at any depth."""
    if isinstance(value, dict):
        return {name: without_nulls(one) for name, one in value.items() if one is not None}
    if isinstance(value, list):
        return [without_nulls(one) for one in value]
    return value


def text_map(value: object, path: str) -> dict[str, str]:
    """An object whose values are all strings."""
    return {name: text(item, f"{path}.{name}") for name, item in as_object(value, path).items()}
