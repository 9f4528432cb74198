"""Reads a streamed reply from its bytes: server-sent events, each with one JSON chunk.

The events are those of https://platform.openai.com/docs/api-reference/chat-streaming; lines end as
https://html.spec.whatwg.org/multipage/server-sent-events.html says, and no server of this protocol
spreads one chunk over several `data` lines. The bytes are cut at line feeds alone: a chunk may
hold U+2028, at which `str.splitlines` (so the SDK's `iter_lines`) would cut it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from time import monotonic
from typing import Any, cast

from tertulia.models.openai.endpoint import Endpoint
from tertulia.models.openai.failures import broken
from tertulia.values.errors import ModelDeclined, ModelError, ModelRejected, ModelUnavailable
from tertulia.values.prompt import Done, Usage

_KEPT = 4000
"""So many bytes of an answer that is no stream are kept to tell what it was."""

_CUT = frozenset({"length", "max_tokens", "model_length"})
_FAILED = frozenset({"error", "insufficient_system_resource", "network_error"})
"""`finish_reason` where a router's or DeepSeek's engine broke off."""

_FIELDS = (b":", b"event:", b"id:", b"retry:")


class Reading:
    """One streamed reply: fed with bytes, gives text, and at the end says how it ended."""

    def __init__(self, at: Endpoint) -> None:
        self._at = at
        self._rest = b""
        self._odd = b""
        self._error_next = False
        self._said = False
        self._refusal = ""
        self._finish: str | None = None
        self._usage: Usage | None = None
        self.finished = False
        """Whether `[DONE]` was seen: nothing that matters comes after it."""
        self._events = 0
        self._heard = monotonic()

    @property
    def quiet(self) -> float:
        """Seconds since the last chunk; comments that only keep a connection open do not count."""
        return monotonic() - self._heard

    @property
    def whole(self) -> bool:
        """Whether the reply has told its end, so that a connection lost since then cost nothing."""
        return self._finish is not None

    def feed(self, data: bytes) -> Iterator[str]:
        """The text in the next bytes. Raises: `ModelUnavailable`, `ContextOverflow`."""
        events = self._events
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            if self.finished:
                return
            if text := self._line(line.rstrip(b"\r")):
                self._said = True
                yield text
        if self._events > events:
            self._heard = monotonic()

    def end(self) -> Done:
        """How the reply ended. Raises: a `ModelError` where it did not end well."""
        error = self._wrong()
        if error:
            raise error
        reason = "length" if self._finish in _CUT else self._finish or "stop"
        return Done(finish_reason=reason, usage=self._usage)

    def _line(self, line: bytes) -> str:
        if line.startswith(b"data:"):
            return self._data(line[5:].strip())
        if line.startswith(b"error:"):
            raise broken(self._at, line[6:].decode(errors="replace"))
        if line.startswith(b"event:"):
            self._error_next = line[6:].strip() == b"error"
        elif line and not line.startswith(_FIELDS) and len(self._odd) < _KEPT:
            self._odd += line
        return ""

    def _data(self, data: bytes) -> str:
        self._events += 1
        if data == b"[DONE]":
            self.finished = True
            return ""
        try:
            chunk = json.loads(data)
        except ValueError:
            chunk = None
        if not isinstance(chunk, dict):
            raise self._unreadable(data)
        return self._chunk(cast("dict[str, Any]", chunk), data)

    def _chunk(self, chunk: dict[str, Any], data: bytes) -> str:
        if self._error_next or chunk.get("error") or chunk.get("object") == "error":
            raise broken(self._at, data.decode(errors="replace"))
        if chunk.get("usage"):
            self._usage = _usage(chunk["usage"]) or self._usage
        choices = chunk.get("choices")
        if not choices:
            return ""
        try:
            return self._choice(choices[0])
        except (AttributeError, KeyError, TypeError):
            raise self._unreadable(data) from None

    def _choice(self, choice: dict[str, Any]) -> str:
        """The text of the first choice; reasoning is no part of it."""
        if choice.get("index"):
            return ""
        if reason := choice.get("finish_reason"):
            self._finish = str(reason)
        delta: dict[str, Any] = choice.get("delta") or {}
        self._refusal += delta.get("refusal") or ""
        content = delta.get("content")
        return content if isinstance(content, str) else _joined(content or [])

    def _unreadable(self, data: bytes) -> ModelError:
        shown = self._at.clean(data[:80].decode(errors="replace"))
        return ModelUnavailable(
            f"{self._at.name}: {self._at.host} broke its reply off with a chunk that cannot be "
            f"read: {shown}"
        )

    def _wrong(self) -> ModelError | None:
        for found in (self._nothing, self._declined, self._cut_off, self._silent):
            if error := found():
                return error
        return None

    def _nothing(self) -> ModelError | None:
        if self._events:
            return None
        at = self._at
        if not self._odd:
            return ModelUnavailable(
                f"{at.name}: {at.host} answered with nothing; often the prompt is longer than its "
                "context window. Its log tells; context_window in the settings sets the window."
            )
        odd = self._odd.decode(errors="replace")
        if odd.lstrip().startswith('{"error"'):
            return broken(at, odd)
        return ModelRejected(
            f"{at.name}: what answers at {at.address} is no streamed reply; check base_url, which "
            f"often ends in /v1. It says: {at.clean(odd)}"
        )

    def _declined(self) -> ModelError | None:
        at = self._at
        if self._refusal:
            return ModelDeclined(f"{at.name} declined: {at.clean(self._refusal)}", reason="refusal")
        if self._finish == "content_filter":
            return ModelDeclined(
                f"{at.name}: a content filter of {at.host} held the reply back.",
                reason="content_filter",
            )
        return None

    def _cut_off(self) -> ModelError | None:
        at = self._at
        if self._finish in _FAILED or (self._finish is None and not self.finished):
            return ModelUnavailable(
                f"{at.name}: {at.host} broke its reply off before its end "
                f"(finish_reason: {self._finish or 'none'})."
            )
        return None

    def _silent(self) -> ModelError | None:
        at = self._at
        if self._said:
            return None
        if self._finish in _CUT:
            return ModelRejected(
                f"{at.name} used all the tokens that it may before it said a word; a larger "
                "max_tokens, or less reasoning, helps."
            )
        return ModelUnavailable(
            f"{at.name}: {at.host} ended its reply without a word "
            f"(finish_reason: {self._finish or 'none'})."
        )


def _joined(content: list[dict[str, Any]]) -> str:
    """The text of content in parts, as Mistral's reasoning models send it."""
    return "".join(part["text"] for part in content if part.get("type") == "text")


def _usage(told: object) -> Usage | None:
    if not isinstance(told, dict):
        return None
    told = cast("dict[str, Any]", told)
    prompt, completion = told.get("prompt_tokens"), told.get("completion_tokens")
    if isinstance(prompt, int) and isinstance(completion, int):
        return Usage(prompt_tokens=prompt, completion_tokens=completion)
    return None
