"""`tertulia serve` with a small door: in a thread of the test, or as a process of its own."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2

from tertulia.app.serve import server
from tertulia.app.serve.listening import listen
from tertulia.app.servespec import ServeSpec
from tertulia.app.settings import Settings, load
from tertulia.ports.channel import Application, Door, Floor
from tertulia.values.bot import ModelSpec
from tertulia.values.caller import CALLER
from tertulia.values.errors import Busy, StoreFull
from tertulia.values.message import Accepted, Author, Incoming, Place
from tertulia.values.reply import Delivery

TESTS = Path(__file__).parent


class Little(Door):
    """A page, an interface and a WebSocket, each as small as can be."""

    name = "web"
    paths = ("",)
    open_to_all = ("/", "/assets", "/hook")

    def __init__(self) -> None:
        self.sent: list[Delivery] = []

    async def send(self, delivery: Delivery) -> tuple[str, ...]:
        self.sent.append(delivery)
        return (delivery.nonce,)

    def application(self, floor: Floor) -> Application:
        async def app(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "websocket":
                await socket_of(floor, scope, receive, send)
            else:
                await page(floor, scope, receive, send)

        return app


BREAKS: dict[str, Callable[[str], Exception]] = {
    "/api/broken": lambda query: ValueError(f"a canary: {query}"),
    "/api/full": lambda _: StoreFull("The disk that holds /secret/place is full."),
    "/api/busy": lambda _: Busy("Something waits."),
}


async def page(floor: Floor, scope: Any, receive: Any, send: Any) -> None:
    path = scope["path"]
    if path in BREAKS:
        raise BREAKS[path](scope["query_string"].decode())
    if path == "/api/half":
        await half(send)
    if path == "/api/waits":
        await floor.ending()
    if path == "/api/stream":
        await stream(floor, send)
        return
    told: Any = {"caller": caller_of(scope), "bot": floor.default_bot, "upload": floor.upload}
    if path == "/api/say":
        told = await say(floor, scope, await body_of(receive))
    elif path in ("/api/count", "/api/import", "/api/importance"):
        told = {"length": len(await body_of(receive))}
    headers = [(b"content-type", b"text/html" if path == "/" else b"application/json")]
    if path == "/api/own":
        headers.append((b"Content-Security-Policy", b"sandbox"))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(told).encode()})


async def half(send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"half", "more_body": True})
    raise ValueError("in the midst")


def caller_of(scope: Any) -> Any:
    caller = scope.get(CALLER)
    names = ("account", "name", "owner", "session", "token")
    return None if caller is None else {name: getattr(caller, name) for name in names}


async def body_of(receive: Any) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise RuntimeError("the caller has gone")
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


async def say(floor: Floor, scope: Any, body: bytes) -> Any:
    """Say the body's text; `number` in it is the message's own."""
    given, caller = json.loads(body), scope[CALLER]
    accepted: Accepted = await floor.host.accept(
        Incoming(
            place=Place(channel="web", account=caller.account, spot="t"),
            bot=floor.default_bot,
            author=Author(platform_id=caller.account, name=caller.name),
            platform_id=given["number"],
            text=given["text"],
            said_at=1,
        )
    )
    return {"conversation": accepted.conversation, "seq": accepted.seq}


async def stream(floor: Floor, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"begun\n", "more_body": True})
    await floor.ending()
    await send({"type": "http.response.body", "body": b"ending\n"})


async def socket_of(floor: Floor, scope: Any, receive: Any, send: Any) -> None:
    assert (await receive())["type"] == "websocket.connect"
    if scope["path"] == "/api/broken":
        raise ValueError("before it was accepted")
    await send({"type": "websocket.accept"})
    hearing = asyncio.create_task(hear(scope, receive, send))
    ending = asyncio.ensure_future(floor.ending())
    try:
        await asyncio.wait((hearing, ending), return_when=asyncio.FIRST_COMPLETED)
        if ending.done():
            await send({"type": "websocket.send", "text": "ending"})
            await send({"type": "websocket.close", "code": 1001})
        else:
            hearing.result()
    finally:
        for task in (hearing, ending):
            task.cancel()
        await asyncio.gather(hearing, ending, return_exceptions=True)


async def hear(scope: Any, receive: Any, send: Any) -> None:
    while (message := await receive())["type"] == "websocket.receive":
        if message["text"] == "break":
            raise ValueError("in the midst")
        told = {"heard": message["text"], "caller": caller_of(scope)}
        await send({"type": "websocket.send", "text": json.dumps(told)})


class Hook(Little):
    """A webhook of its own, set up in the settings."""

    name = "hook"
    paths = ("/channels/hook",)
    open_to_all = ("/channels/hook",)

    def __init__(self, table: Mapping[str, object]) -> None:
        super().__init__()
        self.table = table


class Server:
    """A server that runs in a thread, until it is left."""

    def __init__(self, settings: Settings, door: Little) -> None:
        self.settings = settings
        self.door = door
        self._sock = listen(settings.serve.host, settings.serve.port)
        self.port: int = self._sock.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.socket = f"ws://127.0.0.1:{self.port}/api/live"
        self._up = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run)

    def client(self, **more: Any) -> httpx2.Client:
        return httpx2.Client(base_url=self.url, trust_env=False, timeout=20, **more)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # noqa: BLE001 - the test is told, whatever it is
            self._error = error
        self._up.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        await server.run(self.settings, self._sock, self._stop, self._up.set)

    def stop(self) -> None:
        """Have it stop, without waiting for that."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stop.set)

    def __enter__(self) -> Server:
        self._thread.start()
        assert self._up.wait(20)
        if self._error is not None:
            self.__exit__()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._thread.join(30)
        assert not self._thread.is_alive()
        if self._error is not None:
            raise self._error


