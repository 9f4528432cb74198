"""What a model reads, and what it gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Purpose = Literal["reply", "summary", "facts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One message of a prompt, in the shape that chat models take."""

    role: Literal["system", "user", "assistant"]
    content: str
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """The whole rendered prompt; `tokens` counts it in the engine's tokenizer.

    `schema` is the JSON schema that the answer is to follow, where it is to be JSON. `begun` is
    the reply as far as it was said before it was cut: the last two lines show its end, and ask a
    model to go on.
    """

    lines: tuple[Line, ...]
    tokens: int
    purpose: Purpose = "reply"
    schema: Mapping[str, Any] | None = None
    begun: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens of one call, as the server counted them, or as we did where it told nothing."""

    prompt_tokens: int
    completion_tokens: int


@dataclass(frozen=True, slots=True)
class Delta:
    """The next piece of a reply's text."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The end of a reply: why it ended, and what the server counted, where it told."""

    finish_reason: str
    usage: Usage | None = None


Chunk = Delta | Done
