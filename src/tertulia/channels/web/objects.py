"""What goes out: the objects of `web/src/types.ts`, made from the values of the engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct

from tertulia.ports.workshop import Described, Workshop
from tertulia.ports.workshop import Vendor as Offering
from tertulia.values import fact as facts
from tertulia.values import shown
from tertulia.values.conversation import Summary as Told
from tertulia.values.errors import NotThere
from tertulia.values.forgetting import Forgotten as Gone
from tertulia.values.forgotten import told
from tertulia.values.message import message_id
from tertulia.values.shown import Listed, Shown, Viewer

OURS = ("web", "api")
"""Channels on which the account of a place is that of the person who speaks there."""


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
    """A conversation in a list."""

    id: int
    title: str
    titled: bool
    bot: str
    channel: str
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


def conversation(listed: Listed) -> Conversation:
    """A conversation, as its viewer sees it."""
    one = listed.conversation
    return Conversation(
        id=one.id,
        title=listed.title,
        titled=one.title is not None,
        bot=one.bot,
        channel=one.place.channel,
        model=one.model,
        mine=listed.mine,
        pinned=one.pinned_at is not None,
        archived=one.archived_at is not None,
        created_at=one.created_at,
        updated_at=one.updated_at,
        last_seq=one.last_seq,
        head=one.head,
    )


def messages(page: shown.Page, viewer: Viewer, workshop: Workshop) -> list[Message]:
    """The messages of a page, as its viewer sees them."""
    own = {one.id: one.name for one in viewer.person.identities}
    bot = called(workshop, page.conversation.bot)
    place = page.conversation.place
    other = place.account if place.channel in OURS else "Somebody"
    return [_message(one, viewer, own, bot, other) for one in page.shown]


def called(workshop: Workshop, bot: str) -> str:
    """What people call a bot: its persona's name, or its own where it is there no more."""
    try:
        persona: Mapping[str, Any] = workshop.bot(bot).given.get("persona", {})
    except NotThere:
        return bot
    return str(persona.get("name", bot))


def _message(one: Shown, viewer: Viewer, own: dict[int, str], bot: str, other: str) -> Message:
    said, ended = one.message, one.ended
    mine = said.role == "user" and said.author in own
    name = said.name or (own[said.author] if mine and said.author else other)
    usage = ended.usage if ended else None
    return Message(
        id=said.id,
        conversation=said.conversation,
        seq=said.seq,
        parent=said.parent,
        role=said.role,
        name=name if said.role == "user" else bot,
        mine=mine,
        text=said.text,
        said_at=said.said_at,
        finish_reason=said.finish_reason,
        versions=[message_id(said.conversation, seq) for seq in one.versions],
        outcome=one.outcome,
        reason=one.reason,
        model=ended.model if ended else None,
        usage=Usage(prompt_tokens=usage.prompt_tokens, completion_tokens=usage.completion_tokens)
        if usage
        else None,
        cost=ended.cost if ended else None,
        notes=list(ended.notes) if ended else [],
        cause=ended.cause if ended and viewer.owner else None,
        receipt=bool(ended and ended.receipt),
        attachments=[
            Attachment(id=each.id, name=each.name, media_type=each.media_type, size=each.size)
            for each in one.attachments
        ],
    )


def hit(found: shown.Hit) -> Hit:
    """Something that was looked for."""
    one = found.message
    return Hit(
        message=one.id,
        conversation=one.conversation,
        title=found.title,
        speaker=found.speaker,
        text=one.text,
        said_at=one.said_at,
        score=found.score,
    )


def fact(one: facts.Fact) -> Fact:
    """Something that is remembered."""
    return Fact(
        id=one.name,
        statement=one.statement,
        subject=one.subject,
        origin=one.origin,
        sources=list(one.sources),
        valid_from=one.valid_from,
        valid_to=one.valid_to,
        recorded_at=one.recorded_at,
        closed_at=one.closed_at,
    )


def summary(one: Told) -> Summary:
    """A summary, and what it stands for."""
    return Summary(
        id=f"s{one.id}",
        text=one.text,
        tokens=one.tokens,
        first=message_id(one.conversation, one.first),
        upto=message_id(one.conversation, one.upto),
        count=one.count,
    )


def forgotten(gone: Gone, *, done: bool) -> Forgotten:
    """What was forgotten, or would be, by ids and in sentences."""
    return Forgotten(**gone.as_json(), told=told(gone, done=done), done=done)


def bot(one: Described, memories: list[str]) -> Bot:
    """A bot, with the memories that there are to choose from."""
    return Bot(
        name=one.name,
        source=one.source,
        model=one.model,
        choices=list(one.choices),
        given=dict(one.given),
        memories=memories,
    )


def vendor(one: Offering) -> Vendor:
    """Who offers models."""
    return Vendor(
        name=one.name,
        ready=one.ready,
        connected=one.connected,
        kept=one.kept,
        local=one.local,
        base_url=one.base_url,
    )
