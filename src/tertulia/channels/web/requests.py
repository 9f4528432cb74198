"""What comes in: each query and each body, checked here and described from here."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType
from starlette.requests import ClientDisconnect, Request

from tertulia.channels.web.refused import Refused

LONGEST = 1_000_000
"""The longest message, in characters."""

BODY = 8_000_000
"""The largest body of JSON, in bytes: the longest message, however it is escaped for the most part.
"""

FORMS = ("md", "json", "html", "txt")

PLAIN = r"^[^\x00]*[^\x00\s][^\x00]*$"
"""Holds more than blanks, and no NUL."""

NUMBER = "[1-9][0-9]{0,14}"
MESSAGE = rf"{NUMBER}\.{NUMBER}"
FACT = f"f{NUMBER}"
TARGET = f"(me|f?{NUMBER}|{MESSAGE})"
KEY = "[A-Za-z0-9_-]{1,64}"
NAME = r"[\w-]{1,64}"


def whole(pattern: str) -> Meta:
    """That the whole text is so: `$` alone would let a last newline pass."""
    return Meta(pattern=rf"^{pattern}\Z", extra_json_schema={"pattern": f"^{pattern}$"})


Moment = Annotated[int, Meta(ge=0, le=253_402_300_799_000)]
Seq = Annotated[int, Meta(ge=0, le=999_999_999_999_999)]
Most = Annotated[int, Meta(ge=1, le=200)]
Flag = Annotated[int, Meta(ge=0, le=1)]
Key = Annotated[str, whole(KEY)]
Name = Annotated[str, whole(NAME)]
MessageId = Annotated[str, whole(MESSAGE)]
Statement = Annotated[str, Meta(min_length=1, max_length=2000, pattern=PLAIN)]
Model = Annotated[str, whole(r"[^\x00\s]{1,200}")]
Text = Annotated[
    str,
    Meta(extra_json_schema={"minLength": 1, "maxLength": LONGEST, "pattern": PLAIN}),
]
"""Something said: `said` checks it, and tells the person what is wrong."""


class Asked(Struct, kw_only=True, forbid_unknown_fields=True):
    """What a request may say, and nothing else."""


class Nothing(Asked):
    """Of requests that say nothing in their query."""


class Listing(Asked):
    """Which conversations."""

    archived: Flag = 0
    everybody: Flag = 0
    before: Moment | UnsetType = UNSET
    most: Most = 50


class Stretch(Asked):
    """Which messages of a conversation: at most one of `before`, `after` and `around`."""

    before: Seq | UnsetType = UNSET
    after: Seq | UnsetType = UNSET
    around: Seq | UnsetType = UNSET
    most: Most = 50


class Behind(Asked):
    """Behind which message events are told."""

    after: Seq = 0


class Say(Asked):
    """Something said in a conversation; `id` makes a second try the same message."""

    id: Key
    text: Text
    conversation: Key | UnsetType = UNSET
    bot: Name | UnsetType = UNSET
    model: Model | UnsetType = UNSET
    blank: bool = False
    instead_of: MessageId | UnsetType = UNSET


class Begin(Asked):
    """Something said with which a conversation begins, under an id of the caller's."""

    id: Key
    text: Text
    conversation: Key
    bot: Name | UnsetType = UNSET
    model: Model | UnsetType = UNSET
    blank: bool = False


class Change(Asked):
    """What is to be changed of a conversation; null takes a title or a model away."""

    title: Annotated[str, Meta(min_length=1, max_length=200, pattern=PLAIN)] | UnsetType | None = (
        UNSET
    )
    pinned: bool | UnsetType = UNSET
    archived: bool | UnsetType = UNSET
    model: Model | UnsetType | None = UNSET


class Typed(Asked):
    """A line such as `/new`."""

    line: Annotated[str, whole(r"[^\x00\n\r]{1,10000}")]


class Export(Asked):
    """In which form."""

    form: Literal["md", "json", "html", "txt"] = "md"


class Imagined(Asked):
    """What would be said next."""

    text: Text


class Search(Asked):
    """What is looked for."""

    q: Annotated[str, Meta(min_length=1, max_length=1000, pattern=PLAIN)]
    everybody: Flag = 0
    most: Annotated[int, Meta(ge=1, le=100)] = 30


class Remembered(Asked):
    """Whose facts: of which bot (the default one), and whether everybody's."""

    bot: Name | UnsetType = UNSET
    everybody: Flag = 0


class NewFact(Asked):
    """What a bot is to remember."""

    bot: Name
    statement: Statement


class Rewritten(Asked):
    """What a fact is to say."""

    statement: Statement


class Forget(Asked):
    """What is to be forgotten; without `sure` it is only told what would go."""

    what: Annotated[str, whole(TARGET)]
    replies: Literal["all", "quoting"] = "all"
    sure: bool = False


class Bring(Asked):
    """For which bot a file is brought in, and what it is called."""

    bot: Name | UnsetType = UNSET
    name: Annotated[str, Meta(max_length=255, pattern=r"^[^\x00]*$")] = ""


class NewKey(Asked):
    """A key for a vendor's models."""

    key: Annotated[str, whole(r"[\x20-\x7e]{0,4096}")]
    keep: bool = False
    base_url: Annotated[str, whole(r"(https?://[\x21-\x7e]{1,480})?")] | None = None


