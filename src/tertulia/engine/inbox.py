"""Takes each message in, once: measured, stored, and then woken for."""

from __future__ import annotations

import re
from dataclasses import replace

from tertulia.engine.prompt import cost
from tertulia.ports.clock import Clock
from tertulia.ports.dispatcher import Dispatcher
from tertulia.ports.store import Store
from tertulia.ports.tokenizer import Tokenizer
from tertulia.values.errors import SettingsError
from tertulia.values.failpoints import reach
from tertulia.values.message import Accepted, Author, Incoming, Measured, Place
from tertulia.values.text import clean

NAME = 64
"""The longest name of a speaker, in characters."""

LATEST = 253_402_300_799_000
"""The end of the year 9999, in milliseconds since 1970 UTC."""


class Inbox:
    """Promises 1 and 2: what is accepted is on disk, and the same message counts once."""

    def __init__(
        self, store: Store, tokenizer: Tokenizer, dispatcher: Dispatcher, clock: Clock
    ) -> None:
        self._store = store
        self._tokenizer = tokenizer
        self._dispatcher = dispatcher
        self._clock = clock

    async def accept(self, incoming: Incoming) -> Accepted:
        """Store `incoming`; it is on disk when this returns, and will be answered if it is to be.

        Raises: `StoreError`; `SettingsError` where it has no id. Then nothing was stored.
        """
        incoming = _storable(incoming)
        tokens = cost(self._tokenizer, incoming.text, incoming.name)
        reach("accept.before")
        measured = Measured(incoming=incoming, tokens=tokens)
        accepted = await self._store.accept(measured, self._clock.now())
        reach("accept.stored")
        if incoming.unanswered is None and not accepted.forgotten:
            # A duplicate too: the first may have been stored by a process that ended right then.
            self._dispatcher.wake(accepted.conversation)
        return accepted


def _storable(incoming: Incoming) -> Incoming:
    """As a database and a model can take it: text in UTF-8, a short name, a time that there is."""
    place, author, why = incoming.place, incoming.author, incoming.unanswered
    if not (incoming.platform_id and author.platform_id):
        raise SettingsError(
            f"The channel {place.channel!r} gave a message, or its author, no id. "
            "It was not stored: each needs one of its own, or they are taken for each other."
        )
    return replace(
        incoming,
        place=Place(
            channel=clean(place.channel), account=clean(place.account), spot=clean(place.spot)
        ),
        author=Author(platform_id=clean(author.platform_id), name=clean(author.name)),
        text=clean(incoming.text),
        name=_speaker(incoming.name),
        platform_id=clean(incoming.platform_id),
        unanswered=None if why is None else clean(why),
        said_at=min(max(incoming.said_at, 0), LATEST),
    )


def _speaker(name: str | None) -> str | None:
    """The name as models take it: what is counted is then what is sent.

    OpenAI allows 64 characters: no blanks, angle brackets, bars or slashes.
    """
    cleaned = re.sub(r"[\s<|\\/>]+", "_", clean(name or "").strip())[:NAME]
    return cleaned or None
