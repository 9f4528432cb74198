"""A process for fault tests: takes messages in, answers them, delivers them, and may be killed.

    python worker.py FOLDER POINT HIT

`incoming.txt` in FOLDER has one message a line, as SPOT NUMBER TEXT, in the order in which the
platform sends them. A line is written to `accepted.txt` once a message is acknowledged, and to
`sent.txt` once a reply is shown, each on disk before the engine goes on. The process kills itself
the HIT-th time that it reaches POINT; with POINT "-" it ends when all is answered.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from making import incoming
from tertulia.app.compose import running
from tertulia.app.settings import load
from tertulia.ports.channel import Channel
from tertulia.values import failpoints
from tertulia.values.reply import Delivery

FOLDER, POINT, HIT = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])


class Platform(Channel):
    """Shows replies by writing them to a file."""

    name = "library"

    async def send(self, delivery: Delivery) -> tuple[str, ...]:
        note("sent.txt", f"{delivery.conversation} {delivery.seq} {delivery.nonce}")
        return (delivery.nonce,)


def note(name: str, line: str) -> None:
    with (FOLDER / name).open("a") as file:
        file.write(line + "\n")
        file.flush()
        os.fsync(file.fileno())


def arm() -> None:
    hits = 0

    def reached(point: str) -> None:
        nonlocal hits
        if point == POINT:
            hits += 1
            if hits == HIT:
                os.kill(os.getpid(), signal.SIGKILL)

    failpoints.hook = reached


async def main() -> None:
    settings = load()
    async with running(settings, {"library": Platform()}, everything=True) as engine:
        accepted = []
        for line in (FOLDER / "incoming.txt").read_text().splitlines():
            spot, number, text = line.split(" ", 2)
            message = incoming(text, spot=spot, number=number, bot=settings.default_bot)
            told = await engine.accept(message)
            note("accepted.txt", f"{spot} {number} {told.conversation} {told.seq}")
            accepted.append(told)
        async with asyncio.timeout(60):
            for told in accepted:
                while await engine.outcome(told) is None:
                    await asyncio.sleep(0.005)
            while await engine.store.deliveries("library", None):
                await asyncio.sleep(0.005)


if __name__ == "__main__":
    if POINT != "-":
        arm()
    asyncio.run(main())
