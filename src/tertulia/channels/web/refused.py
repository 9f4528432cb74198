"""A request that is not done, and how that is told."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from starlette.responses import Response

from tertulia.values.http import failure

CODES: Mapping[int, str] = {
    400: "bad_request",
    401: "log_in",
    403: "forbidden",
    404: "not_there",
    405: "bad_method",
    409: "busy",
    413: "too_large",
    421: "wrong_host",
    422: "cannot",
    429: "too_many",
    502: "model_failed",
    503: "store_failed",
}
"""The code of each status that is a failure."""

UNKEPT = {"cache-control": "no-store"}


class Refused(Exception):
    """A request is not done: its status, the sentence for the person, and the failure's code."""

    def __init__(self, status: int, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code or CODES[status]


def no_such(what: str) -> Refused:
    """Something is not there, or not for the caller's eyes: both are told alike."""
    return Refused(404, f"There is no {what} here that you can see.")


def told(
    status: int, code: str, message: str, headers: Mapping[str, str] | None = None
) -> Response:
    """The answer that tells a failure."""
    return json(failure(code, message), status, headers)


def json(content: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer in JSON, kept by nobody on its way."""
    return Response(
        msgspec.json.encode(content),
        status,
        {**UNKEPT, **(headers or {})},
        "application/json",
    )
