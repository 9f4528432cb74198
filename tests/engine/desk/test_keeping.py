"""Conversations to keep, and a past that is brought in from a file."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from chatgpt_exports import conversation, message, write
from desking import at, look, texts, type_in
from running import ScriptedModel, scene
from tertulia.values.errors import Malformed, NotThere, SettingsError


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
