"""Takes in what people say: whether it is addressed to the bot, who hears it, and its words."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import discord

from tertulia.channels.discord.here import Here, here, spoken
from tertulia.channels.discord.limits import Limits
from tertulia.channels.discord.rules import Rules
from tertulia.channels.discord.settings import Spec
from tertulia.channels.discord.showing import Shows
from tertulia.ports.channel import Floor
from tertulia.values.attachment import Attachment
from tertulia.values.errors import StoreError
from tertulia.values.message import Incoming, Place

if TYPE_CHECKING:
    from tertulia.channels.discord.here import Anywhere

log = logging.getLogger(__name__)

SPOKEN = (discord.MessageType.default, discord.MessageType.reply)
LARGEST = 1_000_000
"""Bytes of a text that is read."""
LARGEST_PICTURE = 10_000_000
"""Bytes of a picture that is kept."""

NOT_ADDRESSED = "not addressed"
LIMIT_REACHED = "a limit is reached"
_EMOJI = re.compile(r"<a?(:\w+:)\d+>")
_TEXTS = (".txt", ".md", ".csv", ".json", ".py", ".js", ".ts", ".toml", ".yaml", ".yml", ".log")
_LOST = "I could not keep that. Please say it again in a moment."


class Hearing:
    """Of one bot. `me` is its user."""

    def __init__(self, spec: Spec, floor: Floor, me: discord.ClientUser, shows: Shows) -> None:
        self._spec = spec
        self._floor = floor
        self._me = me
        self._shows = shows
        self._rules = Rules(spec)
        self._limits = Limits(spec.limits, floor.host)
        self._bot_turns: dict[int, int] = {}

    async def hear(self, message: discord.Message) -> None:
        """Store it, if it is for us to hear."""
        if self._is_heard(message):
            await self._guarded(message, lambda: self._take_in(message, str(message.id)))

    async def _guarded(self, message: discord.Message, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except StoreError as error:
            log.error("Discord: a message could not be stored: %s", error)
            if self._addressed(message):
                await message.reply(_LOST, mention_author=False)

    async def hear_again(self, message: discord.Message) -> None:
        """It was edited: the new words stand in place of the old, and are answered in their place.

        As long as nobody has said anything since: a talk that went on is not turned back.
        """
        if message.edited_at is None or not self._is_heard(message):
            return
        place, host = self._shows.place(message.channel.id), self._floor.host
        before = await host.posted(place, str(message.id))
        newest = (await host.latest(place.channel, place.account, place.spot)).get(place.spot)
        if before is None or newest is None or newest.partition("/")[0] != str(message.id):
            return
        version = f"{message.id}/{int(message.edited_at.timestamp() * 1000)}"
        await self._guarded(message, lambda: self._take_in(message, version, before))

    async def unsaid(self, channel: int, message: int) -> None:
        """It was deleted: it is forgotten here, and nobody is answered."""
        if await self._floor.host.unsaid(self._shows.place(channel), str(message)):
            await self._shows.withdraw(str(message))

    def where(self, channel: Anywhere, user: discord.abc.User) -> Here | None:
        """Where a person is who gives a command there; None where they are not heard."""
        let_in = self._rules.lets_in(spoken(channel, user))
        return self._here(channel, user) if let_in else None

    async def over(
        self, user: discord.abc.User, said: discord.Message | discord.Interaction, place: Place
    ) -> str | None:
        """What is told whoever has used up what may be used in a day, else None."""
        return await self._limits.reached(user, said.guild, place, said.created_at)

    def _here(self, channel: Anywhere, user: discord.abc.User) -> Here:
        bot = self._rules.bot(spoken(channel, user)) or self._floor.default_bot
        return here(channel, user, self._shows.place(channel.id), bot)

    def _is_heard(self, message: discord.Message) -> bool:
        author = message.author
        if author.id == self._me.id or message.type not in SPOKEN:
            return False
        if not self._rules.lets_in(spoken(message.channel, author)):
            return False
        if not author.bot and message.webhook_id is None:
            self._bot_turns.pop(message.channel.id, None)
            return True
        if not self._spec.bots or message.webhook_id is not None:
            return False
        turns = self._bot_turns.get(message.channel.id, 0) + 1
        self._bot_turns[message.channel.id] = turns
        return turns <= self._spec.bot_turns

    def _addressed(self, message: discord.Message) -> bool:
        if message.guild is None or self._me in message.mentions:
            return True
        role = message.guild.self_role
        if role is not None and role in message.role_mentions:
            return True
        if self._spec.prefix and message.content.startswith(self._spec.prefix):
            return True
        return self._answers_us(message) or self._is_ours(message)

    def _answers_us(self, message: discord.Message) -> bool:
        told = message.reference.resolved if message.reference else None
        return isinstance(told, discord.Message) and told.author.id == self._me.id

    def _is_ours(self, message: discord.Message) -> bool:
        channel = message.channel
        if self._rules.answers(spoken(channel, message.author)) == "all":
            return True
        own = isinstance(channel, discord.Thread) and channel.owner_id == self._me.id
        return own and self._spec.threads

    async def _take_in(
        self, message: discord.Message, version: str, instead_of: int | None = None
    ) -> None:
        host = self._floor.host
        text, pictures = await self._words(message)
        if not text:
            return
        place = self._shows.place(message.channel.id)
        at = self._here(message.channel, message.author)
        addressed = self._addressed(message)
        if addressed and text.startswith("/"):
            answer = await host.command(
                place,
                at.bot,
                text,
                author=at.author,
                owner=False,
                circle=at.circle,
                present=at.present,
            )
            if answer is not None:
                await self._shows.answer(message, answer)
                return
        unanswered = None if addressed else NOT_ADDRESSED
        if addressed and (told := await self.over(message.author, message, place)) is not None:
            unanswered = LIMIT_REACHED
            await self._shows.answer(message, told)
        reply_to = await self._reply_to(message, place)
        number = await host.begin(place, at.bot)
        self._shows.follow(number, message.channel.id)
        await host.accept(
            Incoming(
                place=place,
                bot=at.bot,
                author=at.author,
                platform_id=version,
                text=text,
                said_at=int(message.created_at.timestamp() * 1000),
                name=at.name,
                unanswered=unanswered,
                circle=at.circle,
                present=at.present,
                reply_to=reply_to,
                instead_of=instead_of,
                attachments=tuple(pictures),
            )
        )

    async def _reply_to(self, message: discord.Message, place: Place) -> int | None:
        told = message.reference.message_id if message.reference else None
        return None if told is None else await self._floor.host.posted(place, str(told))

    async def _words(self, message: discord.Message) -> tuple[str, list[Attachment]]:
        """What was written, with the texts that came along; and the pictures."""
        parts = [self._written(message)]
        pictures: list[Attachment] = []
        for one in message.attachments:
            kind = (one.content_type or "").partition(";")[0]
            if kind.startswith("image/") and one.size <= LARGEST_PICTURE:
                read = await one.read()
                pictures.append(Attachment(name=one.filename, media_type=kind, content=read))
                parts.append(f"[picture: {one.filename}]")
            elif _is_text(kind, one.filename) and one.size <= LARGEST:
                told = (await one.read()).decode("utf-8", errors="replace")
                parts.append(told if one.filename == "message.txt" else f"{one.filename}:\n{told}")
            else:
                parts.append(f"[a file that cannot be read here: {one.filename}]")
        return "\n\n".join(part for part in parts if part.strip()), pictures

    def _written(self, message: discord.Message) -> str:
        """Its words, mentions as names; without the one that only calls us."""
        text = message.clean_content.strip()
        called = message.guild.me.display_name if message.guild else self._me.display_name
        for name in (f"@{called}", f"@{self._me.name}", self._spec.prefix):
            if name and text.startswith(name):
                text = text.removeprefix(name).strip()
                break
        return _EMOJI.sub(r"\1", text)


def _is_text(kind: str, name: str) -> bool:
    return kind.startswith("text/") or name.lower().endswith(_TEXTS)
