"""A model server that says as much as a test lets it say: no test depends on how fast it is."""

from __future__ import annotations

import json
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from browser.talking import COUNTED, WORDS
from servers import DONE, chunk

SHORT = {"A capital?": "Lima.", "Which hills?": "San Cristobal.", "yes": "So be it."}


class Paced:
    """Answers with `COUNTED` as far as it may; what another text is heard for is said at once."""

    def __init__(self, answers: Mapping[str, str]) -> None:
        self.answers = answers
        self.requests: list[dict[str, Any]] = []
        self._may = WORDS
        self._changed = threading.Condition()
        self._over = False
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        """For a model's `base_url`."""
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def upto(self, word: int) -> None:
        """Say each reply up to this word, and no more for now."""
        with self._changed:
            self._may = word
            self._changed.notify_all()

    def heard(self, words: str) -> int:
        """How often a reply to these words was asked for."""
        return sum(words in str(asked["messages"][-1]["content"]) for asked in self.requests)

    def _waits(self, word: int) -> bool:
        """Whether this word may be said; waits until it may."""
        with self._changed:
            self._changed.wait_for(lambda: self._over or word <= self._may)
            return not self._over

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        paced = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
                paced.requests.append(asked)
                self.send_response(200)
                self.send_header("content-type", "text/event-stream")
                self.end_headers()
                try:
                    self._say(str(asked["messages"][-1]["content"]))
                except OSError:  # who asked has gone
                    self.close_connection = True

            def _say(self, heard: str) -> None:
                short = next((told for word, told in paced.answers.items() if word in heard), None)
                if short is not None:
                    self.wfile.write(chunk(short))
                else:
                    for n, word in enumerate(COUNTED.split(" "), 1):
                        if not paced._waits(n):
                            return
                        self.wfile.write(chunk(word if n == WORDS else f"{word} "))
                self.wfile.write(chunk(finish="stop") + DONE)

            def log_message(self, *_: object) -> None:
                """Nothing is told."""

        return Handler

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def end(self) -> None:
        with self._changed:
            self._over = True
            self._changed.notify_all()
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def paced(answers: Mapping[str, str] = SHORT) -> Generator[Paced]:
    """A running one."""
    made = Paced(answers)
    made.start()
    try:
        yield made
    finally:
        made.end()
