"""`/new`: an empty window, or a blank one that uses nothing from before."""

from __future__ import annotations

import secrets

from tertulia.engine.commands.asking import Ask

NEW = (
    "A new window: I read nothing of what was said here before. It is all kept, "
    "and so is what I remember of you."
)
BLANK = (
    "A blank window: I use nothing from before, and what is said in it is used nowhere else. "
    "/new leaves it."
)


async def new(ask: Ask) -> str:
    """Begin with an empty window."""
    if ask.words.lower() == "blank":
        return await _blank(ask)
    if ask.words:
        return "/new stands alone, or /new blank for a window that uses nothing from before."
    if ask.conversation is not None:
        await ask.tools.store.set_head(ask.conversation.id, None, window=None)
        ask.changed(ask.conversation.id)
    return NEW


async def _blank(ask: Ask) -> str:
    store = ask.tools.store
    here = ask.conversation or await store.begin(ask.place, ask.called, ask.tools.clock.now())
    await store.set_head(here.id, None, window=secrets.token_hex(8))
    ask.changed(here.id)
    return BLANK
