"""A process that answers whatever waits in the store, as `serve` does, until it is told to end."""

from __future__ import annotations

import asyncio
import signal

from tertulia.app.compose import running
from tertulia.app.settings import load


async def main() -> None:
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    async with running(load(), {}, everything=True):
        await ended.wait()


if __name__ == "__main__":
    asyncio.run(main())
