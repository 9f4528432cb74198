"""`/model`: which model answers here, and picking another."""

from __future__ import annotations

from tertulia.engine.commands.asking import Ask


async def model(ask: Ask) -> str:
    """Show the model, or pick one."""
    here = ask.conversation
    if ask.words:
        return await _pick(ask)
    models = ask.bot.models_in(here) if here else ask.bot.models(None, None)
    names = [model.name for model in models]
    lines = [f"I use {names[0]}." if names else "I have no model."]
    if names[1:]:
        lines.append(f"If it fails: {', '.join(names[1:])}.")
    if ask.bot.choices:
        lines.append(f"You may pick: /model {' | '.join(ask.bot.choices)} | default")
    return "\n".join(lines)


async def _pick(ask: Ask) -> str:
    if ask.conversation is None:
        return "Say something first: a model is picked for a conversation that has begun."
    if ask.words == "default":
        await ask.tools.store.set_model(ask.conversation.id, None)
        ask.changed(ask.conversation.id)
        return f"I use {ask.bot.models(None, ask.conversation.id)[0].name} again."
    if ask.words not in ask.bot.choices and not ask.owner:
        names = ", ".join((*ask.bot.choices, "default"))
        return f"{ask.words!r} is not among the models that you may pick: {names}."
    models = ask.bot.models(ask.words, ask.conversation.id, owners_pick=ask.owner)
    await ask.tools.store.set_model(ask.conversation.id, ask.words, owners_pick=ask.owner)
    ask.changed(ask.conversation.id)
    return f"From now on I use {models[0].name} here."
