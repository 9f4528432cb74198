"""What commands do that people give with `/`, and the button that stops a reply."""

from __future__ import annotations

import io
import logging
import re
from collections import deque
from collections.abc import Awaitable
from typing import Any

import aiohttp
import discord
from discord import app_commands

from tertulia.channels.discord.hearing import LIMIT_REACHED, Hearing
from tertulia.channels.discord.here import Here
from tertulia.channels.discord.showing import Shows
from tertulia.channels.discord.splitting import split
from tertulia.ports.channel import Floor
from tertulia.values.errors import SettingsError, StoreError
from tertulia.values.message import Incoming

log = logging.getLogger(__name__)

Asked = discord.Interaction[discord.Client]

KEPT = 1000
"""Interactions that are known to have come already, when the gateway tells of them again."""
MESSAGES = 3
"""A longer answer comes as a file."""
CHOICES = 25
"""That Discord shows at most, each of so many characters:"""
LONGEST = 100
NAMES = 10
"""Mentions in one text whose names are asked for."""
ACKNOWLEDGED = 40060
"""Discord's code: https://discord.com/developers/docs/topics/opcodes-and-status-codes."""

SILENT = "I do not talk here."
STOPPED = "I have stopped."
NOTHING_RUNS = "I am not answering anything here at the moment."
EMPTY = "There is nothing in it to answer. Write what you want to say behind the command."
NOT_NOW = "I could not do that now. Please try it again in a moment."
BROKEN = "That went wrong, and it is not your fault. The owner of this bot finds it in the log."
CHANGED = "This command has changed. Restart Discord (Ctrl+R), then try it again."
LARGE = "The answer is larger than Discord lets me send here."
_MENTION = re.compile(r"<(@!?|@&|#)(\d{1,20})>")


class Slash:
    """What commands do, of one bot: what the same words do that are written as a message."""

    def __init__(self, floor: Floor, hearing: Hearing, shows: Shows) -> None:
        self._floor = floor
        self._hearing = hearing
        self._shows = shows
        self._begun: deque[int] = deque(maxlen=KEPT)

    async def command(self, asked: Asked, line: str, *, private: bool = True) -> None:
        """Do what a line such as `/new` says, and answer."""
        answer = await self._answer(asked, line, private=private)
        if answer is not None:
            await self._say(asked, answer, private=private)

    async def export(self, asked: Asked, form: str) -> None:
        """Answer with the conversation as a file."""
        answer = await self._answer(asked, f"/export {form}", private=True)
        # A transcript has many lines; what is said where there is none has one.
        if answer is None or "\n" not in answer.strip():
            await self._say(asked, answer or "", private=True)
        else:
            await self._file(asked, f"conversation.{form}", answer, private=True)

    async def chat(self, asked: Asked, text: str) -> None:
        """Say `text` as who asks: all see it, and the reply to it."""
        here = await self._begin(asked, private=not text.strip())
        if here is None:
            return
        if not text.strip():
            await self._say(asked, EMPTY, private=True)
            return
        over = await self._hearing.over(asked.user, asked, here.place)
        unanswered = None if over is None else LIMIT_REACHED
        await self._take_in(asked, here, await _named(asked, text.strip()), unanswered)
        who = discord.utils.escape_markdown(here.author.name)
        quoted = "\n".join(f"> {line}" for line in f"**{who}**: {text.strip()}".splitlines())
        await self._say(asked, quoted, private=False)
        if over is not None:
            await self._say(asked, over, private=True)

    async def _take_in(self, asked: Asked, here: Here, text: str, unanswered: str | None) -> None:
        host = self._floor.host
        number = await host.begin(here.place, here.bot)
        self._shows.follow(number, int(here.place.spot))
        await host.accept(
            Incoming(
                place=here.place,
                bot=here.bot,
                author=here.author,
                platform_id=str(asked.id),
                text=text,
                said_at=int(asked.created_at.timestamp() * 1000),
                name=here.name,
                unanswered=unanswered,
                circle=here.circle,
                present=here.present,
            )
        )

    async def persona(self, asked: Asked) -> None:
        """Show who the bot of this place is."""
        here = await self._begin(asked, private=True)
        if here is not None:
            persona = self._floor.workshop.bot(here.bot).given["persona"]
            told = persona["instructions"].strip() or "I have no instructions."
            name = discord.utils.escape_markdown(persona["name"])
            await self._say(asked, f"I am **{name}**.\n\n{told}", private=True)

    async def stop(self, asked: Asked) -> None:
        """Stop the reply that comes; what is shown of it stays."""
        here = await self._begin(asked, private=False)
        if here is not None:
            stopped = await self._stopped(here)
            await self._say(asked, STOPPED if stopped else NOTHING_RUNS, private=False)

    async def press(self, asked: Asked) -> None:
        """The same by the button."""
        here = await self._begin(asked, private=True, thinking=False)
        if here is not None and not await self._stopped(here):
            await self._say(asked, NOTHING_RUNS, private=True)
            await _told(asked, asked.edit_original_response(view=None))

    async def models(self, asked: Asked, begun: str) -> list[app_commands.Choice[str]]:
        """What may stand behind `/model`."""
        here = self._where(asked)
        if here is None:
            return []
        names = [*self._floor.workshop.bot(here.bot).choices, "default"]
        fitting = [one for one in names if begun.lower() in one.lower() and len(one) <= LONGEST]
        return [app_commands.Choice(name=one, value=one) for one in fitting[:CHOICES]]

    async def failed(self, asked: Asked, error: Exception) -> None:
        """Tell who asked, and the log, that it came to nothing."""
        cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
        told = _told_of(asked, cause)
        if asked.response.is_done():
            await self._say(asked, told, private=True)
        else:
            await _told(asked, asked.response.send_message(told, ephemeral=True))

    def _where(self, asked: Asked) -> Here | None:
        channel = asked.channel
        if channel is None or isinstance(channel, discord.GroupChannel):
            return None
        return self._hearing.where(channel, asked.user)

    async def _begin(self, asked: Asked, *, private: bool, thinking: bool = True) -> Here | None:
        """Acknowledge it at once: Discord waits 3 s. None where nothing is to be done."""
        if asked.id in self._begun:
            return None
        self._begun.append(asked.id)
        here = self._where(asked)
        try:
            if here is None:
                await asked.response.send_message(SILENT, ephemeral=True)
            else:
                await asked.response.defer(ephemeral=private, thinking=thinking)
        except discord.HTTPException as error:
            if error.code != ACKNOWLEDGED:  # that was a try whose answer was lost
                raise
        return here

    async def _answer(self, asked: Asked, line: str, *, private: bool) -> str | None:
        here = await self._begin(asked, private=private)
        if here is None:
            return None
        return await self._floor.host.command(
            here.place,
            here.bot,
            line.strip(),
            author=here.author,
            owner=False,
            circle=here.circle,
            present=here.present,
        )

    async def _stopped(self, here: Here) -> bool:
        host = self._floor.host
        number = self._shows.conversation(int(here.place.spot)) or await host.opened(here.place)
        return number is not None and host.stop(number)

    async def _say(self, asked: Asked, text: str, *, private: bool) -> None:
        parts = split(text)
        if len(parts) > MESSAGES:
            await self._file(asked, "answer.txt", text, private=private)
            return
        for part in parts:
            if not await _follow(asked, private=private, content=part.text):
                return

    async def _file(self, asked: Asked, name: str, text: str, *, private: bool) -> None:
        content = text.encode()
        if len(content) > asked.filesize_limit:
            await _follow(asked, private=private, content=LARGE)
        else:
            file = discord.File(io.BytesIO(content), name)
            await _follow(asked, private=private, file=file)


