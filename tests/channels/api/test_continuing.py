"""Which conversation a request goes on with: by its name, or by the talk that it sends."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import openai
import pytest

from channels.api.doors import CALLERS, LOCAL_CALLER, Door, kept, lines, offered, raw, say, scripted
from running import ScriptedModel
from tertulia.channels.api.finding import LATEST
from tertulia.channels.api.seen import Seen, Stand, beginning
from tertulia.channels.api.speaking import Speaker
from tertulia.values.caller import Caller
from tertulia.values.errors import ModelRejected
from tertulia.values.message import Author, Incoming, Place
from tertulia.values.prompt import Line

COUNTED = [[f"reply {n}"] for n in range(1, 40)]


def model() -> ScriptedModel:
    return ScriptedModel(COUNTED)


def parents(door: Door, number: int = 1) -> dict[int, int | None]:
    async def read() -> dict[int, int | None]:
        return {m.seq: m.parent for m in await door.engine.store.transcript(number)}

    return door.do(read())


def test_a_talk_goes_on_by_what_is_sent_of_it(tmp_path: Path) -> None:
    with scripted(tmp_path, model()) as door:
        client = door.client()
        talk = ["hello"]
        for _ in range(3):
            talk += [say(client, *talk), f"and {len(talk)}"]
        assert kept(door) == [talk[:-1]]


def test_the_same_first_words_begin_another_talk(tmp_path: Path) -> None:
    with scripted(tmp_path, model()) as door:
        client = door.client()
        assert [say(client, "hello") for _ in range(2)] == ["reply 1", "reply 2"]
        assert say(client, "hello", "reply 2", "more") == "reply 3"
        assert kept(door) == [["hello", "reply 1"], ["hello", "reply 2", "more", "reply 3"]]


def test_a_named_conversation_takes_the_last_message_alone(tmp_path: Path) -> None:
    with scripted(tmp_path, model()) as door:
        client = door.client()
        more = {"metadata": {"conversation": "trip 1/2"}}
        done = client.chat.completions.create(model="bo", messages=lines("one"), **more)
        assert done.tertulia["name"] == "trip 1/2"
        assert say(client, "what?", "never", "two", **more) == "reply 2"
        assert kept(door) == [["one", "reply 1", "two", "reply 2"]]
        assert say(client, "three", metadata={"conversation": "trip 1"}) == "reply 3"
        assert len(kept(door)) == 2


def test_the_made_name_goes_on_with_it(tmp_path: Path) -> None:
    with scripted(tmp_path, model()) as door:
        client = door.client()
        done = client.chat.completions.create(model="bo", messages=lines("one"))
        say(client, "two", metadata={"conversation": done.tertulia["name"]})
        assert kept(door) == [["one", "reply 1", "two", "reply 2"]]


def test_an_edit_stands_beside_what_was_said_first(tmp_path: Path) -> None:
    with scripted(tmp_path, model()) as door:
        client = door.client()
        say(client, "a")
        say(client, "a", "reply 1", "b")
        assert say(client, "a", "reply 1", "c") == "reply 3"
        assert parents(door) == {1: None, 2: 1, 3: 2, 4: 3, 5: 2, 6: 5}
        # The talk goes on from it, and from the first one too where a client goes back to it.
        say(client, "a", "reply 1", "c", "reply 3", "d")
        assert parents(door)[7] == 6
        say(client, "a", "reply 1", "b", "reply 2", "e")
        assert parents(door)[9] == 4
        assert len(kept(door)) == 1


def test_a_reply_is_made_anew_where_the_same_is_sent_again(tmp_path: Path) -> None:
    with scripted(tmp_path, model()) as door:
        client = door.client()
        say(client, "a")
        assert say(client, "a", "reply 1", "b") == "reply 2"
        assert say(client, "a", "reply 1", "b") == "reply 3"
        assert parents(door) == {1: None, 2: 1, 3: 2, 4: 3, 5: 2, 6: 5}
        say(client, "a", "reply 1", "b", "reply 3", "c")
        assert parents(door)[7] == 6


def test_all_of_it_is_found_again_after_a_restart(tmp_path: Path) -> None:
    with scripted(tmp_path, model()) as door:
        client = door.client()
        say(client, "a")
        say(client, "a", "reply 1", "b")
        say(client, "a", "reply 1", "c")
    for sent, parent in (
        (("a", "reply 1", "c", "reply 3", "d"), 6),
        (("a", "reply 1", "b", "reply 2", "e"), 4),
        (("a", "reply 1", "f"), 2),
    ):
        with scripted(tmp_path, model()) as door:
            say(door.client(), *sent)
            tree = parents(door)
            assert tree[max(tree) - 1] == parent
            assert len(kept(door)) == 1


def test_a_client_that_sends_only_the_end_of_its_talk_goes_on(tmp_path: Path) -> None:
    with scripted(tmp_path, model()) as door:
        client = door.client()
        talk = ["hello"]
        for n in range(6):
            talk += [say(client, *talk[-5:]), f"and {n}"]
        assert kept(door) == [talk[:-1]]


def test_what_was_said_elsewhere_is_taken_in_and_read(tmp_path: Path) -> None:
    asked = model()
    with scripted(tmp_path, asked) as door:
        client = door.client()
        system = {"role": "system", "content": "You are a pirate."}
        sent = lines("My dog is Rex.", "A fine dog.", "What is his name?")
        client.chat.completions.create(model="bo", messages=[system, *sent])
        texts = [line.content for line in asked.prompts[0].lines]
        assert texts == ["Be kind.", "My dog is Rex.", "A fine dog.", "What is his name?"]
        say(client, *(one["content"] for one in sent), "reply 1", "Thanks.")
        assert kept(door) == [[*texts[1:], "reply 1", "Thanks.", "reply 2"]]


def test_a_reply_that_the_client_has_only_the_beginning_of(tmp_path: Path) -> None:
    with scripted(tmp_path, model()) as door:
        client = door.client()
        say(client, "a")
        assert say(client, "a", "repl", "b") == "reply 2"
        assert kept(door) == [["a", "reply 1", "b", "reply 2"]]


def test_a_reply_that_never_came(tmp_path: Path) -> None:
    with scripted(tmp_path, model()) as door:
        client = door.client()
        say(client, "a")
        sent = [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}]
        client.chat.completions.create(model="bo", messages=sent)
        assert parents(door) == {1: None, 2: 1, 3: 2, 4: 3}


def test_what_failed_is_said_again_in_its_place(tmp_path: Path) -> None:
    failing = ScriptedModel([["one"], [ModelRejected("no")], ["two"], ["three"]])
    with scripted(tmp_path, failing) as door:
        client = door.client()
        say(client, "a")
        assert raw(door, {"model": "bo", "messages": lines("a", "one", "b")})[0] == 502
        assert say(client, "a", "one", "b") == "two"
        assert parents(door) == {1: None, 2: 1, 3: 2, 4: 3, 5: 2, 6: 5}
        assert say(client, "a", "one", "b", "two", "c") == "three"


def test_a_talk_that_begins_blank_stays_blank(tmp_path: Path) -> None:
    more = {"model": "tertulia"}
    with offered(tmp_path) as door:
        client = door.client()
        answer = say(client, "/new blank", **more)
        assert "A blank window" in answer
        talk = ["/new blank", answer, "I live in Lima."]
        told = say(client, *talk, **more)
        assert "Lima" in say(client, *talk, told, "Where do I live?", **more)
        assert "Lima" not in say(client, "Where do I live?", **more)
        assert [len(said) for said in kept(door)] == [4, 2]
    with offered(tmp_path) as door:
        client = door.client()
        say(client, "/new blank", answer, "I live in Quito.", **more)
        say(client, "/new blank", answer, "Is it gone?", "It is.", "I live in Cusco.", **more)
        told = say(client, "Where do I live?", **more)
        assert not any(where in told for where in ("Lima", "Quito", "Cusco"))
        assert [said[0] for said in kept(door)[2:4]] == ["I live in Quito.", "I live in Cusco."]


def test_a_blank_talk_that_was_forgotten_meanwhile_begins_blank_again(tmp_path: Path) -> None:
    with offered(tmp_path) as door:
        client, more = door.client(), {"model": "tertulia"}
        answer = say(client, "/new blank", **more)

        async def forget() -> None:
            desk = door.engine.desk
            viewer = await desk.viewer(LOCAL_CALLER, "api")
            await desk.forget(await desk.target(viewer, "1"), "all")

        door.do(forget())
        say(client, "/new blank", answer, "I live in Lima.", **more)
        assert "Lima" not in say(client, "Where do I live?", **more)


def test_talks_that_begin_blank_at_once_are_two(tmp_path: Path) -> None:
    with scripted(tmp_path, ScriptedModel(COUNTED)) as door:
        client = door.client()
        answer = say(client, "/new blank")
        assert say(client, "/new blank") == answer
        listed = say(client, "/new blank", answer, "/model")
        for text in ("one", "two"):
            say(client, "/new blank", answer, text)
        say(client, "/new blank", answer, "/model", listed, "three")
        assert sorted(said[0] for said in kept(door) if said) == ["one", "three", "two"]


@pytest.mark.parametrize("restart", [False, True])
def test_commands_are_obeyed_and_are_no_part_of_a_talk(tmp_path: Path, restart: bool) -> None:
    with scripted(tmp_path, model()) as door:
        client = door.client()
        say(client, "a")
        answer = say(client, "a", "reply 1", "/help")
        assert "/forget" in answer
        fresh = say(client, "/memory")
        talk = ["a", "reply 1", "/help", answer, "b"]
        if not restart:
            say(client, *talk)
            say(client, "/memory", fresh, "c")
            assert kept(door) == [["a", "reply 1", "b", "reply 2"], ["c", "reply 3"]]
    if restart:
        with scripted(tmp_path, model()) as door:
            say(door.client(), *talk)
            say(door.client(), "/memory", fresh, "c")
            assert kept(door) == [["a", "reply 1", "b", "reply 1"], ["c", "reply 2"]]


def test_a_new_window_is_read_from_its_beginning(tmp_path: Path) -> None:
    asked = model()
    with scripted(tmp_path, asked) as door:
        client = door.client()
        say(client, "a")
        answer = say(client, "a", "reply 1", "/new")
        say(client, "a", "reply 1", "/new", answer, "b")
        assert [line.content for line in asked.prompts[-1].lines] == ["Be kind.", "b"]
        say(client, "a", "reply 1", "/new", answer, "b", "reply 2", "c")
        assert [line.content for line in asked.prompts[-1].lines][1:] == ["b", "reply 2", "c"]
        assert len(kept(door)) == 1


def test_two_slashes_say_one(tmp_path: Path) -> None:
    with scripted(tmp_path, model()) as door:
        client = door.client()
        say(client, "//help")
        say(client, "//help", "reply 1", "/nothing that is known")
    with scripted(tmp_path, model()) as door:
        say(door.client(), "//help", "reply 1", "/nothing that is known", "reply 2", "b")
        assert kept(door) == [
            ["/help", "reply 1", "/nothing that is known", "reply 2", "b", "reply 1"]
        ]


def held(door: Door, caller: Caller, count: int, first: int = 0, user: str | None = None) -> None:
    """So many conversations of a caller's, one after another."""
    speaker = Speaker(caller=caller, bot="bo", user=user)

    async def hold() -> None:
        for number in range(first, first + count):
            await door.engine.accept(
                Incoming(
                    place=speaker.place(f"n{number}"),
                    bot="bo",
                    author=speaker.author,
                    platform_id=f"{speaker.prefix}-{number}",
                    text=f"number {number}",
                    said_at=1,
                    present=(),
                    unanswered="for nobody",
                )
            )

    door.do(hold())