Words = Annotated[str, Meta(max_length=200_000, pattern=r"^[^\x00]*$")]
Short = Annotated[str, Meta(min_length=1, max_length=500, pattern=PLAIN)]
Whole = Annotated[int, Meta(ge=0, le=999_999_999_999_999)]


class PersonaGiven(Asked, omit_defaults=True):
    """Who a bot is."""

    name: Annotated[str, Meta(min_length=1, max_length=64, pattern=PLAIN)] | UnsetType = UNSET
    instructions: Words | UnsetType = UNSET


class ModelGiven(Asked, omit_defaults=True):
    """Which model answers, and how; no key is among it.

    `fallback` and `extra` are as in the settings file, which a page only gives back.
    """

    provider: Short
    name: Short | UnsetType = UNSET
    base_url: Short | UnsetType = UNSET
    context_window: Whole | UnsetType = UNSET
    max_tokens: Whole | UnsetType = UNSET
    timeout: float | UnsetType = UNSET
    retries: Whole | UnsetType = UNSET
    temperature: float | UnsetType = UNSET
    top_p: float | UnsetType = UNSET
    presence_penalty: float | UnsetType = UNSET
    frequency_penalty: float | UnsetType = UNSET
    seed: Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)] | UnsetType = UNSET
    stop: Words | Annotated[list[Words], Meta(max_length=100)] | UnsetType = UNSET
    fallback: Annotated[list[dict[str, Any]], Meta(max_length=20)] | UnsetType = UNSET
    extra: dict[str, Any] | UnsetType = UNSET


class MemoryGiven(Asked, omit_defaults=True):
    """The share of a memory, or how many exchanges the window holds."""

    share: float | UnsetType = UNSET
    most: Whole | UnsetType = UNSET
    last: Whole | UnsetType = UNSET


class Given(Asked, omit_defaults=True):
    """A bot, or what is to be changed of it; null takes something back."""

    persona: PersonaGiven | UnsetType | None = UNSET
    model: ModelGiven | UnsetType | None = UNSET
    memory: Annotated[dict[Name, MemoryGiven], Meta(max_length=100)] | UnsetType | None = UNSET
    choices: Annotated[list[Short], Meta(max_length=200)] | UnsetType | None = UNSET


class Login(Asked):
    """By which name and password somebody logs in."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    password: Annotated[str, Meta(min_length=1, max_length=1000)]


Kind = TypeVar("Kind", bound=Asked)


def query(request: Request, kind: type[Kind]) -> Kind:
    """The query as `kind`. Raises: `Refused`."""
    given = request.query_params.multi_items()
    words = dict(given)
    if len(words) != len(given):
        raise _bad("a word stands twice in the query")
    try:
        return msgspec.convert(words, kind, strict=False)
    except msgspec.ValidationError as error:
        raise _bad(_plain(error)) from None


async def body(request: Request, kind: type[Kind]) -> Kind:
    """The body, which is JSON, as `kind`. Raises: `Refused`."""
    sort = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if sort != "application/json":
        raise _bad("its body must be JSON, sent as application/json")
    raw = b"".join([chunk async for chunk in chunks(request, BODY)])
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError as error:
        raise _bad(_plain(error)) from None
    except (ValueError, RecursionError):
        raise _bad("its body is not JSON in UTF-8") from None


async def chunks(request: Request, most: int) -> AsyncGenerator[bytes]:
    """The body piece by piece, as far as `most` bytes. Raises: `Refused`."""
    told = request.headers.get("content-length", "")
    left = most
    if told.isdecimal() and len(told) < 20 and int(told) > most:
        raise _too_large(most)
    try:
        async for chunk in request.stream():
            left -= len(chunk)
            if left < 0:
                raise _too_large(most)
            yield chunk
    except ClientDisconnect:
        raise _bad("it ended before it was whole") from None


def said(text: str) -> str:
    """The text of a message. Raises: `Refused` where it is empty, too long or holds a NUL."""
    if not text.strip():
        raise Refused(422, "There is nothing to answer: the message is empty.")
    if len(text) > LONGEST:
        raise Refused(
            422,
            f"The message has {len(text):,} characters; at most {LONGEST:,} can be sent at once. "
            "Send it in parts.",
        )
    if "\0" in text:
        raise _bad("the text holds a NUL character, which no text can have")
    return text


def either(given: Kind) -> Kind:
    """A stretch that names one place at most. Raises: `Refused`."""
    places = [getattr(given, name) for name in ("before", "after", "around")]
    if sum(place is not UNSET for place in places) > 1:
        raise _bad("at most one of before, after and around can be told")
    return given


def told(value: Any) -> Any:
    """The value, or None where nothing was told."""
    return None if value is UNSET else value


_PATTERN = re.compile(r"Expected `str` matching regex .*? - at `(?:\$\.?)?(.*)`", re.DOTALL)


def _plain(error: msgspec.ValidationError) -> str:
    """What is wrong, without the pattern, which no person reads."""
    text = str(error)
    found = _PATTERN.fullmatch(text)
    return f"`{found[1]}` is empty, or has characters that it cannot have" if found else text


def _bad(why: str) -> Refused:
    return Refused(400, f"The request is not what it should be: {why}.")


def _too_large(most: int) -> Refused:
    return Refused(413, f"That is too large: at most {most:,} bytes are taken here.")
