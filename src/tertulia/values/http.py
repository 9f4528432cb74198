"""What a failure is over HTTP: its status, its code, and the object that tells it."""

from __future__ import annotations

from typing import Any

from tertulia.values.errors import Busy, ModelError, NotThere, StoreError, TertuliaError

_STATUSES: tuple[tuple[type[Exception], int, str], ...] = (
    (NotThere, 404, "not_there"),
    (Busy, 409, "busy"),
    (ModelError, 502, "model_failed"),
    (StoreError, 503, "store_failed"),
    (TertuliaError, 422, "cannot"),
)
"""The first that fits holds: those that are more special stand before their kind."""

LARGEST_TALK = 32_000_000
"""Bytes of a call of `/v1`: a whole talk, with its pictures."""

UNEXPECTED = "Something went wrong here that nobody expected. Try again; the log has the cause."


def status_of(error: Exception) -> tuple[int, str]:
    """The status and the code of an error; 500 and `failed` where nobody expected it."""
    for kind, status, code in _STATUSES:
        if isinstance(error, kind):
            return status, code
    return 500, "failed"


def failure(code: str, message: str) -> dict[str, Any]:
    """The object that tells a failure; `message` is for people."""
    return {"error": {"code": code, "message": message}}
