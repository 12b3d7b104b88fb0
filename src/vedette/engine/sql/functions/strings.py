"""Functions over strings.

The trap: Kusto counts characters from 0, DuckDB from 1, and both count code points, not bytes.
"""

from __future__ import annotations

from collections.abc import Mapping

from vedette.engine.sql import value as values
from vedette.engine.sql.registry import Call, Function, native
from vedette.engine.sql.value import Value, literal


def _strcat(call: Call) -> Value:
    parts = [call.converted(index, "string") for index in range(len(call))]
    if all(part.text is not None for part in parts):
        return values.string("".join(part.text or "" for part in parts))
    return Value(f"({' || '.join(part.sql for part in parts)})", "string")


def _strcat_delim(call: Call) -> Value:
    delimiter, *parts = (call.converted(index, "string").sql for index in range(len(call)))
    return Value(f"concat_ws({delimiter}, {', '.join(parts)})", "string")


def _split(call: Call) -> Value:
    text, delimiter = call.converted(0, "string"), call.converted(1, "string")
    if delimiter.text == "":
        call.refuse("an empty delimiter")
    parts = f"string_split({text.sql}, {delimiter.sql})"
    if len(call) == 2:
        return Value(f"to_json({parts})", "dynamic")
    index = call.converted(2, "long").sql
    return Value(f"kql.split_part({parts}, {index})", "dynamic")


def _substring(call: Call) -> Value:
    text, start = call.converted(0, "string").sql, call.converted(1, "long")
    length = call.converted(2, "long") if len(call) > 2 else None
    if isinstance(start.constant, int) and start.constant >= 0:
        rest = "" if length is None else f", greatest({length.sql}, 0)"
        return Value(f"substring({text}, {start.constant + 1}{rest})", "string")
    given = "NULL" if length is None else length.sql
    return Value(f"kql.substring({text}, {start.sql}, {given})", "string")


def _trim(start: bool, end: bool) -> Function:
    """``trim(regex, text)``: the pattern once at each end."""

    def build(call: Call) -> Value:
        pattern, text = call.text(0), call.converted(1, "string").sql
        if start:
            text = f"regexp_replace({text}, {literal(f'^(?:{pattern})')}, '')"
        if end:
            text = f"regexp_replace({text}, {literal(f'(?:{pattern})$')}, '')"
        return Value(text, "string")

    return Function(build)


def _strcat_array(call: Call) -> Value:
    array, delimiter = call.converted(0, "dynamic").sql, call.converted(1, "string").sql
    joined = f"kql.joined(kql.texts({array}), {delimiter})"
    return Value(f"coalesce({joined}, '')", "string")


def _emptiness(*, empty: bool) -> Function:
    def build(call: Call) -> Value:
        value = call.value(0)
        if value.type in {"string", "dynamic"}:
            text = call.converted(0, "string").sql
            return Value(f"({text} {'=' if empty else '<>'} '')", "bool")
        return Value(f"({value.sql} IS {'' if empty else 'NOT '}NULL)", "bool")

    return Function(build)


def _translate(call: Call) -> Value:
    taken, given, text = (call.converted(index, "string") for index in range(3))
    if taken.text is None or given.text is None:
        call.refuse("lists that are no constants")
    # The last one of a shorter list stands for those that it lacks; an empty list takes away.
    padded = given.text.ljust(len(taken.text), given.text[-1:] or "\0").rstrip("\0")
    return Value(f"translate({text.sql}, {taken.sql}, {literal(padded)})", "string")


def _code_points(call: Call) -> Value:
    """A string of numbers, each given by itself or in an array."""
    lists = []
    for index in range(len(call)):
        value = call.converted(index, "dynamic")
        lists.append(f"kql.expandable({value.sql})")
    return Value(f"kql.of_code_points(list_concat({', '.join(lists)}))", "string")


def _replace_strings(call: Call) -> Value:
    text, lookups, rewrites = (
        call.converted(index, type_).sql
        for index, type_ in enumerate(("string", "dynamic", "dynamic"))
    )
    arrays = f"kql.items({lookups}), kql.items({rewrites})"
    return Value(f"kql.replace_strings({text}, {arrays})", "string")


_FROM_STRING = native("kql.code_points({0})", "string", gives="dynamic")

FUNCTIONS: Mapping[str, Function] = {
    "array_strcat": Function(_strcat_array),
    "isascii": native("regexp_full_match({0}, '[\\x00-\\x7f]*')", "string", gives="bool"),
    # What this engine holds as a string is UTF-8 already.
    "isutf8": native("({0} IS NOT NULL)", "string", gives="bool"),
    "make_string": Function(_code_points),
    "regex_quote": native("kql.regex_quote({0})", "string", gives="string"),
    "replace_strings": Function(_replace_strings),
    "to_utf8": _FROM_STRING,
    "unicode_codepoints_from_string": _FROM_STRING,
    "unicode_codepoints_to_string": Function(_code_points),
    "isempty": _emptiness(empty=True),
    "isnotempty": _emptiness(empty=False),
    "notempty": _emptiness(empty=False),
    "replace_string": native("replace({0}, {1}, {2})", *["string"] * 3, gives="string"),
    "reverse": native("reverse({0})", "string", gives="string"),
    "split": Function(_split),
    "strcat": Function(_strcat),
    "strcat_array": Function(_strcat_array),
    "strcat_delim": Function(_strcat_delim),
    "strcmp": native("kql.compare({0}, {1})", "string", "string", gives="long"),
    "string_size": native("strlen({0})", "string", gives="long"),
    "strlen": native("length({0})", "string", gives="long"),
    "substring": Function(_substring),
    "tolower": native("lower({0})", "string", gives="string"),
    "toupper": native("upper({0})", "string", gives="string"),
    "translate": Function(_translate),
    "trim": _trim(start=True, end=True),
    "trim_end": _trim(start=False, end=True),
    "trim_start": _trim(start=True, end=False),
    "strrep": Function(lambda call: _strrep(call)),
}


def _strrep(call: Call) -> Value:
    # As documented, 1,024 times at most.
    text, count = call.converted(0, "string").sql, f"least({call.converted(1, 'long').sql}, 1024)"
    if len(call) == 2:
        return Value(f"repeat({text}, {count})", "string")
    delimiter = call.converted(2, "string").sql
    return Value(f"kql.joined(list_resize([]::VARCHAR[], {count}, {text}), {delimiter})", "string")
