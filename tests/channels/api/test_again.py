"""What is sent once more: by a client that lost patience, a connection, or a whole server."""

from __future__ import annotations

import asyncio
import base64
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import openai
import pytest

from channels.api.doors import LOCAL_CALLER, Door, kept, lines, raw, say, scripted
from running import ScriptedModel
from tertulia.values.errors import ModelRejected

ONCE_MORE = {"x-stainless-retry-count": "1"}


def runs(door: Door, text: str) -> None:
    """Wait until a reply has come as far as that."""
    door.until(lambda engine: any(turn.draft.text == text for turn in running(engine)))


def running(engine: object) -> list[object]:
    return list(engine._turns._running.values())  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "sent",
    [
        {"messages": lines("hello")},
        {"messages": lines("a", "first", "hello")},
        {"messages": lines("hello"), "metadata": {"conversation": "x"}},
    ],
)
def test_a_library_that_asks_again_is_answered_once(
    tmp_path: Path, sent: dict[str, object]
) -> None:
    gate = asyncio.Event()
    scripts = [["first"], ["slow", gate, "."], ["never"]]
    model = ScriptedModel(scripts if len(sent["messages"]) == 3 else scripts[1:])
    with scripted(tmp_path, model) as door:
        if len(sent["messages"]) == 3:
            say(door.client(), "a")
        impatient = door.client(max_retries=3, timeout=1.0)
        with ThreadPoolExecutor() as pool:
            asking = pool.submit(impatient.chat.completions.create, model="bo", **sent)
            door.until(lambda engine: len(engine._following._followers) > 1)
            door.set(gate)
            assert asking.result(60).choices[0].message.content == "slow."
        assert kept(door)[0][-2:] == ["hello", "slow."]
        assert len(model.prompts) == len(scripts) - (1 if len(sent["messages"]) == 3 else 2)


def test_talks_that_begin_with_the_same_words_are_talks_of_their_own(tmp_path: Path) -> None:
    gate = asyncio.Event()
    with scripted(tmp_path, ScriptedModel([[gate, "one"]])) as door, ThreadPoolExecutor() as pool:
        asking = [pool.submit(say, door.client(), "hello") for _ in range(4)]
        door.until(lambda engine: len(engine._following._followers) == 4)
        door.set(gate)
        assert [one.result(60) for one in asking] == ["one"] * 4
        assert kept(door) == [["hello", "one"]] * 4


@pytest.mark.parametrize("headers", [None, ONCE_MORE])
def test_what_waits_behind_a_talk_is_said_once(
    tmp_path: Path, headers: dict[str, str] | None
) -> None:
    gate = asyncio.Event()
    model = ScriptedModel([["one"], [gate, "two"]])
    with scripted(tmp_path, model) as door, ThreadPoolExecutor() as pool:
        say(door.client(), "hello")
        asking = [
            pool.submit(say, door.client(), "hello", "one", "more", extra_headers=headers)
            for _ in range(3)
        ]
        door.until(lambda engine: len(engine._following._followers) == 3)
        door.set(gate)
        assert [one.result(60) for one in asking] == ["two"] * 3
        assert kept(door) == [["hello", "one", "more", "two"]]


@pytest.mark.parametrize("where", ["begins", "goes on", "named", "after a restart"])
def test_other_pictures_are_another_message(tmp_path: Path, where: str) -> None:
    pictures = ["one!", "two!", "one!"]
    before = lines("a", "first", "x")[:2] if where == "goes on" else []
    more = {"metadata": {"conversation": "x"}} if where == "named" else {}
    model = ScriptedModel([["first"]] if before else [], name="scripted:one")
    model.scripts = [*model.scripts, ["reply 1"], ["reply 2"], ["reply 3"]]
    with scripted(tmp_path, model) as door:
        if before:
            say(door.client(), "a")
        told = [look_at(door, picture, before, more) for picture in pictures[:2]]
        if where != "after a restart":
            told.append(look_at(door, pictures[2], before, more))
    if where == "after a restart":
        with scripted(tmp_path, ScriptedModel([["never"]])) as door:
            told.append(look_at(door, pictures[2], before, more))
    # Sent once more, the first of these is answered with what was its own.
    begins = where in ("begins", "after a restart")
    assert told == ["reply 1", "reply 2", "reply 1" if begins else "reply 3"]


