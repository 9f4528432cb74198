"""What a server's refusal means: its status and its words, as one error of our own tree.

The statuses are those of https://platform.openai.com/docs/guides/error-codes; the texts were
collected from OpenAI, vLLM, llama.cpp, llama-cpp-python, Ollama, LM Studio, Gemini, Mistral, Groq,
xAI, Together, OpenRouter and Anthropic's OpenAI door.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, cast

from tertulia.models.openai.endpoint import Endpoint
from tertulia.values.errors import (
    ContextOverflow,
    ModelDeclined,
    ModelError,
    ModelNotAllowed,
    ModelRejected,
    ModelUnavailable,
)

NO_SUCH_PATH = frozenset({404, 405})
"""What a server says that lists no models, or has no such thing."""

_PASSING = frozenset({408, 409, 425, 429})
_OVERFLOW_CODES = frozenset({"context_length_exceeded", "exceed_context_size_error"})
_QUOTA_CODES = frozenset(
    {"insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "quota_exceeded"}
)
_FILTER_CODES = frozenset({"content_filter", "content_policy_violation"})

_OVERFLOW = re.compile(
    r"(?:maximum|max|available|model'?s?) (?:context|model|prompt) (?:length|size|window)"
    r"|context (?:length|size|window) (?:of|has been|is|exceeded)|exceed context window"
    r"|exceeds? the (?:available )?context|maximum context|prompt (?:is )?too long"
    r"|input token count .*exceeds"
    r"|input tokens exceed|too many (?:input )?tokens|tokens to keep from the initial prompt"
    r"|`?max_new_tokens`? must be <=",
    re.IGNORECASE,
)
_WINDOW = re.compile(
    r"(?:context (?:length|size|window)|model length|prompt length)"
    r"(?: of)?(?: only)?(?: is)? ?\(?(\d+)"
    r"|(\d+) maximum context|number of tokens allowed \((\d+)|configured limit of (\d+)"
    r"|tokens > (\d+)|must be <= (\d+)",
    re.IGNORECASE,
)
_PROMPT = re.compile(
    r"(\d+) (?:in the messages|of text input|input tokens|`inputs` tokens)|resulted in (\d+)"
    r"|request has (\d+)|token count \((\d+)|prompt contains (\d+)|prompt \(length (\d+)"
    r"|request contains (\d+)|request \((\d+)|too long: (\d+)",
    re.IGNORECASE,
)
_REQUESTED = re.compile(r"requested (?:about )?(\d+)|requested tokens \((\d+)", re.IGNORECASE)
_BAD_KEY = re.compile(
    r"api[ _]key not valid|(?:incorrect|invalid|missing|no) api[ _]?key|API_KEY_INVALID",
    re.IGNORECASE,
)


class Refused(Exception):  # a server's answer, not yet an error of the tree
    """A server answered with a status of 400 or more, or with an error in its stream."""

    def __init__(self, status: int, headers: Mapping[str, str], body: str) -> None:
        super().__init__(status)
        self.status = status
        self.headers = headers
        self.body = body


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a refusal says: its words, its codes, and the numbers that stand in them."""

    status: int
    text: str
    codes: frozenset[str]
    window: int | None
    prompt_tokens: int | None
    retry_after: float | None

    @property
    def overflow(self) -> bool:
        """Whether it says that the prompt is longer than the window."""
        return bool(self.codes & _OVERFLOW_CODES or _OVERFLOW.search(self.text))


def read(refused: Refused) -> Told:
    """Find out what was told, whichever shape the server uses."""
    details = _details(refused.body)
    text = _text(details) or refused.body
    plain = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    return Told(
        status=refused.status,
        text=text,
        codes=frozenset(str(details.get(key)) for key in ("code", "type") if details.get(key)),
        window=_count(details.get("n_ctx")) or _number(_WINDOW, plain),
        prompt_tokens=_count(details.get("n_prompt_tokens"))
        or _number(_PROMPT, plain)
        or _number(_REQUESTED, plain),
        retry_after=retry_after(refused.headers),
    )


def refusal(at: Endpoint, refused: Refused) -> ModelError:
    """The error that a refused request is: the first rule that knows it."""
    told = read(refused)
    for rule in _RULES:
        if error := rule(at, told):
            return error
    return ModelRejected(
        f"{at.name}: {at.host} will not take this request ({told.status}: {at.clean(told.text)})."
    )


