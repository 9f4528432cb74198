"""The page's door on a real engine, over real HTTP, and what a browser would do there."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import uvicorn
from websockets.asyncio.client import ClientConnection, connect

from running import Scene, ScriptedModel, scene
from tertulia.app.compose import Running
from tertulia.channels.web import Web
from tertulia.channels.web.hub import Hub
from tertulia.channels.web.live import Live
from tertulia.ports.channel import Floor
from tertulia.ports.workshop import Described, Vendor, Workshop
from tertulia.values.caller import CALLER, Caller
from tertulia.values.errors import ModelNotAllowed, NotThere
from workshops import quiet_afterwards, settings

SOON = 20
"""Seconds in which whatever a test awaits must have come."""

Message = dict[str, Any]


def caller(account: str) -> Caller:
    """`ana` is the owner; everybody else is a member."""
    return Caller(
        account=account, name=account.title(), owner=account == "ana", session=f"{account}'s"
    )


class Bench(Workshop):
    """One bot, `bo`, called Bo; it notes what it was asked to lend."""

    def __init__(self) -> None:
        self.lent: list[tuple[str, int]] = []
        self.keys: dict[str, str] = {}
        self.given = {"persona": {"name": "Bo", "instructions": "Be kind."}}

    def bots(self) -> list[Described]:
        return [self.bot("bo")]

    def bot(self, name: str) -> Described:
        if name != "bo":
            raise NotThere(f"There is no bot {name!r}.")
        return Described(
            name="bo", source="page", model="m:1", choices=("m:2",), given=dict(self.given)
        )

    async def describe(self, name: str, given: Any) -> Described:
        self.given |= given
        return self.bot(name)

    async def discard(self, name: str) -> None:
        self.bot(name)

    def vendors(self, caller: Caller) -> list[Vendor]:
        on = caller.session in self.keys
        return [Vendor(name="openai", ready=on, connected=on, kept=False, local=False)]

    async def models(self, caller: Caller, vendor: str) -> list[str]:
        return [f"{vendor}:one"]

    async def connect(
        self, caller: Caller, vendor: str, key: str, *, base_url: str | None, keep: bool
    ) -> list[str]:
        if key == "wrong":
            raise ModelNotAllowed("openai does not accept this key.")
        self.keys[caller.session] = key
        return [f"{vendor}:one"]

    async def disconnect(self, caller: Caller, vendor: str) -> None:
        self.keys.pop(caller.session, None)

    def lend(self, caller: Caller, conversation: int) -> None:
        self.lent.append((caller.account, conversation))

    def may_pick(self, caller: Caller, bot: str, model: str) -> bool:
        return caller.owner or model == "m:2"


@dataclass
class Opened:
    """What a test holds: the engine, and the address of its page."""

    scene: Any
    url: str
    hub: Hub
    workshop: Any
    ending: asyncio.Event
    counter: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def client(self, account: str = "ana", **more: Any) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(base_url=self.url, headers={"x-caller": account}, **more)

    async def call(
        self, method: str, path: str, body: Any = None, *, by: str = "ana", **more: Any
    ) -> httpx2.Response:
        """One request; `body` is sent as JSON."""
        if body is not None:
            more["json"] = body
        async with self.client(by) as client:
            return await client.request(method, path, timeout=SOON, **more)

    async def get(self, path: str, by: str = "ana", **more: Any) -> Any:
        """The object that a path answers with, where all is well."""
        answer = await self.call("GET", path, by=by, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def begin(self, text: str, *, by: str = "ana", **more: Any) -> int:
        """The number of a conversation that begins with `text`."""
        say = {"id": f"{by}{next(self.counter)}", "text": text, **more}
        say.setdefault("conversation", f"c{say['id']}")
        answer = await self.call("POST", "/api/messages", say, by=by)
        assert answer.status_code == 202, answer.text
        return int(answer.json()["conversation"])

    async def say(self, number: int, text: str, *, by: str = "ana", **more: Any) -> str:
        """The id of what was said."""
        say = {"id": f"{by}{next(self.counter)}", "text": text, **more}
        answer = await self.call("POST", f"/api/conversations/{number}/messages", say, by=by)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["message"])

    async def talk(self, text: str, *, by: str = "ana", **more: Any) -> int:
        """A conversation that begins with `text`, and in which that is answered."""
        number = await self.begin(text, by=by, **more)
        await self.settled(number, by=by)
        return number

    async def settled(self, number: int, *, by: str = "ana") -> list[Message]:
        """The messages of a conversation, once all that was said has its outcome."""
        async with asyncio.timeout(SOON):
            while True:
                page = await self.get(f"/api/conversations/{number}/messages", by)
                said = [one for one in page["messages"] if one["role"] == "user"]
                busy = number in self.scene.engine._parts.dispatcher._tasks
                if said and all(one["outcome"] for one in said) and not busy:
                    return list(page["messages"])
                await asyncio.sleep(0.005)

    @asynccontextmanager
    async def tab(self, account: str = "ana", **more: Any) -> AsyncGenerator[Tab]:
        """A tab with its live socket."""
        address = self.url.replace("http", "ws") + "/api/live"
        headers = {"x-caller": account}
        async with connect(address, additional_headers=headers, max_size=None, **more) as socket_:
            yield Tab(socket_)


@dataclass
class Reader:
    """What a page knows of a conversation by what it was told; it checks what it is told."""

    messages: dict[int, Message] = field(default_factory=dict)
    draft: str | None = None
    events: list[Message] = field(default_factory=list)

    def take(self, event: Message) -> None:
        self.events.append(event)
        match event["type"]:
            case "message":
                message = event["message"]
                self.messages[message["seq"]] = message
                if message["role"] != "user":
                    self.draft = None
            case "draft":
                self.draft = event["text"]
            case "started" | "restarted":
                self.draft = ""
            case "text":
                assert self.draft is not None, self.kinds()
                assert event["at"] == len(self.draft.encode("utf-16-le")) // 2
                self.draft += event["text"]
            case "settled":
                self.draft = None
            case _:
                pass

    def kinds(self) -> list[str]:
        return [event["type"] for event in self.events]

    @property
    def last(self) -> int:
        return max(self.messages, default=0)

    def texts(self) -> list[str]:
        return [self.messages[seq]["text"] for seq in sorted(self.messages)]


class Tab:
    """One tab: it says what it watches, and reads what it is told."""

    def __init__(self, socket_: ClientConnection) -> None:
        self.socket = socket_
        self.readers: dict[int, Reader] = {}
        self.others: list[Message] = []

    async def watch(self, number: int, after: int = 0) -> Reader:
        reader = self.readers.setdefault(number, Reader())
        await self.socket.send(json.dumps({"watch": number, "after": after}))
        return reader

    async def read(self) -> Message:
        event: Message = json.loads(await self.socket.recv())
        if event.get("conversation") in self.readers:
            self.readers[event["conversation"]].take(event)
        else:
            self.others.append(event)
        return event

    async def until(self, enough: Callable[[], Any]) -> None:
        """Read until something holds."""
        async with asyncio.timeout(SOON):
            while not enough():
                await self.read()


async def until(holds: Callable[[], Any]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(SOON):
        while not holds():
            await asyncio.sleep(0.002)


class Naming:
    """Takes the header `x-caller` for who calls, as a login would tell it."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            return
        account = dict(scope["headers"]).get(b"x-caller", b"").decode()
        if account:
            scope[CALLER] = caller(account)
        await self.app(scope, receive, send)