def test_it_is_sought_among_the_latest_of_its_token(tmp_path: Path) -> None:
    with scripted(tmp_path, model()) as door:
        talk = ["a", say(door.client("ana-laptop"), "a"), "b"]
        held(door, CALLERS["ana-phone"], 60)
        held(door, CALLERS["ana-laptop"], LATEST - 2)
    with scripted(tmp_path, model()) as door:
        say(door.client("ana-laptop"), *talk)
        assert kept(door)[0] == [*talk, "reply 1"]
        say(door.client("ana-laptop"), "c")
        held(door, CALLERS["ana-laptop"], LATEST, first=LATEST)
    with scripted(tmp_path, model()) as door:
        # Too long ago to be found: it is taken in as another's would be.
        say(door.client("ana-laptop"), "c", "reply 2", "d")
        assert kept(door)[-1] == ["c", "reply 2", "d", "reply 1"]


def test_what_is_said_for_end_users_hides_nothing_of_the_tokens_own(tmp_path: Path) -> None:
    with scripted(tmp_path, model()) as door:
        talk = ["a", say(door.client("ana-laptop"), "a"), "b"]
        # One is called like the bot: theirs begins as the token's own do.
        for user in (*(f"end {n}" for n in range(LATEST)), "bo"):
            held(door, CALLERS["ana-laptop"], 8, user=user)
    with scripted(tmp_path, model()) as door:
        say(door.client("ana-laptop"), *talk)
        assert kept(door)[0] == [*talk, "reply 1"]


