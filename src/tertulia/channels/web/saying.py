"""Something is said on the page: it is accepted once, and answered with the caller's own keys."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

from tertulia.channels.web import objects, requests
from tertulia.channels.web.operation import Call
from tertulia.channels.web.refused import Refused, no_such
from tertulia.channels.web.shaping import OURS
from tertulia.ports.channel import Host
from tertulia.values.conversation import Conversation
from tertulia.values.events import Event, Running, Settled, Started, Stored
from tertulia.values.message import Author, Incoming, Place, message_id
from tertulia.values.shown import Shown

STOPPING = 5.0
"""Seconds that a turn which is stopped may take until what it showed is stored."""

WHERE: Mapping[str, str] = {"terminal": "in the terminal", "library": "in a program"}
"""Channels that are not on a platform of their own name."""


async def begin(call: Call) -> objects.Accepted:
    """Say something in a conversation of the caller's own, which begins with it."""
    asked: requests.Begin = call.body
    text = requests.said(asked.text)
    place = Place(channel="web", account=call.caller.account, spot=asked.conversation)
    author = Author(platform_id=call.caller.account, name=call.caller.name)
    async with call.hub.alone(place):
        number, bot = await _begun(call, asked, place, author)
        incoming = Incoming(
            place=place,
            bot=bot,
            author=author,
            platform_id=asked.id,
            text=text,
            said_at=_now(),
            present=(),
        )
        return await _accept(call, incoming, number)


async def say(call: Call) -> objects.Accepted:
    """Say something in a conversation that there is."""
    asked: requests.Say = call.body
    text = requests.said(asked.text)
    listed = await call.floor.desk.listed(call.viewer, call.number("conversation"))
    conversation = listed.conversation
    there = call.floor.desk.place(call.viewer, conversation)
    if there is None:
        raise held_elsewhere(conversation)
    _fits(asked, conversation)
    instead = requests.told(asked.instead_of)
    place, who = there
    incoming = Incoming(
        place=place,
        bot=conversation.bot,
        author=Author(platform_id=who, name=call.caller.name),
        platform_id=asked.id,
        text=text,
        said_at=_now(),
        present=(),
        instead_of=None
        if instead is None
        else await _instead_of(call, conversation, instead, text),
    )
    return await _accept(call, incoming, conversation.id)


def held_elsewhere(conversation: Conversation) -> Refused:
    """Nothing can be said there from the page."""
    channel = conversation.place.channel
    where = WHERE.get(channel, f"on {channel.capitalize()}")
    if channel in OURS:
        return Refused(422, "This is somebody else's conversation: you can read it, no more.")
    return Refused(422, f"This conversation is held {where}. Answer there.")


def may_not_pick(model: str) -> Refused:
    """The model is not for this caller."""
    return Refused(
        403,
        f"You cannot pick {model} here. Pick one of the bot's models, or type in a key of your own "
        "for it.",
    )


async def _begun(
    call: Call, asked: requests.Begin, place: Place, author: Author
) -> tuple[int, str]:
    """The conversation at `place`, with its model picked and its window blank where it is new.

    All of this can be done twice: a try that was cut short is taken up where it ended.
    """
    floor, caller = call.floor, call.caller
    wanted = requests.told(asked.bot)
    bot = floor.workshop.bot(wanted or floor.default_bot).name
    model = requests.told(asked.model)
    if model is not None and not floor.workshop.may_pick(caller, bot, model):
        raise may_not_pick(model)
    number = await floor.host.begin(place, bot)
    here = (await floor.desk.listed(call.viewer, number)).conversation
    if here.last_seq > 0:
        if wanted is not None and wanted != here.bot:
            raise Refused(422, f"This conversation is with {here.bot}. Begin another one.")
        return number, here.bot
    if model is not None:
        floor.workshop.lend(caller, number)
        await floor.desk.pick_model(call.viewer, number, model, allowed=True)
    if asked.blank:
        await floor.host.command(
            place, bot, "/new blank", author=author, owner=caller.owner, present=()
        )
    return number, bot


def _fits(asked: requests.Say, conversation: Conversation) -> None:
    """Refuse what only a conversation that begins can be told."""
    if asked.blank:
        raise Refused(
            422,
            "A conversation that has begun does not become blank. Begin another one, or say "
            "/new blank in it.",
        )
    bot, model = requests.told(asked.bot), requests.told(asked.model)
    if bot is not None and bot != conversation.bot:
        raise Refused(422, f"This conversation is with {conversation.bot}. Begin another one.")
    if model is not None and model != conversation.model:
        raise Refused(422, "Pick the model of a conversation that has begun in its head line.")


async def _accept(call: Call, incoming: Incoming, number: int) -> objects.Accepted:
    """It is on disk when this returns; the caller's keys were lent before any turn needs them."""
    call.floor.workshop.lend(call.caller, number)
    accepted = await call.floor.host.accept(incoming)
    if accepted.forgotten:
        raise Refused(422, "This message came before, and was forgotten: it is not taken again.")
    call.hub.follow(call.caller.account, accepted.conversation)
    return objects.Accepted(
        conversation=accepted.conversation,
        message=message_id(accepted.conversation, accepted.seq),
        duplicate=accepted.duplicate,
    )


async def _instead_of(call: Call, conversation: Conversation, message: str, text: str) -> int:
    """The seq of a message of the caller's own; what answers it is stopped. Raises: `Refused`."""
    number, seq = (int(part) for part in message.split("."))
    shown = None if number != conversation.id else await _shown(call, number, seq)
    if shown is None:
        raise no_such(f"message {message} in this conversation")
    said = shown.message
    if said.role != "user" or said.author not in call.viewer.person.numbers:
        raise Refused(422, "Only what you said yourself can be said in other words.")
    running = call.floor.host.running(number)
    if running is not None and not await _is_this_one(call, shown, running, text):
        await _stop(call.floor.host, number, running)
    return seq


async def _shown(call: Call, number: int, seq: int) -> Shown | None:
    page = await call.floor.desk.page(call.viewer, number, around=seq, most=1)
    return next((one for one in page.shown if one.message.seq == seq), None)


async def _is_this_one(call: Call, shown: Shown, running: Running, text: str) -> bool:
    """Whether the turn that runs answers these very words: an edit that is sent a second time."""
    seq = shown.message.seq
    if running.upto <= seq or running.upto not in shown.versions:
        return False
    newer = await _shown(call, shown.message.conversation, running.upto)
    return newer is not None and newer.message.text == text


async def _stop(host: Host, number: int, running: Running) -> None:
    """Stop a turn, and wait until what it showed is stored: it belongs before the new words."""
    over = asyncio.Event()

    def hear(event: Event) -> None:
        if isinstance(event, Stored | Settled | Started):
            over.set()

    deaf = host.listen(number, hear)
    try:
        async with asyncio.timeout(STOPPING):
            if host.stop(number):
                while _same(host.running(number), running):
                    await over.wait()
                    over.clear()
    except TimeoutError:
        pass  # its end is stored later, on the path that it belongs to
    finally:
        deaf()


def _same(now: Running | None, then: Running) -> bool:
    return now is not None and (now.upto, now.again) == (then.upto, then.again)


def _now() -> int:
    return time.time_ns() // 1_000_000
