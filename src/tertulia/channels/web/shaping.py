"""Makes the objects that go out from the values of the engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tertulia.channels.web import objects
from tertulia.ports.workshop import Described, Vendor, Workshop
from tertulia.values.conversation import Summary
from tertulia.values.errors import NotThere
from tertulia.values.fact import Fact
from tertulia.values.forgetting import Forgotten
from tertulia.values.forgotten import told
from tertulia.values.message import message_id
from tertulia.values.shown import Ended, Hit, Listed, Page, Shown, Viewer

OURS = ("web", "api")
"""Channels on which the account of a place is that of the person who speaks there."""


def conversation(listed: Listed, viewer: Viewer) -> objects.Conversation:
    """A conversation, as its viewer sees it."""
    one = listed.conversation
    account = one.place.account
    others = one.place.channel in OURS and account != viewer.account
    return objects.Conversation(
        id=one.id,
        title=listed.title,
        titled=one.title is not None,
        bot=one.bot,
        channel=one.place.channel,
        whose=account if others else None,
        model=one.model,
        mine=listed.mine,
        pinned=one.pinned_at is not None,
        archived=one.archived_at is not None,
        created_at=one.created_at,
        updated_at=one.updated_at,
        last_seq=one.last_seq,
        head=one.head,
    )


def messages(page: Page, viewer: Viewer, workshop: Workshop) -> list[objects.Message]:
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


def _message(
    one: Shown, viewer: Viewer, own: Mapping[int, str], bot: str, other: str
) -> objects.Message:
    said, ended = one.message, one.ended
    mine = said.role == "user" and said.author in own
    name = said.name or (own[said.author] if mine and said.author else other)
    return objects.Message(
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
        usage=_usage(ended),
        cost=ended.cost if ended else None,
        notes=list(ended.notes) if ended else [],
        cause=ended.cause if ended and viewer.owner else None,
        receipt=bool(ended and ended.receipt),
        attachments=[
            objects.Attachment(
                id=each.id, name=each.name, media_type=each.media_type, size=each.size
            )
            for each in one.attachments
        ],
    )


def _usage(ended: Ended | None) -> objects.Usage | None:
    used = ended.usage if ended else None
    return used and objects.Usage(
        prompt_tokens=used.prompt_tokens, completion_tokens=used.completion_tokens
    )


def hit(found: Hit, workshop: Workshop) -> objects.Hit:
    """Something that was looked for, a bot's words under the name that people call it."""
    one = found.message
    speaker = called(workshop, found.speaker) if one.role == "assistant" else found.speaker
    return objects.Hit(
        message=one.id,
        conversation=one.conversation,
        title=found.title,
        speaker=speaker,
        text=one.text,
        said_at=one.said_at,
        score=found.score,
    )


def fact(one: Fact) -> objects.Fact:
    """Something that is remembered."""
    return objects.Fact(
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


def summary(one: Summary) -> objects.Summary:
    """A summary, and what it stands for."""
    return objects.Summary(
        id=f"s{one.id}",
        text=one.text,
        tokens=one.tokens,
        first=message_id(one.conversation, one.first),
        upto=message_id(one.conversation, one.upto),
        count=one.count,
    )


def forgotten(gone: Forgotten, *, done: bool) -> objects.Forgotten:
    """What was forgotten, or would be, by ids and in sentences."""
    return objects.Forgotten(**gone.as_json(), told=told(gone, done=done), done=done)


def bot(one: Described, memories: list[str]) -> objects.Bot:
    """A bot, with the memories that there are to choose from."""
    return objects.Bot(
        name=one.name,
        source=one.source,
        model=one.model,
        choices=list(one.choices),
        given=dict(one.given),
        memories=memories,
    )


def vendor(one: Vendor) -> objects.Vendor:
    """Who offers models."""
    return objects.Vendor(
        name=one.name,
        ready=one.ready,
        connected=one.connected,
        kept=one.kept,
        local=one.local,
        base_url=one.base_url,
    )
