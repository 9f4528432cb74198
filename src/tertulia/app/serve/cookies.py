"""The two cookies: one tells browsers apart, the other who is logged in."""

from __future__ import annotations

import re

from tertulia.app.serve.asgi import SAFE, header, secure
from tertulia.ports.channel import Messages

SESSION, LOGIN = "tertulia_session", "tertulia_login"

ME = "/api/me"

DAYS = 30

_VALUE = re.compile(r"[A-Za-z0-9_-]{43}")
"""What `new_value` makes; anything else is none of ours."""


def cookie(scope: Messages, name: str) -> str:
    """The value of one of the cookies, "" where the caller has none."""
    for pair in (header(scope, b"cookie") or "").split(";"):
        key, _, value = pair.strip().partition("=")
        if key == name and _VALUE.fullmatch(value):
            return value
    return ""


def set_cookie(scope: Messages, name: str, value: str) -> tuple[bytes, bytes]:
    """The header that gives a browser a cookie for thirty days; "" takes it away."""
    age = DAYS * 86_400 if value else 0
    parts = [f"{name}={value}", f"Max-Age={age}", "Path=/", "HttpOnly", "SameSite=Strict"]
    if secure(scope):
        parts.append("Secure")
    return (b"set-cookie", "; ".join(parts).encode())


def opens_page(scope: Messages) -> bool:
    """Whether a browser opens the page with this: then it is given its cookies.

    A program is given none: many keep what they are given, and would then have to prove more.
    """
    if scope["type"] != "http" or scope["method"] not in SAFE:
        return False
    return scope["path"] == ME or "text/html" in (header(scope, b"accept") or "")
