"""What a server tells on standard error: JSON for programs, plain warnings for a person."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any, TextIO

from tertulia.app.logs import Redacting
from tertulia.app.serve.requests import REQUESTS

OF_CALLERS = (
    "ASGI callable returned without completing handshake.",
    "ASGI callable returned without completing response.",
    "Invalid UTF-8 sequence received from client.",
)
"""What uvicorn tells as errors, and is the callers' own: a socket was refused or had no text, what
came behind the headers was no HTTP. A call that a part of ours left unanswered is told by us."""


class Objects(Redacting):
    """Formats each record as one JSON object; `fields` of a record are keys of their own."""

    def format(self, record: logging.LogRecord) -> str:
        """The object on one line, without secrets."""
        told: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            told["error"] = self.formatException(record.exc_info)
        # Each text by itself: in JSON a secret might be written in other signs.
        cleaned = {
            key: self.clean(value) if isinstance(value, str) else value
            for key, value in told.items()
        }
        return json.dumps(cleaned)


class Brief(Redacting):
    """Formats a record as a person at a terminal reads it: what happened, and no traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without secrets."""
        more = " (tertulia.log has the cause)" if record.exc_info else ""
        return self.clean(f"tertulia: {record.getMessage()}{more}")


def tell(stream: TextIO, *, as_json: bool) -> None:
    """Tell on `stream` what happens: all of it as JSON, or warnings for a person.

    To be called once the owner's log is open. Warnings of libraries are told as well.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Objects() if as_json else Brief())
    handler.setLevel(logging.INFO if as_json else logging.WARNING)
    ours = logging.getLogger("tertulia")
    for logger in (logging.getLogger(), ours):
        logger.addHandler(handler)
    ours.propagate = REQUESTS.propagate = False
    logging.getLogger("uvicorn.error").addFilter(_is_ours)
    REQUESTS.disabled = not as_json
    REQUESTS.setLevel(logging.INFO)
    if as_json:
        REQUESTS.addHandler(handler)


def _is_ours(record: logging.LogRecord) -> bool:
    """Whether it is for whoever runs the server: else anybody could fill the log with it."""
    return record.msg not in OF_CALLERS