def broken(at: Endpoint, body: str) -> ModelError:
    """The error that an error event is, in the midst of a stream."""
    told = read(Refused(500, {}, body))
    return _overflow(at, told) or ModelUnavailable(
        f"{at.name}: {at.host} broke its reply off with an error: {at.clean(told.text)}"
    )


def stalled(at: Endpoint, seconds: float) -> ModelUnavailable:
    """The error of a server that keeps silent."""
    return ModelUnavailable(f"{at.name}: {at.host} said nothing for {seconds:g} seconds.")


def _overflow(at: Endpoint, told: Told) -> ModelError | None:
    if told.status in (401, 403, 429) or not (told.overflow or told.status == 413):
        return None
    return ContextOverflow(
        f"{at.name}: the prompt is longer than the context window of {at.host}: "
        f"{at.clean(told.text)}",
        window=told.window,
        prompt_tokens=told.prompt_tokens,
    )


def _key(at: Endpoint, told: Told) -> ModelError | None:
    if told.status not in (401, 403) and not (told.status == 400 and _BAD_KEY.search(told.text)):
        return None
    return ModelNotAllowed(
        f"{at.name}: {at.host} refuses {at.key_origin} ({told.status}: {at.clean(told.text)}). "
        f"{at.key_advice}"
    )


def _quota(at: Endpoint, told: Told) -> ModelError | None:
    if told.status != 402 and not told.codes & _QUOTA_CODES:
        return None
    return ModelRejected(
        f"{at.name}: the account at {at.host} has no quota or credit left, and trying again does "
        f"not help: look at its billing page ({told.status}: {at.clean(told.text)})."
    )


def _filtered(at: Endpoint, told: Told) -> ModelError | None:
    if not told.codes & _FILTER_CODES:
        return None
    return ModelDeclined(
        f"{at.name}: a content filter of {at.host} refused the prompt: {at.clean(told.text)}",
        reason="content_filter",
    )


def _passing(at: Endpoint, told: Told) -> ModelError | None:
    if told.status not in _PASSING and told.status < 500:
        return None
    return ModelUnavailable(
        f"{at.name}: {at.host} cannot answer now ({told.status}: {at.clean(told.text)}).",
        retry_after=told.retry_after,
    )


def _unknown(at: Endpoint, told: Told) -> ModelError | None:
    if told.status != 404:
        return None
    return ModelRejected(
        f'{at.name}: no model "{at.model}" was found at {at.address}. Check the name of the model, '
        f"and base_url ({told.status}: {at.clean(told.text)})."
    )


_RULES: tuple[Callable[[Endpoint, Told], ModelError | None], ...] = (
    _overflow,
    _key,
    _quota,
    _filtered,
    _passing,
    _unknown,
)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The server's wish, in seconds from now.

    `retry-after-ms` is OpenAI's own; `Retry-After` is seconds or a date (RFC 9110, 10.2.3), which
    is measured from the server's own `Date`, so that its clock may be wrong.
    """
    told = {name.lower(): value for name, value in headers.items()}
    ms = _seconds(told.get("retry-after-ms"))
    if ms is not None:
        return ms / 1000
    wish = told.get("retry-after")
    seconds = _seconds(wish)
    if seconds is not None or wish is None:
        return seconds
    until, now = _date(wish), _date(told.get("date", "")) or datetime.now(UTC)
    return max(0.0, (until - now).total_seconds()) if until else None


def _seconds(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return max(0.0, value) if math.isfinite(value) else None


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _details(body: str) -> dict[str, Any]:
    """The error itself: in `error`, in a list (Gemini), or bare; xAI's `error` is a string."""
    try:
        told: Any = json.loads(body)
    except ValueError:
        return {}
    if isinstance(told, list) and told:
        told = cast("list[Any]", told)[0]
    if not isinstance(told, dict):
        return {}
    outer = cast("dict[str, Any]", told)
    error = outer.get("error")
    return cast("dict[str, Any]", error) if isinstance(error, dict) else outer


def _text(details: dict[str, Any]) -> str:
    for key in ("message", "error", "detail", "msg"):
        value = details.get(key)
        if value:
            return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return ""


def _number(pattern: re.Pattern[str], text: str) -> int | None:
    found = pattern.search(text)
    return next((int(group) for group in found.groups() if group), None) if found else None


def _count(value: object) -> int | None:
    return value if isinstance(value, int) else None
