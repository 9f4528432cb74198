"""What a request asks for, checked where it comes in."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from tertulia.channels.api.pictures import attachment
from tertulia.channels.api.refused import Refused, unsupported, wrong
from tertulia.values.attachment import Attachment
from tertulia.values.text import clean

STATELESS = ":stateless"
"""Behind a bot's name: nothing is kept."""

LONGEST = 1_000_000
"""Characters of one message."""

NAME = 200
"""Characters of the name of a conversation or an end user."""

Speaker = Literal["system", "user", "assistant"]

_ROLES: dict[str, Speaker] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
}
_NO_TOOLS = "Bots cannot call your tools. Leave them out, or set tool_choice to none."


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One of the messages that were sent."""

    role: Speaker
    text: str
    pictures: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request for a reply. `said` ends with what a user says now.

    `conversation` is the name that was given to it, `user` the end user, where either was told.
    """

    bot: str
    stateless: bool
    model: str
    said: tuple[Said, ...]
    conversation: str | None
    user: str | None
    stream: bool
    usage: bool

    @property
    def new(self) -> Said:
        """What is said now."""
        return self.said[-1]

    @property
    def before(self) -> list[Said]:
        """The talk before that, without instructions and without what says nothing."""
        talk = self.said[:-1]
        return [one for one in talk if one.role != "system" and (one.text.strip() or one.pictures)]


class _Picture(msgspec.Struct):
    url: str


class _Part(msgspec.Struct):
    type: str
    text: str | None = None
    refusal: str | None = None
    image_url: _Picture | str | None = None


class _Message(msgspec.Struct):
    role: str
    content: str | list[_Part] | None = None
    refusal: str | None = None
    tool_calls: list[Any] | None = None
    function_call: Any = None


class _Streaming(msgspec.Struct):
    include_usage: bool | None = None


class _Body(msgspec.Struct):
    """The fields that are read; all others are ignored."""

    model: str
    messages: list[_Message]
    stream: bool | None = None
    stream_options: _Streaming | None = None
    n: int | None = None
    metadata: dict[str, Any] | None = None
    user: str | None = None
    safety_identifier: str | None = None
    tools: list[Any] | None = None
    tool_choice: Any = None
    functions: list[Any] | None = None
    function_call: Any = None
    response_format: dict[str, Any] | None = None


def read(content: bytes, bots: Sequence[str]) -> Asked:
    """The request in a body; `bots` are those that there are. Raises: `Refused`."""
    body = _body(content)
    _check(body)
    stateless = body.model not in bots and body.model.endswith(STATELESS)
    bot = body.model.removesuffix(STATELESS) if stateless else body.model
    if bot not in bots:
        raise no_model(body.model, bots)
    said = tuple(_said(body.messages))
    _check_new(said)
    if stateless and any(one.pictures for one in said):
        raise unsupported(
            "Without a conversation to keep them, pictures cannot be shown.", "messages"
        )
    return Asked(
        bot=bot,
        stateless=stateless,
        model=body.model,
        said=said,
        conversation=_conversation(body.metadata),
        user=_named(body.user, "user") or _named(body.safety_identifier, "safety_identifier"),
        stream=bool(body.stream),
        usage=bool(body.stream_options and body.stream_options.include_usage),
    )


def no_model(name: str, bots: Sequence[str]) -> Refused:
    """There is no such bot."""
    listed = ", ".join(bots)
    return Refused(
        404,
        f"The model `{clean(name)}` does not exist here. There are: {listed}.",
        code="model_not_found",
        param="model",
    )


def _body(content: bytes) -> _Body:
    try:
        return msgspec.convert(json.loads(content), _Body)
    except msgspec.ValidationError as error:
        where = str(error).partition(" - at `$.")[2]
        raise wrong(f"{error}.", where.rstrip("`") or None) from None
    except RecursionError:
        raise wrong("The body is nested too deeply.") from None
    except ValueError as error:
        raise wrong(f"The body is no sound JSON: {error}.") from None


def _check(body: _Body) -> None:
    """Refuse what would silently be something else than what was asked for."""
    if body.n not in (None, 1):
        raise unsupported("A bot gives one reply: n can only be 1.", "n")
    if body.tools and body.tool_choice != "none":
        raise unsupported(_NO_TOOLS, "tools")
    if body.functions and body.function_call != "none":
        raise unsupported(_NO_TOOLS, "functions")
    form = (body.response_format or {}).get("type", "text")
    if form != "text":
        raise unsupported(
            "Bots answer in plain text: leave response_format out.", "response_format"
        )


def _check_new(said: Sequence[Said]) -> None:
    if not said or said[-1].role != "user":
        raise wrong(
            "The last of the messages must be the user's: it is what is answered.", "messages"
        )
    if not (said[-1].text.strip() or said[-1].pictures):
        raise wrong("There is nothing to answer: the last message is empty.", "messages")


def _said(messages: Sequence[_Message]) -> Iterator[Said]:
    for number, one in enumerate(messages):
        where = f"messages[{number}]"
        role = _ROLES.get(one.role)
        if role is None:
            raise wrong(f"{where} has the role {one.role!r}, which bots do not know.", where)
        if one.tool_calls or one.function_call:
            raise unsupported(f"{where} calls tools. {_NO_TOOLS}", where)
        text, pictures = _content(one, where)
        if len(text) > LONGEST:
            raise wrong(
                f"{where} is longer than {LONGEST} characters.", where, "string_above_max_length"
            )
        yield Said(role=role, text=clean(text), pictures=pictures)


def _content(one: _Message, where: str) -> tuple[str, tuple[Attachment, ...]]:
    if not isinstance(one.content, list):
        return one.content or one.refusal or "", ()
    texts: list[str] = []
    pictures: list[Attachment] = []
    for number, part in enumerate(one.content):
        there = f"{where}.content[{number}]"
        if part.type in ("text", "refusal"):
            texts.append(part.text or part.refusal or "")
        elif part.type == "image_url" and part.image_url is not None:
            told = part.image_url if isinstance(part.image_url, str) else part.image_url.url
            pictures.append(attachment(told, len(pictures) + 1, there))
        else:
            raise unsupported(
                f"{there} is a {part.type!r}: only text and pictures can be said.", there
            )
    return "\n".join(texts), tuple(pictures)


def _conversation(metadata: dict[str, Any] | None) -> str | None:
    told = (metadata or {}).get("conversation")
    if told is None:
        return None
    name = _named(told, "metadata.conversation") if isinstance(told, str) else None
    if name is None:
        raise wrong(
            f"metadata.conversation names a conversation: 1 to {NAME} printable characters.",
            "metadata.conversation",
        )
    return name


def _named(told: str | None, param: str) -> str | None:
    if not told:
        return None
    if len(told) > NAME or not told.isprintable() or not told.strip():
        raise wrong(f"{param} must be a name: 1 to {NAME} printable characters.", param)
    return told
