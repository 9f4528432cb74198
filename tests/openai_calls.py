"""How the tests of the model part call it."""

from __future__ import annotations

import asyncio
from typing import Any

from servers import (
    Aimock,
    Answer,
    misbehaving,
)
from tertulia.models.openai import openai
from tertulia.ports.model import Model
from tertulia.values.bot import ModelSpec
from tertulia.values.prompt import Chunk, Delta, Line, Prompt
from tertulia.values.secret import Secret

KEY = "sk-good-0123456789abcdef"
BAD = "sk-bad-fedcba9876543210"


def spec_for(url: str, *, key: str = KEY, **more: Any) -> ModelSpec:
    values = {"provider": "openai", "name": "gpt-4o", "timeout": 5.0, **more}
    return ModelSpec(base_url=url, api_key=Secret(key, "env:TEST_KEY"), **values)


def prompt(text: str, *, name: str | None = None) -> Prompt:
    system = Line(role="system", content="You are Ana.")
    return Prompt(lines=(system, Line(role="user", content=text, name=name)), tokens=9)


async def collect(model: Model, text: str, seen: list[Chunk]) -> None:
    async for each in model.stream(prompt(text)):
        seen.append(each)  # noqa: PERF401  # what came before an error is to be kept


async def talk(model: Model, text: str = "hi", *, seen: list[Chunk] | None = None) -> list[Chunk]:
    """All that one call gives; `seen` holds what came before an error, too."""
    seen = [] if seen is None else seen
    try:
        await collect(model, text, seen)
    finally:
        await model.close()
    return seen


def ask(server: Aimock, text: str, *, seen: list[Chunk] | None = None, **more: Any) -> list[Chunk]:
    model = openai.open(spec_for(server.url, **more))
    return asyncio.run(talk(model, text, seen=seen))


def ask_misbehaving(*answers: Answer, seen: list[Chunk] | None = None, **more: Any) -> list[Chunk]:
    with misbehaving(*answers) as server:
        return asyncio.run(talk(openai.open(spec_for(server.url, **more)), seen=seen))


def said(chunks: list[Chunk]) -> str:
    return "".join(each.text for each in chunks if isinstance(each, Delta))
