"""Who may talk to the workspace: the token's owner, from this machine.

The trap: the loopback is open to every web page that a browser on this machine shows. The token
keeps their requests out, and the check of the Host header keeps out a page whose own host name was
made to resolve to the loopback (DNS rebinding), which would otherwise share our origin.
"""

from __future__ import annotations

import hashlib
import hmac
import re

from werkzeug.wrappers import Request, Response

from vedette.workspace.refusal import Refusal

_LOOPBACK_HOST = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?", re.IGNORECASE)
_BEARER = re.compile(r"Bearer +(\S+)", re.IGNORECASE)


def check_host(request: Request) -> None:
    """403 unless the client names the loopback as the host that it talks to."""
    host = request.environ.get("HTTP_HOST", "")
    if _LOOPBACK_HOST.fullmatch(host) is None:
        raise Refusal(403, "HostNotAllowed", "The Host header must name the loopback.")


def check_bearer(request: Request, token: str) -> None:
    """401 unless the request carries the workspace's token."""
    given = _BEARER.fullmatch(request.headers.get("Authorization", "").strip())
    challenge = [("WWW-Authenticate", 'Bearer realm="vedette"')]
    if given is None:
        raise Refusal(
            401,
            "AuthenticationFailed",
            "Authentication failed. The 'Authorization' header is missing.",
            headers=challenge,
        )
    if not _equal(given[1], token):
        raise Refusal(
            401,
            "InvalidAuthenticationToken",
            "The access token is invalid.",
            headers=[("WWW-Authenticate", 'Bearer realm="vedette", error="invalid_token"')],
        )


def opens_page(request: Request, token: str) -> bool:
    """Whether the request's address carries the token, as the one printed at start does."""
    return _equal(request.args.get("token", ""), token)


def may_see_pages(request: Request, token: str) -> bool:
    """Whether the browser has the cookie that the address with the token gave it."""
    return _equal(request.cookies.get(_cookie_name(request), ""), _cookie_value(token))


def give_cookie(request: Request, response: Response, token: str) -> None:
    """Let this browser see the pages until it is closed."""
    response.set_cookie(
        _cookie_name(request), _cookie_value(token), httponly=True, samesite="Strict", path="/"
    )


def _cookie_name(request: Request) -> str:
    # Cookies do not know ports: two workspaces on one machine must not log each other out.
    return f"vedette-{request.environ.get('SERVER_PORT', '')}"


def _cookie_value(token: str) -> str:
    """Opens the pages only: from it nobody gets back to the token, which opens everything.

    Other servers on this machine's loopback are sent the cookie too.
    """
    return hmac.new(token.encode(), b"vedette page", hashlib.sha256).hexdigest()


def _equal(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())
