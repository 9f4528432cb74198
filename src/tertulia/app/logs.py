"""The owner's log: a rotating file in the data folder, in which no key is ever written."""

from __future__ import annotations

import logging
import os
import re
import sys
from collections import Counter
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

from tertulia.app.settings import Settings
from tertulia.values.secret import Secret

SHAPES = re.compile(r"\b(sk|gsk|xai|hf|pk|rk|tt)[-_][A-Za-z0-9_\-]{12,}|(?<=Bearer )\S+")
"""What keys of the known vendors look like, should one come from elsewhere than the settings."""

SHORTEST = 8
"""A shorter value in the environment is no key, and taking it out would garble the log."""

SIZE, KEPT = 2_000_000, 3

MOST_TYPED = 10_000
"""Keys that people typed in and that are hidden at once."""


class Redacting(logging.Formatter):
    """Formats as usual, traceback included, then takes out every secret of this process."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """The line, without secrets."""
        return self.clean(super().format(record))

    def clean(self, text: str) -> str:
        """A text without secrets."""
        for value in _secrets.values:
            text = text.replace(value, "***")
        return SHAPES.sub("***", text)


class _File(RotatingFileHandler):
    """Readable by the owner alone; where it cannot be written, that is said once."""

    _told = False

    def _open(self) -> TextIOWrapper:
        file = open(self.baseFilename, "ab", opener=_private)  # noqa: SIM115 - the handler closes it
        return TextIOWrapper(file, encoding=self.encoding, line_buffering=True)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802 - logging's
        """Say so on standard error: what was to be logged may hold a secret, so not that."""
        if not self._told:
            self._told = True
            where, why = self.baseFilename, sys.exc_info()[1]
            sys.stderr.write(f"tertulia: the log {where} cannot be written: {why}\n")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


@dataclass(slots=True)
class _Secrets:
    """Those of every engine of this process: the log of one may tell of another.

    `known` are in its settings and its environment, `typed` came later, the oldest first, each so
    often as somebody wants it hidden.
    """

    known: set[str] = field(default_factory=set[str])
    typed: Counter[str] = field(default_factory=Counter[str])
    values: Sequence[str] = ()

    def sort(self) -> None:
        """The longest first: one may be a part of another."""
        self.values = sorted({*self.known, *self.typed}, key=len, reverse=True)


_secrets = _Secrets()


def hide(secret: Secret) -> None:
    """Take a key that somebody typed in out of every log of this process from now on."""
    value = secret.reveal()
    if len(value) < SHORTEST:
        return
    _secrets.typed[value] += 1
    while len(_secrets.typed) > MOST_TYPED:
        del _secrets.typed[next(iter(_secrets.typed))]
    _secrets.sort()


@contextmanager
def hidden(secret: Secret) -> Generator[None]:
    """Hide it while the block runs, and afterwards where somebody else has hidden it."""
    hide(secret)
    try:
        yield
    finally:
        _secrets.typed -= Counter({secret.reveal(): 1})
        _secrets.sort()


def log_to(path: Path, settings: Settings) -> None:
    """Send what Tertulia logs to `path`, from now on only there."""
    logger = logging.getLogger("tertulia")
    for old in list(logger.handlers):
        logger.removeHandler(old)
        old.close()
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        return  # the store says it better: it needs the same folder
    handler = _File(path, maxBytes=SIZE, backupCount=KEPT, encoding="utf-8", delay=True)
    _secrets.known.update(secret.reveal() for secret in _told(settings))
    _secrets.sort()
    handler.setFormatter(Redacting())
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False


def _told(settings: Settings) -> Iterable[Secret]:
    """Those of the settings, and every key in the environment, whoever it is for."""
    for name, value in os.environ.items():
        if name.endswith(("_KEY", "_TOKEN", "_SECRET")) and len(value) >= SHORTEST:
            yield Secret(value, f"env:{name}")
    for bot in settings.bots.values():
        for spec in (*bot.models, *(one for chain in bot.choices.values() for one in chain)):
            if spec.api_key is not None:
                yield spec.api_key
    for table in settings.channels.values():
        yield from (value for value in table.values() if isinstance(value, Secret))
