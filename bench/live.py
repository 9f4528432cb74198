"""What 2,000 live conversations add to one server: a WebSocket each, and a reply that streams."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from pathlib import Path

import httpx2
import websockets
from chats import Served, free_port, model
from children import tertulia
from figures import rounded
from page import SETTINGS

MANY = 2000
PACE = 0.3
"""Seconds between two words of a reply: all are in the midst of theirs when it is measured."""
AT_ONCE = 50


def measure(many: int) -> dict[str, object]:
    """Megabytes that they add, one streaming reply and one WebSocket each."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, model(PACE) as url:
        home = Path(folder)
        engine = f"\n[engine]\nturns_at_once = {many * 2}\n"
        (home / "tertulia.toml").write_text(SETTINGS.format(url=url) + engine)
        port = free_port()
        here = Served([tertulia(), "serve", "--port", str(port)], port, home)
        try:
            return asyncio.run(_live(here, many))
        finally:
            here.close()


async def _live(here: Served, many: int) -> dict[str, object]:
    async with httpx2.AsyncClient(base_url=here.url, timeout=120) as client:
        warm = asyncio.Event()
        warmed = asyncio.create_task(_talk(here, client, 0, warm))
        await warmed
        before = here.rss_mb()
        gate = asyncio.Semaphore(AT_ONCE)
        spoken = [asyncio.Event() for _ in range(many)]

        async def one(number: int) -> int:
            return await _talk(here, client, number, spoken[number - 1], gate)

        talks = [asyncio.create_task(one(number)) for number in range(1, many + 1)]
        await asyncio.gather(*(event.wait() for event in spoken))
        during = here.rss_mb()
        said = await asyncio.gather(*talks)
        after = here.rss_mb()
    return {
        "live_conversations": many,
        "live_whole_replies": sum(words == 200 for words in said),
        "live_added_mb": rounded(during - before),
        "live_left_mb": rounded(after - before),
    }


async def _talk(
    here: Served,
    client: httpx2.AsyncClient,
    number: int,
    spoken: asyncio.Event,
    gate: asyncio.Semaphore | None = None,
) -> int:
    """Say something, follow the reply over a socket of its own; how many words were heard."""
    async with gate or asyncio.Semaphore():
        said = {"id": f"m{number}", "text": f"Say much, {number}.", "conversation": f"c{number}"}
        answer = await client.post("/api/messages", json=said)
        answer.raise_for_status()
        conversation = answer.json()["conversation"]
        address = here.url.replace("http", "ws") + "/api/live"
        socket = await websockets.connect(
            address, origin=websockets.Origin(here.url), compression=None, max_queue=4
        )
        await socket.send(json.dumps({"watch": conversation, "after": 1}))
    async with socket:
        async for frame in socket:
            told = json.loads(frame)
            if told["type"] in ("text", "draft"):
                spoken.set()
            if told["type"] == "message" and told["message"]["role"] != "user":
                spoken.set()
                return len(told["message"]["text"].split())
    return 0


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]) if sys.argv[1:] else MANY)))