def look_at(door: Door, picture: str, before: list[dict[str, str]], more: dict[str, Any]) -> str:
    """The reply to a picture, of which it is said that it is sent once more."""
    content = base64.b64encode(b"\x89PNG\r\n\x1a\n" + picture.encode()).decode()
    url = {"url": f"data:image/png;base64,{content}"}
    parts = [{"type": "text", "text": "what?"}, {"type": "image_url", "image_url": url}]
    body = {"model": "bo", "messages": [*before, {"role": "user", "content": parts}], **more}
    status, done, _ = raw(door, body, headers=ONCE_MORE)
    assert status == 200, done
    return str(done["choices"][0]["message"]["content"])


def test_an_answer_that_was_lost_is_given_again(tmp_path: Path) -> None:
    model = ScriptedModel([["one"], ["two"], ["three"]])
    once_more = {"extra_headers": {"x-stainless-retry-count": "1"}}
    with scripted(tmp_path, model) as door:
        client = door.client()
        for more in ({}, {"metadata": {"conversation": "x"}}):
            first = say(client, "hello", **more)
            assert say(client, "hello", **more, **once_more) == first
        talk = ("hello", "one", "more")
        assert [say(client, *talk), say(client, *talk, **once_more)] == ["three", "three"]
        assert kept(door) == [["hello", "one", "more", "three"], ["hello", "two"]]


def test_an_answer_of_before_a_restart_is_given_again(tmp_path: Path) -> None:
    once_more = {"extra_headers": {"x-stainless-retry-count": "2"}}
    with scripted(tmp_path, ScriptedModel([["one"], ["two"], ["three"]])) as door:
        for text in ("hello", "good day"):
            say(door.client(), text)
        say(door.client(), "hello", "one", "more")
        say(door.client(), "a", metadata={"conversation": "x"})
    with scripted(tmp_path, ScriptedModel([["new"], ["newer"]])) as door:
        client = door.client()
        assert say(client, "good day", **once_more) == "two"
        # Of these there is no answer yet: one talk has gone on since, and one says another thing.
        assert say(client, "hello", **once_more) == "new"
        assert say(client, "b", metadata={"conversation": "x"}, **once_more) == "newer"


def test_what_is_forgotten_while_it_waits(tmp_path: Path) -> None:
    gate = asyncio.Event()
    with scripted(tmp_path, ScriptedModel([[gate, "one"]])) as door, ThreadPoolExecutor() as pool:
        asking = pool.submit(say, door.client(), "hello")
        door.until(running)

        async def forget() -> None:
            desk = door.engine.desk
            viewer = await desk.viewer(LOCAL_CALLER, "api")
            await desk.forget(await desk.target(viewer, "1.1"), "all")

        door.do(forget())
        door.set(gate)
        with pytest.raises(openai.UnprocessableEntityError, match="no reply: forgotten") as told:
            asking.result(60)
        assert told.value.code == "no_reply"


def test_what_failed_is_asked_for_anew(tmp_path: Path) -> None:
    model = ScriptedModel([["one"], [ModelRejected("no")], ["two"]])
    once_more = {"x-stainless-retry-count": "1"}
    with scripted(tmp_path, model) as door:
        say(door.client(), "a")
        body = {"model": "bo", "messages": lines("a", "one", "b")}
        status, _, headers = raw(door, body)
        assert (status, headers["x-should-retry"]) == (502, "false")
        status, done, _ = raw(door, body, headers=once_more)
        assert done["choices"][0]["message"]["content"] == "two"


def test_a_key_makes_it_the_same_message(tmp_path: Path) -> None:
    model = ScriptedModel([["one"], ["two"], ["three"], ["four"]])
    with scripted(tmp_path, model) as door:

        def said(key: str, who: str = "any", text: str = "hello") -> str:
            client = door.client(who)
            return say(client, text, extra_headers={"Idempotency-Key": key})

        assert [said("k"), said("k"), said("l")] == ["one", "one", "two"]
        assert [said("k", "ana-laptop"), said("k", "ana-phone")] == ["three", "four"]
        assert [len(said) for said in kept(door)] == [2, 2, 2, 2]


