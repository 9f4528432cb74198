"""A hello-chat on Chainlit, as its documentation shows one."""

import chainlit as cl


@cl.on_message
async def answer(message: cl.Message) -> None:
    """Say it back."""
    await cl.Message(content=f"Hello: {message.content}").send()
