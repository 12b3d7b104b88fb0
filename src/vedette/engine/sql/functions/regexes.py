"""Functions that take a regular expression: RE2 in both engines.

The trap: ``replace`` means a regular expression in Log Analytics, and plain text nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from vedette.engine.sql.convert import converted
from vedette.engine.sql.expressions.text import regex
from vedette.engine.sql.registry import Call, Function
from vedette.engine.sql.value import Value, literal


def _extract(call: Call) -> Value:
    pattern, group = regex(call.converted(0, "string")), call.converted(1, "long")
    text = call.converted(2, "string").sql
    if pattern.text is None or not isinstance(group.constant, int):
        call.refuse("a pattern or group that is no constant")
    if group.constant > _groups(pattern.text):
        call.refuse(f"group {group.constant}, which the pattern does not have")
    found = Value(f"regexp_extract({text}, {pattern.sql}, {group.constant})", "string")
    if len(call) < 4:
        return found
    target = type_argument(call, 3)
    result = converted(found, target)
    if result is None:
        call.refuse(f"typeof({target})")
    return result


def type_argument(call: Call, index: int) -> str:
    """The Kusto type that a ``typeof(…)`` argument names."""
    name = call.text(index).removeprefix("typeof(").removesuffix(")").strip()
    return {"double": "real", "boolean": "bool", "date": "datetime", "time": "timespan"}.get(
        name, name
    )


def _groups(pattern: str) -> int:
    try:
        return re.compile(pattern).groups
    except re.error:
        return len(re.findall(r"(?<!\\)\((?!\?)", pattern))


def _group(call: Call, pattern: str, wanted: object) -> int:
    """The number of a group that is given by number or by name."""
    if isinstance(wanted, int):
        return wanted
    opened = re.findall(r"(?<!\\)\((?:(?!\?)|\?P?<(\w+)>)", pattern)
    if not isinstance(wanted, str) or wanted not in opened:
        call.refuse(f"the group {wanted}")
    return opened.index(wanted) + 1


def _extract_all(call: Call) -> Value:
    pattern = regex(call.converted(0, "string"))
    if pattern.text is None:
        call.refuse("a pattern that is no constant")
    groups = _groups(pattern.text)
    if len(call) > 2:
        text = call.converted(2, "string").sql
        wanted = call.constant(1)
        if not isinstance(wanted, list):
            call.refuse("groups that are no array")
        chosen = [_group(call, pattern.text, item) for item in wanted]
    else:
        text, chosen = call.converted(1, "string").sql, list(range(1, groups + 1))
    if not chosen:
        chosen = [0]
    lists = [f"regexp_extract_all({text}, {pattern.sql}, {group})" for group in chosen]
    if len(lists) == 1:
        return Value(f"kql.some_texts({lists[0]})", "dynamic")
    zipped = ", ".join(lists)
    tuples = ", ".join(f"m[{position}]" for position in range(1, len(lists) + 1))
    return Value(f"to_json(list_transform(list_zip({zipped}), lambda m: [{tuples}]))", "dynamic")


def _replace(text: int, pattern: int, rewrite: int) -> Function:
    def build(call: Call) -> Value:
        if len(call) != 3:
            call.refuse(f"{len(call)} arguments")
        search, written = (
            regex(call.converted(pattern, "string")),
            call.converted(rewrite, "string"),
        )
        source = call.converted(text, "string").sql
        if search.text is None or written.text is None:
            call.refuse("a pattern or rewrite that is no constant")
        # RE2 rewrites know \0 … \9; a backslash before anything else is refused by it.
        if not re.fullmatch(r"(?s)(?:[^\\]|\\[0-9\\])*", written.text):
            call.refuse("this rewrite")
        return Value(
            f"regexp_replace({source}, {search.sql}, {literal(written.text)}, 'g')", "string"
        )

    return Function(build)


FUNCTIONS: Mapping[str, Function] = {
    "extract": Function(_extract),
    "extract_all": Function(_extract_all),
    "extractall": Function(_extract_all),
    "replace": _replace(2, 0, 1),
    "replace_regex": _replace(0, 1, 2),
}
