"""Keeps the wires to the platforms, each by itself: one that breaks leaves the others."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping

from tertulia.ports.channel import Floor, Wire
from tertulia.values.errors import SettingsError, TertuliaError

log = logging.getLogger("tertulia.serve")

PAUSES = (1.0, 5.0, 15.0, 60.0)
"""Seconds before a wire that broke is taken up again; the last one again and again."""

LONG = 300.0
"""Seconds after which one that breaks had stood: it is taken up again at once."""


class Wires:
    """Those of one server."""

    def __init__(self, wires: Mapping[str, Wire]) -> None:
        self._wires = wires
        self._running: list[asyncio.Task[None]] = []

    def begin(self, floor: Callable[[str], Floor]) -> None:
        """Connect them; `floor` gives each what it stands on, by its name."""
        for name, wire in self._wires.items():
            self._running.append(asyncio.create_task(_keep(name, wire, floor(name))))

    async def end(self) -> None:
        """Disconnect them."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)


async def _keep(name: str, wire: Wire, floor: Floor) -> None:
    tries = 0
    while True:
        began = time.monotonic()
        try:
            await wire.run(floor)
            log.warning("The channel %s has ended by itself; it is begun again.", name)
        except SettingsError as error:
            log.error("The channel %s is off until the settings are mended: %s", name, error)
            return
        except (TertuliaError, OSError) as error:
            log.warning("The channel %s is not connected, and is tried again: %s", name, error)
        except Exception:  # whatever breaks, it is begun again
            log.exception("The channel %s has broken off; it is begun again.", name)
        if time.monotonic() - began > LONG:
            tries = 0
        await asyncio.sleep(PAUSES[min(tries, len(PAUSES) - 1)])
        tries += 1
