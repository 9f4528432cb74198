"""The local Discord over HTTP: reads a call, lets it in or refuses it, and answers."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from discords.gateway import Gateway
from discords.limits import Fault, Headers, Limits
from discords.things import Refused, Request
from discords.world import World

PREFIX = "/api/v10"
_OPEN = re.compile(r"/(interactions|webhooks|attachments)/.*|/gateway")
"""Where the path itself tells who may: no token is asked for."""


@dataclass(kw_only=True)
class Upload:
    """A file that came with a call."""

    number: int
    name: str
    data: bytes


@dataclass(kw_only=True)
class Call:
    """What the bot asks for."""

    query: dict[str, str] = field(default_factory=dict)
    body: Any = None
    uploads: list[Upload] = field(default_factory=list)


Handler = Callable[..., Any]
"""Given the world, the call and the parts of the path; gives JSON, `(status, JSON)`, or None."""


class Routes:
    """Which function answers what."""

    def __init__(self) -> None:
        self._known: list[tuple[re.Pattern[str], Handler]] = []

    def on(self, route: str) -> Callable[[Handler], Handler]:
        """For a route such as `GET /channels/{}/messages`; each `{}` is handed on."""
        pattern = "([^/]+)".join(re.escape(part) for part in route.split("{}"))

        def note(handler: Handler) -> Handler:
            self._known.append((re.compile(pattern), handler))
            return handler

        return note

    def find(self, route: str) -> tuple[Handler, tuple[str, ...]]:
        """Raises: `Refused` as Discord does for what there is not."""
        for pattern, handler in self._known:
            if match := pattern.fullmatch(route):
                return handler, match.groups()
        raise Refused(404, 0, "404: Not Found")


ROUTES = Routes()


class Web:
    """Everything on the port."""

    def __init__(self, world: World, gateway: Gateway, limits: Limits) -> None:
        self._world = world
        self._gateway = gateway
        self._limits = limits

    def application(self) -> web.Application:
        made = web.Application(client_max_size=1 << 28)
        made.router.add_route("*", "/{rest:.*}", self._take)
        return made

    async def _take(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._gateway.take(request)
        call = await _read(request)
        noted = Request(
            method=request.method,
            path=request.path.removeprefix(PREFIX),
            query=call.query,
            body=call.body,
        )
        with self._world.changed:
            self._world.requests.append(noted)
            slow = self._limits.fault(noted.route, slow=True)
            fault = self._limits.fault(noted.route, slow=False)
            self._world.changed.notify_all()
        if slow is not None:
            await asyncio.sleep(slow.seconds)
        with self._world.changed, self._world.own_faults():
            response = self._answer(request, noted, call, fault)
            noted.status = response.status if response is not None else 0
            self._world.changed.notify_all()
        if response is None:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        return response

    def _answer(
        self, request: web.Request, noted: Request, call: Call, fault: Fault | None
    ) -> web.Response | None:
        """None if the line is to be cut."""
        if request.method == "GET" and noted.path in self._world.files and fault is None:
            file = self._world.files[noted.path]
            return web.Response(body=file.data, headers={"Content-Type": file.kind})
        headers: Headers = {}
        try:
            self._let_in(request, noted)
            headers, over = self._limits.take(noted.route)
            fault = fault or over
            status, shape = 200, None
            if fault is None or fault.done:
                status, shape = self._handle(noted, call)
        except Refused as refused:
            status, shape = refused.status, refused.body
        if fault is not None:
            if not fault.status:
                return None
            return _json(fault.status, fault.body, {**headers, **fault.headers})
        return _json(status, shape, headers)

    def _let_in(self, request: web.Request, noted: Request) -> None:
        if _OPEN.fullmatch(noted.path):
            return
        said = request.headers.get("Authorization")
        if self._world.refused or said != f"Bot {self._world.token}":
            raise Refused(401, 0, "401: Unauthorized")

    def _handle(self, noted: Request, call: Call) -> tuple[int, Any]:
        handler, parts = ROUTES.find(noted.route)
        given = handler(self._world, call, *parts)
        if isinstance(given, tuple):
            return given
        return (204, None) if given is None else (200, given)


def _json(status: int, shape: Any, headers: Headers) -> web.Response:
    if status == 204:
        return web.Response(status=204, headers=headers)
    # A charset behind it, and discord.py takes the body for text.
    typed = {**headers, "Content-Type": "application/json"}
    return web.Response(status=status, body=json.dumps(shape).encode(), headers=typed)


async def _read(request: web.Request) -> Call:
    query = dict(request.query)
    if request.content_type != "multipart/form-data":
        raw = await request.read()
        return Call(query=query, body=json.loads(raw) if raw else None)
    call = Call(query=query)
    async for part in await request.multipart():
        assert not isinstance(part, list)
        data = bytes(await part.read(decode=False))
        if part.name == "payload_json":
            call.body = json.loads(data)
        elif found := re.fullmatch(r"files\[(\d+)\]", part.name or ""):
            name = part.filename or "unknown"
            call.uploads.append(Upload(number=int(found[1]), name=name, data=data))
    return call
