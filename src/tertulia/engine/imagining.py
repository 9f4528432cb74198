"""The next prompt of a conversation, made before anybody has said anything."""

from __future__ import annotations

from tertulia.engine.bot import Bot
from tertulia.engine.gather import look, prepare
from tertulia.engine.prompt import Assembled, cost
from tertulia.engine.tools import Tools
from tertulia.ports.memory import Scene
from tertulia.values.conversation import Conversation
from tertulia.values.message import Message


async def imagine(
    tools: Tools, conversation: Conversation, text: str = ""
) -> tuple[Bot, Scene, Assembled]:
    """What the model would read if `text` were said next; nothing is stored.

    Raises: `SettingsError` where the settings have no such bot any more, or no key for its model.
    """
    bot = tools.bot(conversation.bot)
    model = bot.models_in(conversation)[0]
    scene = await look(tools, conversation, [_said(tools, conversation, text)], model)
    return bot, scene, await prepare(tools, bot, scene)


def _said(tools: Tools, here: Conversation, text: str) -> Message:
    tokens = cost(tools.tokenizer, text, None)
    return Message(
        conversation=here.id,
        seq=here.last_seq + 1,
        parent=here.head,
        root=here.last_seq + 1,
        depth=0,
        path_tokens=tokens,
        role="user",
        name=None,
        text=text,
        tokens=tokens,
        said_at=tools.clock.now(),
        audience=here.audience,
    )
