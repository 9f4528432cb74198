"""`tertulia` as a test runs it: in this process, or in a pseudo-terminal."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import pexpect


@dataclass
class Told:
    """What a command told, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Told]
Start: TypeAlias = "Callable[..., pexpect.spawn[str]]"
PROMPT = r"\[\?2004h"
"""A terminal is told to mark what is pasted when, and only when, something may be typed."""