def test_what_was_archived_is_found_too(tmp_path: Path) -> None:
    with scripted(tmp_path, model()) as door:
        say(door.client(), "a")
        door.do(door.engine.store.set_archived(1, 1))
    with scripted(tmp_path, model()) as door:
        say(door.client(), "a", "reply 1", "b")
        assert kept(door) == [["a", "reply 1", "b", "reply 1"]]


def test_a_long_talk_is_compared_whole(tmp_path: Path) -> None:
    talk = [f"message {n}" for n in range(301)]
    with scripted(tmp_path, model()) as door:
        talk.append(say(door.client(), *talk))
    with scripted(tmp_path, model()) as door:
        # Its beginning is another.
        say(door.client(), "x", *talk[1:], "more")
        assert [len(said) for said in kept(door)] == [302, 304]
        say(door.client(), *talk, "more")
        assert [len(said) for said in kept(door)] == [304, 304]


def test_a_message_far_back_is_said_anew(tmp_path: Path) -> None:
    talk = [f"message {n}" for n in range(101)]
    with scripted(tmp_path, model()) as door:
        client = door.client()
        first = say(client, "a")
        door.do(door.engine.desk.bring_past(*past(door, talk)))
        reply = say(client, *talk)
        assert len(kept(door)[1]) == 102
        say(client, "a", first, "b")
        # This was seen, and lies more than one page behind the head.
        for n in range(60):
            talk += [reply, f"and {n}"]
            reply = say(client, *talk)
        say(client, *talk[:102], "another")
        tree = parents(door, 2)
        assert tree[max(tree) - 1] == 102


