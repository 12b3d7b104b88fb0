"""Expands a pipeline's templates as Azure Pipelines does, as far as ours need it.

The trap: a test of the files alone says nothing about the stages that they become. What is not
understood here is an error, so that no part of a pipeline goes unread.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

_EXPRESSION = re.compile(r"\$\{\{\s*(.+?)\s*\}\}")
_EACH = re.compile(r"\$\{\{\s*each (\w+) in (.+?)\s*\}\}")
_NAME = re.compile(r"[a-z]\w*(\.\w+)*")
_REPLACE = re.compile(r"replace\((.+), '(.+)', '(.*)'\)")

Values = Mapping[str, Any]


def expand(file: Path) -> dict[str, Any]:
    """The pipeline in ``file`` with every template in its place."""
    expanded = _expand(yaml.safe_load(file.read_text(encoding="utf-8")), {}, file.parent)
    assert isinstance(expanded, dict)
    return expanded


def _expand(node: object, values: Values, folder: Path) -> object:
    if isinstance(node, str):
        return _text(node, values)
    if isinstance(node, dict):
        return {
            _text(str(key), values): _expand(each, values, folder) for key, each in node.items()
        }
    if isinstance(node, list):
        return [each for item in node for each in _items(item, values, folder)]
    return node


def _items(item: object, values: Values, folder: Path) -> list[Any]:
    """What an item of a list becomes: a loop and a template become several, or none."""
    if not isinstance(item, dict):
        return [_expand(item, values, folder)]
    if "template" in item:
        return _included(folder / item["template"], item.get("parameters", {}), values)
    found: list[Any] = []
    plain: dict[str, Any] = {}
    for key, body in item.items():
        loop = _EACH.fullmatch(str(key))
        if loop is None:
            plain[key] = body
            continue
        entries: Any = _value(loop[2], values)
        for each in entries:
            found += _list(body, {**values, loop[1]: each}, folder)
    return [*found, _expand(plain, values, folder)] if plain else found


def _list(node: object, values: Values, folder: Path) -> list[Any]:
    expanded = _expand(node, values, folder)
    assert isinstance(expanded, list)
    return expanded


def _included(file: Path, given: Values, values: Values) -> list[Any]:
    """The stages, jobs or steps of a template; what it asks for is given, and nothing else."""
    template = yaml.safe_load(file.read_text(encoding="utf-8"))
    declared = {each["name"]: each for each in template.pop("parameters", [])}
    arguments: Any = _expand(given, values, file.parent)
    assert set(arguments) <= set(declared), f"{file.name} has no parameter {set(arguments)}"
    for name, each in declared.items():
        assert name in arguments or "default" in each, f"{file.name} needs {name}"
        arguments.setdefault(name, each.get("default"))
    (content,) = template.values()
    return _list(content, {"parameters": arguments}, file.parent)


def _text(text: str, values: Values) -> object:
    whole = _EXPRESSION.fullmatch(text)
    if whole is not None and "${{" not in whole[1]:
        return _value(whole[1], values)
    return _EXPRESSION.sub(lambda found: str(_value(found[1], values)), text)


def _value(expression: str, values: Values) -> object:
    replaced = _REPLACE.fullmatch(expression)
    if replaced is not None:
        return str(_value(replaced[1], values)).replace(replaced[2], replaced[3])
    assert _NAME.fullmatch(expression), f"this is not understood here: {expression}"
    found: Any = values
    for name in expression.split("."):
        found = found[name]
    value: object = found
    return value
