"""Conversations to keep, and a past that is brought in from a file."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatgpt_exports import conversation, message, write
from desking import at, look, texts, type_in
from running import ScriptedModel, scene
from tertulia.ports.importer import Importer, Talk, Told
from tertulia.values.errors import Malformed, NotThere, SettingsError, Stopped


def test_what_one_heard_is_exported_under_its_title(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel([["Not far."]])) as here:
            await type_in(here, "Is it far?")
            desk, viewer = here.engine.desk, await look(here)
            assert (await desk.export(viewer, 1, "md")).startswith("# Is it far?\n\nWith bo.\n")
            await desk.rename(viewer, 1, "The way")
            assert "<title>The way</title>" in await desk.export(viewer, 1, "html")
            told = json.loads(await desk.export(viewer, 1, "json"))
            assert (told["title"], told["conversation"], told["head"]) == ("The way", "w1", "1.2")
            plain = await desk.export(viewer, 1, "txt")
            assert plain == "you: Is it far?\n\nbo: Not far.\n"
            with pytest.raises(SettingsError, match="Choose md, json, html, txt"):
                await desk.export(viewer, 1, "pdf")
            owner = await look(here, "olga", owner=True)
            assert await desk.export(owner, 1, "txt") == plain

    asyncio.run(body())


def test_an_export_of_chatgpt_becomes_ones_own_past(tmp_path: Path) -> None:
    async def body() -> None:
        file = tmp_path / "conversations.json"
        write(
            file,
            [
                conversation(
                    [
                        ("a", None, message("user", "Is the zebra far?", at=1.6e9)),
                        ("b", "a", message("assistant", "Not far.", at=1.6e9 + 1)),
                    ],
                    current="b",
                    title="A trip",
                )
            ],
        )
        async with scene(tmp_path / "data", ScriptedModel()) as here:
            desk, viewer = here.engine.desk, await look(here)
            read: list[int] = []
            done = await desk.bring_in(viewer, file, at("ana", ""), "bo", read.append)
            assert done == {"conversations": 1, "messages": 2, "new": 2}
            assert read == [2]
            (listed,) = await desk.conversations(viewer)
            assert (listed.title, listed.mine) == ("A trip", True)
            assert listed.conversation.place == at("ana", "A trip")
            assert texts(await desk.page(viewer, listed.conversation.id)) == [
                "Is the zebra far?",
                "Not far.",
            ]
            assert [one.title for one in await desk.search(viewer, "zebra")] == ["A trip"]
            again = await desk.bring_in(viewer, file, at("ana", ""), "bo", read.append)
            assert again == {"conversations": 1, "messages": 2, "new": 0}
            for who in ("ben", "olga"):
                assert await desk.search(await look(here, who, owner=who == "olga"), "zebra") == []

    asyncio.run(body())


class Slow(Importer):
    """Reads at once, and at the second time stops behind one conversation until it is let go."""

    name = "slow"

    def __init__(self) -> None:
        self.reads = 0
        self.reached, self.go = threading.Event(), threading.Event()

    def knows(self, path: Path) -> bool:
        return True

    def read(self, path: Path) -> Iterator[Talk]:
        self.reads += 1
        waits = self.reads % 2 == 0
        said = Told(id="a", parent=None, role="user", name=None, text="hi", said_at=1)
        for number in range(3):
            yield Talk(id=f"{path.name}{number}", title=path.name, head=None, messages=(said,))
            if waits:
                self.reached.set()
                assert self.go.wait(20)


async def _reached(slow: Slow) -> None:
    assert await asyncio.to_thread(slow.reached.wait, 20)


def test_imports_go_one_at_a_time_and_end_with_who_gives_them_up(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            desk, viewer, slow = here.engine.desk, await look(here), Slow()
            desk._importers = lambda: [slow]

            def bring_in(name: str) -> asyncio.Task[dict[str, int]]:
                path = tmp_path / name
                return asyncio.create_task(
                    desk.bring_in(viewer, path, at("ana", ""), "bo", lambda _: None)
                )

            first = bring_in("one")
            await _reached(slow)
            second = bring_in("two")
            await asyncio.sleep(0)
            assert slow.reads == 2
            first.cancel()
            await asyncio.gather(first, return_exceptions=True)
            slow.go.set()
            assert await second == {"conversations": 3, "messages": 3, "new": 3}
            assert slow.reads == 4
            assert (await here.store.conversation(at("ana", "one"))) is not None
            assert (await here.store.conversation(at("ana", "one (2)"))) is None

    asyncio.run(body())


def test_a_closing_engine_ends_an_import_and_what_reads_keeps_no_loop(tmp_path: Path) -> None:
    slow = Slow()

    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            desk, viewer = here.engine.desk, await look(here)
            desk._importers = lambda: [slow]
            work = desk.bring_in(viewer, tmp_path, at("ana", ""), "bo", lambda _: None)
            task = asyncio.create_task(work)
            await _reached(slow)
            desk.end()
            slow.go.set()
            with pytest.raises(Stopped, match="What was taken in stays"):
                await task
            slow.go.clear()
            slow.reached.clear()
            desk._ended.clear()
            slow.reads = 0
            work = desk.bring_in(viewer, tmp_path, at("ana", ""), "bo", lambda _: None)
            task = asyncio.create_task(work)
            await _reached(slow)

    asyncio.run(body())  # the second hangs in its file: the loop ends without it
    slow.go.set()


def test_our_own_export_comes_back_elsewhere_under_its_title(tmp_path: Path) -> None:
    async def body() -> None:
        file = tmp_path / "talk.json"
        async with scene(tmp_path / "one", ScriptedModel([["Not far."]])) as here:
            await type_in(here, "Is it far?")
            file.write_text(await here.engine.desk.export(await look(here), 1, "json"))
        async with scene(tmp_path / "two", ScriptedModel()) as here:
            desk, viewer = here.engine.desk, await look(here)
            done = await desk.bring_in(viewer, file, at("ana", "", "api"), "bo", lambda _: None)
            assert done["new"] == 2
            (listed,) = await desk.conversations(viewer)
            assert listed.title == "Is it far?"
            assert listed.conversation.place.channel == "api"
            page = await desk.page(viewer, listed.conversation.id)
            assert texts(page) == ["Is it far?", "Not far."]

    asyncio.run(body())


def test_what_cannot_be_brought_in_is_told_without_the_folder(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path / "data", ScriptedModel()) as here:
            desk, viewer = here.engine.desk, await look(here)
            notes, broken = tmp_path / "notes.txt", tmp_path / "talk.json"
            notes.write_text("no export")
            await type_in(here, "hello")
            whole = await desk.export(viewer, 1, "json")
            broken.write_text(f"{whole}\n{whole[:100]}")
            known = r"^notes\.txt is in no format that is known \(chatgpt, tertulia\)"
            for file, why in ((notes, known), (broken, r"^talk\.json is no sound JSON")):
                with pytest.raises(Malformed, match=why) as error:
                    await desk.bring_in(viewer, file, at("ana", ""), "bo", lambda _: None)
                assert str(tmp_path) not in str(error.value)
            with pytest.raises(NotThere, match="You are nobody on web there"):
                await desk.bring_in(viewer, notes, at("ben", ""), "bo", lambda _: None)
            with pytest.raises(KeyError):  # the scene's way to tell that there is no such bot
                await desk.bring_in(viewer, notes, at("ana", ""), "nobody", lambda _: None)
            assert len(await desk.conversations(viewer)) == 1

    asyncio.run(body())


def test_where_no_importer_is_installed_nothing_is_known(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path / "data", ScriptedModel()) as here:
            desk = here.engine.desk
            desk._importers = lambda: ()
            with pytest.raises(Malformed, match=r"x\.zip is in no format that is known \(none\)"):
                await desk.bring_in(
                    await look(here), tmp_path / "x.zip", at("ana", ""), "bo", lambda _: None
                )

    asyncio.run(body())
