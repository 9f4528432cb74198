"""A bot lists its own conversations."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tertulia import Bot


@pytest.mark.usefixtures("alone")
def test_a_bot_lists_its_own_conversations(tmp_path: Path) -> None:
    async def body() -> None:
        async with Bot("ana", model="offline", data=tmp_path) as ana:
            assert await ana.conversations() == []
            await ana.reply("hello", conversation="x")
            await ana.reply("hello", conversation="y")
            await ana.command("/new blank", conversation="z")
            assert sorted(await ana.conversations()) == ["x", "y"]
        async with Bot("bo", model="offline", data=tmp_path) as bo:
            assert await bo.conversations() == []

    asyncio.run(body())
