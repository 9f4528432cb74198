"""`/link` and `/unlink`: one person on several channels, and nobody else."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from commanding import ask, learn, say
from running import Scene, ScriptedModel, scene
from tertulia.engine.commands.link import (
    READ_BY_OTHERS,
    SAME_CHANNEL,
    SIGNS,
    TOO_MANY,
    UNSURE,
    WRONG,
)
from tertulia.engine.tries import MOST


async def code(here: Scene, **where: str) -> str:
    told = await ask(here, "/link", **where)
    found = re.search(r"Your code is (\w{4}-\w{4}), good for 10 minutes", told)
    assert found, told
    assert set(found[1]) <= {*SIGNS, "-"}
    return found[1]


def test_a_code_joins_and_unlink_parts(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            await say(here, "I live in Lima")
            await learn(here, "lives in Lima")
            offered = await code(here)
            typed = offered.replace("-", " ").lower()
            first = await ask(here, f"/link {typed}", spot="r", channel="radio", who="ana7")
            assert "This makes you one person with ana on library" in first
            told = await ask(here, f"/link {typed} yes", spot="r", channel="radio", who="ana7")
            assert "ana on library and you here are one person" in told
            await say(here, "hello", spot="r", channel="radio", who="ana7")
            there = await ask(here, "/memory", spot="r", channel="radio", who="ana7")
            assert "lives in Lima" in there
            again = await ask(here, f"/link {typed}", spot="r", channel="radio", who="ana7")
            assert again == WRONG
            assert (await ask(here, "/unlink")).startswith("You are parted")
            assert await ask(here, "/unlink") == "You are linked with no other channel."
            there = await ask(here, "/memory", spot="r", channel="radio", who="ana7")
            assert "lives in Lima" not in there

    asyncio.run(body())


def test_a_code_is_not_shown_where_others_read(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            assert await ask(here, "/link") == UNSURE
            await say(here, "hello", spot="both", beside=["ben"])
            assert await ask(here, "/link", spot="both") == READ_BY_OTHERS
            assert await ask(here, "/link", spot="both", owner=True) == READ_BY_OTHERS
            await say(here, "hello", spot="square", circle="c")
            assert await ask(here, "/link", spot="square") == READ_BY_OTHERS
            await say(here, "hello", spot="alone")
            assert await ask(here, "/link", spot="alone", who="eve") == UNSURE
            assert await code(here, spot="alone")
            assert "Your code is" in await ask(here, "/link", spot="new", owner=True)

    asyncio.run(body())


def test_ones_own_code_and_an_old_one(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            await say(here, "hello")
            assert await ask(here, f"/link {await code(here)}") == SAME_CHANNEL
            assert await ask(here, f"/link {await code(here)} yes", who="eve") == SAME_CHANNEL
            late = await code(here)
            here.clock.time += 10 * 60_000 + 1
            assert await ask(here, f"/link {late}", channel="radio", who="ana7") == WRONG
            assert await ask(here, "/unlink", who="nobody") == (
                "You are linked with no other channel."
            )

    asyncio.run(body())


def test_nobody_can_guess(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            await say(here, "hello")
            offered = await code(here)
            for _ in range(MOST):
                assert await ask(here, "/link AAAA-AAAA", channel="radio", who="eve") == WRONG
            assert await ask(here, f"/link {offered}", channel="radio", who="eve") == TOO_MANY
            other = await ask(here, f"/link {offered} yes", channel="radio", who="ana7")
            assert "one person" in other
            here.clock.time += 10 * 60_000
            assert await ask(here, "/link AAAA-AAAA", channel="radio", who="eve") == WRONG

    asyncio.run(body())
