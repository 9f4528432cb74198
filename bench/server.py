"""A server that streams chat replies as OpenAI does: every word in a chunk of its own, in time.

`server.py PACE [FILE]`: so many seconds lie between two chunks; a FILE is what it says, four
characters a chunk, in place of 200 words. It prints its port, and ends when its standard input
does. Each stream keeps to its own timetable, so that chunks come one by one even
where 200 streams are open; a slow reader is not waited for.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

PACE = float(sys.argv[1]) if sys.argv[1:] else 0.04
TEXT = Path(sys.argv[2]).read_text(encoding="utf-8") if sys.argv[2:] else ""
PIECES = [TEXT[at : at + 4] for at in range(0, len(TEXT), 4)] or [f" word{n}" for n in range(200)]
CHUNKS = len(PIECES)

BASE = {
    "id": "chatcmpl-DxT7Bq0cVYl9wPz3mR5uKfNhA2sEj",
    "object": "chat.completion.chunk",
    "created": 1_700_000_000,
    "model": "bench-1",
    "service_tier": "default",
    "system_fingerprint": "fp_3f8e1c0a7d",
}
HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n"
    b"transfer-encoding: chunked\r\nconnection: keep-alive\r\n\r\n"
)
USAGE = {"prompt_tokens": 120, "completion_tokens": CHUNKS, "total_tokens": 120 + CHUNKS}


def part(data: bytes) -> bytes:
    """One HTTP chunk."""
    return b"%x\r\n%s\r\n" % (len(data), data)


def event(payload: dict[str, object]) -> bytes:
    """One server-sent event, in an HTTP chunk of its own."""
    return part(b"data: " + json.dumps(BASE | payload, separators=(",", ":")).encode() + b"\n\n")


def delta(finish: str | None = None, **said: str) -> bytes:
    """An event with a piece of the reply."""
    choice = {"index": 0, "delta": said, "logprobs": None, "finish_reason": finish}
    return event({"choices": [choice], "usage": None, "obfuscation": "r4kQ1"})


FIRST = HEAD + delta(role="assistant", content="", refusal="")
WORDS = [delta(content=piece) for piece in PIECES]
LAST = (
    delta(finish="stop")
    + event({"choices": [], "usage": USAGE, "obfuscation": "x"})
    + part(b"data: [DONE]\n\n")
    + b"0\r\n\r\n"
)


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer request after request of one connection, each with the same stream."""
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
            await reader.readexactly(length)
            await stream(writer)
    except (OSError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


async def stream(writer: asyncio.StreamWriter) -> None:
    """One reply, in time: a chunk that is late does not delay the next one."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    writer.write(FIRST)
    for number, word in enumerate(WORDS, 1):
        await asyncio.sleep(began + number * PACE - loop.time())
        writer.write(word)
    writer.write(LAST)
    await writer.drain()


async def main() -> None:
    """Serve on a free port of this machine until standard input ends."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
