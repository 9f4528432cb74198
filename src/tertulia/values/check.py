"""What a part says of itself when the doctor asks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One finding: `ready` or not, what was found, and the next step where there is one."""

    subject: str
    ready: bool
    found: str
    step: str | None = None
