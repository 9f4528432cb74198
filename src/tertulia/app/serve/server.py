"""Runs the server: opens the engine and the doors, and ends both cleanly."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import sys
import time
from collections.abc import Callable, Generator

import uvicorn

from tertulia.app.accounts.uniting import unite_local
from tertulia.app.compose import Running, SystemClock, database
from tertulia.app.plugins import load
from tertulia.app.serve.counts import Counts, Watched
from tertulia.app.serve.doors import ALWAYS, bot_of, open_doors, open_wires
from tertulia.app.serve.floor import floor
from tertulia.app.serve.gate import Gate
from tertulia.app.serve.layers import Ground, layers
from tertulia.app.serve.lines import tell
from tertulia.app.serve.listening import BACKLOG, told
from tertulia.app.serve.site import Site, site
from tertulia.app.serve.wires import Wires
from tertulia.app.settings import Settings
from tertulia.ports.channel import Application
from tertulia.ports.store import Store
from tertulia.values.errors import SettingsError

GRACE = 8.0
"""Seconds that what runs is given to finish, together: containers are killed after ten."""

WORD = 0.2
"""Seconds in which streams tell that the server ends, before connections are closed."""

KEPT_OPEN = 65
"""Seconds that a connection may be idle; longer than proxies keep theirs."""

LARGEST_MESSAGE = 1_000_000
"""Bytes of one message over a WebSocket."""

NOBODY = """\
Others can reach {where}, and there are no accounts: everybody would be the owner. Make the first \
account, then start again: tertulia user add NAME --owner"""


def serve(settings: Settings, sock: socket.socket) -> int:
    """Serve until SIGINT or SIGTERM; a second one ends at once."""
    return asyncio.run(_until_told(settings, sock))


async def _until_told(settings: Settings, sock: socket.socket) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def end() -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end)
    await run(settings, sock, stop, lambda: _greet(sock))
    return 0


def _greet(sock: socket.socket) -> None:
    sys.stdout.write(f"Tertulia is on {told(sock)} · Ctrl-C ends it\n")
    sys.stdout.flush()


async def run(
    settings: Settings, sock: socket.socket, stop: asyncio.Event, up: Callable[[], object]
) -> None:
    """Serve until `stop`; `up` is called once calls are answered.

    Raises: `SettingsError` where others could come in and nobody has an account.
    """
    with contextlib.closing(sock):
        where = site(settings.serve, sock.getsockname()[0])
        await _guard(settings, where)
        doors, wires = open_doors(settings), open_wires(settings)
        counts, left = Counts(), GRACE
        engine, kept = Running(settings, doors | wires, everything=True), Wires(wires)
        tell(sys.stderr, as_json=not sys.stderr.isatty())
        Watched(engine.store, counts)
        try:
            await engine.start()
            ending = asyncio.Event()
            ground = Ground(
                spec=settings.serve,
                site=where,
                gate=await _gate(engine.store, where),
                counts=counts,
                ending=ending,
                doors=doors,
                floor=lambda channel: floor(engine, settings, channel, ending),
                default_bot=bot_of(settings, ALWAYS[0]),
            )
            kept.begin(ground.floor)
            left = await _served(ground, sock, stop, up)
        finally:
            await engine.close(left)
            await kept.end()


async def _guard(settings: Settings, where: Site) -> None:
    """Refuse where everybody would be the owner."""
    if not where.exposed:
        return
    store: Store = load("stores", "sqlite")(database(settings.data))
    try:
        await store.open()
        if not await store.accounts():
            raise SettingsError(NOBODY.format(where=where.reach))
    finally:
        await store.close()


async def _gate(store: Store, where: Site) -> Gate:
    now = SystemClock().now
    if not await store.accounts():
        await unite_local(store, now())
    return Gate(store, await store.secret(), exposed=where.exposed, now=now)


async def _served(
    ground: Ground, sock: socket.socket, stop: asyncio.Event, up: Callable[[], object]
) -> float:
    """Answer calls until `stop`; returns the seconds that turns still have to finish."""
    made = layers(ground)
    server = _Server(_config(made.application), up)
    serving = asyncio.create_task(server.serve(sockets=[sock]))
    looking = asyncio.create_task(made.access.keep_looking())
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((serving, stopping), return_when=asyncio.FIRST_COMPLETED)
        begun = time.monotonic()
        ground.ending.set()
        await asyncio.sleep(WORD)
        server.should_exit = True
        await serving
    finally:
        looking.cancel()
        stopping.cancel()
    return max(WORD, GRACE - (time.monotonic() - begun))


def _config(application: Application) -> uvicorn.Config:
    return uvicorn.Config(
        application,  # pyright: ignore[reportArgumentType] - one word for all messages, not thirty
        loop="asyncio",
        http="h11",
        ws="websockets-sansio",
        ws_max_size=LARGEST_MESSAGE,
        ws_per_message_deflate=False,
        lifespan="off",
        interface="asgi3",
        log_config=None,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=KEPT_OPEN,
        timeout_graceful_shutdown=int(GRACE),
    )


class _Server(uvicorn.Server):
    """Leaves the signals alone, and tells when it is up."""

    def __init__(self, config: uvicorn.Config, up: Callable[[], object]) -> None:
        super().__init__(config)
        self._up = up

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to take calls."""
        await super().startup(sockets)
        self._up()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """They are told to us."""
        yield
