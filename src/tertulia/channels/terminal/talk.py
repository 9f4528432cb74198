"""The talk: a person types, the bot answers, until the person leaves."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tertulia.channels.terminal.exporting import export
from tertulia.channels.terminal.follow import follow, greet
from tertulia.channels.terminal.prompt import Key, Prompt
from tertulia.channels.terminal.session import Interrupt, Session
from tertulia.channels.terminal.sheet import Sheet, Speaking
from tertulia.channels.terminal.signals import interrupts, quiet
from tertulia.channels.terminal.streams import Closed
from tertulia.channels.terminal.waiting import Waiting
from tertulia.channels.terminal.words import AWAY, LATER, LEAVING, unknown
from tertulia.values.errors import TertuliaError
from tertulia.values.message import Accepted, Author, Incoming

_LEAVE = ("/quit", "/exit")
_OWN = ("/export", "/help", *_LEAVE)
_HELP = """\
/export FILE         write it to FILE: .md, .json, .html or .txt
/quit                leave; Ctrl-D does it too
Enter sends, Alt-Enter or Ctrl-J begins a new line, Ctrl-C stops a reply.
To send a message that begins with a slash, type the slash twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who talks, with which bot, and the file of what they typed before."""

    author: Author
    bot: str
    history: Path | None


class Talk:
    """One talk from its greeting to its end. Every method raises `Closed`."""

    def __init__(self, session: Session, sheet: Sheet, person: Person) -> None:
        self._session = session
        self._sheet = sheet
        self._person = person
        self._leaving = False
        self._draft = ""

    async def run(self, greeting: Sequence[str]) -> None:
        """Talk until the person leaves."""
        with interrupts(lambda: self._session.put(Interrupt())), quiet():
            self._sheet.small(*greeting)
            self._sheet.gap()
            if not await self._greeted():
                return
            self._prompt = Prompt(self._person.history, await self._words())
            self._waiting = Waiting(self._session, self._sheet, self._prompt)
            while (typed := await self._ask()) is not None and await self._do(typed.strip()):
                pass

    async def _greeted(self) -> bool:
        try:
            return await greet(self._session, lambda one: self._sheet.delivery(one, AWAY))
        except TertuliaError as error:
            self._complain(error)
            return True

    async def _words(self) -> Sequence[str]:
        """What can be completed: the commands that `/help` lists, and ours."""
        listed: str | None = None
        with suppress(TertuliaError):
            listed = await self._command("/help")
        return sorted({*re.findall(r"^/\w+", listed or "", re.MULTILINE), *_OWN})

    async def _ask(self) -> str | None:
        """What the person typed; None where they leave."""
        while True:
            draft, self._draft = self._draft, ""
            typed = await self._waiting.ask(draft)
            if isinstance(typed, str):
                self._leaving = False
                return typed
            if typed is Key.LEAVE or (self._leaving and not self._prompt.emptied):
                return None
            self._leaving = True
            self._sheet.small(LEAVING)

    async def _do(self, text: str) -> bool:
        """Do what was typed; False where it leaves."""
        word, _, words = text.partition(" ")
        if word in _LEAVE:
            return False
        try:
            if word == "/export":
                await self._export(words.strip())
            elif text.startswith("/") and not text.startswith("//"):
                await self._obey(text)
            elif text:
                return await self._say(text.removeprefix("/"))
        except TertuliaError as error:
            self._complain(error)
        return True

    async def _export(self, words: str) -> None:
        shown = await export(self._session.host, self._session.place, words, self._prompt.confirm)
        if shown.sentence:
            self._sheet.answer(shown.text)
        else:
            self._sheet.verbatim(shown.text)

    async def _obey(self, line: str) -> None:
        answer = await self._command(line)
        if answer is None:
            answer = unknown(line)
        elif line.split(maxsplit=1)[0] == "/help":
            answer = f"{answer}\n{_HELP}"
        self._sheet.answer(answer)

    async def _command(self, line: str) -> str | None:
        return await self._session.host.command(
            self._session.place,
            self._person.bot,
            line,
            author=self._person.author,
            owner=True,
        )

    async def _say(self, text: str) -> bool:
        try:
            accepted = await self._session.host.accept(self._incoming(text))
        except TertuliaError:
            self._draft = text
            raise
        interrupted = self._session.interrupted
        view = Speaking(self._sheet, self._person.bot)
        try:
            outcome = await follow(self._session, accepted, view)
        finally:
            view.close()
        pressed = self._session.interrupted - interrupted
        self._leaving = pressed > 0
        return outcome is not None or self._leave_behind(accepted, pressed)

    def _leave_behind(self, accepted: Accepted, pressed: int) -> bool:
        """Ctrl-C ended the wait: a second one leaves; after the first the reply may still come."""
        if pressed > 1:
            return False
        self._waiting.behind.append(accepted)
        self._sheet.small(LATER)
        self._sheet.gap()
        return True

    def _complain(self, error: TertuliaError) -> None:
        if isinstance(error, Closed):
            raise error
        self._sheet.engine(str(error))

    def _incoming(self, text: str) -> Incoming:
        return Incoming(
            place=self._session.place,
            bot=self._person.bot,
            author=self._person.author,
            platform_id=uuid.uuid4().hex,
            text=text,
            said_at=time.time_ns() // 1_000_000,
        )
