"""`/memory receipt`: what the model saw for a reply, and what it did not."""

from __future__ import annotations

from collections.abc import Sequence

from tertulia.engine.commands.asking import Ask
from tertulia.engine.receipts import delivery_of, latest_delivery, message_numbered, table

NONE = "There is no reply here yet that has a receipt."


async def receipt(ask: Ask, parts: Sequence[str]) -> str:
    """Of the message that is named, else of the last reply here."""
    name = parts[0]
    if not name:
        return await _latest(ask)
    conversation, seq = (int(part) for part in name.split("."))
    found = await delivery_of(ask.tools.store, conversation, seq)
    if found is None or not found.receipt or not await _shown(ask, found.conversation, found.seq):
        return f"There is no receipt of {name} that I may show here."
    return "\n".join(table(found.message, found.receipt))


async def _latest(ask: Ask) -> str:
    here = ask.conversation
    found = await latest_delivery(ask.tools.store, here) if here is not None else None
    if found is None or not await _shown(ask, found.conversation, found.seq):
        return NONE
    return "\n".join(table(found.message, found.receipt))


async def _shown(ask: Ask, conversation: int, seq: int) -> bool:
    """Whether all who read this place have heard the reply; to an owner all is shown."""
    if ask.owner:
        return True
    scope = await ask.scope()
    said = await message_numbered(ask.tools.store, conversation, seq)
    return scope is not None and said is not None and scope.allows(said.audience, said.number)
