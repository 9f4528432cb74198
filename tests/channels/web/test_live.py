"""What is told live, over real sockets: whole, in order, nothing twice, whoever reads and when."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from channels.web.served import SOON, Opened, Reader, opened, served, until
from making import incoming
from running import ScriptedModel
from tertulia.channels.web import watch
from tertulia.values.events import EVERYWHERE
from tertulia.values.message import Author, Place

TOKENS = [f" {number}{'🙂' if number % 7 == 0 else ''}" for number in range(200)]
WHOLE = "".join(TOKENS)


def held(at: int = 90) -> tuple[ScriptedModel, asyncio.Event]:
    """A model that waits behind so many of its 200 tokens."""
    gate = asyncio.Event()
    return ScriptedModel([[*TOKENS[:at], gate, *TOKENS[at:]]]), gate


def done(reader: Reader) -> bool:
    return "settled" in reader.kinds()


def test_a_reload_at_token_90_of_200_gives_exactly_the_200(tmp_path: Path):
    model, gate = held()

    async def body(page: Opened) -> None:
        number = await page.begin("count")
        before = "".join(TOKENS[:90])
        async with page.tab() as tab:
            reader = await tab.watch(number)
            await tab.until(lambda: reader.draft == before)
        async with page.tab() as tab:
            again = await tab.watch(number, reader.last)
            await tab.until(lambda: again.draft is not None)
            assert again.kinds() == ["watching", "draft"]
            assert again.draft == before
            gate.set()
            await tab.until(lambda: done(again))
        assert again.texts() == [WHOLE]
        assert [one["text"] for one in await page.settled(number)] == ["count", WHOLE]
        kinds = again.kinds()
        assert kinds.index("message") < kinds.index("settled")
        pieces = "".join(one["text"] for one in again.events if one["type"] == "text")
        assert before + pieces == WHOLE

    served(tmp_path, body, model)


def test_a_tab_that_comes_first_is_told_of_what_is_said_elsewhere(tmp_path: Path):
    async def body(page: Opened) -> None:
        number = await page.talk("one")
        async with page.tab() as tab, page.tab() as other:
            first, second = await tab.watch(number, 2), await other.watch(number, 2)
            await tab.until(lambda: first.events)
            await other.until(lambda: second.events)
            assert first.events[0] == {"type": "watching", "conversation": number, "last_seq": 2}
            await page.say(number, "two")
            await tab.until(lambda: done(first))
            await other.until(lambda: done(second))
            assert first.texts() == second.texts() == ["two", "ok"]
            assert first.kinds()[1:] == second.kinds()[1:]
            assert first.kinds()[1:] == ["message", "started", "text", "message", "settled"]

    served(tmp_path, body)


def test_nine_sockets_are_told_the_same(tmp_path: Path):
    model, gate = held()

    async def one(page: Opened, number: int, ready: asyncio.Event) -> Reader:
        async with page.tab() as tab:
            reader = await tab.watch(number)
            await tab.until(lambda: reader.draft)
            ready.set()
            await tab.until(lambda: done(reader))
            return reader

    async def body(page: Opened) -> None:
        number = await page.begin("count")
        ready = [asyncio.Event() for _ in range(9)]
        tabs = [asyncio.create_task(one(page, number, each)) for each in ready]
        for each in ready:
            await each.wait()
        assert page.hub.count() == 9
        gate.set()
        readers = await asyncio.gather(*tabs)
        assert all(reader.texts() == ["count", WHOLE] for reader in readers)
        await until(lambda: page.hub.count() == 0)

    served(tmp_path, body, model)


def test_one_socket_watches_several_conversations(tmp_path: Path):
    async def body(page: Opened) -> None:
        one, two = await page.talk("one"), await page.talk("two")
        async with page.tab() as tab:
            first, second = await tab.watch(one), await tab.watch(two)
            await tab.until(lambda: first.last == second.last == 2)
            await tab.socket.send(json.dumps({"unwatch": one}))
            await tab.watch(two, 2)
            await page.say(one, "unheard")
            await page.say(two, "heard")
            await tab.until(lambda: second.last == 4)
            assert second.texts() == ["two", "ok", "heard", "ok"]
            assert first.texts() == ["one", "ok"]

    served(tmp_path, body)


def test_what_is_not_for_these_eyes_is_not_told(tmp_path: Path):
    async def body(page: Opened) -> None:
        number = await page.talk("a secret")
        async with page.tab("bob") as tab:
            reader = await tab.watch(number)
            nowhere = await tab.watch(999)
            await tab.until(lambda: reader.events and nowhere.events)
            await page.say(number, "another secret")
            await page.settled(number)
            own = await page.talk("mine", by="bob")
            mine = await tab.watch(own)
            await tab.until(lambda: mine.last == 2)
            assert reader.kinds() == nowhere.kinds() == ["changed"]
            assert not page.scene.engine._parts.broadcast._sinks.keys() - {own, EVERYWHERE}

    served(tmp_path, body)


def test_what_is_said_to_others_is_not_told_while_it_is_said(tmp_path: Path):
    gate = asyncio.Event()
    model = ScriptedModel([["ok"], ["a secret ", gate, "to another"], ["ours"]])

    async def body(page: Opened) -> None:
        number = await page.talk("hello", by="bob")
        async with page.tab("bob") as first, page.tab("bob") as late, page.tab("ana") as owner:
            told, all_told = await first.watch(number), await owner.watch(number)
            await first.until(lambda: told.last == 2)
            await owner.until(lambda: all_told.last == 2)
            await guest_says(page, number, "my PIN is 4711")
            await owner.until(lambda: all_told.draft == "a secret ")
            late_told = await late.watch(number)
            await late.until(lambda: late_told.last == 2)
            gate.set()
            await page.settled(number)
            await page.say(number, "and I?", by="bob")
            for tab, reader in ((first, told), (late, late_told)):
                await tab.until(lambda reader=reader: "ours" in reader.texts())
                assert reader.texts() == ["hello", "ok", "and I?", "ours"]
                assert not {"secret", "4711", "another"} & set(json.dumps(reader.events).split())
                told_live = [one for one in reader.kinds() if one in ("draft", "started", "text")]
                assert told_live == ["started", "text"]

    served(tmp_path, body, model)


def test_who_was_parted_from_another_hears_no_more_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(watch, "STILL", 0.0)
    gate = asyncio.Event()
    model = ScriptedModel([["ok"], ["begun ", gate, "privately"], ["ok"]])

    async def body(page: Opened) -> None:
        number = await page.talk("hello", by="cy")
        store = page.scene.engine.store
        bob, cy = [await store.meet(*account_of(one)) for one in ("bob", "cy")]
        await store.offer_link(bob.own(*account_of("bob")), "code", 2**60)
        assert await store.link(cy.own(*account_of("cy")), "code", 1)
        async with page.tab("bob") as tab, page.tab("cy") as other:
            told, theirs = await tab.watch(number), await other.watch(number)
            await page.say(number, "and now?", by="cy")
            await tab.until(lambda: told.draft == "begun ")
            await other.until(lambda: theirs.draft == "begun ")
            assert await store.unlink(bob.own(*account_of("bob")))
            gate.set()
            await other.until(lambda: theirs.last == 4)
            await tab.until(lambda: told.kinds()[-1] == "changed")
            await page.say(number, "private", by="cy")
            await page.settled(number, by="cy")
            mine = await tab.watch(await page.talk("mine", by="bob"))
            await tab.until(lambda: mine.last == 2)
            assert (told.texts(), told.draft) == (["hello", "ok", "and now?"], "begun ")

    served(tmp_path, body, model)


def account_of(name: str) -> tuple[Place, Author]:
    place = Place(channel="web", account=name, spot="")
    return place, Author(platform_id=name, name=name)


def test_a_page_is_told_of_what_its_account_begins_over_another_door(tmp_path: Path):
    async def body(page: Opened) -> None:
        engine = page.scene.engine
        changed = {"type": "conversations"}
        there = Place(channel="api", account="bob", spot="phone/bo/one")
        said = replace(incoming("hello", author="bob"), place=there, present=())
        async with page.tab("bob") as tab, page.tab("ana") as other:
            await until(lambda: page.hub.count() == 2)
            accepted = await engine.accept(said)
            await tab.until(lambda: tab.others == [changed])
            listed = (await page.get("/api/conversations", "bob"))["conversations"]
            assert [one["id"] for one in listed] == [accepted.conversation]
            await page.settled(accepted.conversation, by="bob")
            # What others say in the account is not in its list.
            guest = replace(incoming("hi", number="2", author="guest"), place=there, present=())
            assert not page.hub._followed
            await engine.accept(guest)
            assert not page.hub._followed
            number = await page.begin("mine", by="ana")
            reader = await other.watch(number)
            await other.until(lambda: reader.last == 2 and other.others)
        await until(lambda: page.hub.count() == 0)
        assert EVERYWHERE not in engine._parts.broadcast._sinks

    served(tmp_path, body)


async def guest_says(page: Opened, number: int, text: str) -> None:
    """Somebody whom the account speaks for says it where the account spoke, alone."""
    store = page.scene.engine.store
    here = await store.conversation_numbered(number)
    said = replace(incoming(text, author="guest"), place=here.place, present=())
    await page.scene.engine.accept(said)


@pytest.mark.parametrize(
    "said",
    [
        "nothing",
        "[]",
        "{}",
        '{"watch": 0}',
        '{"watch": "1"}',
        '{"watch": 1, "unwatch": 1}',
        '{"watch": 1, "after": -1}',
        '{"watch": 1, "hello": 2}',
        '{"watch": 1000000000000000000000000000000}',
        "[" * 900,
        '{"watch": 1, "after": "' + "0" * 1000 + '"}',
        b"{}",
    ],
)
def test_a_message_that_is_none_ends_the_socket_with_a_reason(tmp_path: Path, said: str | bytes):
    async def body(page: Opened) -> None:
        async with page.tab() as tab:
            await tab.socket.send(said)
            with pytest.raises(ConnectionClosed):
                await asyncio.wait_for(tab.socket.recv(), SOON)
            assert tab.socket.close_code == 1008
            assert tab.socket.close_reason
        await until(lambda: page.hub.count() == 0)

    served(tmp_path, body)


def test_only_so_many_conversations_are_watched_at_once(tmp_path: Path):
    async def body(page: Opened) -> None:
        async with page.tab() as tab:
            # None of them is there: what cannot be watched takes no place for long.
            for number in range(1, 200):
                await tab.socket.send(json.dumps({"watch": number}))
            with pytest.raises(ConnectionClosed):
                await tab.until(lambda: False)
            assert (tab.socket.close_code, tab.socket.close_reason) == (
                1008,
                "too many conversations are watched",
            )

    served(tmp_path, body)


def test_nobody_listens_without_being_let_in(tmp_path: Path):
    async def body(page: Opened) -> None:
        with pytest.raises(Exception, match="403"):
            async with page.tab(""):
                pass

    served(tmp_path, body)


def test_the_end_of_the_server_is_told(tmp_path: Path):
    model, gate = held()

    async def body(page: Opened) -> None:
        number = await page.begin("count")
        async with page.tab() as tab, page.tab("bob") as idle:
            reader = await tab.watch(number)
            await tab.until(lambda: reader.draft)
            page.ending.set()
            for each in (tab, idle):
                with pytest.raises(ConnectionClosed):
                    await each.until(lambda: False)
                assert each.others[-1] == {"type": "ending"}
                assert each.socket.close_code == 1012
        async with page.tab() as late:
            with pytest.raises(ConnectionClosed):
                await late.until(lambda: False)
            assert late.others == [{"type": "ending"}]
        gate.set()
        assert (await page.settled(number))[1]["text"] == WHOLE

    served(tmp_path, body, model)


def test_the_list_of_an_account_is_told_to_all_of_its_tabs(tmp_path: Path):
    async def body(page: Opened) -> None:
        async with page.tab() as tab, page.tab() as other, page.tab("bob") as stranger:
            await until(lambda: page.hub.count() == 3)
            number = await page.talk("hello")
            await tab.until(lambda: tab.others)
            await other.until(lambda: other.others)
            assert tab.others == other.others == [{"type": "conversations"}]
            await page.call("PATCH", f"/api/conversations/{number}", {"title": "Mine"})
            await tab.until(lambda: len(tab.others) == 2)
            await page.talk("hello", by="bob")
            await stranger.until(lambda: stranger.others)
            assert len(stranger.others) == 1

    served(tmp_path, body)


def test_a_change_elsewhere_is_told_to_whoever_watches(tmp_path: Path):
    async def body(page: Opened) -> None:
        number = await page.talk("hello")
        async with page.tab() as tab:
            reader = await tab.watch(number, 2)
            await tab.until(lambda: reader.events)
            await page.call("PATCH", f"/api/conversations/{number}", {"title": "Another"})
            await tab.until(lambda: "changed" in reader.kinds())

    served(tmp_path, body)


async def events_of(page: Opened, number: int, reader: Reader, **more: object) -> list[str]:
    """Read server-sent events until the turn is settled; returns their ids."""
    ids: list[str] = []
    async with page.client() as client:
        path = f"/api/conversations/{number}/events"
        async with client.stream("GET", path, timeout=SOON, **more) as answer:
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("text/event-stream")
            kind = ""
            async for line in answer.aiter_lines():
                name, _, value = line.partition(": ")
                if name == "id":
                    ids.append(value)
                elif name == "event":
                    kind = value
                elif name == "data":
                    event = json.loads(value)
                    assert event["type"] == kind
                    reader.take(event)
                if done(reader):
                    break
    return ids


def test_server_sent_events_are_the_same_as_over_the_socket(tmp_path: Path):
    model, gate = held()

    async def body(page: Opened) -> None:
        number = await page.begin("count")
        heard = Reader()
        async with page.tab() as tab:
            reader = await tab.watch(number)
            await tab.until(lambda: reader.draft)
            reading = asyncio.create_task(events_of(page, number, heard))
            await until(lambda: heard.draft)
            gate.set()
            await tab.until(lambda: done(reader))
            assert await reading == ["1", "2"]
        assert heard.texts() == reader.texts() == ["count", WHOLE]
        assert heard.messages == reader.messages
        assert {*heard.kinds()} - {"draft"} == {*reader.kinds()} - {"draft", "started"}
        await until(lambda: page.hub.count() == 0)

    served(tmp_path, body, model)


def test_server_sent_events_go_on_behind_the_last_one(tmp_path: Path):
    async def body(page: Opened) -> None:
        for more in ({"params": {"after": 1}}, {"headers": {"last-event-id": "1"}}):
            number, reader = await page.talk("one"), Reader()
            reading = asyncio.create_task(events_of(page, number, reader, **more))
            await until(lambda r=reader: r.last == 2)
            assert list(reader.messages) == [2]
            await page.say(number, "more")
            await reading
            await page.settled(number)
            assert 1 not in reader.messages

    served(tmp_path, body)


def test_server_sent_events_show_that_they_live_and_end_with_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("tertulia.channels.web.live.PING", 0.02)

    async def body(page: Opened) -> None:
        number = await page.talk("one")
        lines: list[str] = []
        async with page.client() as client:
            path = f"/api/conversations/{number}/events?after=2"
            async with client.stream("GET", path, timeout=SOON) as answer:
                async for line in answer.aiter_lines():
                    lines.append(line)
                    if lines.count(": still here") == 2:
                        page.ending.set()
        assert "event: ending" in lines
        await until(lambda: page.hub.count() == 0)

    served(tmp_path, body)


@pytest.mark.parametrize("last", ["x", "-1", "٣", "9" * 40])
def test_an_event_id_that_is_none_is_refused(tmp_path: Path, last: str):
    async def body(page: Opened) -> None:
        number = await page.talk("one")
        path = f"/api/conversations/{number}/events"
        answer = await page.call("GET", path, headers={"last-event-id": last.encode()})
        assert answer.status_code == 400
        assert answer.json()["error"]["code"] == "bad_request"

    served(tmp_path, body)


def test_a_server_that_is_started_again_finishes_what_was_said(tmp_path: Path):
    model, gate = held()

    async def whole() -> None:
        async with opened(tmp_path, model, grace=0.05) as page:
            number = await page.begin("count")
            async with page.tab() as tab:
                reader = await tab.watch(number)
                await tab.until(lambda: reader.draft)
                page.ending.set()
                with pytest.raises(ConnectionClosed):
                    await tab.until(lambda: False)
        gate.set()
        async with opened(tmp_path, model) as page, page.tab() as tab:
            again = await tab.watch(number, reader.last)
            await tab.until(lambda: again.last == 2)
            assert again.texts() == [WHOLE]
            assert len(await page.settled(number)) == 2

    asyncio.run(whole())


def test_what_falls_silent_elsewhere_does_not_hold_up_a_tab(tmp_path: Path):
    """A socket that is closed in the middle of a reply leaves nothing behind."""
    model, gate = held()

    async def body(page: Opened) -> None:
        number = await page.begin("count")
        for _ in range(5):
            async with page.tab() as tab:
                reader = await tab.watch(number)
                await tab.until(lambda r=reader: r.draft)
        async with page.tab():
            await until(lambda: page.hub.count() == 1)
            await page.say(number, "and more")
            assert page.scene.engine._parts.broadcast._sinks
        await until(lambda: page.hub.count() == 0)
        assert not page.scene.engine._parts.broadcast._sinks
        gate.set()
        await page.settled(number)

    served(tmp_path, body, model)
