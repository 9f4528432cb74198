"""What goes out: the objects of `web/src/types.ts`."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct


class Object(Struct, kw_only=True):
    """Something that is told over HTTP."""


class Me(Object):
    """Who is logged in."""

    account: str
    name: str
    owner: bool
    login: bool
    version: str
    default_bot: str
    csrf: str
    upload: int


class Conversation(Object):
    """A conversation in a list; `whose` names the account, where it is another's."""

    id: int
    title: str
    titled: bool
    bot: str
    channel: str
    whose: str | None
    model: str | None
    mine: bool
    pinned: bool
    archived: bool
    created_at: int
    updated_at: int
    last_seq: int
    head: int | None


class Conversations(Object):
    """Several of them."""

    conversations: list[Conversation]


class Attachment(Object):
    """A picture or file, without its bytes."""

    id: int
    name: str
    media_type: str
    size: int


class Usage(Object):
    """Tokens of one call."""

    prompt_tokens: int
    completion_tokens: int


class Message(Object):
    """One thing said."""

    id: str
    conversation: int
    seq: int
    parent: int | None
    role: Literal["user", "assistant", "notice"]
    name: str
    mine: bool
    text: str
    said_at: int
    finish_reason: str | None
    versions: list[str]
    outcome: Literal["reply", "notice", "unanswered"] | None
    reason: str | None
    model: str | None
    usage: Usage | None
    cost: float | None
    notes: list[str]
    cause: str | None
    receipt: bool
    attachments: list[Attachment]


class Page(Object):
    """A stretch of a conversation."""

    conversation: Conversation
    messages: list[Message]
    older: bool
    newer: bool
    last_seq: int


class Accepted(Object):
    """What was said is stored."""

    conversation: int
    message: str
    duplicate: bool


class Stopped(Object):
    """Whether a turn ran that was stopped."""

    stopped: bool


class Answer(Object):
    """The answer to a command; None where it is none."""

    answer: str | None


class Done(Object):
    """It is on its way; there is nothing to tell."""


class Hit(Object):
    """Something that was looked for."""

    message: str
    conversation: int
    title: str
    speaker: str
    text: str
    said_at: int
    score: float


class Hits(Object):
    """Several of them."""

    hits: list[Hit]


class Fact(Object):
    """Something that is remembered."""

    id: str
    statement: str
    subject: str
    origin: Literal["said", "written"]
    sources: list[str]
    valid_from: int
    valid_to: int | None
    recorded_at: int
    closed_at: int | None


class Facts(Object):
    """Several of them."""

    facts: list[Fact]


class Undone(Object):
    """The fact of which an edit was taken back, if there was one."""

    fact: Fact | None


class Summary(Object):
    """A summary, and what it stands for."""

    id: str
    text: str
    tokens: int
    first: str
    upto: str
    count: int


class Summaries(Object):
    """Several of them."""

    summaries: list[Summary]


class ReceiptItem(Object):
    """Something that the model saw."""

    origin: str
    id: str
    tokens: int
    score: float | None
    text: str | None = None
    speaker: str | None = None
    said_at: int | None = None


class LeftOut(Object, rename={"first": "from", "last": "to"}):
    """What the model did not see."""

    origin: str
    first: str
    last: str
    count: int
    tokens: int
    why: str


class Receipt(Object):
    """What went into a prompt."""

    budget: int
    prompt_tokens: int
    items: list[ReceiptItem]
    left_out: list[LeftOut]


class Line(Object):
    """One message of a prompt."""

    role: str
    name: str | None
    content: str


class Preview(Object):
    """What the model would read."""

    prompt: list[Line]
    receipt: Receipt


class Forgotten(Object):
    """What was forgotten, or would be."""

    messages: list[str]
    redacted: list[str]
    facts: list[str]
    reopened: list[str]
    summaries: list[str]
    conversations: list[int]
    people: list[str]
    renamed: list[int]
    told: list[str]
    done: bool


class Brought(Object):
    """What was in a file that was brought in."""

    conversations: int
    messages: int
    new: int


class Bot(Object):
    """A bot, as tertulia.toml would have it."""

    name: str
    source: Literal["file", "page", "built in"]
    model: str
    choices: list[str]
    given: dict[str, Any]
    memories: list[str]


class Bots(Object):
    """Several of them."""

    bots: list[Bot]


class Vendor(Object):
    """Who offers models."""

    name: str
    ready: bool
    connected: bool
    kept: bool
    local: bool
    base_url: str | None


class Vendors(Object):
    """Several of them."""

    vendors: list[Vendor]


class Models(Object):
    """The models of a vendor."""

    models: list[str]


class Failed(Object):
    """Why something was not done."""

    code: str
    message: str


class Failure(Object):
    """A failure."""

    error: Failed
