"""How often the bot may call, as Discord enforces it, and the faults that a test orders."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Headers = dict[str, str]

_BUCKETS = {
    "send": re.compile(r"POST /channels/(\d+)/messages"),
    "edit": re.compile(r"PATCH /channels/(\d+)/messages/\d+"),
    "typing": re.compile(r"POST /channels/(\d+)/typing"),
    "follow": re.compile(r"(?:POST|PATCH) /webhooks/\d+/([^/]+)(?:/messages/[^/]+)?"),
}
"""The routes that are limited, each for every channel or interaction by itself."""


def matches(pattern: str, route: str) -> bool:
    """Whether it is of that kind: `*` stands for one part of the path, `**` for any number."""
    parts = re.split(r"(\*\*|\*)", pattern)
    wild = {"**": ".*", "*": "[^/]+"}
    return bool(re.fullmatch("".join(wild.get(part, re.escape(part)) for part in parts), route))


@dataclass(kw_only=True)
class Fault:
    """What a test ordered for the next calls of a route."""

    route: str
    times: int = 1
    status: int = 200
    body: Mapping[str, Any] = field(default_factory=dict)
    headers: Headers = field(default_factory=dict)
    done: bool = False
    """Whether the call takes effect all the same, and only its answer is lost."""
    seconds: float = 0
    """How long it takes."""


@dataclass(kw_only=True)
class Violation:
    """A call beyond the limit."""

    route: str
    time: float


@dataclass
class _Window:
    ends: float
    left: int


@dataclass(kw_only=True)
class Limits:
    """Counts the calls in windows of `window` seconds, `most` in each."""

    window: float
    most: int
    violations: list[Violation] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    _windows: dict[tuple[str, str], _Window] = field(default_factory=dict)

    def fault(self, route: str, *, slow: bool) -> Fault | None:
        """The fault that was ordered for it, used up once."""
        for fault in self.faults:
            if bool(fault.seconds) is slow and matches(fault.route, route):
                fault.times -= 1
                if not fault.times:
                    self.faults.remove(fault)
                return fault
        return None

    def take(self, route: str) -> tuple[Headers, Fault | None]:
        """The headers that tell the limit, and the refusal if there is none left."""
        key = _bucket(route)
        if key is None:
            return {}, None
        now = time.monotonic()
        window = self._windows.get(key)
        if window is None or window.ends <= now:
            window = self._windows[key] = _Window(ends=now + self.window, left=self.most)
        after = math.ceil((window.ends - now) * 1000) / 1000
        over = not window.left
        window.left -= not over
        headers = {
            "X-RateLimit-Limit": str(self.most),
            "X-RateLimit-Remaining": str(window.left),
            "X-RateLimit-Reset": f"{time.time() + after:.3f}",
            "X-RateLimit-Reset-After": f"{after:.3f}",
            "X-RateLimit-Bucket": f"bucket-{key[0]}",
        }
        if not over:
            return headers, None
        self.violations.append(Violation(route=route, time=now))
        return headers, limited(route, after=after)


def _bucket(route: str) -> tuple[str, str] | None:
    for name, pattern in _BUCKETS.items():
        if found := pattern.fullmatch(route):
            return name, found[1]
    return None


def limited(route: str, *, after: float, times: int = 1, everywhere: bool = False) -> Fault:
    """A 429; `everywhere` if it is for the whole application."""
    headers = {
        "Retry-After": str(math.ceil(after)),
        "Via": "1.1 google",
        "X-RateLimit-Scope": "global" if everywhere else "user",
    }
    if everywhere:
        headers["X-RateLimit-Global"] = "true"
    said = "You are being rate limited."
    body = {"message": said, "retry_after": after, "global": everywhere}
    return Fault(route=route, times=times, status=429, body=body, headers=headers)
