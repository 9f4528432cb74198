"""Saying something on the page: accepted once, answered, seen by those who may."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from channels.web.served import Opened, Reader, installed, opened, served, until
from making import incoming, place
from running import ScriptedModel
from tertulia.values.message import Author, Place
from tertulia.values.prompt import Done


def test_something_is_said_and_answered(tmp_path: Path):
    async def body(page: Opened) -> None:
        number = await page.talk("hello")
        said, reply = await page.settled(number)
        assert said | {"said_at": 0} == {
            "id": f"{number}.1",
            "conversation": number,
            "seq": 1,
            "parent": None,
            "role": "user",
            "name": "Ana",
            "mine": True,
            "text": "hello",
            "said_at": 0,
            "finish_reason": None,
            "versions": [f"{number}.1"],
            "outcome": "reply",
            "reason": None,
            "model": None,
            "usage": None,
            "cost": None,
            "notes": [],
            "cause": None,
            "receipt": False,
            "attachments": [],
        }
        assert (reply["text"], reply["name"], reply["mine"]) == ("ok", "Bo", False)
        assert (reply["model"], reply["finish_reason"]) == ("scripted:one", "stop")
        assert reply["receipt"] is True
        assert reply["usage"]["completion_tokens"] > 0
        (listed,) = (await page.get("/api/conversations"))["conversations"]
        assert listed == await page.get(f"/api/conversations/{number}")
        assert (listed["title"], listed["titled"], listed["mine"]) == ("hello", False, True)
        assert (listed["channel"], listed["bot"], listed["last_seq"]) == ("web", "bo", 2)

    served(tmp_path, body)


def test_it_is_on_disk_before_it_is_acknowledged(tmp_path: Path):
    """And sent a second time it is the same message, answered once."""
    say = {"id": "one", "text": "hello", "conversation": "c"}

    async def whole() -> None:
        async with opened(tmp_path, ScriptedModel([[asyncio.Event()]]), grace=0.01) as page:
            first = await page.call("POST", "/api/messages", say)
            assert first.status_code == 202
            again = await page.call("POST", "/api/messages", say)
            assert again.json() == first.json() | {"duplicate": True}
        async with opened(tmp_path) as page:
            third = await page.call("POST", "/api/messages", say)
            assert third.json() == again.json()
            assert len(await page.settled(1)) == 2
            after = await page.call(
                "POST", "/api/conversations/1/messages", {"id": "one", "text": "hello"}
            )
            assert after.json() == again.json()
            assert len(await page.get("/api/conversations")) == 1

    asyncio.run(whole())


def test_the_same_sent_many_times_at_once_begins_one_conversation(tmp_path: Path):
    say = {"id": "one", "text": "hello", "conversation": "c", "blank": True}

    async def body(page: Opened) -> None:
        answers = await asyncio.gather(*(page.call("POST", "/api/messages", say) for _ in range(8)))
        assert [one.status_code for one in answers] == [202] * 8
        assert sorted(one.json()["duplicate"] for one in answers) == [False] + [True] * 7
        said = await page.settled(1)
        assert [one["role"] for one in said] == ["user", "assistant"]

    served(tmp_path, body)


def test_a_blank_conversation_uses_nothing_from_before_and_stays_so(tmp_path: Path):
    model = ScriptedModel()

    async def body(page: Opened) -> None:
        await page.talk("the word is marzipan")
        say = {"id": "b", "text": "what is the word marzipan", "conversation": "b", "blank": True}
        number = (await page.call("POST", "/api/messages", say)).json()["conversation"]
        await page.settled(number)
        # Sent again it neither begins a window anew, nor takes the blank one away.
        assert (await page.call("POST", "/api/messages", say)).json()["duplicate"]
        await page.say(number, "and what was it")
        said = await page.settled(number)
        assert [one["text"] for one in said][::2] == [say["text"], "and what was it"]
        seen = [line.content for line in model.prompts[-1].lines]
        assert not any("the word is marzipan" in text for text in seen)
        assert any("what is the word" in text for text in seen)
        answer = await page.call(
            "POST",
            f"/api/conversations/{number}/messages",
            {"id": "x", "text": "hello", "blank": True},
        )
        assert answer.status_code == 422
        assert "blank" in answer.json()["error"]["message"]

    served(tmp_path, body, model, memories=("recall",))


def test_a_begin_that_was_cut_short_is_taken_up(tmp_path: Path):
    async def body(page: Opened) -> None:
        from tertulia.values.message import Place

        place = Place(channel="web", account="ana", spot="half")
        await page.scene.engine.begin(place, "bo")
        number = await page.begin("hello", conversation="half", blank=True)
        window = (await page.scene.store.conversation_numbered(number)).audience
        other = await page.begin("hello", conversation="whole")
        await page.settled(number)
        await page.settled(other)
        assert window != (await page.scene.store.conversation_numbered(other)).audience

    served(tmp_path, body)


def test_a_model_is_picked_before_the_first_turn(tmp_path: Path):
    one, two = ScriptedModel(), ScriptedModel(name="m:2")

    async def body(page: Opened) -> None:
        number = await page.talk("hello", by="bob", model="m:2")
        assert (len(one.prompts), len(two.prompts)) == (0, 1)
        assert (await page.get(f"/api/conversations/{number}", "bob"))["model"] == "m:2"
        assert page.workshop.lent[0] == ("bob", number)
        say = {"id": "n", "text": "hello", "conversation": "n", "model": "m:3"}
        refused = await page.call("POST", "/api/messages", say, by="bob")
        assert refused.status_code == 403
        assert refused.json()["error"]["code"] == "forbidden"
        (listed,) = (await page.get("/api/conversations", "bob"))["conversations"]
        assert listed["id"] == number
        path = f"/api/conversations/{number}"
        more = {"id": "o", "text": "hello", "model": "m:2", "bot": "bo"}
        assert (await page.call("POST", f"{path}/messages", more, by="bob")).status_code == 202
        other = {"id": "p", "text": "hello", "model": "m:1"}
        assert (await page.call("POST", f"{path}/messages", other, by="bob")).status_code == 422
        for model, status in (("m:3", 403), ("m:2", 200), (None, 200)):
            answer = await page.call("PATCH", path, {"model": model}, by="bob")
            assert answer.status_code == status
        assert answer.json()["model"] is None
        await page.settled(number, by="bob")

    served(tmp_path, body, one, choices={"m:2": [two]})


def test_keys_are_lent_before_any_turn_can_need_them(tmp_path: Path):
    """Also where the turn begins in the same breath in which the message is stored."""
    lent_then: list[list[Any]] = []

    class Watching(ScriptedModel):
        async def stream(self, prompt: Any) -> Any:
            lent_then.append(list(pages[0].workshop.lent))
            async for chunk in super().stream(prompt):
                yield chunk

    pages: list[Opened] = []

    async def body(page: Opened) -> None:
        pages.append(page)
        number = await page.talk("hello")
        await page.say(number, "more")
        await page.settled(number)
        reply = f"{number}.4"
        assert (await page.call("POST", f"/api/messages/{reply}/again")).status_code == 202
        await until(lambda: len(lent_then) == 3)
        assert [("ana", number) in lent for lent in lent_then] == [True] * 3
        assert [len(lent) for lent in lent_then] == [1, 2, 3]
        await page.settled(number)

    served(tmp_path, body, Watching())


def test_an_owner_who_acts_in_somebody_else_s_conversation_lends_nothing_to_it(tmp_path: Path):
    async def body(page: Opened) -> None:
        number = await page.talk("hello", by="bob")
        answer = await page.call("POST", f"/api/messages/{number}.2/again")
        assert answer.status_code == 202
        await page.settled(number)
        store = page.scene.store
        for by, owners in (("bob", False), ("ana", True)):
            picked = await page.call(
                "PATCH", f"/api/conversations/{number}", {"model": "m:2"}, by=by
            )
            assert picked.status_code == 200
            assert (await store.conversation_numbered(number)).owners_pick is owners
        assert {account for account, _ in page.workshop.lent} == {"bob"}

    served(tmp_path, body, choices={"m:2": [ScriptedModel(name="m:2")]})


def test_a_member_picks_by_their_own_key_only_where_they_speak(tmp_path: Path):
    async def body(page: Opened) -> None:
        await page.scene.outcome(await page.scene.say("hello", channel="library", author="bob"))
        mine = await page.talk("hello", by="bob")
        store, now = page.scene.store, page.scene.clock.now()
        one = place(channel="library"), Author(platform_id="bob", name="")
        two = Place(channel="web", account="bob", spot=""), Author(platform_id="bob", name="")
        first, second = await store.meet(*one), await store.meet(*two)
        await store.offer_link(first.own(*one), "a code", now + 60_000)
        await store.link(second.own(*two), "a code", now)
        page.workshop.may_pick = lambda *_: True
        path = "/api/conversations/1"
        refused = await page.call("PATCH", path, {"model": "m:3"}, by="bob")
        assert refused.status_code == 422
        assert "not among the models that you may pick: m:2" in refused.json()["error"]["message"]
        assert (await page.call("PATCH", path, {"model": "m:2"}, by="bob")).status_code == 200
        assert {number for _, number in page.workshop.lent} == {mine}

    served(tmp_path, body, choices={"m:2": [ScriptedModel(name="m:2")]})


@pytest.mark.parametrize(
    ("text", "status", "why"),
    [
        ("", 422, "empty"),
        (" \n\t ", 422, "empty"),
        ("x" * 1_000_001, 422, "1,000,000"),
        ("a\0b", 400, "NUL"),
    ],
)
def test_a_text_that_cannot_be_answered_is_refused(
    tmp_path: Path, text: str, status: int, why: str
):
    async def body(page: Opened) -> None:
        number = await page.talk("hello")
        for path, more in (
            ("/api/messages", {"conversation": "new"}),
            (f"/api/conversations/{number}/messages", {}),
        ):
            answer = await page.call("POST", path, {"id": "x", "text": text, **more})
            assert answer.status_code == status
            assert why in answer.json()["error"]["message"]
        assert len((await page.get("/api/conversations"))["conversations"]) == 1

    served(tmp_path, body)


def test_the_longest_text_is_taken(tmp_path: Path):
    async def body(page: Opened) -> None:
        number = await page.begin("ñ" * 1_000_000)
        assert len((await page.settled(number))[0]["text"]) == 1_000_000

    served(tmp_path, body)


def test_a_message_that_was_forgotten_is_not_taken_again(tmp_path: Path):
    say = {"id": "f", "text": "a secret", "conversation": "c"}

    async def body(page: Opened) -> None:
        await page.call("POST", "/api/messages", say)
        await page.settled(1)
        await page.talk("another")
        forget = {"what": "1.1", "sure": True}
        assert (await page.call("POST", "/api/forget", forget)).status_code == 200
        answer = await page.call("POST", "/api/messages", say)
        assert answer.status_code == 422
        assert "forgotten" in answer.json()["error"]["message"]

    served(tmp_path, body)


def test_another_bot_does_not_take_a_conversation_over(tmp_path: Path):
    async def body(page: Opened) -> None:
        say = {"id": "a", "text": "hello", "conversation": "c", "bot": "nobody"}
        assert (await page.call("POST", "/api/messages", say)).status_code == 404
        number = await page.talk("hello", conversation="c", bot="bo")
        page.workshop.bot = lambda name: type(page.workshop).bot(page.workshop, "bo")
        say = {"id": "b", "text": "hello", "conversation": "c", "bot": "bo"}
        assert (await page.call("POST", "/api/messages", say)).status_code == 202
        path = f"/api/conversations/{number}/messages"
        answer = await page.call("POST", path, {"id": "c", "text": "x", "bot": "other"})
        assert answer.status_code == 422
        await page.settled(number)

    served(tmp_path, body)


def test_a_conversation_that_is_taken_is_not_begun_with_another_bot(tmp_path: Path):
    settings = '[bots.one]\nmodel = "offline"\n[bots.two]\nmodel = "offline"\n'

    async def whole() -> None:
        async with installed(tmp_path, settings, default_bot="one") as page:
            await page.begin("hello", conversation="c")
            say = {"id": "b", "text": "hello", "conversation": "c", "bot": "two"}
            answer = await page.call("POST", "/api/messages", say)
            assert answer.status_code == 422
            assert answer.json()["error"]["message"].startswith("This conversation is with one.")

    asyncio.run(whole())


def test_two_accounts_see_nothing_of_each_other(tmp_path: Path):
    async def body(page: Opened) -> None:
        number = await page.talk("a secret", by="bob")
        await page.call("POST", "/api/facts", {"bot": "bo", "statement": "likes tea"}, by="bob")
        (fact,) = (await page.get("/api/facts", "bob"))["facts"]
        said, reply = f"{number}.1", f"{number}.2"
        for method, path, given in [
            ("GET", f"/api/conversations/{number}", None),
            ("PATCH", f"/api/conversations/{number}", {"title": "x"}),
            ("PATCH", f"/api/conversations/{number}", {"pinned": True}),
            ("PATCH", f"/api/conversations/{number}", {"archived": True}),
            ("PATCH", f"/api/conversations/{number}", {"model": None}),
            ("GET", f"/api/conversations/{number}/messages", None),
            ("POST", f"/api/conversations/{number}/messages", {"id": "x", "text": "x"}),
            ("POST", f"/api/conversations/{number}/stop", None),
            ("POST", f"/api/conversations/{number}/command", {"line": "/new"}),
            ("GET", f"/api/conversations/{number}/export", None),
            ("GET", f"/api/conversations/{number}/summaries", None),
            ("POST", f"/api/conversations/{number}/preview", {"text": "x"}),
            ("GET", f"/api/conversations/{number}/events", None),
            ("POST", f"/api/messages/{reply}/again", None),
            ("POST", f"/api/messages/{reply}/continue", None),
            ("POST", f"/api/messages/{said}/switch", None),
            ("GET", f"/api/messages/{reply}/receipt", None),
            ("PATCH", f"/api/facts/{fact['id']}", {"statement": "x"}),
            ("GET", f"/api/facts/{fact['id']}/history", None),
            ("POST", "/api/forget", {"what": str(number)}),
            ("POST", "/api/forget", {"what": said, "sure": True}),
            ("POST", "/api/forget", {"what": fact["id"], "sure": True}),
        ]:
            answer = await page.call(method, path, given, by="eve")
            assert answer.status_code == 404, (method, path, answer.text)
            assert answer.json()["error"]["code"] == "not_there"
        assert (await page.get("/api/conversations", "eve"))["conversations"] == []
        assert (await page.get("/api/facts", "eve"))["facts"] == []
        assert (await page.get("/api/search?q=secret", "eve"))["hits"] == []
        assert ("eve", number) not in page.workshop.lent
        for path in ("/api/conversations", "/api/facts", "/api/search?q=secret"):
            joined = "&" if "?" in path else "?"
            answer = await page.call("GET", f"{path}{joined}everybody=1", by="eve")
            assert answer.status_code == 403
        (shown,) = (await page.get("/api/conversations?everybody=1"))["conversations"]
        assert (shown["id"], shown["whose"]) == (number, "bob")
        (own,) = (await page.get("/api/conversations", "bob"))["conversations"]
        assert (own["id"], own["whose"]) == (number, None)

    served(tmp_path, body)


def test_the_owner_reads_what_is_held_elsewhere_and_answers_it_there(tmp_path: Path):
    async def body(page: Opened) -> None:
        theirs = await page.talk("hello", by="bob")
        for channel, told in (
            ("discord", "This conversation is held on Discord. Answer there."),
            ("library", "This conversation is held in a program. Answer there."),
            ("terminal", "This conversation is held in the terminal. Answer there."),
        ):
            one = incoming("hello", channel=channel, unanswered="a test", number=channel)
            accepted = await page.scene.engine.accept(one)
            listed = await page.get(f"/api/conversations/{accepted.conversation}")
            assert (listed["mine"], listed["channel"]) == (False, channel)
            path = f"/api/conversations/{accepted.conversation}"
            (said,) = (await page.get(f"{path}/messages"))["messages"]
            assert (said["name"], said["mine"]) == ("Somebody", False)
            assert (said["outcome"], said["reason"]) == ("unanswered", "a test")
            for where, given in (
                ("messages", {"id": "x", "text": "x"}),
                ("command", {"line": "/new"}),
            ):
                answer = await page.call("POST", f"{path}/{where}", given)
                assert answer.status_code == 422
                assert answer.json()["error"]["message"] == told
        path = f"/api/conversations/{theirs}"
        assert [one["name"] for one in (await page.get(f"{path}/messages"))["messages"]] == [
            "bob",
            "Bo",
        ]
        answer = await page.call("POST", f"{path}/messages", {"id": "x", "text": "x"})
        assert answer.status_code == 422
        assert "somebody else's" in answer.json()["error"]["message"]

    served(tmp_path, body)


def test_a_turn_is_stopped_and_gone_on_with(tmp_path: Path):
    gate = asyncio.Event()
    model = ScriptedModel([["one ", gate], ["two"], ["other"]])

    async def body(page: Opened) -> None:
        number = await page.begin("count")
        path = f"/api/conversations/{number}"
        async with page.tab() as tab:
            reader = await tab.watch(number)
            await tab.until(lambda: reader.draft)
            assert (await page.call("POST", f"{path}/stop")).json() == {"stopped": True}
            await tab.until(lambda: "settled" in reader.kinds())
            assert reader.messages[2]["finish_reason"] == "stopped"
            assert (await page.call("POST", f"{path}/stop")).json() == {"stopped": False}
            answer = await page.call("POST", f"/api/messages/{number}.2/continue")
            assert (answer.status_code, answer.json()) == (202, {})
            await tab.until(lambda: reader.last == 3)
            assert reader.messages[3]["text"] == "one two"
            started = [one for one in reader.events if one["type"] == "started"][-1]
            assert started["again"] == f"{number}.2"
            await tab.until(lambda: reader.kinds()[-1] == "settled")
            await page.call("POST", f"/api/messages/{number}.3/again")
            await tab.until(lambda: reader.last == 4)
            versions = [f"{number}.{seq}" for seq in (2, 3, 4)]
            assert reader.messages[4]["versions"] == versions
            await page.settled(number)
            answer = await page.call("POST", f"/api/messages/{number}.4/continue")
            assert answer.status_code == 422
            answer = await page.call("POST", f"/api/messages/{number}.2/switch")
            assert (answer.status_code, answer.content) == (204, b"")
            assert (await page.get(path))["head"] == 2
            await tab.until(lambda: "changed" in reader.kinds())

    served(tmp_path, body, model)


def test_what_runs_cannot_be_made_anew(tmp_path: Path):
    gate = asyncio.Event()
    model = ScriptedModel([["ok"], [gate, "later"]])

    async def body(page: Opened) -> None:
        number = await page.talk("one")
        await page.say(number, "two")
        for path in ("2/again", "2/switch"):
            answer = await page.call("POST", f"/api/messages/{number}.{path}")
            assert (answer.status_code, answer.json()["error"]["code"]) == (409, "busy")
        gate.set()
        await page.settled(number)

    served(tmp_path, body, model)


def test_an_edit_stops_what_it_takes_the_place_of(tmp_path: Path):
    gate = asyncio.Event()
    model = ScriptedModel([["half a ", gate], ["the answer"]])

    async def body(page: Opened) -> None:
        number = await page.begin("a qestion")
        await until(lambda: page.scene.engine.running(number) and model.prompts)
        edited = await page.say(number, "a question", instead_of=f"{number}.1")
        said = await page.settled(number)
        assert [one["text"] for one in said] == ["a question", "the answer"]
        assert said[0]["versions"] == [f"{number}.1", edited]
        everything = (await page.get(f"/api/conversations/{number}/messages?around=1"))["messages"]
        assert everything[0]["text"] == "a qestion"
        assert {"stopped"} == {one["finish_reason"] for one in everything[1:]}

    served(tmp_path, body, model)


def test_an_edit_that_is_sent_twice_does_not_stop_its_own_answer(tmp_path: Path):
    gate = asyncio.Event()
    model = ScriptedModel([["ok"], ["the ", gate, "answer"], ["third"]])

    async def body(page: Opened) -> None:
        number = await page.talk("a qestion")
        say = {"id": "e", "text": "a question", "instead_of": f"{number}.1"}
        path = f"/api/conversations/{number}/messages"
        first = await page.call("POST", path, say)
        assert first.status_code == 202
        await until(lambda: len(model.prompts) == 2)
        again = await page.call("POST", path, say)
        assert again.json() == first.json() | {"duplicate": True}
        gate.set()
        assert [one["text"] for one in await page.settled(number)] == ["a question", "the answer"]

    served(tmp_path, body, model)


def test_another_edit_stops_the_one_before(tmp_path: Path):
    gate = asyncio.Event()
    model = ScriptedModel([["ok"], ["half ", gate], ["third"]])

    async def body(page: Opened) -> None:
        number = await page.talk("one")
        await page.say(number, "two", instead_of=f"{number}.1")
        await until(lambda: len(model.prompts) == 2)
        await page.say(number, "three", instead_of=f"{number}.1")
        said = await page.settled(number)
        assert [one["text"] for one in said] == ["three", "third"]
        assert len(said[0]["versions"]) == 3

    served(tmp_path, body, model)


def test_an_edit_does_not_wait_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A turn that is not seen to end is not waited for: its end belongs to its own path."""
    monkeypatch.setattr("tertulia.channels.web.saying.STOPPING", 0.01)
    gate = asyncio.Event()

    class Stuck:
        def __init__(self, engine: Any) -> None:
            self._engine = engine

        def __getattr__(self, name: str) -> Any:
            return getattr(self._engine, name)

        def stop(self, conversation: int) -> bool:
            return True

    async def body(page: Opened) -> None:
        number = await page.begin("one")
        await until(lambda: page.scene.engine.running(number))
        await page.say(number, "two", instead_of=f"{number}.1")
        gate.set()
        assert (await page.settled(number))[0]["text"] == "two"

    model = ScriptedModel([[gate, "first"], ["second"]])
    served(tmp_path, body, model, host=lambda here: Stuck(here.engine))


