"""The conversations of whoever looks: listed, read, marked; those of others are not there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from commanding import author, say
from desking import Desk, at, events, link, look, name_of, send, texts, type_in
from running import Scene, ScriptedModel, scene
from tertulia.engine.titles import NEW, first_words, title_of
from tertulia.values.attachment import Attachment
from tertulia.values.audience import EVER
from tertulia.values.errors import ModelRejected, NotThere, SettingsError
from tertulia.values.events import Changed
from tertulia.values.shown import Listed, Viewer

PICTURE = Attachment(name="cat.png", media_type="image/png", content=b"\x89PNG")


async def titles(desk: Desk, viewer: Viewer, **more: Any) -> list[str]:
    return [one.title for one in await desk.conversations(viewer, **more)]


def test_each_sees_their_own_and_the_owner_all(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            desk = here.engine.desk
            for who in ("ana", "ben", "olga"):
                here.clock.time += 1000
                await type_in(here, f"I am {who}", who=who)
            ana, olga = await look(here), await look(here, "olga", owner=True)
            assert await titles(desk, ana) == ["I am ana"]
            assert await titles(desk, ana, everybody=True) == ["I am ana"]
            assert await titles(desk, olga) == ["I am olga"]
            assert await titles(desk, olga, everybody=True) == ["I am olga", "I am ben", "I am ana"]
            mine = [one.mine for one in await desk.conversations(olga, everybody=True)]
            assert mine == [True, False, False]
            assert (await desk.listed(olga, 1)).title == "I am ana"
            assert texts(await desk.page(olga, 1)) == ["I am ana", "ok"]

    asyncio.run(body())


def test_the_list_is_given_in_parts(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            desk, viewer = here.engine.desk, await look(here)
            for number in range(5):
                here.clock.time += 1000
                await type_in(here, f"talk {number}", spot=f"w{number}")
            first = await desk.conversations(viewer, most=2)
            assert [one.title for one in first] == ["talk 4", "talk 3"]
            rest = await desk.conversations(viewer, before=first[-1].conversation.updated_at)
            assert [one.title for one in rest] == ["talk 2", "talk 1", "talk 0"]
            assert len(await desk.conversations(viewer, most=0)) == 1

    asyncio.run(body())


def test_pinned_archived_and_renamed(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            desk, viewer = here.engine.desk, await look(here)
            for number in range(3):
                here.clock.time += 1000
                await type_in(here, f"talk {number}", spot=f"w{number}")
            with events(here, 1) as told:
                await desk.pin(viewer, 1, pinned=True)
                assert await titles(desk, viewer) == ["talk 0", "talk 2", "talk 1"]
                await desk.pin(viewer, 1, pinned=False)
                await desk.archive(viewer, 1, archived=True)
                assert await titles(desk, viewer) == ["talk 2", "talk 1"]
                assert await titles(desk, viewer, archived=True) == ["talk 0"]
                await desk.archive(viewer, 1, archived=False)
                await desk.rename(viewer, 1, " The  sea\n ")
                assert (await desk.listed(viewer, 1)).title == "The sea"
                await desk.rename(viewer, 1, "x" * 500)
                assert len((await desk.listed(viewer, 1)).title) == 120
                for nothing in ("  ", None):
                    await desk.rename(viewer, 1, nothing)
                    assert (await desk.listed(viewer, 1)).title == "talk 0"
            assert told == [Changed()] * 8

    asyncio.run(body())


def test_a_title_is_given_named_or_the_first_words(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            begun = await here.store.begin(at("ana"), "bo", here.clock.now())
            desk, viewer = here.engine.desk, await look(here)
            assert (await desk.listed(viewer, begun.id)).title == NEW
            assert await titles(desk, viewer) == [NEW]
            await type_in(here, "How do \n I bake  bread?")
            assert await titles(desk, viewer) == ["How do I bake bread?"]
            named = await here.store.begin(at("ana", "My trip"), "bo", here.clock.now())
            assert title_of(named, "said first") == "My trip"
            elsewhere = await here.store.begin(at("x", "the #room", "discord"), "bo", 1)
            assert title_of(elsewhere, "said first") == "said first"

    asyncio.run(body())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ""),
        ("a" * 60, "a" * 60),
        ("a" * 61, "a" * 60 + " …"),
        ("word " * 20, "word " * 12 + "…"),
        ("\x1b[31mred\u202e", "red"),
    ],
)
def test_the_first_words_are_one_line_cut_at_a_word(text: str, words: str) -> None:
    assert first_words(text) == words


def test_where_one_goes_on(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            desk, viewer = here.engine.desk, await look(here)
            there = [
                await here.store.begin(place, "bo", 1)
                for place in (
                    at("ana"),
                    at("ana", "c", "api"),
                    at("ben"),
                    at("ana", "c", "library"),
                )
            ]
            found = [desk.place(viewer, one) for one in there]
            assert found == [(at("ana"), "ana"), (at("ana", "c", "api"), "ana"), None, None]

    asyncio.run(body())


def test_an_account_speaks_for_itself_and_not_as_its_people(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            from tertulia.values.message import Author

            there = at("ana", "c", "api")
            guest = Author(platform_id="a guest", name="guest")
            met = (await here.store.meet(there, guest)).own(there, guest)
            viewer = await look(here)
            own = viewer.person.own(there, Author(platform_id="ana", name=""))
            await here.store.offer_link(own, "code", 10**15)
            await here.store.link(met, "code", 0)
            linked = await look(here)
            assert linked.person.identities[0].platform_id == "a guest"
            begun = await here.store.begin(there, "bo", 1)
            assert here.engine.desk.place(linked, begun) == (there, "ana")

    asyncio.run(body())


def test_a_model_is_picked_among_the_choices(tmp_path: Path) -> None:
    async def body() -> None:
        other = ScriptedModel([["from other"]], name="scripted:other")
        more = {"other": [other], "dear": [ScriptedModel([["from dear"]])]}
        async with scene(tmp_path, ScriptedModel(), choices=more) as here:
            await type_in(here, "hello")
            desk, viewer = here.engine.desk, await look(here)
            owner = await look(here, "olga", owner=True)
            with events(here, 1) as told:
                await desk.pick_model(viewer, 1, "other")
                assert (await desk.listed(viewer, 1)).conversation.model == "other"
                await desk.pick_model(viewer, 1, None)
                assert (await desk.listed(viewer, 1)).conversation.model is None
                with pytest.raises(SettingsError, match=r"'x:y' is not among .* pick: other, dear"):
                    await desk.pick_model(viewer, 1, "x:y")
            assert told == [Changed()] * 2
            # The scene's bot knows no other models: what opens them refuses a name that is none.
            for who, more_allowed in ((owner, False), (viewer, True)):
                with pytest.raises(KeyError):
                    await desk.pick_model(who, 1, "x:y", allowed=more_allowed)
            assert (await desk.listed(viewer, 1)).conversation.model is None
            with pytest.raises(NotThere):
                await desk.pick_model(await look(here, "ben"), 1, "other")

    asyncio.run(body())


def test_without_choices_none_is_picked(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            await type_in(here, "hello")
            with pytest.raises(SettingsError, match="that you may pick, as there are none"):
                await here.engine.desk.pick_model(await look(here), 1, "x:y")

    asyncio.run(body())


def test_a_page_before_behind_and_around(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            for number in range(1, 6):
                await type_in(here, f"say {number}")
            desk, viewer = here.engine.desk, await look(here)
            newest = await desk.page(viewer, 1, most=3)
            assert texts(newest) == ["ok", "say 5", "ok"]
            assert (newest.older, newest.newer, newest.last_seq) == (True, False, 10)
            assert texts(await desk.page(viewer, 1, before=4)) == ["say 1", "ok", "say 2"]
            assert texts(await desk.page(viewer, 1, after=8)) == ["say 5", "ok"]
            assert "say 3" in texts(await desk.page(viewer, 1, around=5, most=3))
            assert texts(await desk.since(viewer, 1, 8)) == ["say 5", "ok"]
            with pytest.raises(SettingsError, match="Ask for one of before, after and around"):
                await desk.page(viewer, 1, before=4, after=2)

    asyncio.run(body())


def test_why_a_reply_failed_is_for_the_owner(tmp_path: Path) -> None:
    async def body() -> None:
        model = ScriptedModel([[ModelRejected("the secret cause")]])
        async with scene(tmp_path, model) as here:
            await type_in(here, "hello")
            desk = here.engine.desk
            member, owner = await look(here), await look(here, "olga", owner=True)
            for read in (desk.page, lambda who, number: desk.since(who, number, 0)):
                said, notice = (await read(member, 1)).shown
                assert (said.outcome, said.ended) == ("notice", None)
                assert notice.ended is not None
                assert notice.ended.cause is None
                told = (await read(owner, 1)).shown[1].ended
                assert told is not None
                assert told.cause is not None
                assert "the secret cause" in told.cause

    asyncio.run(body())


def test_a_picture_is_for_those_who_saw_it(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            await type_in(here, "look", attachments=[PICTURE])
            desk, viewer = here.engine.desk, await look(here)
            (attached,) = (await desk.page(viewer, 1)).shown[0].attachments
            assert (attached.name, attached.size) == ("cat.png", 4)
            assert await desk.attachment(viewer, attached.id) == PICTURE
            owner = await look(here, "olga", owner=True)
            assert await desk.attachment(owner, attached.id) == PICTURE
            for who, number in ((await look(here, "ben"), attached.id), (viewer, 99)):
                with pytest.raises(NotThere, match=f"There is no attachment {number} that you"):
                    await desk.attachment(who, number)

    asyncio.run(body())


Do = Callable[[Desk, Viewer, int], Awaitable[object]]

EACH: dict[str, Do] = {
    "listed": lambda desk, who, n: desk.listed(who, n),
    "rename": lambda desk, who, n: desk.rename(who, n, "mine now"),
    "pin": lambda desk, who, n: desk.pin(who, n, pinned=True),
    "archive": lambda desk, who, n: desk.archive(who, n, archived=True),
    "pick_model": lambda desk, who, n: desk.pick_model(who, n, None),
    "page": lambda desk, who, n: desk.page(who, n),
    "since": lambda desk, who, n: desk.since(who, n, 0),
    "preview": lambda desk, who, n: desk.preview(who, n, "hello"),
    "summaries": lambda desk, who, n: desk.summaries(who, n),
    "export": lambda desk, who, n: desk.export(who, n, "md"),
    "target": lambda desk, who, n: desk.target(who, str(n)),
}


@pytest.mark.parametrize("what", EACH)
def test_what_is_anothers_is_not_there_in_the_same_words(tmp_path: Path, what: str) -> None:
    async def refused(desk: Desk, who: Viewer, number: int) -> str:
        with pytest.raises(NotThere) as error:
            await EACH[what](desk, who, number)
        return str(error.value).replace(str(number), "N")

    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            await type_in(here, "I am Ana")
            before = await whole(here)
            desk, ben = here.engine.desk, await look(here, "ben")
            with events(here, 1) as told:
                words = {await refused(desk, ben, number) for number in (1, 2, 10**17)}
            assert words == {"There is no conversation N that you may see."}
            assert told == []
            assert await whole(here) == before
            owner = await look(here, "olga", owner=True)
            for number in (2, 0, -1, EVER, EVER + 1) if what != "target" else (2, 0):
                with pytest.raises(NotThere):
                    await EACH[what](desk, owner, number)

    asyncio.run(body())


async def whole(here: Scene) -> Listed:
    return await here.engine.desk.listed(await look(here), 1)


def test_in_company_each_sees_what_they_heard(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel([["To ana."], ["To both."]])) as here:
            await say(here, "ana alone", who="ana", spot="g")
            await say(here, "both", who="ben", spot="g", beside=["ana"])
            for who in ("ana", "ben"):
                await link(here, who, who)
            desk, ana, ben = here.engine.desk, await look(here), await look(here, "ben")
            assert texts(await desk.page(ana, 1)) == ["ana alone", "To ana.", "both", "To both."]
            assert texts(await desk.page(ben, 1)) == ["both", "To both."]
            assert texts(await desk.since(ben, 1, 0)) == ["both", "To both."]
            assert [await titles(desk, one) for one in (ana, ben)] == [["ana alone"], ["both"]]
            assert (await desk.listed(ben, 1)).title == "both"
            assert not (await desk.listed(ben, 1)).mine
            assert await desk.export(ben, 1, "txt") == "you: both\n\nbo: To both.\n"

    asyncio.run(body())


def test_whoever_watches_is_told_of_what_a_command_changes(tmp_path: Path) -> None:
    async def body() -> None:
        more = {"other": [ScriptedModel()]}
        async with scene(tmp_path, ScriptedModel(), choices=more) as here:
            await type_in(here, "hello")
            lines = ("/new", "/new blank", "/model other", "/model default")
            with events(here, 1) as told:
                for count, line in enumerate(lines, 1):
                    await here.engine.command(
                        at("ana"), "bo", line, author=author("ana"), owner=False, present=()
                    )
                    assert [one for one in told if one == Changed()] == [Changed()] * count

    asyncio.run(body())


def test_a_message_that_waits_is_shown_without_an_outcome(tmp_path: Path) -> None:
    async def body() -> None:
        gate = asyncio.Event()
        async with scene(tmp_path, ScriptedModel([[gate, "ok"]])) as here:
            said = await send(here, "hello")
            desk, viewer = here.engine.desk, await look(here)
            (shown,) = (await desk.page(viewer, 1)).shown
            assert (shown.message.id, shown.outcome) == (name_of(said), None)
            gate.set()
            await here.outcome(said)

    asyncio.run(body())
