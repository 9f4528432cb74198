"""What every response tells the browser: run nothing but ours, and tell nobody."""

from __future__ import annotations

from tertulia.app.serve.asgi import Receive, Send, is_start, secure
from tertulia.ports.channel import Application, Messages

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; media-src 'self' blob:; worker-src 'self'; "
    "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

NOTHING = "default-src 'none'; frame-ancestors 'none'"
"""The policy of what is no page: it needs nothing of what a page needs."""

_ALWAYS = {
    b"content-security-policy": NOTHING.encode(),
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-resource-policy": b"same-origin",
}
_OF_A_PAGE = {
    b"content-security-policy": POLICY.encode(),
    b"cross-origin-opener-policy": b"same-origin",
    b"permissions-policy": b"microphone=(self)",
}
NOT_MODIFIED = 304
_NOT_KEPT = (b"cache-control", b"no-store")
_BY_HTTPS_ALONE = (b"strict-transport-security", b"max-age=31536000")
_TALK = ("/api", "/v1")


class SafeHeaders:
    """Adds them; a part that sets one of them itself knows better."""

    def __init__(self, app: Application) -> None:
        self._app = app

    async def __call__(self, scope: Messages, receive: Receive, send: Send) -> None:
        """See ASGI."""
        more = dict(_ALWAYS)
        if scope["path"].startswith(_TALK):
            more.update([_NOT_KEPT])
        if secure(scope):
            more.update([_BY_HTTPS_ALONE])

        async def with_headers(message: Messages) -> None:
            # What was kept stays as it is: by a 304 the browser would put these in their place.
            if is_start(message) and message["status"] != NOT_MODIFIED:
                told = list(message.get("headers", ()))
                there = {bytes(name).lower(): bytes(value) for name, value in told}
                page = there.get(b"content-type", b"").startswith(b"text/html")
                safe = more | (_OF_A_PAGE if page else {})
                told += [one for one in safe.items() if one[0] not in there]
                message = {**message, "headers": told}
            await send(message)

        await self._app(scope, receive, with_headers)