def test_only_what_one_said_oneself_is_edited(tmp_path: Path):
    async def body(page: Opened) -> None:
        number, other = await page.talk("one"), await page.talk("two")
        path = f"/api/conversations/{number}/messages"
        for instead_of, status in (
            (f"{number}.2", 422),
            (f"{number}.9", 404),
            (f"{other}.1", 404),
            (f"{number}.1", 202),
        ):
            say = {"id": f"e{instead_of.replace('.', '-')}", "text": "x", "instead_of": instead_of}
            assert (await page.call("POST", path, say)).status_code == status
        await page.settled(number)

    served(tmp_path, body)


def test_a_command_is_obeyed_and_anything_else_is_none(tmp_path: Path):
    async def body(page: Opened) -> None:
        number = await page.talk("hello")
        path = f"/api/conversations/{number}/command"
        told = (await page.call("POST", path, {"line": "/new"})).json()["answer"]
        assert told.startswith("A new window")
        assert (await page.get(f"/api/conversations/{number}"))["head"] is None
        assert (await page.call("POST", path, {"line": "/nothing"})).json() == {"answer": None}
        # What is sent as a message is said, whatever it begins with.
        await page.say(number, "/new")
        assert (await page.settled(number))[-2]["text"] == "/new"

    served(tmp_path, body)