async def _follow(asked: Asked, *, private: bool, **more: Any) -> bool:
    """Say it behind the deferral, as private as that; False where it was too late."""
    none = discord.AllowedMentions.none()
    return await _told(
        asked, asked.followup.send(ephemeral=private, allowed_mentions=none, wait=True, **more)
    )


async def _told(asked: Asked, telling: Awaitable[object]) -> bool:
    try:
        await telling
    except Exception as error:  # noqa: BLE001 - nobody can be told of it there: it is logged
        log.warning("Discord: the answer to %s could not be shown: %s", _called(asked), error)
        return False
    return True


def _called(asked: Asked) -> str:
    """What was asked for, and by whom; not with which words."""
    command = f"/{asked.command.qualified_name}" if asked.command else "a button"
    return f"{command} of {asked.user.id}"


def _told_of(asked: Asked, error: Exception) -> str:
    """What a person is told of an error; the cause is for the log."""
    if isinstance(error, SettingsError):
        return str(error)
    if isinstance(error, StoreError):
        log.error("Discord: %s could not be done: %s", _called(asked), error)
        return NOT_NOW
    if isinstance(error, app_commands.CommandNotFound | app_commands.CommandSignatureMismatch):
        log.warning("Discord: a command came that is not ours any more: %s", error)
        return CHANGED
    if isinstance(error, discord.HTTPException | aiohttp.ClientError | OSError):
        log.warning("Discord: %s could not be acknowledged: %s", _called(asked), error)
        return NOT_NOW
    log.error("Discord: %s went wrong.", _called(asked), exc_info=error)
    return BROKEN


async def _named(asked: Asked, text: str) -> str:
    """The text with mentions as names: in a command Discord writes them as ids."""
    names: dict[str, str] = {}
    if asked.guild is not None:
        for found in list(_MENTION.finditer(text))[:NAMES]:
            names[found[0]] = await _name(asked.guild, found[1], int(found[2]))
    return _MENTION.sub(lambda found: names.get(found[0]) or found[0], text)


async def _name(guild: discord.Guild, mark: str, number: int) -> str:
    if mark == "#":
        channel = guild.get_channel_or_thread(number)
        return f"#{channel.name}" if channel else ""
    if mark == "@&":
        role = guild.get_role(number)
        return f"@{role.name}" if role else ""
    try:
        member = guild.get_member(number) or await guild.fetch_member(number)
    except discord.HTTPException:
        return ""
    return f"@{member.display_name}"
