"""`/export`: a conversation to keep."""

from __future__ import annotations

from tertulia.engine.commands.asking import Ask
from tertulia.engine.export import export
from tertulia.engine.tools import Tools
from tertulia.values.audience import Scope
from tertulia.values.conversation import Conversation
from tertulia.values.errors import SettingsError
from tertulia.values.message import Place


async def export_here(ask: Ask) -> str:
    """The conversation in which it is asked for."""
    if ask.conversation is None or not ask.conversation.last_seq:
        return "There is nothing to export yet."
    scope = await ask.scope()
    if scope is None and not ask.owner:
        return "Say something first, so that I know who is here."
    return await exported(ask.tools, ask.conversation, ask.words or "md", scope)


async def exported(tools: Tools, conversation: Conversation, form: str, scope: Scope | None) -> str:
    """A conversation's transcript in a form of `engine.export`.

    Of it what `scope` allows; None: all of it, for the owner.
    """
    said = await tools.store.transcript(conversation.id)
    kept = [m for m in said if scope is None or scope.allows(m.audience, m.number)]
    return export(form, conversation, kept)


def nothing_there(place: Place) -> SettingsError:
    """The error for a place where nothing was said."""
    return SettingsError(
        f"There is no conversation {place.spot!r}. `tertulia chat --list` shows those there are."
    )