def settings_in(folder: Path, **spec: Any) -> Settings:
    """The offline bot's, with the data in `folder`."""
    usual = load(find=False)
    bots = {
        name: replace(bot, models=(ModelSpec(provider="offline"),))
        for name, bot in usual.bots.items()
    }
    return replace(usual, data=folder / "data", bots=bots, serve=ServeSpec(port=0, **spec))


@contextmanager
def serving(
    folder: Path, *, door: Little | None = None, settings: Settings | None = None, **spec: Any
) -> Generator[Server]:
    """A server with a door, until the end of the block."""
    door = door or Little()
    made = Server(settings or settings_in(folder, **spec), door)
    with _only(door), _own_logging(), made:
        yield made


@contextmanager
def _only(door: Little) -> Generator[None]:
    before = server.open_doors
    server.open_doors = lambda _settings: {door.name: door}
    try:
        yield
    finally:
        server.open_doors = before


@contextmanager
def _own_logging() -> Generator[None]:
    """What a server adds to the loggers of this process goes with it."""
    loggers = [logging.getLogger(name) for name in ("", "tertulia", "tertulia.requests")]
    before = [(list(one.handlers), one.level, one.propagate, one.disabled) for one in loggers]
    try:
        yield
    finally:
        for one, (handlers, level, propagate, disabled) in zip(loggers, before, strict=True):
            for handler in one.handlers:
                if handler not in handlers:
                    handler.close()
            one.handlers[:] = handlers
            one.level, one.propagate, one.disabled = level, propagate, disabled


class Process:
    """`tertulia serve` as a process, with the small door."""

    def __init__(self, folder: Path, *words: str, door: bool = True) -> None:
        kept = {k: v for k, v in os.environ.items() if k.startswith("COVERAGE_")}
        program = [str(TESTS / "serve" / "child.py")] if door else ["-m", "tertulia"]
        self.process = subprocess.Popen(
            [sys.executable, *program, "serve", *words],
            env=kept
            | {
                "PATH": os.environ["PATH"],
                "HOME": str(folder),
                "TERTULIA_DATA": str(folder / "data"),
                "PYTHONPATH": str(TESTS),
                "USER": "ana",
                "LOGNAME": "ana",
            },
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def url(self) -> str:
        """Where it is, once it is up."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith("Tertulia is on http://"), line + self.end()[1]
        return line.split()[3]

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self) -> tuple[int, str, str]:
        """Its exit code and what it told, once it has ended."""
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, err

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate(timeout=20)
