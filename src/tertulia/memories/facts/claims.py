"""Reads what a model answered into claims; whatever it wrote, nothing is raised."""

from __future__ import annotations

import json
import re
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

SLOTS: Final = (
    "name", "home", "origin", "age", "birthday", "job", "employer", "school", "partner",
)  # fmt: skip
"""What somebody has one of at a time."""

SCHEMA: Final[Mapping[str, Any]] = {
    "type": "object",
    "properties": {
        "facts": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "subject": {"type": "string"},
                    "about": {"type": ["string", "null"]},
                    "slot": {"type": ["string", "null"], "enum": [*SLOTS, None]},
                    "statement": {"type": "string"},
                    "sources": {"type": "array", "items": {"type": "integer"}},
                    "replaces": {"type": "array", "items": {"type": "integer"}},
                },
                "required": ["subject", "about", "slot", "statement", "sources", "replaces"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["facts"],
    "additionalProperties": False,
}
"""The answer, in the part of JSON Schema that OpenAI's strict mode knows."""

MOST: Final = 64
"""Claims of one answer, and sources and replaced facts of one claim, that are looked at."""

_THOUGHT = "</think>"
_FENCE = "```"
_LANGUAGE = f"{string.ascii_letters}{string.digits}_- \t\r\n"
_NUMBER = re.compile(r"\W*f?(\d{1,18})\W*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One fact as a model claims to have read it; nothing of it is checked yet."""

    subject: str
    about: str | None
    slot: str | None
    statement: str
    sources: tuple[int, ...]
    replaces: tuple[int, ...] = ()


def read(answer: str) -> tuple[Claim, ...] | None:
    """The claims of an answer, without those of a wrong shape; None where it is no such answer."""
    for text in _candidates(answer.rpartition(_THOUGHT)[2]):
        found = _listed(_loaded(text))
        if found is not None:
            return tuple(claim for each in found[:MOST] if (claim := _claim(each)) is not None)
    return None


def _candidates(answer: str) -> Iterator[str]:
    """The answer itself, what stands in its code fence, and what its outermost brackets hold."""
    yield answer
    for fenced in answer.split(_FENCE)[1:-1:2]:
        yield fenced.lstrip(_LANGUAGE)
    for opening, closing in ("{}", "[]"):
        yield answer[answer.find(opening) : answer.rfind(closing) + 1]


def _loaded(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _listed(told: object) -> list[object] | None:
    if isinstance(told, dict):
        told = cast("dict[str, object]", told).get("facts")
    return cast("list[object]", told) if isinstance(told, list) else None


def _claim(told: object) -> Claim | None:
    if not isinstance(told, dict):
        return None
    fields = cast("dict[str, object]", told)
    statement, slot = _text(fields.get("statement")), _text(fields.get("slot"))
    sources = _numbers(fields.get("sources"))
    if statement is None or not sources:
        return None
    return Claim(
        subject=_text(fields.get("subject")) or "",
        about=_text(fields.get("about")),
        slot=slot if slot in SLOTS else None,
        statement=statement,
        sources=sources,
        replaces=_numbers(fields.get("replaces")),
    )


def _text(told: object) -> str | None:
    return told.strip() or None if isinstance(told, str) else None


def _numbers(told: object) -> tuple[int, ...]:
    each = cast("list[object]", told) if isinstance(told, list) else [told]
    return tuple(number for one in each[:MOST] if (number := _number(one)) is not None)


def _number(told: object) -> int | None:
    if isinstance(told, bool):
        return None
    if isinstance(told, int):
        return told
    found = _NUMBER.fullmatch(told) if isinstance(told, str) else None
    return int(found[1]) if found else None
