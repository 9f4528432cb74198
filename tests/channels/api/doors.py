"""The door of `/v1` on a free port: a real server over a real engine, and its usual clients."""

from __future__ import annotations

import asyncio
import json
import socket
import urllib.error
import urllib.request
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import openai
import uvicorn

from running import ScriptedModel, scene
from tertulia.app.compose import Running
from tertulia.channels.api import Api
from tertulia.engine.host import Engine
from tertulia.ports.channel import Floor
from tertulia.ports.workshop import Described
from tertulia.values.caller import CALLER, LOCAL, Caller
from workshops import quiet_afterwards, settings

T = TypeVar("T")
SECONDS = 60

LOCAL_CALLER = Caller(account=LOCAL, name="Ana", owner=True, session="s")
CALLERS: Mapping[str, Caller] = {
    "ana-laptop": Caller(account="ana", name="Ana", owner=False, session="t1", token="laptop"),
    "ana-phone": Caller(account="ana", name="Ana", owner=False, session="t2", token="phone"),
    "bo-laptop": Caller(account="bo", name="Bo", owner=False, session="t3", token="laptop"),
}
"""Who calls with these keys; with any other it is the owner at the machine."""


class Bench:
    """A workshop with bots; it notes what it was asked to lend."""

    def __init__(self, *names: str) -> None:
        self._names = names
        self.lent: list[tuple[str, int]] = []

    def lend(self, caller: Caller, conversation: int) -> None:
        self.lent.append((caller.session, conversation))

    def bots(self) -> Sequence[Described]:
        return [
            Described(name=name, source="built in", model="scripted:one", choices=())
            for name in self._names
        ]


@dataclass
class Door:
    """What a test holds of a running server."""

    url: str
    loop: asyncio.AbstractEventLoop
    engine: Engine
    workshop: Any
    ending: asyncio.Event
    clients: list[openai.OpenAI] = field(default_factory=list)

    def client(self, key: str = "any", **more: Any) -> openai.OpenAI:
        made = openai.OpenAI(base_url=f"{self.url}/v1", api_key=key, **{"max_retries": 0, **more})
        self.clients.append(made)
        return made

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something on the server's loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(SECONDS)

    def set(self, gate: asyncio.Event) -> None:
        self.loop.call_soon_threadsafe(gate.set)

    def until(self, found: Callable[[Engine], Any]) -> Any:
        """Wait until that is true of the engine."""

        async def wait() -> Any:
            async with asyncio.timeout(SECONDS):
                while not (seen := found(self.engine)):
                    await asyncio.sleep(0.002)
            return seen

        return self.do(wait())


Opened = Callable[[], AbstractAsyncContextManager[tuple[Engine, Any]]]


@contextmanager
def serving(opened: Opened) -> Generator[Door]:
    """A server over the engine and the workshop that `opened` gives."""
    told: Future[Door] = Future()
    stop = asyncio.Event()
    with ThreadPoolExecutor(1) as thread:
        done = thread.submit(lambda: asyncio.run(_run(opened, told, stop)))
        try:
            # Where it does not come up, what went wrong is told.
            wait((told, done), SECONDS, FIRST_COMPLETED)
            if done.done():
                done.result()
            door = told.result(0)
            yield door
        finally:
            if told.done():
                for client in door.clients:
                    client.close()
                door.loop.call_soon_threadsafe(stop.set)
        done.result(SECONDS)


async def _run(opened: Opened, told: Future[Door], stop: asyncio.Event) -> None:
    async with opened() as (engine, workshop):
        with socket.create_server(("127.0.0.1", 0)) as sock:
            ending = asyncio.Event()
            server = uvicorn.Server(_config(_app(engine, workshop, ending)))
            task = asyncio.create_task(server.serve(sockets=[sock]))
            while not (server.started or task.done()):
                await asyncio.sleep(0.002)
            url = f"http://127.0.0.1:{sock.getsockname()[1]}"
            told.set_result(Door(url, asyncio.get_running_loop(), engine, workshop, ending))
            await stop.wait()
            ending.set()
            server.should_exit = True
            await task


def _config(application: Any) -> uvicorn.Config:
    return uvicorn.Config(
        application, lifespan="off", log_config=None, log_level="warning", ws="none"
    )


def _app(engine: Engine, workshop: Any, ending: asyncio.Event) -> Any:
    async def ended() -> None:
        await ending.wait()

    floor = Floor(
        host=engine,
        desk=engine.desk,
        workshop=workshop,
        default_bot="bo",
        upload=20_000_000,
        ending=ended,
    )
    inner = Api().application(floor)

    async def let_in(scope: Any, receive: Any, send: Any) -> None:
        headers = dict(scope["headers"])
        key = headers.get(b"authorization", b"").decode().removeprefix("Bearer ")
        scope[CALLER] = CALLERS.get(key, LOCAL_CALLER)
        await inner(scope, receive, send)

    return let_in


@contextmanager
def scripted(folder: Path, *models: ScriptedModel, **more: Any) -> Generator[Door]:
    """Over an engine with one bot, `bo`, whose models say what a test scripted."""

    @asynccontextmanager
    async def opened() -> AsyncGenerator[tuple[Engine, Any]]:
        async with scene(folder, *(models or (ScriptedModel(),)), channel=Api(), **more) as here:
            yield here.engine, Bench("bo")

    with serving(opened) as door:
        yield door


@contextmanager
def offered(folder: Path, text: str = "") -> Generator[Door]:
    """Over an engine with these settings."""

    @asynccontextmanager
    async def opened() -> AsyncGenerator[tuple[Engine, Any]]:
        engine = Running(settings(folder, text), {"api": Api()}, everything=True)
        try:
            await engine.start()
            yield engine, engine.workshop
        finally:
            await engine.close(5)

    with quiet_afterwards(), serving(opened) as door:
        yield door


def lines(*talk: str) -> list[dict[str, str]]:
    """A talk as clients send it: the user and the bot in turns, the user last."""
    roles = ("user", "assistant")
    return [{"role": roles[n % 2], "content": text} for n, text in enumerate(talk)]


def say(client: openai.OpenAI, *talk: str, model: str = "bo", **more: Any) -> str:
    """The reply to the last of these."""
    done = client.chat.completions.create(model=model, messages=lines(*talk), **more)
    return done.choices[0].message.content or ""


def kept(door: Door) -> list[list[str]]:
    """What is stored of each conversation, the oldest first: the texts in the order stored."""

    async def read() -> list[list[str]]:
        found = await door.engine.store.conversations("api")
        by_age = sorted(found, key=lambda one: one.id)
        return [[m.text for m in await door.engine.store.transcript(one.id)] for one in by_age]

    return door.do(read())


def raw(
    door: Door, body: object, *, key: str = "any", headers: Mapping[str, str] | None = None
) -> tuple[int, Any, Mapping[str, str]]:
    """Post a body, as it is where it is bytes: the status, the JSON and the headers."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    told = {"content-type": "application/json", "authorization": f"Bearer {key}", **(headers or {})}
    request = urllib.request.Request(
        f"{door.url}/v1/chat/completions", data=content, headers=told, method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            return answer.status, json.load(answer), answer.headers
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error), error.headers
