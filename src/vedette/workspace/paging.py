"""Pages of a list: ``{"value": […], "nextLink": …}``.

The trap: the next link must be absolute and on the host that the client called. The SDK keeps the
link's own query but puts its api-version over the link's.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

from werkzeug.wrappers import Request

from vedette.workspace.refusal import bad_request

T = TypeVar("T")


def page(
    request: Request,
    items: Sequence[T],
    render: Callable[[T], dict[str, Any]],
    *,
    size: int,
) -> dict[str, Any]:
    """The page of ``items`` that the request's ``$skipToken`` asks for, ``size`` at a time.

    The order of ``items`` must be the same in each call; a token holds how many came before.
    """
    start = _offset(request.args.get("$skipToken"))
    body: dict[str, Any] = {"value": [render(item) for item in items[start : start + size]]}
    if start + size < len(items):
        body["nextLink"] = _next_link(request, start + size)
    return body


def top(request: Request, *, default: int, most: int) -> int:
    """The ``$top`` of the request: from 1 to ``most``."""
    given = request.args.get("$top")
    if given is None:
        return default
    if not (given.isascii() and given.isdigit() and 1 <= int(given) <= most):
        raise bad_request(f"Invalid value '{given}' for '$top': it must be from 1 to {most}.")
    return int(given)


def skip(request: Request) -> int:
    """The ``$skip`` of the request: how many items to leave out."""
    given = request.args.get("$skip", "0")
    if not (given.isascii() and given.isdigit()):
        raise bad_request(f"Invalid value '{given}' for '$skip': it must be a whole number.")
    return int(given)


def _next_link(request: Request, offset: int) -> str:
    token = base64.b64encode(json.dumps({"skip": offset}).encode()).decode()
    arguments = {**request.args.to_dict(), "$skipToken": token}
    query = "&".join(
        f"{quote(key, safe='$')}={quote(value, safe='')}" for key, value in arguments.items()
    )
    return f"{request.host_url.rstrip('/')}{quote(request.path)}?{query}"


def _offset(token: str | None) -> int:
    if token is None:
        return 0
    try:
        offset = json.loads(base64.b64decode(token, validate=True))["skip"]
    except (binascii.Error, ValueError, TypeError, KeyError) as error:
        raise bad_request("The '$skipToken' is invalid.") from error
    if not isinstance(offset, int) or isinstance(offset, bool) or offset < 0:
        raise bad_request("The '$skipToken' is invalid.")
    return offset
