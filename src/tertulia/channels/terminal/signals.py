"""The keyboard while no prompt is open: Ctrl-C is heard, and what is typed is not shown."""

from __future__ import annotations

import asyncio
import os
import signal
import termios
from collections.abc import Callable, Generator
from contextlib import contextmanager

_KEYBOARD = 0


@contextmanager
def interrupts(heard: Callable[[], None]) -> Generator[None]:
    """Call `heard` in the event loop for each SIGINT."""
    loop = asyncio.get_running_loop()
    before = signal.getsignal(signal.SIGINT)
    loop.add_signal_handler(signal.SIGINT, heard)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)
        signal.signal(signal.SIGINT, signal.default_int_handler if before is None else before)


@contextmanager
def quiet() -> Generator[None]:
    """Keep what is typed for later, unseen, so that it does not tear what is being drawn."""
    if not os.isatty(_KEYBOARD):
        yield
        return
    before = termios.tcgetattr(_KEYBOARD)
    now = termios.tcgetattr(_KEYBOARD)
    now[0] &= ~(termios.ICRNL | termios.INLCR | termios.IGNCR)
    now[3] &= ~(termios.ECHO | termios.ICANON)
    now[3] |= termios.NOFLSH  # Ctrl-C neither loses what was typed nor tears what is drawn
    termios.tcsetattr(_KEYBOARD, termios.TCSANOW, now)
    try:
        yield
    finally:
        termios.tcsetattr(_KEYBOARD, termios.TCSANOW, before)
