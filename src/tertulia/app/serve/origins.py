"""Whether a page of another site made the caller's browser do this."""

from __future__ import annotations

import hmac

from tertulia.app.serve.asgi import SAFE, bearer, header, secure
from tertulia.app.serve.gate import Entered
from tertulia.ports.channel import Messages

FOREIGN = (
    "This came from a page of another site. Where a proxy stands before this server, set "
    "behind_proxy = true in [serve], and have it pass on Host and X-Forwarded-Proto."
)
STALE = (
    "The header X-CSRF-Token is missing or not that of this browser. Load the page again; a "
    "program takes it from `csrf` of GET /api/me, or leaves the cookies out."
)
NO_ORIGIN = "A WebSocket needs the server's own Origin, or an Authorization header."


def objection(scope: Messages, entered: Entered) -> str | None:
    """Why a call is refused though its caller may come in, or None where it is sound.

    What a browser is made to do by a foreign page always carries an `Origin` (all that changes
    something, and every WebSocket) or `Sec-Fetch-Site`, which no page can leave out or write
    itself. So a program on this machine, which sends neither, nor a cookie, needs no proof; who
    sends a token needs none either, as no browser adds one by itself.
    """
    if scope["type"] == "websocket":
        return _of_a_socket(scope)
    if entered.by == "token":
        return None
    if scope["method"] in SAFE:
        return FOREIGN if _drawn_in(scope) else None
    if foreign(scope):
        return FOREIGN
    if entered.by == "machine" and _program(scope):
        return None
    return None if _proven(scope, entered) else STALE


def foreign(scope: Messages) -> bool:
    """Whether a page that is none of ours is behind it."""
    origin = header(scope, b"origin")
    if origin is not None and origin.lower() != _own(scope):
        return True
    return header(scope, b"sec-fetch-site") in ("cross-site", "same-site")


def _own(scope: Messages) -> str:
    scheme = "https" if secure(scope) else "http"
    return f"{scheme}://{header(scope, b'host') or ''}".lower()


def _of_a_socket(scope: Messages) -> str | None:
    if foreign(scope):
        return FOREIGN
    if header(scope, b"origin") is None and bearer(scope) is None:
        return NO_ORIGIN
    return None


def _drawn_in(scope: Messages) -> bool:
    """Whether a foreign page draws it in, as a picture or a frame: a link may be followed."""
    site, mode = header(scope, b"sec-fetch-site"), header(scope, b"sec-fetch-mode")
    return site in ("cross-site", "same-site") and mode != "navigate"


def _program(scope: Messages) -> bool:
    told = [key for key, _ in scope["headers"]]
    return not any(key in (b"cookie", b"origin") or key.startswith(b"sec-fetch-") for key in told)


def _proven(scope: Messages, entered: Entered) -> bool:
    told = header(scope, b"x-csrf-token") or ""
    return bool(entered.csrf) and hmac.compare_digest(told.encode(), entered.csrf.encode())
