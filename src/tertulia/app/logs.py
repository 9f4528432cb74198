"""The owner's log: a rotating file in the data folder, in which no key is ever written."""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Iterable
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

from tertulia.app.settings import Settings
from tertulia.values.secret import Secret

SHAPES = re.compile(r"\b(sk|gsk|xai|hf|pk|rk)[-_][A-Za-z0-9_\-]{12,}|(?<=Bearer )\S+")
"""What keys of the known vendors look like, should one come from elsewhere than the settings."""

SHORTEST = 8
"""A shorter value in the environment is no key, and taking it out would garble the log."""

SIZE, KEPT = 2_000_000, 3


class Redacting(logging.Formatter):
    """Formats as usual, traceback included, then takes out every secret."""

    def __init__(self, secrets: Iterable[Secret]) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._values = sorted({secret.reveal() for secret in secrets}, key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        """The line, without secrets."""
        line = super().format(record)
        for value in self._values:
            line = line.replace(value, "***")
        return SHAPES.sub("***", line)


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


_known: dict[str, Secret] = {}
"""The secrets of every engine of this process: the log of one may tell of another."""


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
    _known.update({secret.reveal(): secret for secret in _secrets(settings)})
    handler.setFormatter(Redacting(_known.values()))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False


def _secrets(settings: Settings) -> Iterable[Secret]:
    """Those of the settings, and every key in the environment, whoever it is for."""
    for name, value in os.environ.items():
        if name.endswith(("_KEY", "_TOKEN", "_SECRET")) and len(value) >= SHORTEST:
            yield Secret(value, f"env:{name}")
    for bot in settings.bots.values():
        for spec in (*bot.models, *(one for chain in bot.choices.values() for one in chain)):
            if spec.api_key is not None:
                yield spec.api_key
