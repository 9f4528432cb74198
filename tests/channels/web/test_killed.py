"""The whole server, ended in the middle of a reply and started again."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from channels.web.served import Tab
from loopback import free_port
from servers import DONE, STALL, STREAM, chunk, misbehaving, usage

SOON = 60
TOKENS = [f" {number}" for number in range(200)]
HALF = [STREAM, *(chunk(token) for token in TOKENS[:90]), STALL]
WHOLE = [STREAM, *(chunk(token) for token in TOKENS), chunk(None, "stop"), usage(1, 200), DONE]


@asynccontextmanager
async def serving(folder: Path, port: int, how: signal.Signals) -> AsyncIterator[str]:
    """`tertulia serve`, which ends as told."""
    kept = {key: os.environ[key] for key in os.environ if key.startswith(("COVERAGE_", "PATH"))}
    with (folder / "log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tertulia", "serve", "--port", str(port)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder,
            env={**kept, "HOME": str(folder), "USER": "ana", "TERTULIA_DATA": str(folder / "data")},
        )
    url = f"http://127.0.0.1:{port}"
    try:
        async with asyncio.timeout(SOON), httpx2.AsyncClient(trust_env=False) as client:
            while not await ready(client, url):
                assert process.returncode is None, (folder / "log").read_text()
                await asyncio.sleep(0.02)
        yield url
    finally:
        process.send_signal(how)
        await asyncio.wait_for(process.wait(), SOON)


async def ready(client: httpx2.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(f"{url}/readyz")).status_code == 200
    except httpx2.TransportError:
        return False


@asynccontextmanager
async def tab(url: str) -> AsyncIterator[Tab]:
    address = url.replace("http", "ws") + "/api/live"
    async with connect(address, origin=url, max_size=None) as socket:  # type: ignore[arg-type]
        yield Tab(socket)


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_reply_is_whole_though_the_server_ended_in_the_middle(
    tmp_path: Path, how: signal.Signals
):
    async def whole(model: str) -> None:
        told = f'provider = "openai", name = "m", base_url = "{model}"'
        (tmp_path / "tertulia.toml").write_text(
            f'[bots.bo]\nmodel = {{ {told} }}\nmemory = ["window"]\n[engine]\nlease_seconds = 1\n'
        )
        port = free_port()
        async with serving(tmp_path, port, how) as url, tab(url) as first:
            async with httpx2.AsyncClient(base_url=url, trust_env=False) as client:
                say = {"id": "a", "text": "count", "conversation": "c"}
                answer = await client.post("/api/messages", json=say)
                assert answer.status_code == 202, answer.text
            number = answer.json()["conversation"]
            reader = await first.watch(number)
            await first.until(lambda: reader.draft == "".join(TOKENS[:90]))
            ended = first
        with pytest.raises(ConnectionClosed):
            await ended.until(lambda: False)
        async with serving(tmp_path, port, signal.SIGTERM) as url, tab(url) as second:
            again = await second.watch(number, reader.last)
            async with asyncio.timeout(SOON):
                while again.last < 2:
                    await second.read()
            assert again.messages[2]["text"] == "".join(TOKENS)
            async with httpx2.AsyncClient(base_url=url, trust_env=False) as client:
                page = (await client.get(f"/api/conversations/{number}/messages")).json()
                assert [one["role"] for one in page["messages"]] == ["user", "assistant"]
                repeated = await client.post("/api/messages", json=say)
                assert repeated.json()["duplicate"] is True

    with misbehaving(HALF, WHOLE) as server:
        asyncio.run(whole(server.url))
