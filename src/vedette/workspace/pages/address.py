"""Addresses of the pages, and what is read from them.

The trap: names and values come from events, which an attacker may have written. They reach an
address through this module only, which leaves no character that means something there.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote, urlencode


def address(*segments: str, **arguments: str) -> str:
    """``/events/EmailEvents?range=P1D`` of segments and those arguments that have a value."""
    return addressed(segments, arguments.items())


def addressed(segments: Iterable[str], arguments: Iterable[tuple[str, str]]) -> str:
    """The same with arguments that may be repeated, in their order."""
    path = "/" + "/".join(quote(segment, safe="") for segment in segments)
    query = urlencode([(name, value) for name, value in arguments if value])
    return f"{path}?{query}" if query else path


def query_address(query: str, span: str = "") -> str:
    """Where the query box shows ``query`` and its result, over ``span`` (``P1D``, ``all``)."""
    return address("query", q=query, range=span)