def past(door: Door, talk: list[str]) -> tuple[Place, str, Author, list[Line]]:
    speaker = Speaker(caller=LOCAL_CALLER, bot="bo", user=None)
    roles = ("user", "assistant")
    said = [Line(role=roles[n % 2], content=text) for n, text in enumerate(talk[:-1])]
    return speaker.place("long"), "bo", speaker.author, said


def test_several_versions_are_looked_at(tmp_path: Path) -> None:
    with scripted(tmp_path, model()) as door:
        client = door.client()
        say(client, "a")
        for text in ("b", "c", "d"):
            say(client, "a", "reply 1", text)
    with scripted(tmp_path, model()) as door:
        say(door.client(), "a", "reply 1", "b", "reply 2", "e")
        assert parents(door)[9] == 4
        say(door.client(), "a", "reply 1", "b", "something else", "e")
        assert len(kept(door)) == 2


def test_a_turn_that_runs_keeps_the_branch(tmp_path: Path) -> None:
    gate = asyncio.Event()
    slow = ScriptedModel([["one"], ["two"], ["three"], [gate, "four"], ["five"]])
    with scripted(tmp_path, slow) as door, ThreadPoolExecutor() as pool:
        client = door.client()
        say(client, "a")
        say(client, "a", "one", "b")
        say(client, "a", "one", "c")
        asking = pool.submit(say, door.client(), "a", "one", "c", "three", "d")
        door.until(lambda engine: engine.running(1))
        # To go on from another branch the head would have to move: not while a reply is made.
        with pytest.raises(openai.ConflictError) as told:
            say(client, "a", "one", "b", "two", "e")
        assert told.value.code == "busy"
        door.set(gate)
        assert asking.result(60) == "four"


def test_transcripts_beyond_the_last_are_forgotten_first() -> None:
    seen = Seen(most=2)
    digests = [beginning(str(n)) for n in range(3)]
    for n, digest in enumerate(digests):
        seen.note(digest, Stand(1, n))
        seen.stand(digests[0])
    assert [seen.stand(digest) for digest in digests] == [Stand(1, 0), None, Stand(1, 2)]
