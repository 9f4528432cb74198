"""The words that people have in every channel: /new, /model, /memory, /export, /help."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from tertulia.engine.bot import Bot
from tertulia.engine.export import export
from tertulia.engine.prompt import WHOLE, cost
from tertulia.engine.tools import Tools
from tertulia.values.conversation import Conversation
from tertulia.values.errors import SettingsError
from tertulia.values.message import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One command: who asks, where, and the words behind it."""

    tools: Tools
    place: Place
    bot: Bot
    conversation: Conversation | None
    words: str
    owner: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What a command does, how it is written, and its line in /help."""

    usage: str
    does: str
    run: Callable[[Ask], Awaitable[str]]


async def command(
    tools: Tools, place: Place, bot_name: str, line: str, *, owner: bool
) -> str | None:
    """The answer to a line such as `/new`, or None where it is no command of ours."""
    word, _, words = line.strip().partition(" ")
    known = COMMANDS.get(word.removeprefix("/").lower()) if word.startswith("/") else None
    if known is None:
        return None
    conversation = await tools.store.conversation(place)
    bot = tools.bot(conversation.bot if conversation else bot_name)
    return await known.run(
        Ask(
            tools=tools,
            place=place,
            bot=bot,
            conversation=conversation,
            words=words.strip(),
            owner=owner,
        )
    )


async def _new(ask: Ask) -> str:
    if ask.conversation is not None:
        await ask.tools.store.set_head(ask.conversation.id, None)
    return "A new window: I read nothing of what was said before. It is all kept."


async def _model(ask: Ask) -> str:
    picked = ask.conversation.model if ask.conversation else None
    if not ask.words:
        names = [model.name for model in ask.bot.models(picked)]
        lines = [f"I use {names[0]}." if names else "I have no model."]
        if names[1:]:
            lines.append(f"If it fails: {', '.join(names[1:])}.")
        if ask.bot.choices:
            lines.append(f"You may pick: /model {' | '.join(ask.bot.choices)} | default")
        return "\n".join(lines)
    return await _pick(ask)


async def _pick(ask: Ask) -> str:
    if ask.conversation is None:
        return "Say something first: a model is picked for a conversation that has begun."
    if ask.words == "default":
        await ask.tools.store.set_model(ask.conversation.id, None)
        return f"I use {ask.bot.models(None)[0].name} again."
    if ask.words not in ask.bot.choices and not ask.owner:
        names = ", ".join((*ask.bot.choices, "default"))
        return f"{ask.words!r} is not among the models that you may pick: {names}."
    models = ask.bot.models(ask.words)
    await ask.tools.store.set_model(ask.conversation.id, ask.words)
    return f"From now on I use {models[0].name} here."


async def _memory(ask: Ask) -> str:
    here = ask.conversation
    if here is None:
        return "I remember nothing here yet: nothing was said."
    model = ask.bot.models(here.model)[0]
    budget = ask.tools.factors.budget(model)
    room = budget - WHOLE - cost(ask.tools.tokenizer, ask.bot.persona.instructions, None)
    span = await ask.tools.store.history(here.id, here.head, room, frozenset())
    fitting = span.messages[:-1] if span.older and len(span.messages) > 1 else span.messages
    tokens = sum(message.tokens for message in fitting)
    lines = [
        f"In this conversation {here.last_seq} messages were said.",
        f"My window holds the newest {len(fitting)} ({tokens} of {budget} tokens).",
    ]
    newest = span.messages[0].seq if span.messages else 0
    summary = await ask.tools.store.summary(here.id, newest) if span.older else None
    if summary is not None:
        lines.append(f"Of what came before I keep this summary:\n{summary.text}")
    elif span.older:
        lines.append("What came before is kept, but I do not read it.")
    return "\n".join(lines)


async def _export(ask: Ask) -> str:
    if ask.conversation is None:
        return "There is nothing to export yet."
    return await exported(ask.tools, ask.conversation, ask.words or "md")


async def exported(tools: Tools, conversation: Conversation, form: str) -> str:
    """A conversation's transcript in a form of `engine.export`."""
    return export(form, conversation, await tools.store.transcript(conversation.id))


async def _help(ask: Ask) -> str:
    width = max(len(known.usage) for known in COMMANDS.values())
    listed = [f"{known.usage:<{width}}  {known.does}" for known in COMMANDS.values()]
    return "\n".join([f"You are talking with {ask.bot.name}.", *listed, OWNER_READS])


OWNER_READS = "The owner of this bot can read what is said here."

COMMANDS: Mapping[str, Command] = {
    "new": Command(usage="/new", does="begin with an empty window", run=_new),
    "model": Command(usage="/model [NAME]", does="show the model, or pick one", run=_model),
    "memory": Command(usage="/memory", does="show what I read of this talk", run=_memory),
    "export": Command(usage="/export [md|json|html]", does="get the whole talk", run=_export),
    "help": Command(usage="/help", does="show this", run=_help),
}


def nothing_there(place: Place) -> SettingsError:
    """The error for a place where nothing was said."""
    return SettingsError(
        f"There is no conversation {place.spot!r}. `tertulia chat --list` shows those there are."
    )
