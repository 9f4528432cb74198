"""What 2,000 live conversations add to one server: a WebSocket each, still, then all streaming."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import tempfile
from pathlib import Path

import httpx2
import websockets
from chats import Served, free_port, model
from children import tertulia
from figures import rounded

from tertulia.app.accounts.hashing import keyed, new_token
from tertulia.ports.accounts import Account
from tertulia.stores.sql.sqlite import SQLiteStore

MANY = 2000
EACH = 10
"""Conversations of one account, each in a tab of its own."""
PACE = 0.3
"""Seconds between two words of a reply: all are in the midst of theirs when it is measured."""
AT_ONCE = 50
SETTINGS = """
[bots.bench]
model = "offline"
memory = ["window"]

[bots.bench.choices]
slow = {{ provider = "openai", name = "bench-1", base_url = "{url}", api_key = "env:BENCH_KEY" }}

[engine]
turns_at_once = {turns}
"""


def measure(many: int) -> dict[str, object]:
    """Megabytes that they add while they are open, and while all of them stream at once."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, model(PACE) as url:
        home = Path(folder)
        (home / "tertulia.toml").write_text(SETTINGS.format(url=url, turns=many * 2))
        tokens = asyncio.run(_accounts(home / "data" / "tertulia.db", many // EACH + 1))
        port = free_port()
        here = Served([tertulia(), "serve", "--port", str(port)], port, home)
        try:
            return asyncio.run(_live(here, tokens, many))
        finally:
            here.close()


async def _accounts(path: Path, many: int) -> list[str]:
    """A token of each of so many members."""
    store = SQLiteStore(path)
    await store.open()
    secret, tokens = await store.secret(), [new_token() for _ in range(many)]
    for number, token in enumerate(tokens):
        name = f"member{number}"
        await store.add_account(Account(name=name, role="member", password=None, created_at=1))
        await store.add_token(name, "bench", keyed(secret, "token", token), 1)
    await store.close()
    return tokens


class Talk:
    """One open conversation, as a tab has it."""

    def __init__(self, here: Served, client: httpx2.AsyncClient, token: str, number: int) -> None:
        self._here = here
        self._client = client
        self._who = {"Authorization": f"Bearer {token}"}
        self._number = number
        self._conversation = 0
        self._replies: asyncio.Queue[str] = asyncio.Queue()
        self._open = contextlib.AsyncExitStack()
        self.speaking = asyncio.Event()

    async def open(self) -> None:
        """Say something to the offline model, and follow the conversation from then on."""
        said = {"id": f"m{self._number}", "text": "hello", "conversation": f"c{self._number}"}
        self._conversation = (await self._post("/api/messages", said))["conversation"]
        socket = await self._open.enter_async_context(
            websockets.connect(
                self._here.url.replace("http", "ws") + "/api/live",
                additional_headers=self._who,
                compression=None,
            )
        )
        await socket.send(json.dumps({"watch": self._conversation, "after": 1}))
        hearing = asyncio.create_task(self._hear(socket))
        self._open.callback(hearing.cancel)
        await self._replies.get()

    async def stream(self) -> int:
        """Say something to the slow model; how many words its reply had."""
        path = f"/api/conversations/{self._conversation}"
        changed = await self._client.patch(path, json={"model": "slow"}, headers=self._who)
        changed.raise_for_status()
        await self._post(f"{path}/messages", {"id": f"n{self._number}", "text": "much, please"})
        return len((await self._replies.get()).split())

    async def close(self) -> None:
        """Close the tab."""
        await self._open.aclose()

    async def _post(self, path: str, said: dict[str, str]) -> dict[str, int]:
        answer = await self._client.post(path, json=said, headers=self._who)
        answer.raise_for_status()
        told: dict[str, int] = answer.json()
        return told

    async def _hear(self, socket: websockets.ClientConnection) -> None:
        """Whatever is told is read at once, as a browser does: else no ping is answered."""
        async for frame in socket:
            told = json.loads(frame)
            if told["type"] in ("text", "draft"):
                self.speaking.set()
            if told["type"] == "message" and told["message"]["role"] != "user":
                self._replies.put_nowait(told["message"]["text"])


async def _live(here: Served, tokens: list[str], many: int) -> dict[str, object]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def opened(talk: Talk) -> None:
        async with gate:
            await talk.open()

    async with httpx2.AsyncClient(base_url=here.url, timeout=600) as client:
        first, *talks = (
            Talk(here, client, tokens[(number + EACH - 1) // EACH], number)
            for number in range(many + 1)
        )
        await first.open()
        await first.stream()
        before = here.rss_mb()
        await asyncio.gather(*(opened(talk) for talk in talks))
        still = here.rss_mb()
        for talk in talks:
            talk.speaking.clear()
        streams = [asyncio.create_task(talk.stream()) for talk in talks]
        await asyncio.gather(*(talk.speaking.wait() for talk in talks))
        streaming = here.rss_mb()
        said = await asyncio.gather(*streams)
        await asyncio.gather(*(talk.close() for talk in (first, *talks)))
    return {
        "live_conversations": many,
        "live_added_mb": rounded(still - before),
        "live_streaming_added_mb": rounded(streaming - before),
        "live_whole_replies": sum(words == 200 for words in said),
    }


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]) if sys.argv[1:] else MANY)))
