"""The objects of OpenAI's chat completions, as they go out."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from starlette.responses import Response

from tertulia.channels.api.asked import STATELESS
from tertulia.values.prompt import Usage

PING = b": ping\n\n"
"""A comment, which readers of events skip: it tells that the connection lives."""

END = b"data: [DONE]\n\n"

_REASONS = {"length": "length", "content_filter": "content_filter"}
"""What ends a reply, in the words that clients know; all else is a `stop`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The whole of a reply; `more` is what we tell beside what the protocol knows."""

    text: str
    finish_reason: str = "stop"
    usage: Usage = field(default_factory=lambda: Usage(prompt_tokens=0, completion_tokens=0))
    more: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What all objects of one answer have: `id`, and the model by the name that was asked for."""

    id: str
    model: str
    usage: bool
    created: int = field(default_factory=lambda: int(time.time()))

    def whole(self, reply: Reply) -> bytes:
        """The answer to a request that is not streamed."""
        message: dict[str, Any] = {
            "role": "assistant",
            "content": reply.text,
            "refusal": None,
            "annotations": [],
        }
        choice: dict[str, Any] = {
            "index": 0,
            "message": message,
            "logprobs": None,
            "finish_reason": _finish(reply),
        }
        told = {"usage": _usage(reply.usage), "tertulia": reply.more}
        return msgspec.json.encode({**self._head("chat.completion"), "choices": [choice], **told})

    def opening(self) -> bytes:
        """The first event: who speaks."""
        return self._chunk({"role": "assistant", "content": "", "refusal": None})

    def piece(self, text: str) -> bytes:
        """The next piece of text."""
        return self._chunk({"content": text})

    def closing(self, reply: Reply) -> bytes:
        """The last events, with usage where it was asked for."""
        last = self._chunk({}, _finish(reply), tertulia=reply.more)
        if not self.usage:
            return last + END
        told: dict[str, Any] = {"choices": [], "usage": _usage(reply.usage), "tertulia": reply.more}
        return last + event({**self._head("chat.completion.chunk"), **told}) + END

    def _chunk(self, delta: dict[str, Any], finish: str | None = None, **more: Any) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        usage = {"usage": None} if self.usage else {}
        head = self._head("chat.completion.chunk")
        return event({**head, "choices": [choice], **usage, **more})

    def _head(self, kind: str) -> dict[str, Any]:
        return {
            "id": self.id,
            "object": kind,
            "created": self.created,
            "model": self.model,
            "service_tier": None,
            "system_fingerprint": None,
        }


def json(
    content: bytes | dict[str, Any], status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """An answer in JSON, kept by nobody on its way."""
    body = content if isinstance(content, bytes) else msgspec.json.encode(content)
    return Response(
        body, status, {"cache-control": "no-store", **(headers or {})}, "application/json"
    )


def event(content: dict[str, Any]) -> bytes:
    """One server-sent event."""
    return b"data: " + msgspec.json.encode(content) + b"\n\n"


def models(bots: Sequence[str]) -> dict[str, Any]:
    """The bots as models, each also as one that keeps nothing."""
    names = [name for bot in bots for name in (bot, f"{bot}{STATELESS}")]
    return {"object": "list", "data": [model(name) for name in names]}


def model(name: str) -> dict[str, Any]:
    """One model. When a bot was made is not known."""
    return {"id": name, "object": "model", "created": 0, "owned_by": "tertulia"}


def _finish(reply: Reply) -> str:
    return _REASONS.get(reply.finish_reason, "stop")


def _usage(usage: Usage) -> dict[str, int]:
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.prompt_tokens + usage.completion_tokens,
    }
