"""What a request asks for, checked where it comes in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, Raw, UnsetType

from tertulia.channels.api.halves import mended
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

MOST = 50_000
"""Messages of one talk."""

Speaker = Literal["system", "user", "assistant"]

_ROLES: dict[str, Speaker] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
}
_Listed = Annotated[Raw, Meta(description="A list; nothing in it is read.")]
"""Left as it came: nobody reads more of it than whether it is empty."""

_EMPTY = (b"null", b"[]", b"{}", b'""', b"false", b"0")

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


class Picture(msgspec.Struct):
    """Where a picture is: in its address itself."""

    url: str


class Part(msgspec.Struct):
    """A part of what is said."""

    type: str
    text: str | None = None
    refusal: str | None = None
    image_url: Picture | str | None = None


class Message(msgspec.Struct):
    """One of the messages of a talk."""

    role: str
    content: str | list[Part] | None = None
    refusal: str | None = None
    tool_calls: _Listed | UnsetType = UNSET
    function_call: Raw | UnsetType = UNSET


class Streaming(msgspec.Struct):
    """What is told beside the pieces of a reply."""

    include_usage: bool | None = None


class Metadata(msgspec.Struct):
    """What a client notes of a talk: only the name of its conversation is read."""

    conversation: str | None = None


class Form(msgspec.Struct):
    """The form that a reply is to have."""

    type: Raw | UnsetType = UNSET


class Body(msgspec.Struct):
    """The fields that are read; all others are ignored, and nothing is made of them."""

    model: str
    messages: list[Message]
    stream: bool | None = None
    stream_options: Streaming | None = None
    n: int | None = None
    metadata: Metadata | None = None
    user: str | None = None
    safety_identifier: str | None = None
    tools: _Listed | UnsetType = UNSET
    tool_choice: Raw | UnsetType = UNSET
    functions: _Listed | UnsetType = UNSET
    function_call: Raw | UnsetType = UNSET
    response_format: Form | None = None


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


def _body(content: bytes) -> Body:
    try:
        return _decoded(content)
    except msgspec.ValidationError as error:
        where = str(error).partition(" - at `$.")[2]
        raise wrong(f"{error}.", where.rstrip("`") or None) from None
    except RecursionError:
        raise wrong("The body is nested too deeply.") from None
    except ValueError as error:
        raise wrong(f"The body is no sound JSON: {error}.") from None


def _decoded(content: bytes) -> Body:
    try:
        return msgspec.json.decode(content, type=Body)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        return msgspec.json.decode(mended(content), type=Body)


def _says(told: Raw | UnsetType) -> bool:
    """Whether there is anything in it."""
    return told is not UNSET and b"".join(bytes(told).split()) not in _EMPTY


def _is(told: Raw | UnsetType, word: bytes) -> bool:
    return told is not UNSET and bytes(told).strip() == b'"' + word + b'"'


def _check(body: Body) -> None:
    """Refuse what would silently be something else than what was asked for."""
    if len(body.messages) > MOST:
        raise wrong(f"A talk has at most {MOST} messages.", "messages")
    if body.n not in (None, 1):
        raise unsupported("A bot gives one reply: n can only be 1.", "n")
    if _says(body.tools) and not _is(body.tool_choice, b"none"):
        raise unsupported(_NO_TOOLS, "tools")
    if _says(body.functions) and not _is(body.function_call, b"none"):
        raise unsupported(_NO_TOOLS, "functions")
    form = body.response_format.type if body.response_format else UNSET
    if form is not UNSET and not _is(form, b"text"):
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


def _said(messages: Sequence[Message]) -> Iterator[Said]:
    for number, one in enumerate(messages):
        where = f"messages[{number}]"
        role = _ROLES.get(one.role)
        if role is None:
            raise wrong(f"{where} has the role {one.role!r}, which bots do not know.", where)
        if _says(one.tool_calls) or _says(one.function_call):
            raise unsupported(f"{where} calls tools. {_NO_TOOLS}", where)
        text, pictures = _content(one, where)
        if len(text) > LONGEST:
            raise wrong(
                f"{where} is longer than {LONGEST} characters.", where, "string_above_max_length"
            )
        yield Said(role=role, text=clean(text), pictures=pictures)


def _content(one: Message, where: str) -> tuple[str, tuple[Attachment, ...]]:
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


def _conversation(metadata: Metadata | None) -> str | None:
    told = metadata and metadata.conversation
    if told is None:
        return None
    name = _named(told, "metadata.conversation")
    if name is None:
        raise wrong(
            f"metadata.conversation names a conversation: 1 to {NAME} printable characters.",
            "metadata.conversation",
        )
    return name


def _named(told: str | None, param: str) -> str | None:
    if not told:
        return None
    # A half character has become U+FFFD: two such names would be one.
    if len(told) > NAME or not told.isprintable() or not told.strip() or "\ufffd" in told:
        raise wrong(f"{param} must be a name: 1 to {NAME} printable characters.", param)
    return told