def test_a_conversation_is_named_pinned_and_archived(tmp_path: Path):
    async def body(page: Opened) -> None:
        numbers = [await page.talk(f"number {number}") for number in range(3)]
        path = f"/api/conversations/{numbers[0]}"
        answer = await page.call("PATCH", path, {"title": " Mine ", "pinned": True})
        assert answer.json()["title"] == "Mine"
        assert answer.json()["titled"] is answer.json()["pinned"] is True
        listed = (await page.get("/api/conversations"))["conversations"]
        assert [one["id"] for one in listed] == [numbers[0], numbers[2], numbers[1]]
        assert (await page.call("PATCH", path, {"title": None})).json()["title"] == "number 0"
        answer = await page.call("PATCH", path, {"archived": True, "pinned": False})
        assert answer.json()["archived"] is True
        assert len((await page.get("/api/conversations"))["conversations"]) == 2
        (archived,) = (await page.get("/api/conversations?archived=1"))["conversations"]
        assert archived["id"] == numbers[0]
        assert (await page.call("PATCH", path, {})).json() == archived
        first = (await page.get("/api/conversations?most=1"))["conversations"]
        before = first[0]["updated_at"]
        behind = (await page.get(f"/api/conversations?before={before}"))["conversations"]
        assert numbers[2] not in [one["id"] for one in behind]

    served(tmp_path, body)