def test_a_client_that_goes_away_stops_nothing(tmp_path: Path) -> None:
    gate = asyncio.Event()
    with scripted(tmp_path, ScriptedModel([["one ", gate, "two"], ["three"]])) as door:
        client = door.client()
        stream = client.chat.completions.create(model="bo", messages=lines("hello"), stream=True)
        for chunk in stream:
            if chunk.choices[0].delta.content == "one ":
                break
        stream.close()
        door.until(lambda engine: not engine._following._followers)
        door.set(gate)
        door.until(lambda engine: not running(engine))
        assert kept(door) == [["hello", "one two"]]
        # It has but the beginning of the reply, and goes on behind the whole.
        assert say(client, "hello", "one", "more") == "three"
        assert kept(door) == [["hello", "one two", "more", "three"]]


def test_what_waited_when_the_server_ended_is_followed(tmp_path: Path) -> None:
    gate = asyncio.Event()
    sent = [lines("hello"), lines("a", "b", "c")]
    slow = ScriptedModel([["slow", gate]])
    with scripted(tmp_path, slow, grace=0.05) as door, ThreadPoolExecutor() as pool:
        asking = [
            pool.submit(door.client().chat.completions.create, model="bo", messages=one)
            for one in sent
        ]
        door.until(lambda engine: len(running(engine)) == 2)
        door.set(door.ending)
        for one in asking:
            with pytest.raises(openai.InternalServerError) as told:
                one.result(60)
            assert (told.value.status_code, told.value.code) == (503, "stopping")
            assert told.value.response.headers["retry-after"] == "1"
    gate = asyncio.Event()
    with (
        scripted(tmp_path, ScriptedModel([[gate, "there"]])) as door,
        ThreadPoolExecutor() as pool,
    ):
        asking = [
            pool.submit(
                door.client().chat.completions.create,
                model="bo",
                messages=one,
                extra_headers=ONCE_MORE,
            )
            for one in sent
        ]
        door.until(lambda engine: len(engine._following._followers) == 2)
        door.set(gate)
        for one in asking:
            assert one.result(60).choices[0].message.content == "there"
        assert kept(door) == [["hello", "there"], ["a", "b", "c", "there"]]


def test_an_engine_that_ends_first_says_so(tmp_path: Path) -> None:
    never = ScriptedModel([["slow", asyncio.Event()]])
    with scripted(tmp_path, never) as door, ThreadPoolExecutor() as pool:
        asking = pool.submit(say, door.client(), "hello")
        runs(door, "slow")
        door.do(door.engine._following.end())
        with pytest.raises(openai.InternalServerError, match="closed before it replied"):
            asking.result(60)
        door.engine.stop(1)


def test_a_reply_that_somebody_stopped(tmp_path: Path) -> None:
    gates = [asyncio.Event(), asyncio.Event()]
    with (
        scripted(tmp_path, ScriptedModel([["one", gates[0]], [gates[1]]])) as door,
        ThreadPoolExecutor() as pool,
    ):
        asking = pool.submit(say, door.client(), "hello")
        runs(door, "one")
        door.loop.call_soon_threadsafe(door.engine.stop, 1)
        assert asking.result(60) == "one"
        asking = pool.submit(say, door.client(), "hello", "one", "more")
        door.until(running)
        door.until(lambda engine: len(engine._parts.bot("bo").models(None, None)[0].prompts) == 2)
        door.loop.call_soon_threadsafe(door.engine.stop, 1)
        assert asking.result(60) == ""


def test_a_body_that_breaks_off_harms_nothing(tmp_path: Path) -> None:
    with scripted(tmp_path) as door:
        host, port = door.url.removeprefix("http://").split(":")
        head = (
            "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
            "content-length: 500\r\n\r\n"
        )
        with socket.create_connection((host, int(port))) as broken:
            broken.sendall(head.encode() + b'{"model": "bo"')
        assert say(door.client(), "hello") == "ok"
