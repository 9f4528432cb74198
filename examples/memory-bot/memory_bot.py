"""The MemoryBot of the tutorial, in a terminal: it remembers, shows what, and forgets on request.

    python memory_bot.py [--model openai:gpt-5-mini] [--k 3] [--data FOLDER]

`store` shows the memory store (the facts), `buffer` the buffer (what the last reply read), `new`
begins a New Chat that clears all, `chats` lists the stored ones, `clear` forgets them all, and
`save FILE` downloads the conversation.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import re
import sys
from pathlib import Path

from tertulia import Bot, TertuliaError

COMMANDS = {"store": "/memory", "buffer": "/memory receipt"}
HELP = "Type a message, or: store, buffer, new, chats, clear, save FILE, quit"


class MemoryBot:
    """One person's chats with the bot, the latest of which goes on."""

    def __init__(self, bot: Bot, chats: list[str]) -> None:
        self.bot = bot
        self.chats = chats or ["chat 1"]

    @classmethod
    async def of(cls, bot: Bot) -> MemoryBot:
        """With the chats that are stored, as `new` numbered them."""
        numbers = [
            int(found[1])
            for name in await bot.conversations()
            if (found := re.fullmatch(r"chat (\d{1,9})", name))
        ]
        return cls(bot, [f"chat {number}" for number in sorted(numbers)])

    async def answer(self, line: str) -> str:
        """What the bot says to a line, or does for one of its words."""
        word, _, rest = line.partition(" ")
        here = self.chats[-1]
        if word in COMMANDS and not rest:
            return await self.bot.command(COMMANDS[word], conversation=here) or ""
        if word == "save":
            return await self._save(rest)
        chats = {"new": self._new, "chats": self._list, "clear": self._clear}
        if line in chats:
            return await chats[line]()
        return (await self.bot.reply(line, conversation=here)).text

    async def _save(self, file: str) -> str:
        if not file:
            return "Say where: save FILE"
        here = self.chats[-1]
        if here not in await self.bot.conversations():
            return f"There is nothing to save: nothing was said in {here} yet."
        transcript = await self.bot.export(conversation=here)
        try:
            await asyncio.to_thread(Path(file).write_text, transcript, encoding="utf-8")
        except OSError as error:
            return f"{file} cannot be written: {error.strerror}."
        return f"Written to {file}."

    async def _clear(self) -> str:
        told = await self.bot.command("/forget me yes", conversation=self.chats[-1]) or ""
        self.chats = ["chat 1"]
        return told

    async def _new(self) -> str:
        last = int(self.chats[-1].removeprefix("chat "))
        self.chats.append(f"chat {last + 1}")
        return await self.bot.command("/new blank", conversation=self.chats[-1]) or ""

    async def _list(self) -> str:
        return "\n".join(self.chats)


async def main(arguments: argparse.Namespace) -> None:
    """Talk until the person leaves."""
    memory = {"facts": 10, "summary": 30, "recall": 25, "window": {"last": arguments.k}}
    persona = "You are MemoryBot. You remember what people tell you, and say so when you do not."
    async with Bot(
        "memory-bot",
        persona=persona,
        model=arguments.model,
        memory=memory,
        data=arguments.data,
    ) as bot:
        memory_bot = await MemoryBot.of(bot)
        print(HELP)
        for _ in itertools.count():
            print("You: ", end="", flush=True)
            line = (await asyncio.to_thread(sys.stdin.readline)).strip()
            if line in {"", "quit"}:
                break
            try:
                print(f"Bot: {await memory_bot.answer(line)}")
            except TertuliaError as error:
                print(f"Bot: {error}")


def arguments() -> argparse.Namespace:
    """What the command line says. The model's key is in the environment, never typed here."""
    parser = argparse.ArgumentParser(description="A chatbot that remembers.", epilog=HELP)
    parser.add_argument("--model", help="e.g. openai:gpt-5-mini; without it the first at hand")
    parser.add_argument("--k", type=int, default=3, help="exchanges of the window, 3 to 1000")
    parser.add_argument("--data", help="the folder that keeps it")
    return parser.parse_args()


if __name__ == "__main__":
    try:
        asyncio.run(main(arguments()))
    except TertuliaError as error:
        sys.exit(f"memory_bot: {error}")
