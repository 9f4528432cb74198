"""One client of the streaming bench: `clients.py NAME URL CALLS`, in an environment that has it.

After a warm-up it waits for lines on its standard input; for each it makes CALLS calls at once, and
prints one line of JSON: the CPU of this process in milliseconds a call, and the seconds it took.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

CHUNKS = 200
PERSONA = "You are Ana, a kind and concise guide for people who travel through Peru by bus. " * 6
QUESTION = "Where should I change buses between Lima and Cusco?"
MESSAGES = [{"role": "system", "content": PERSONA}, {"role": "user", "content": QUESTION}]

Call = Callable[[], Awaitable[int]]
"""One streamed reply; gives the number of chunks that held text."""


@asynccontextmanager
async def engine(url: str) -> AsyncGenerator[Call]:
    """The whole engine, by `tertulia.Bot.stream` on a fresh SQLite file: a conversation a call."""
    from tertulia import Bot, Spoken

    model = {"provider": "openai", "name": "bench-1", "base_url": url, "api_key": "env:BENCH_KEY"}
    numbers = itertools.count()
    with tempfile.TemporaryDirectory(prefix="bench-") as data:
        async with Bot("ana", persona=PERSONA, model=model, data=data) as bot:

            async def call() -> int:
                chunks = 0
                async for piece in bot.stream(QUESTION, conversation=str(next(numbers))):
                    chunks += isinstance(piece, Spoken)
                return chunks

            yield call


@asynccontextmanager
async def sdk(url: str) -> AsyncGenerator[Call]:
    """The bare `openai` SDK."""
    from openai import AsyncOpenAI

    async with AsyncOpenAI(base_url=url, api_key="bench") as client:

        async def call() -> int:
            chunks = 0
            async for chunk in await client.chat.completions.create(
                model="bench-1",
                messages=MESSAGES,
                stream=True,
                stream_options={"include_usage": True},
            ):
                chunks += bool(chunk.choices and chunk.choices[0].delta.content)
            return chunks

        yield call


@asynccontextmanager
async def langchain(url: str) -> AsyncGenerator[Call]:
    """`langchain-openai`."""
    from langchain_openai import ChatOpenAI

    model = ChatOpenAI(model="bench-1", base_url=url, api_key="bench", stream_usage=True)
    messages = [(message["role"], message["content"]) for message in MESSAGES]

    async def call() -> int:
        return sum([bool(chunk.text) async for chunk in model.astream(messages)])

    yield call


@asynccontextmanager
async def litellm(url: str) -> AsyncGenerator[Call]:
    """`litellm`."""
    from litellm import acompletion

    async def call() -> int:
        chunks = 0
        async for chunk in await acompletion(
            model="openai/bench-1",
            api_base=url,
            api_key="bench",
            messages=MESSAGES,
            stream=True,
            stream_options={"include_usage": True},
        ):
            chunks += bool(chunk.choices and chunk.choices[0].delta.content)
        return chunks

    yield call


CLIENTS = {"engine": engine, "sdk": sdk, "langchain": langchain, "litellm": litellm}


async def main(name: str, url: str, calls: int) -> None:
    """Warm up, then measure once for each line of standard input."""
    async with CLIENTS[name](url) as call:
        await at_once(call, calls)
        print("ready", flush=True)
        while await asyncio.to_thread(sys.stdin.readline):
            print(json.dumps(await at_once(call, calls)), flush=True)


async def at_once(call: Call, calls: int) -> dict[str, float]:
    """The figures of `calls` calls at once."""
    began, cpu = time.perf_counter(), time.process_time()
    chunks = await asyncio.gather(*(call() for _ in range(calls)))
    cpu, seconds = time.process_time() - cpu, time.perf_counter() - began
    if set(chunks) != {CHUNKS}:
        raise SystemExit(f"Not every reply had {CHUNKS} chunks: {sorted(set(chunks))}")
    return {"cpu_ms": cpu * 1000 / calls, "seconds": seconds}


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
