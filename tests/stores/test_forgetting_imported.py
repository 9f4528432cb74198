"""Promise 7 for what was imported: it has no turns and no receipts, and it could come again."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from making import TOKENIZER, place
from running import SetClock
from talks import Talks, talking
from tertulia.engine.export import export
from tertulia.engine.importing import bring_in
from tertulia.importers.ours import Ours
from tertulia.stores.sql import schema
from tertulia.stores.sql.forget.trail import MARK
from tertulia.values.message import Author

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


async def exported(talks: Talks, folder: Path) -> Path:
    """The first conversation, as our own export tells it."""
    talk = await talks.store.conversation_numbered(1)
    assert talk is not None
    file = folder / "c.json"
    file.write_text(export("json", talk, await talks.store.transcript(1)))
    return file


async def import_again(talks: Talks, file: Path, who: str = "ana") -> int:
    tools: Any = SimpleNamespace(store=talks.store, tokenizer=TOKENIZER, clock=SetClock())
    author = Author(platform_id=who, name=who)
    done = await bring_in(
        tools, Ours().read(file), place=place(), bot="bo", author=author, told=lambda _: None
    )
    return done.new


async def all_texts(talks: Talks) -> list[str]:
    return [row.text for row in await talks.rows(schema.message)]


@pytest.mark.parametrize("who", ["ana", "ben"])
def test_what_was_forgotten_does_not_come_back_by_our_own_export(
    run: Any, tmp_path: Path, who: str
) -> None:
    async def body(talks: Talks) -> None:
        said = await talks.say("I keep a zebra in Lima")
        await talks.answer(1, "A zebra in Lima!")
        await talks.say("How are you?")
        await talks.answer(1, "All is well.")
        file = await exported(talks, tmp_path)
        await talks.forget("message", said.number, replies="quoting")
        assert await import_again(talks, file, who) == (2 if who == "ben" else 0)
        assert not [text for text in await all_texts(talks) if "zebra" in text]
        if who == "ben":  # who did not hear it gets the rest of it, once
            assert (await spots(talks))[1] == "(forgotten)"
            assert await import_again(talks, file, who) == 0

    run(body)


def test_an_export_of_what_is_still_there_is_not_doubled(run: Any, tmp_path: Path) -> None:
    async def body(talks: Talks) -> None:
        await talks.say("one")
        await talks.answer(1, "two")
        file = await exported(talks, tmp_path)
        assert await import_again(talks, file) == 0
        file.write_text(file.read_text().replace("two", "three"))  # of another store, by chance
        assert await import_again(talks, file) == 1
        assert await all_texts(talks) == ["one", "two", "three"]

    run(body)


def test_what_was_imported_and_forgotten_does_not_come_by_either_export(
    run: Any, tmp_path: Path
) -> None:
    async def body(talks: Talks) -> None:
        await talks.say("I keep a zebra")
        file = await exported(talks, tmp_path)
        await talks.forget("conversation", 1)
        at = "2001-01-01T00:00:00+00:00"
        told = json.loads(file.read_text())
        told["messages"][0] |= {"said_at": at}
        told["messages"] += [{**told["messages"][0], "id": "1.2", "text": "a lion"}]
        file.write_text(json.dumps(told))
        assert await import_again(talks, file) == 2
        said = await talks.message(2, 1)
        await talks.forget("message", said.number)
        for who in ("ana", "ben"):
            await import_again(talks, file, who)
        assert "I keep a zebra" not in await all_texts(talks)

    run(body)
