"""Promise 7 for what was imported: it has no turns and no receipts, and it could come again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from talks import Talks, talking
from tertulia.stores.sql import schema
from tertulia.stores.sql.forget.trail import MARK

Body = Callable[[Talks], Awaitable[None]]


@pytest.fixture
def run(tmp_path: Path) -> Callable[[Body], None]:
    return lambda body: talking(tmp_path / "t.db", body)


async def spots(talks: Talks) -> list[str]:
    return [row.spot for row in await talks.rows(schema.conversation)]


TALK = ["I keep a zebra in Lima", "A zebra in Lima!", "How are you?", "All is well."]


def test_imported_replies_had_their_whole_path_before_them(run: Any) -> None:
    async def body(talks: Talks) -> None:
        await talks.take_in(["before", "yes, before"], "early", name="e")
        await talks.take_in(["hi", "hello", *TALK])
        said = await talks.message(2, 3)
        gone = await talks.forget("message", said.number)
        assert (gone.messages, gone.redacted) == (("2.3",), ("2.4", "2.6"))
        assert gone.texts[1:] == ("A zebra in Lima!", "All is well.")
        assert await talks.texts(2) == ["hi", "hello", MARK, "How are you?", MARK]
        assert await talks.texts(1) == ["before", "yes, before"]

    run(body)


def test_of_imported_replies_only_those_that_repeat_it(run: Any) -> None:
    async def body(talks: Talks) -> None:
        await talks.take_in(TALK)
        gone = await talks.forget("message", (await talks.message(1, 1)).number, replies="quoting")
        assert gone.redacted == ("1.2",)
        assert await talks.texts() == [MARK, "How are you?", "All is well."]

    run(body)


def test_an_imported_reply_on_another_branch_did_not_have_it(run: Any) -> None:
    async def body(talks: Talks) -> None:
        await talks.take_in(["hi", "hello", "I keep a zebra", "Fine", "or not", "so"], branch=1)
        gone = await talks.forget("message", (await talks.message(1, 3)).number)
        assert gone.redacted == ("1.4",)

    run(body)


def test_what_an_imported_reply_fed_goes_with_it(run: Any) -> None:
    async def body(talks: Talks) -> None:
        await talks.take_in(TALK[:2])
        reply = await talks.message(1, 2)
        await talks.say("what do I keep?", spot="other")
        await talks.answer(2, "Something striped", [("recall", reply.id)])
        gone = await talks.forget("message", (await talks.message(1, 1)).number)
        assert gone.redacted == ("1.2", "2.2")

    run(body)


def test_a_talk_that_goes_on_after_an_import(run: Any) -> None:
    async def body(talks: Talks) -> None:
        await talks.take_in(TALK)
        await talks.say("and now?", "past")
        await talks.answer(1, "Now as before")
        gone = await talks.forget("message", (await talks.message(1, 3)).number)
        assert gone.redacted == ("1.4", "1.6")
        await talks.forget("conversation", 1)
        assert await talks.rows(schema.message) == []

    run(body)


def test_a_name_that_gives_it_away_goes(run: Any) -> None:
    async def body(talks: Talks) -> None:
        await talks.say("mine", spot="(forgotten) 2")
        await talks.take_in(TALK, "Zebra keeping in Lima")
        await talks.take_in(["a zebra?", "What of it?"], "Of animals", name="y")
        gone = await talks.forget("message", (await talks.message(2, 1)).number)
        assert gone.renamed == (2,)
        assert gone.as_json()["renamed"] == [2]
        assert await spots(talks) == ["(forgotten) 2", "(forgotten) 3", "Of animals"]
        await talks.say("still in Lima", "(forgotten) 3")
        gone = await talks.forget("message", (await talks.message(2, 5)).number)
        assert gone.renamed == ()

    run(body)


def test_what_a_person_called_a_talk_stays(run: Any) -> None:
    """It may be the platform's own name of the place, which has to be kept."""

    async def body(talks: Talks) -> None:
        said = await talks.say("I keep a zebra in Lima", spot="Lima")
        assert (await talks.forget("message", said.number)).renamed == ()
        assert await spots(talks) == ["Lima"]

    run(body)
