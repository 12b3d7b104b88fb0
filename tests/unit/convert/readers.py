"""Readers of Bicep and HCL, written from their specifications and not from what we write.

They know the strings, objects, arrays and blocks of the languages, and no expression but ``chomp``.
"""

from __future__ import annotations

import re
from typing import Any, TypeAlias

#: A value of either language; what a reader gives is looked into by a test that knows its shape.
Value: TypeAlias = Any

_UNICODE = re.compile(r"\\u\{([0-9a-fA-F]+)\}")


class BicepReader:
    """Reads ``resource name 'type' = { … }`` declarations."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def resources(self) -> dict[str, tuple[str, Value]]:
        """Symbolic name → type and members."""
        found: dict[str, tuple[str, Value]] = {}
        while match := re.compile(r"^resource (\w+) '([^']+)' (existing )?= ", re.MULTILINE).search(
            self.text, self.at
        ):
            self.at = match.end()
            found[match[1]] = (match[2], self.value())
        return found

    def value(self) -> Value:
        rest = self.text[self.at :]
        if rest.startswith("'''"):
            end = self.text.index("'''", self.at + 3)
            # Up to two more quotes would belong to the text: a writer must not rely on it.
            assert self.text[end + 3] != "'"
            inside, self.at = self.text[self.at + 3 : end], end + 3
            return inside.removeprefix("\n")
        if rest.startswith("'"):
            return self._string()
        if rest.startswith("{"):
            return self._members()
        if rest.startswith("["):
            return self._items()
        match = re.match(r"true|false|null|-?\d+|\w+", rest)
        assert match, rest[:40]
        self.at += match.end()
        word = match[0]
        plain = {"true": True, "false": False, "null": None}
        return plain[word] if word in plain else int(word) if word.lstrip("-").isdigit() else word

    def _string(self) -> str:
        self.at += 1
        found = ""
        escapes = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", "'": "'", "$": "$"}
        while (character := self.text[self.at]) != "'":
            assert character != "\n", "a string in single quotes ends on its line"
            assert not self.text.startswith("${", self.at), "an expression"
            if match := _UNICODE.match(self.text, self.at):
                found, self.at = found + chr(int(match[1], 16)), match.end()
            elif character == "\\":
                found, self.at = found + escapes[self.text[self.at + 1]], self.at + 2
            else:
                found, self.at = found + character, self.at + 1
        self.at += 1
        return found

    def _members(self) -> dict[str, Value]:
        self.at += 1
        found: dict[str, Value] = {}
        while True:
            self._blank()
            if self.text[self.at] == "}":
                self.at += 1
                return found
            match = re.compile(r"([A-Za-z_]\w*): |(?=')").match(self.text, self.at)
            assert match, self.text[self.at : self.at + 40]
            self.at = match.end()
            name = match[1] or self._string()
            if match[1] is None:
                assert self.text.startswith(": ", self.at)
                self.at += 2
            found[name] = self.value()
            assert self.text[self.at] == "\n"

    def _items(self) -> list[Value]:
        self.at += 1
        found: list[Value] = []
        while True:
            self._blank()
            if self.text[self.at] == "]":
                self.at += 1
                return found
            found.append(self.value())

    def _blank(self) -> None:
        match = re.compile(r"\s*").match(self.text, self.at)
        assert match
        self.at = match.end()


def read_hcl(text: str) -> list[dict[str, Value]]:
    """The blocks of a file; each with ``head``, its arguments, and ``blocks``."""
    return _HclReader(text).blocks(top=True)


class _HclReader:
    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def blocks(self, *, top: bool = False) -> list[dict[str, Value]]:
        found = []
        while self._blank() and not (not top and self.text[self.at] == "}"):
            found.append(self._block())
        return found

    def _block(self) -> dict[str, Value]:
        match = re.compile(r'(\w+(?: "[^"]+")*) \{\n').match(self.text, self.at)
        assert match, self.text[self.at : self.at + 60]
        self.at = match.end()
        block: dict[str, Value] = {"head": match[1], "blocks": []}
        while self._blank():
            if self.text[self.at] == "}":
                self.at += 1
                return block
            argument = re.compile(r"(\w+) *= ").match(self.text, self.at)
            if argument is None:
                block["blocks"].append(self._block())
                continue
            self.at = argument.end()
            block[argument[1]] = self._value()
        raise AssertionError("a block does not end")

    def _value(self) -> Value:
        if heredoc := re.compile(r"chomp\(<<(\w+)\n").match(self.text, self.at):
            self.at = heredoc.end()
            lines = []
            while True:
                end = self.text.index("\n", self.at)
                line, self.at = self.text[self.at : end], end + 1
                if line.strip() == heredoc[1]:
                    break
                lines.append(line)
            closing = re.compile(r"\s*\)").match(self.text, self.at)
            assert closing
            self.at = closing.end()
            return _template("\n".join(lines))
        if self.text[self.at] == '"':
            return self._string()
        if self.text[self.at] in "[{":
            return self._collection()
        match = re.compile(r"[\w.]+").match(self.text, self.at)
        assert match
        self.at = match.end()
        word = match[0]
        plain = {"true": True, "false": False}
        return plain[word] if word in plain else int(word) if word.isdigit() else word

    def _string(self) -> str:
        match = re.compile(r'"((?:[^"\\\n]|\\.)*)"').match(self.text, self.at)
        assert match, self.text[self.at : self.at + 60]
        self.at = match.end()
        escapes = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", '"': '"'}
        return re.sub(
            r"\\(?:u([0-9a-f]{4})|(.))",
            lambda found: chr(int(found[1], 16)) if found[1] else escapes[found[2]],
            _template(match[1]),
        )

    def _collection(self) -> Value:
        closing = {"[": "]", "{": "}"}[self.text[self.at]]
        self.at += 1
        items: list[Value] = []
        pairs: dict[str, Value] = {}
        while self._blank(", "):
            if self.text[self.at] == closing:
                self.at += 1
                return items if closing == "]" else pairs
            if closing == "]":
                items.append(self._value())
                continue
            word = re.compile(r"\w+").match(self.text, self.at)
            self.at = word.end() if word else self.at
            key = word[0] if word else self._string()
            equals = re.compile(r" *= ").match(self.text, self.at)
            assert equals
            self.at = equals.end()
            pairs[key] = self._value()
        raise AssertionError("a collection does not end")

    def _blank(self, more: str = "") -> bool:
        match = re.compile(rf"[\s{more}]*").match(self.text, self.at)
        assert match
        self.at = match.end()
        return self.at < len(self.text)


def _template(text: str) -> str:
    for start, plain in (("$", "${"), ("%", "%{")):
        assert not re.search(rf"(?<!{re.escape(start)}){re.escape(plain)}", text), "a template"
        text = text.replace(start + plain, plain)
    return text
