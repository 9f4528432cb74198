"""A line between a browser and its server, which a test cuts, lets go dead, and mends."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager, suppress

from browser.conftest import Served

AT_ONCE = 65_536
UPGRADE = b"upgrade: websocket"


class Line:
    """Carries bytes both ways; to a page it looks like the server, at another port."""

    def __init__(self, served: Served) -> None:
        self._to = served.port
        self._ears = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._ears.getsockname()[1])
        self._whole = True
        self._open: set[socket.socket] = set()
        self._sockets: set[socket.socket] = set()
        self._dead: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._begin(self._listen)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """Every connection ends, and no other lasts until it is mended."""
        self._whole = False
        _end(self._open)

    def die(self) -> None:
        """Nothing gets through on a WebSocket any more, and nobody is told; all else ends.

        As where a browser hears of another network: it ends its calls, and a socket may be left.
        """
        self._dead |= self._sockets
        _end(self._open - self._sockets)

    def mend(self) -> None:
        """Other connections last again; what is dead stays so."""
        self._whole = True

    def end(self) -> None:
        self.cut()
        with suppress(OSError):
            self._ears.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for one in (self._ears, *self._open):
            one.close()

    def _begin(self, work: Callable[..., None], *of: socket.socket) -> None:
        thread = threading.Thread(target=work, args=of, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._ears.accept()
                if self._whole:
                    self._join(near)
                else:
                    near.close()

    def _join(self, near: socket.socket) -> None:
        far = socket.create_connection(("127.0.0.1", self._to))
        self._open |= {near, far}
        for one, other in ((near, far), (far, near)):
            self._begin(self._carry, one, other)

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(AT_ONCE):
                if UPGRADE in data.lower():
                    self._sockets |= {one, other}
                if one not in self._dead:
                    other.sendall(data)
        _end({one, other})


def _end(connections: Iterable[socket.socket]) -> None:
    for one in list(connections):
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)


@contextmanager
def line(served: Served) -> Generator[Line]:
    """One that is whole."""
    made = Line(served)
    try:
        yield made
    finally:
        made.end()
