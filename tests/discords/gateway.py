"""The gateway of the local Discord: sessions, what they missed, and the lines they are told on."""

from __future__ import annotations

import asyncio
import json
import secrets
import zlib
from contextlib import suppress
from typing import Any

from aiohttp import WSMsgType, web

from discords import shapes
from discords.world import CONTENT, GUILDS, MEMBERS, PRESENCES, World

DISPATCH, HEARTBEAT, IDENTIFY, RESUME, RECONNECT = 0, 1, 2, 6, 7
REQUEST_MEMBERS, INVALID_SESSION, HELLO, ACKNOWLEDGED = 8, 9, 10, 11


class Line:
    """One connection. What is put on it is sent in order; silent, it sends nothing any more."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        self._socket = socket
        self._transport = request.transport
        self._loop = asyncio.get_running_loop()
        self._waiting: asyncio.Queue[str | int] = asyncio.Queue()
        zipped = request.query.get("compress") == "zlib-stream"
        self._zip = zlib.compressobj() if zipped else None
        self.session: Wired | None = None
        self.silent = False

    def put(
        self, op: int, data: Any, sequence: int | None = None, event: str | None = None
    ) -> None:
        """From any thread."""
        if not self.silent:
            text = json.dumps({"op": op, "d": data, "s": sequence, "t": event})
            self._loop.call_soon_threadsafe(self._waiting.put_nowait, text)

    def close(self, code: int) -> None:
        """From any thread, after what was put before."""
        self._loop.call_soon_threadsafe(self._waiting.put_nowait, code)

    def cut(self) -> None:
        """From any thread, with no word of farewell."""
        self._loop.call_soon_threadsafe(self._abort)

    def _abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    async def write(self) -> None:
        """Send what is put, until closed."""
        with suppress(ConnectionError):
            while isinstance(text := await self._waiting.get(), str):
                if self._zip is None:
                    await self._socket.send_str(text)
                else:
                    packed = self._zip.compress(text.encode())
                    await self._socket.send_bytes(packed + self._zip.flush(zlib.Z_SYNC_FLUSH))
            await self._socket.close(code=text)


class Wired:
    """A session: all that it was told, so that it can be resumed, and its line while it has one."""

    def __init__(self, intents: int, line: Line) -> None:
        self.id = secrets.token_hex(16)
        self.intents = intents
        self.line: Line | None = line
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.sent = 0
        """How many of them went on a line."""

    def add(self, event: str, data: dict[str, Any]) -> None:
        self.told.append((event, data))
        if self.line is not None:
            self._send(self.line, len(self.told))

    def _send(self, line: Line, sequence: int) -> None:
        event, data = self.told[sequence - 1]
        line.put(DISPATCH, data, sequence, event)
        if not line.silent:
            self.sent = max(self.sent, sequence)

    def resume(self, line: Line, after: int) -> None:
        """Tell everything behind that number, in order."""
        self.line = line
        line.session = self
        for sequence in range(after + 1, len(self.told) + 1):
            self._send(line, sequence)
        self.add("RESUMED", {})

    def last_message(self, by_others_than: int) -> int:
        """The number of the last one that was delivered; 0 if none was."""
        for number in range(self.sent, 0, -1):
            event, data = self.told[number - 1]
            if event == "MESSAGE_CREATE" and data["author"]["id"] != str(by_others_than):
                return number
        return 0


class Gateway:
    """Takes the lines of bots and keeps their sessions."""

    def __init__(self, world: World, url: str, heartbeat: float) -> None:
        self.url = url
        self.lines: set[Line] = set()
        self.heartbeat = heartbeat
        self.replay = False
        """Whether the next that resumes is told once more of the last message that it had."""
        self.identified = 0
        self.resumed = 0
        self.beats = 0
        self._world = world
        self._open = asyncio.Event()
        self._open.set()
        self._loop = asyncio.get_running_loop()

    def hold(self) -> None:
        """Let whoever connects wait at the door."""
        self._loop.call_soon_threadsafe(self._open.clear)

    def let_in(self) -> None:
        self._loop.call_soon_threadsafe(self._open.set)

    def look_after(self, seconds: float) -> None:
        """Let those who wait for a change look once more by then."""
        self._loop.call_soon_threadsafe(self._loop.call_later, seconds, self._look)

    def _look(self) -> None:
        with self._world.changed:
            self._world.changed.notify_all()

    def forget(self) -> None:
        """No session can be resumed any more."""
        self._world.sessions.clear()

    async def take(self, request: web.Request) -> web.WebSocketResponse:
        await self._open.wait()
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        line = Line(socket, request)
        line.put(HELLO, {"heartbeat_interval": int(self.heartbeat * 1000)})
        writer = asyncio.create_task(line.write())
        with self._world.changed:
            self.lines.add(line)
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._hear(line, json.loads(message.data))
        finally:
            self._left(line, socket.close_code)
            writer.cancel()
            with suppress(asyncio.CancelledError):
                await writer
        return socket

    def _left(self, line: Line, code: int | None) -> None:
        with self._world.changed:
            self.lines.discard(line)
            session = line.session
            if session is not None and session.line is line:
                session.line = None
                if code in (1000, 1001):
                    self._world.sessions.pop(session.id, None)
            self._world.changed.notify_all()

    def _hear(self, line: Line, said: dict[str, Any]) -> None:
        op, data = said["op"], said.get("d")
        with self._world.changed, self._world.own_faults():
            if op == HEARTBEAT:
                self.beats += 1
                line.put(ACKNOWLEDGED, None)
            elif op == IDENTIFY:
                self._identify(line, data)
            elif op == RESUME:
                self._resume(line, data)
            elif line.session is None:
                line.close(4003)
            elif op == REQUEST_MEMBERS:
                self._members(line.session, data)
            self._world.changed.notify_all()

    def _identify(self, line: Line, data: dict[str, Any]) -> None:
        world, intents = self._world, data["intents"]
        if line.session is not None:
            line.close(4005)
        elif world.refused or data["token"] != world.token:
            line.close(4004)
        elif intents & (MEMBERS | PRESENCES | CONTENT) & ~world.allowed:
            line.close(4014)
        else:
            self.identified += 1
            session = line.session = Wired(intents, line)
            session.add("READY", self._ready(session))
            for guild in world.guilds.values() if intents & GUILDS else ():
                session.add("GUILD_CREATE", world.guild_shape(guild))
            world.sessions[session.id] = session

    def _ready(self, session: Wired) -> dict[str, Any]:
        world = self._world
        return {
            "v": 10,
            "user": shapes.of_user(world.me),
            "guilds": [{"id": str(guild), "unavailable": True} for guild in world.guilds],
            "session_id": session.id,
            "resume_gateway_url": self.url,
            "session_type": "normal",
            "shard": [0, 1],
            "private_channels": [],
            "application": {"id": str(world.application), "flags": world.flags},
        }

    def _resume(self, line: Line, data: dict[str, Any]) -> None:
        world = self._world
        session = world.sessions.get(data["session_id"] or "")
        if world.refused or data["token"] != world.token:
            line.close(4004)
        elif not isinstance(session, Wired):
            line.put(INVALID_SESSION, False)
        else:
            self.resumed += 1
            after = data["seq"] or 0
            again = session.last_message(world.me.id) if self.replay else 0
            self.replay = False
            session.resume(line, min(after, again - 1) if again else after)

    def _members(self, session: Wired, data: dict[str, Any]) -> None:
        guild = self._world.guild(data["guild_id"])
        wanted = {int(one) for one in data.get("user_ids", ())}
        start = str(data.get("query") or "")
        users = [
            user
            for user in self._world.users.values()
            if (user.id in wanted if wanted else user.name.startswith(start))
        ]
        chunk = {
            "guild_id": str(guild.id),
            "members": [shapes.of_member(guild, user) for user in users],
            "chunk_index": 0,
            "chunk_count": 1,
        }
        if "nonce" in data:
            chunk["nonce"] = data["nonce"]
        session.add("GUILD_MEMBERS_CHUNK", chunk)