def test_a_conversation_is_read_in_stretches(tmp_path: Path):
    async def body(page: Opened) -> None:
        number = await page.talk("0")
        for more in range(1, 4):
            await page.say(number, str(more))
            await page.settled(number)
        path = f"/api/conversations/{number}/messages"

        async def read(query: str) -> tuple[list[int], bool, bool]:
            got = await page.get(f"{path}?{query}")
            assert got["last_seq"] == 8
            assert got["conversation"]["id"] == number
            return [one["seq"] for one in got["messages"]], got["older"], got["newer"]

        assert await read("most=3") == ([6, 7, 8], True, False)
        assert await read("before=6&most=2") == ([4, 5], True, True)
        assert await read("after=6") == ([7, 8], True, False)
        around, _, _ = await read("around=4&most=3")
        assert 4 in around
        answer = await page.call("GET", f"{path}?before=1&after=1")
        assert answer.status_code == 400

    served(tmp_path, body)


def test_a_reply_that_failed_tells_its_cause_to_owners_alone(tmp_path: Path):
    from tertulia.values.errors import ModelRejected

    model = ScriptedModel([[ModelRejected("the server said 418")]])

    async def body(page: Opened) -> None:
        for who, cause in (("ana", "the server said 418"), ("bob", None)):
            number = await page.talk("hello", by=who)
            said, notice = await page.settled(number, by=who)
            assert (said["outcome"], notice["role"]) == ("notice", "notice")
            assert notice["cause"] == cause
            async with page.tab(who) as tab:
                reader = await tab.watch(number)
                await tab.until(lambda r=reader: r.last == 2)
                assert reader.messages[2] == notice

    served(tmp_path, body, model)


def test_a_bot_that_is_there_no_more_keeps_its_own_name(tmp_path: Path):
    async def body(page: Opened) -> None:
        number = await page.talk("hello")
        page.workshop.given = {"persona": {}}
        assert (await page.settled(number))[1]["name"] == "bo"
        page.workshop.bot = lambda name: type(page.workshop).bot(page.workshop, "gone")
        assert (await page.settled(number))[1]["name"] == "bo"

    served(tmp_path, body)


def test_a_long_reply_reaches_the_page_as_it_is(tmp_path: Path):
    model = ScriptedModel([["ab🙂\ud83d", "\ude00 \x00 end", Done(finish_reason="length")]])

    async def body(page: Opened) -> None:
        async with page.tab() as tab:
            number = await page.begin("hello")
            reader = await tab.watch(number)
            await tab.until(lambda: "settled" in reader.kinds())
            assert isinstance(reader, Reader)
        assert reader.messages[2]["text"] == "ab🙂😀 \ufffd end"
        assert reader.messages[2]["finish_reason"] == "length"

    served(tmp_path, body, model)
