"""Digests, and ``hash``.

The trap: a digest is of a value's text, ``hash`` of its bytes; how those of numbers are laid out is
not documented, so that only texts and datetimes have a hash here.
"""

from __future__ import annotations

from collections.abc import Mapping

from vedette.engine.sql.registry import Call, Function
from vedette.engine.sql.value import Value


def _digest(name: str) -> Function:
    """A digest of a value's text, in lower-case hexadecimal."""

    def build(call: Call) -> Value:
        return Value(f"{name}({call.converted(0, 'string').sql})", "string")

    return Function(build)


def _hash(call: Call) -> Value:
    value = call.value(0)
    if value.type == "string":
        data = f"hex(encode({value.sql}))"
    elif value.type == "datetime":
        data = f"kql.long_bytes({call.converted(0, 'long').sql})"
    else:
        call.refuse(f"how a {value.type} is hashed is not documented")
    hashed = f"kql.xxhash64({data})"
    if len(call) == 1:
        return Value(hashed, "long")
    return Value(f"kql.modulo({hashed}, {call.converted(1, 'long').sql})", "long")


FUNCTIONS: Mapping[str, Function] = {
    "hash": Function(_hash),
    "hash_md5": _digest("md5"),
    "hash_sha1": _digest("sha1"),
    "hash_sha256": _digest("sha256"),
    "hash_xxhash64": Function(_hash),
}
