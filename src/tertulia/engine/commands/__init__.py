"""The words that people have in every channel: /new, /memory, /forget, /link, /help and more."""

from __future__ import annotations

from collections.abc import Mapping

from tertulia.engine.commands.asking import Ask, Command, There
from tertulia.engine.commands.exporting import export_here, exported, nothing_there
from tertulia.engine.commands.forget import forget_what
from tertulia.engine.commands.link import link, unlink
from tertulia.engine.commands.memory import memory
from tertulia.engine.commands.model import model
from tertulia.engine.commands.window import new
from tertulia.engine.tools import Tools
from tertulia.values.message import Place

__all__ = ["COMMANDS", "OWNER_READS", "There", "command", "exported", "nothing_there"]

OWNER_READS = "The owner of this bot can read what is said here, and all that is remembered of it."


async def command(
    tools: Tools, place: Place, bot_name: str, line: str, there: There, *, owner: bool
) -> str | None:
    """The answer to a line such as `/new`, or None where it is no command of ours."""
    word, _, words = line.strip().partition(" ")
    known = COMMANDS.get(word.removeprefix("/").lower()) if word.startswith("/") else None
    if known is None:
        return None
    if there.told:
        await tools.store.arrive(place, there.author, there.circle, there.present)
    conversation = await tools.store.conversation(place)
    called = conversation.bot if conversation else bot_name
    return await known.run(
        Ask(
            tools=tools,
            place=place,
            bot=tools.bot(called),
            called=called,
            author=there.author,
            conversation=conversation,
            words=words.strip(),
            owner=owner,
        )
    )


async def _help(ask: Ask) -> str:
    width = max(len(known.usage) for known in COMMANDS.values())
    listed = [f"{known.usage:<{width}}  {known.does}" for known in COMMANDS.values()]
    return "\n".join([f"You are talking with {ask.bot.name}.", *listed, OWNER_READS])


COMMANDS: Mapping[str, Command] = {
    "new": Command(usage="/new [blank]", does="begin with an empty window", run=new),
    "model": Command(usage="/model [NAME]", does="show the model, or pick one", run=model),
    "memory": Command(
        usage="/memory [WORDS]",
        does="show what I remember of you, or find what was said",
        run=memory,
    ),
    "forget": Command(
        usage="/forget [WHAT]", does="have something forgotten, exactly", run=forget_what
    ),
    "link": Command(usage="/link [CODE]", does="be the same person on two channels", run=link),
    "unlink": Command(usage="/unlink", does="part this channel from your others", run=unlink),
    "export": Command(
        usage="/export [md|json|html|txt]", does="get this conversation", run=export_here
    ),
    "help": Command(usage="/help", does="show this", run=_help),
}
