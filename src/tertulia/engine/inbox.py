"""Takes each message in, once: measured, stored, and then woken for."""

from __future__ import annotations

from dataclasses import replace

from tertulia.engine.prompt import cost
from tertulia.ports.clock import Clock
from tertulia.ports.dispatcher import Dispatcher
from tertulia.ports.store import Store
from tertulia.ports.tokenizer import Tokenizer
from tertulia.values.failpoints import reach
from tertulia.values.message import Accepted, Author, Incoming, Measured


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

        Raises: `StoreError`; then nothing was stored.
        """
        incoming = _storable(incoming)
        tokens = cost(self._tokenizer, incoming.text, incoming.name)
        reach("accept.before")
        measured = Measured(incoming=incoming, tokens=tokens)
        accepted = await self._store.accept(measured, self._clock.now())
        reach("accept.stored")
        if incoming.unanswered is None:
            # A duplicate too: the first may have been stored by a process that ended right then.
            self._dispatcher.wake(accepted.conversation)
        return accepted


def _storable(incoming: Incoming) -> Incoming:
    """With text that UTF-8 can hold: a lone surrogate or NUL becomes U+FFFD."""
    author = Author(
        platform_id=_clean(incoming.author.platform_id), name=_clean(incoming.author.name)
    )
    return replace(
        incoming,
        author=author,
        text=_clean(incoming.text),
        name=None if incoming.name is None else _clean(incoming.name),
        platform_id=_clean(incoming.platform_id),
    )


def _clean(text: str) -> str:
    if text.isascii() and "\0" not in text:
        return text
    return (
        text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "\ufffd")
    )
