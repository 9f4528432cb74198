"""A server that speaks OpenAI's `/embeddings`, and knows a few words that mean the same."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

DIMENSIONS = 64
SAME = {
    "feline": "cat",
    "kitten": "cat",
    "automobile": "car",
    "vehicle": "car",
    "physician": "doctor",
    "dwelling": "house",
    "home": "house",
}


def vector_of(text: str, dimensions: int = DIMENSIONS) -> list[float]:
    """The sum of a direction for each word; the same for words that mean the same."""
    found = [0.0] * dimensions
    for word in re.findall(r"\w+", text.lower()) or ["nothing"]:
        told = hashlib.blake2b(SAME.get(word, word).encode(), digest_size=dimensions).digest()
        found = [one + byte - 127.5 for one, byte in zip(found, told, strict=True)]
    return found


@dataclass
class Likening:
    """The running server: what it was asked, and how it is to behave."""

    url: str = ""
    asked: list[list[str]] = field(default_factory=list)
    status: int = 200
    refuses: str | None = None
    """A word that makes it refuse the whole request."""
    waits: threading.Event | None = None
    dimensions: int = DIMENSIONS

    def texts(self) -> list[str]:
        return [text for texts in self.asked for text in texts]

    def answer(self, body: Mapping[str, Any]) -> tuple[int, object]:
        texts: Sequence[str] = body["input"]
        self.asked.append(list(texts))
        if self.waits is not None:
            self.waits.wait(20)
        if self.status != 200:
            return self.status, {"error": {"message": "not now"}}
        if self.refuses is not None and any(self.refuses in text for text in texts):
            return 400, {"error": {"message": "this text is not allowed"}}
        data = [
            {"index": at, "embedding": vector_of(text, self.dimensions)}
            for at, text in enumerate(texts)
        ]
        return 200, {"object": "list", "data": data, "model": body["model"]}


@contextlib.contextmanager
def likening() -> Iterator[Likening]:
    """The server, on a free port of this machine, until the block ends."""
    told = Likening()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            status, answer = told.answer(body)
            data = json.dumps(answer).encode()
            with contextlib.suppress(ConnectionError):
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    told.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield told
    finally:
        if told.waits is not None:
            told.waits.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
