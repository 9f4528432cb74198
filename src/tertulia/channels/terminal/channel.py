"""The terminal as a channel: at most one person at a time, who talks or says one thing."""

from __future__ import annotations

import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from tertulia.channels.terminal.once import FAILED, REPLIED, Json, Plain, once
from tertulia.channels.terminal.session import Session, gone
from tertulia.channels.terminal.streams import Closed, Out
from tertulia.ports.channel import Channel, Host
from tertulia.values.message import Author, Incoming, Place
from tertulia.values.reply import Delivery


class Terminal(Channel):
    """Writes to `stdout` and `stderr`, by default the process's own.

    `history` is the file in which a talk keeps what was typed.
    """

    name = "terminal"

    def __init__(
        self,
        *,
        history: Path | None = None,
        stdout: TextIO | None = None,
        stderr: TextIO | None = None,
    ) -> None:
        self._history = history
        self._stdout = stdout
        self._stderr = stderr
        self._session: Session | None = None

    async def send(self, delivery: Delivery) -> tuple[str, ...]:
        """Show a reply; returns once it is on the screen. Raises: `NotHere`."""
        if self._session is None or self._session.place != delivery.place:
            raise gone(delivery.place)
        await self._session.deliver(delivery)
        return ()

    async def talk(
        self, host: Host, place: Place, bot: str, author: Author, greeting: Sequence[str]
    ) -> int:
        """Talk until the person leaves; returns the exit code: 1 where the terminal was closed."""
        from tertulia.channels.terminal.sheet import Sheet
        from tertulia.channels.terminal.talk import Person, Talk

        person = Person(author=author, bot=bot, history=self._history)
        with self._at(host, place) as session:
            try:
                await Talk(session, Sheet(self._out()), person).run(greeting)
            except Closed:
                return FAILED
        return REPLIED

    async def once(self, host: Host, incoming: Incoming, *, json: bool) -> int:
        """Say one thing and print the reply, or one JSON object.

        Returns the exit code: 0 for a reply, 1 where there is none, 130 for Ctrl-C.
        Raises: `StoreError` where the message could not be stored.
        """
        with self._at(host, incoming.place) as session:
            return await once(session, incoming, self._view(incoming, json=json))

    def _view(self, incoming: Incoming, *, json: bool) -> Plain:
        out, err = self._out(), Out(self._stderr or sys.stderr)
        if json:
            return Json(out, err, incoming)
        if out.tty:
            from tertulia.channels.terminal.live import Live

            return Live(out, err, incoming.bot)
        return Plain(out, err)

    def _out(self) -> Out:
        return Out(self._stdout or sys.stdout)

    @contextmanager
    def _at(self, host: Host, place: Place) -> Generator[Session]:
        session = Session(host, place)
        self._session = session
        try:
            yield session
        finally:
            self._session = None
            session.close()
