"""`/export`: a conversation to keep."""

from __future__ import annotations

from tertulia.engine.commands.asking import Ask
from tertulia.engine.export import export
from tertulia.engine.tools import Tools
from tertulia.values.conversation import Conversation
from tertulia.values.errors import SettingsError
from tertulia.values.message import Place


async def export_here(ask: Ask) -> str:
    """The conversation in which it is asked for."""
    if ask.conversation is None or not ask.conversation.last_seq:
        return "There is nothing to export yet."
    return await exported(ask.tools, ask.conversation, ask.words or "md")


async def exported(tools: Tools, conversation: Conversation, form: str) -> str:
    """A conversation's transcript in a form of `engine.export`."""
    return export(form, conversation, await tools.store.transcript(conversation.id))


def nothing_there(place: Place) -> SettingsError:
    """The error for a place where nothing was said."""
    return SettingsError(
        f"There is no conversation {place.spot!r}. `tertulia chat --list` shows those there are."
    )
