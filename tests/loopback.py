"""Ports of this machine, for whoever starts a server, or wants one that does not answer."""

from __future__ import annotations

import random
import socket

PORTS = range(10_000, 32_000)
"""Below those that the system gives to callers: while a server is away, none of them takes its."""


def free_port() -> int:
    """A loopback port on which nothing listens. `random` itself repeats what it was seeded with."""
    while True:
        port = random.SystemRandom().choice(PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
