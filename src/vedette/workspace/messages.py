"""Bodies of requests and answers as JSON.

The trap: ``json`` reads NaN, infinities and lone surrogates, which neither the database nor a
client's JSON reader takes back; they are refused where they come in.
"""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

from werkzeug.wrappers import Request, Response

from vedette.workspace.refusal import Refusal


def answer(
    body: Mapping[str, Any] | None = None,
    status: int = 200,
    headers: Iterable[tuple[str, str]] = (),
) -> Response:
    """A JSON response; without a body for 202 and 204."""
    response = Response(status=status)
    if body is not None:
        response.set_data(json.dumps(body, ensure_ascii=False))
        response.content_type = "application/json; charset=utf-8"
    response.headers["Cache-Control"] = "no-cache"
    for name, value in headers:
        response.headers[name] = value
    return response


def read_json(request: Request, *, limit: int) -> object:
    """The request's body, of at most ``limit`` bytes when unpacked; raises Refusal (400, 413)."""
    data = _unpacked(request, limit)
    try:
        value: object = json.loads(data, parse_constant=_refuse, parse_float=_finite)
        if not _is_plain(data):
            # One pass over the text finds what UTF-8 cannot carry, wherever it is nested.
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        message = (
            f"The request content was invalid and could not be deserialized: '{_reason(error)}'."
        )
        raise Refusal(400, "InvalidRequestContent", message) from error
    return value


def too_large(limit: int) -> Refusal:
    """413 for a body of more than ``limit`` bytes."""
    return Refusal(
        413,
        "ContentLengthLimitExceeded",
        f"Maximum allowed content length: {limit} bytes.",
    )


def _unpacked(request: Request, limit: int) -> bytes:
    # One byte more than allowed, so that a longer body is seen without reading all of it.
    data = request.stream.read(limit + 1)
    if request.headers.get("Content-Encoding", "identity").lower() == "gzip":
        unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        try:
            data = unpacker.decompress(data, limit + 1)
        except zlib.error as error:
            raise Refusal(400, "InvalidRequestContent", "The body is not gzip.") from error
    if len(data) > limit:
        raise too_large(limit)
    return bytes(data)


def _is_plain(data: bytes) -> bool:
    """Whether a body is UTF-8 without an escape that could stand for half a character."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return b"\\u" not in data


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"{text} is out of range")
    return value


def _reason(error: Exception) -> str:
    if isinstance(error, UnicodeError):
        return "a text is not Unicode"
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