@asynccontextmanager
async def server(app: Any) -> AsyncIterator[str]:
    """An application on a free port."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        app,
        log_config=None,
        lifespan="off",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=5,
    )
    made = uvicorn.Server(config)
    running = asyncio.create_task(made._serve([listening]))
    try:
        await until(lambda: made.started)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        made.should_exit = True
        await running


@asynccontextmanager
async def opened(
    folder: Path,
    *models: Any,
    assets: Path | None = None,
    upload: int = 1_000_000,
    host: Callable[[Scene], Any] = lambda here: here.engine,
    desk: Callable[[Scene], Any] = lambda here: here.engine.desk,
    **more: Any,
) -> AsyncGenerator[Opened]:
    """The page on a running engine."""
    folder.mkdir(exist_ok=True)
    door = Web(assets or folder / "no assets")
    async with scene(folder, *(models or (ScriptedModel(),)), channel=door, **more) as here:
        ending, workshop = asyncio.Event(), Bench()
        floor = Floor(
            host=host(here),
            desk=desk(here),
            workshop=workshop,
            default_bot="bo",
            upload=upload,
            ending=ending.wait,
        )
        app = door.application(floor)
        async with server(Naming(app)) as url:
            try:
                yield Opened(here, url, hub_of(app), workshop, ending)
            finally:
                ending.set()


@dataclass
class _Scene:
    """So much of a scene as an engine of the settings has."""

    engine: Any


@asynccontextmanager
async def installed(
    folder: Path, text: str = "", default_bot: str = "tertulia"
) -> AsyncGenerator[Opened]:
    """The page on an engine of the settings, with the workshop that is to be."""
    door = Web(folder / "no assets")
    engine = Running(settings(folder, text), {door.name: door}, everything=True)
    ending = asyncio.Event()
    with quiet_afterwards():
        await engine.start()
        try:
            floor = Floor(
                host=engine,
                desk=engine.desk,
                workshop=engine.workshop,
                default_bot=default_bot,
                upload=1_000_000,
                ending=ending.wait,
            )
            app = door.application(floor)
            async with server(Naming(app)) as url:
                yield Opened(_Scene(engine), url, hub_of(app), engine.workshop, ending)
        finally:
            ending.set()
            await engine.close(5)


def hub_of(app: Any) -> Hub:
    """The hub behind a door's application."""
    return next(route.endpoint._hub for route in app.routes if isinstance(route.endpoint, Live))


Body = Callable[[Opened], Coroutine[Any, Any, None]]


def served(folder: Path, body: Body, *models: Any, **more: Any) -> None:
    """Run a test's body against the page."""

    async def whole() -> None:
        async with opened(folder, *models, **more) as page:
            await body(page)

    asyncio.run(whole())


__all__ = ["Bench", "Opened", "Reader", "Tab", "contextlib", "opened", "served", "server", "until"]
