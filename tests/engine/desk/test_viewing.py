"""Who looks: an account is one person on every screen, with all whom it is linked with."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from commanding import say
from desking import at, caller, link, look, name_of, type_in
from making import place
from running import Scene, ScriptedModel, scene
from tertulia.values.errors import NotThere
from tertulia.values.message import Author
from tertulia.values.shown import Viewer


def on(viewer: Viewer) -> set[tuple[str, str]]:
    return {(one.channel, one.platform_id) for one in viewer.person.identities}


async def unlink(here: Scene, channel: str, who: str) -> None:
    person = await here.store.person(at(who, channel=channel), Author(platform_id=who, name=who))
    assert person is not None
    own = person.own(at(who, channel=channel), Author(platform_id=who, name=who))
    assert await here.store.unlink(own)


def test_an_account_is_one_person_on_the_page_and_for_programs(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            desk = here.engine.desk
            page = await desk.viewer(caller("ana"), "web")
            assert on(page) == {("web", "ana"), ("api", "ana")}
            assert (page.account, page.person.name, page.owner) == ("ana", "Ana", False)
            assert await desk.viewer(caller("ana"), "api") == page
            owner = await desk.viewer(caller("ana", owner=True), "web")
            assert owner.owner
            assert owner.person == page.person
            other = await desk.viewer(caller("ben"), "web")
            assert other.person.id != page.person.id

    asyncio.run(body())


def test_whom_an_account_speaks_for_is_somebody_else_and_no_owner(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            desk, guest = here.engine.desk, Author(platform_id="ana/guest", name="guest")
            own = await type_in(here, "I am Ana")
            first = await desk.viewer(caller(owner=True), "web", user=guest)
            assert on(first) == {("web", "ana/guest")}
            assert not first.owner
            assert await desk.viewer(caller(owner=True), "web", user=guest) == first
            assert await desk.conversations(first) == []
            with pytest.raises(NotThere):
                await desk.page(first, own.conversation)
            added = await desk.add_fact(first, "bo", "is a guest")
            assert added.about in first.person.numbers

    asyncio.run(body())


def test_a_part_of_another_channel_is_the_same_person_too(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            voice = await here.engine.desk.viewer(caller("ana"), "voice")
            assert on(voice) == {("voice", "ana"), ("web", "ana"), ("api", "ana")}
            assert await look(here) == voice

    asyncio.run(body())


def test_many_at_once_become_one_person(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            desk = here.engine.desk
            found = await asyncio.gather(
                *(desk.viewer(caller(), channel) for channel in ("web", "api") * 8)
            )
            assert len(set(found)) == 1
            assert len(await here.store.people()) == 1

    asyncio.run(body())


def test_whoever_is_known_is_only_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            first = await look(here)

            async def refused(*_: object) -> None:
                raise AssertionError

            for name in ("meet", "link", "unlink", "offer_link"):
                monkeypatch.setattr(here.store, name, refused)
            assert await look(here) == first

    asyncio.run(body())


def test_linked_elsewhere_one_sees_what_was_said_there(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            said = await say(here, "I said this elsewhere", who="nana")
            desk = here.engine.desk
            with pytest.raises(NotThere, match="There is no conversation 1 that you may see"):
                await desk.page(await look(here), said.conversation)
            await link(here, "ana", "nana")
            page = await desk.page(await look(here), said.conversation)
            assert page.shown[0].message.text == "I said this elsewhere"

    asyncio.run(body())


@pytest.mark.parametrize("channel", ["web", "api"])
def test_parted_on_a_screen_the_account_stays_one_and_loses_the_others(
    tmp_path: Path, channel: str
) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            said = await say(here, "I said this elsewhere", who="nana")
            await link(here, "ana", "nana")
            assert ("library", "nana") in on(await look(here))
            await unlink(here, channel, "ana")
            viewer = await look(here)
            assert on(viewer) == {("web", "ana"), ("api", "ana")}
            with pytest.raises(NotThere):
                await here.engine.desk.page(viewer, said.conversation)

    asyncio.run(body())


def test_whoever_was_forgotten_is_known_anew(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            said = await type_in(here, "I am Ana")
            desk, viewer = here.engine.desk, await look(here)
            gone = await desk.forget(await desk.target(viewer, "me"), "all")
            assert name_of(said) in gone.messages
            anew = await look(here)
            assert on(anew) == on(viewer)
            assert not set(anew.person.numbers) & set(viewer.person.numbers)
            assert await here.store.person(place(), Author(platform_id="ana", name="ana")) is None

    asyncio.run(body())
