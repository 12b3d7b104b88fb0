"""``If-Match`` and ``If-None-Match``: writes that hold only if nothing else was written meanwhile.

The trap: an etag may come in two places. In the body it is Sentinel's own way and gives 409 where
it is old; in a header it is ARM's and gives 412.
"""

from __future__ import annotations

from werkzeug.wrappers import Request

from vedette.workspace.assumptions import CONDITION_FAILED, is_stale
from vedette.workspace.refusal import Refusal, conflict


def check_conditions(request: Request, current: str | None) -> None:
    """412 unless what the headers ask of the etag ``current`` holds; None: nothing is there."""
    wanted, unwanted = _etags(request, "If-Match"), _etags(request, "If-None-Match")
    if wanted and (current is None or ("*" not in wanted and current not in wanted)):
        raise _failed("If-Match")
    if unwanted and current is not None and ("*" in unwanted or current in unwanted):
        raise _failed("If-None-Match")


def check_etag(etag: object, current: str | None, what: str) -> None:
    """409 if the etag in a body is that of an older ``what``; without one the write overwrites."""
    if etag is not None and current is not None and is_stale(str(etag), current):
        raise conflict(
            f"Newer instance of {what} exists (Etag does not match). Data was not saved."
        )


def _etags(request: Request, header: str) -> tuple[str, ...]:
    """The etags of a header; Sentinel's own have quotes, which some clients leave out."""
    given = [part.strip() for part in request.headers.get(header, "").split(",") if part.strip()]
    return tuple(given) + tuple(f'"{etag}"' for etag in given if '"' not in etag and etag != "*")


def _failed(header: str) -> Refusal:
    status, code = CONDITION_FAILED
    return Refusal(status, code, f"The condition '{header}' of the request does not hold.")
