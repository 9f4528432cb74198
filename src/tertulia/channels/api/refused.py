"""What is not done, told in OpenAI's shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tertulia.values.errors import Busy, StoreError, TertuliaError
from tertulia.values.http import UNEXPECTED, status_of
from tertulia.values.text import clean

ONCE: Mapping[str, str] = {"x-should-retry": "false"}
"""Tells OpenAI's own libraries not to send the same again by themselves."""

SOON: Mapping[str, str] = {"retry-after": "1"}


class Refused(Exception):
    """A request is not done. `param` is what is wrong in it, `code` tells programs why."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.param = param
        self.headers = headers or {}

    def as_json(self) -> dict[str, Any]:
        """The object that tells it."""
        kind = "server_error" if self.status >= 500 else "invalid_request_error"
        told = {
            "message": clean(self.message),
            "type": kind,
            "param": self.param,
            "code": self.code,
        }
        return {"error": told}


def wrong(message: str, param: str | None = None, code: str | None = None) -> Refused:
    """The request is not what it should be."""
    return Refused(400, message, code=code, param=param)


def unsupported(message: str, param: str) -> Refused:
    """The request asks for what no bot can do here."""
    return wrong(message, param, "unsupported_parameter")


def refusal(error: Exception) -> Refused:
    """Any other failure, as one of these."""
    if isinstance(error, Refused):
        return error
    status, code = status_of(error)
    message = str(error) if isinstance(error, TertuliaError) else UNEXPECTED
    return Refused(status, message, code=code, headers=SOON if _passes(error) else ONCE)


def _passes(error: Exception) -> bool:
    """Whether the same request may do in a moment."""
    return isinstance(error, StoreError | Busy)
