"""OpenAI's own library, as programs use it: sync and async, streamed and not."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path
from typing import Any

import openai
import pytest

from channels.api.doors import Door, kept, lines, offered, raw, say, scripted
from running import ScriptedModel
from servers import aimock, failure, reply
from tertulia.values.errors import ModelDeclined, ModelRejected
from tertulia.values.prompt import Done, Usage

HELLO: Any = lines("hello")
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


def streamed(door: Door, messages: Any = HELLO, **more: Any) -> list[Any]:
    return list(
        door.client().chat.completions.create(model="bo", messages=messages, stream=True, **more)
    )


def text_of(chunks: list[Any]) -> str:
    return "".join(one.choices[0].delta.content or "" for one in chunks if one.choices)


def test_a_reply_and_what_is_told_with_it(tmp_path: Path) -> None:
    model = ScriptedModel(
        [["Hel", "lo"]], usage=lambda _: Usage(prompt_tokens=9, completion_tokens=2)
    )
    with scripted(tmp_path, model) as door:
        done = door.client().chat.completions.create(model="bo", messages=HELLO)
        assert (done.id, done.object, done.model) == ("chatcmpl-1.1", "chat.completion", "bo")
        (choice,) = done.choices
        assert (choice.message.role, choice.message.content) == ("assistant", "Hello")
        assert (choice.finish_reason, choice.message.refusal) == ("stop", None)
        assert done.usage.model_dump(exclude_none=True) == {
            "prompt_tokens": 9,
            "completion_tokens": 2,
            "total_tokens": 11,
        }
        assert done.tertulia["message"] == "1.2"
        assert done.tertulia["receipt"] == "/api/messages/1.2/receipt"


@pytest.mark.parametrize("usage", [True, False, None])
def test_a_streamed_reply(tmp_path: Path, usage: bool | None) -> None:
    more = {} if usage is None else {"stream_options": {"include_usage": usage}}
    with scripted(tmp_path, ScriptedModel([["Hel", "lo ", "\ud83d", "\ude00", "!"]])) as door:
        first, *chunks = streamed(door, **more)
        assert (first.choices[0].delta.role, first.choices[0].delta.content) == ("assistant", "")
        assert text_of(chunks) == "Hello 😀!" == kept(door)[0][1]
        assert {one.id for one in (first, *chunks)} == {"chatcmpl-1.1"}
        assert {one.object for one in (first, *chunks)} == {"chat.completion.chunk"}
        *_, last = [one for one in chunks if one.choices]
        assert (last.choices[0].finish_reason, last.tertulia["message"]) == ("stop", "1.2")
        told = [one.usage for one in (first, *chunks) if one.usage]
        assert len(told) == int(bool(usage))
        if usage:
            assert chunks[-1].choices == []
            assert told[0].total_tokens == told[0].prompt_tokens + told[0].completion_tokens


def test_without_waiting_in_threads(tmp_path: Path) -> None:
    with scripted(tmp_path, ScriptedModel([["Hel", "lo"]])) as door:

        async def body() -> None:
            async with openai.AsyncOpenAI(base_url=f"{door.url}/v1", api_key="any") as client:
                done, stream, models = await asyncio.gather(
                    client.chat.completions.create(model="bo", messages=HELLO),
                    client.chat.completions.create(model="bo", messages=HELLO[:], stream=True),
                    client.models.list(),
                )
                assert done.choices[0].message.content == "Hello"
                assert text_of([one async for one in stream]) == "Hello"
                assert [one.id for one in models.data] == ["bo", "bo:stateless"]

        asyncio.run(body())


def test_bots_are_models(tmp_path: Path) -> None:
    with scripted(tmp_path) as door:
        client = door.client()
        assert client.models.retrieve("bo").owned_by == "tertulia"
        assert client.models.retrieve("bo:stateless").id == "bo:stateless"
        for ask in (
            lambda: client.models.retrieve("gpt-4"),
            lambda: say(client, "hello", model="gpt-4"),
            lambda: say(client, "hello", model="x:stateless"),
        ):
            with pytest.raises(
                openai.NotFoundError, match=r"does not exist here\. There are: bo"
            ) as e:
                ask()
            assert (e.value.code, e.value.param) == ("model_not_found", "model")
            assert e.value.type == "invalid_request_error"


@pytest.mark.parametrize(
    ("ends", "reason"),
    [("length", "length"), ("content_filter", "content_filter"), ("end_turn", "stop")],
)
def test_why_a_reply_ended(tmp_path: Path, ends: str, reason: str) -> None:
    with scripted(tmp_path, ScriptedModel([["so far", Done(finish_reason=ends)]])) as door:
        done = door.client().chat.completions.create(model="bo", messages=HELLO)
        assert done.choices[0].finish_reason == reason


def test_a_model_that_fails(tmp_path: Path) -> None:
    model = ScriptedModel([[ModelRejected("its server is on fire")]])
    with scripted(tmp_path, model) as door:
        # The owner is told the cause; the library does not send the same twice more by itself.
        with pytest.raises(openai.InternalServerError, match="on fire") as told:
            say(door.client(max_retries=2), "hello")
        assert (told.value.status_code, told.value.code) == (502, "model_failed")
        assert len(model.prompts) == 1
        with pytest.raises(openai.InternalServerError, match="would not take this") as told:
            say(door.client("bo-laptop"), "hello")
        assert "fire" not in str(told.value)
        with pytest.raises(openai.APIError, match="would not take this") as event:
            streamed(door, lines("once more"))
        assert (event.value.code, event.value.type) == ("model_failed", "server_error")


def test_a_model_that_declines(tmp_path: Path) -> None:
    model = ScriptedModel([[ModelDeclined("no", reason="content_filter")]])
    with scripted(tmp_path, model) as door:
        with pytest.raises(openai.BadRequestError, match="declined") as told:
            say(door.client(), "hello")
        assert told.value.code == "content_filter"


def test_a_picture_is_kept_with_what_was_said(tmp_path: Path) -> None:
    url = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
    picture = {"type": "image_url", "image_url": {"url": url}}
    with scripted(tmp_path) as door:
        for parts in (
            [{"type": "text", "text": "See"}, picture, {"type": "text", "text": "this"}],
            [picture],
        ):
            sent: Any = [{"role": "user", "content": parts}]
            door.client().chat.completions.create(model="bo", messages=sent)
        found = [door.do(door.engine.store.attachment(number)) for number in (1, 2)]
        assert [one[1].content for one in found] == [PNG, PNG]
        assert [one[0].text for one in found] == ["See\nthis", ""]
        assert found[0][1].name == "picture-1.png"


def test_over_a_model_server(tmp_path: Path) -> None:
    fixtures = [
        reply("tea", "I like tea."),
        failure("never", 500, "broken"),
        reply(None, "x" * 400, chunkSize=7),
    ]
    with aimock(fixtures) as server:
        toml = (
            f'[bots.bo.model]\nprovider = "openai"\nname = "m"\nbase_url = "{server.url}"\n'
            "retries = 0\n"
        )
        with offered(tmp_path, toml) as door:
            client = door.client()
            assert say(client, "tea?") == "I like tea."
            assert text_of(streamed(door, lines("tea?", "I like tea.", "more"))) == "x" * 400
            assert kept(door) == [["tea?", "I like tea.", "more", "x" * 400]]
            with pytest.raises(openai.InternalServerError):
                say(client, "never")


def test_nothing_else_is_there(tmp_path: Path) -> None:
    with scripted(tmp_path) as door:
        client = door.client()
        with pytest.raises(openai.NotFoundError, match="nothing at POST /v1/embeddings"):
            client.embeddings.create(model="bo", input="x")
        with pytest.raises(openai.NotFoundError):
            client.responses.create(model="bo", input="x")
        with pytest.raises(openai.APIStatusError) as told:
            client.get("/chat/completions", cast_to=object)
        assert (told.value.status_code, told.value.code) == (405, "bad_method")


def test_a_store_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tertulia.values.errors import StoreFull

    with scripted(tmp_path) as door:

        async def full(*_: object) -> None:
            raise StoreFull("The disk is full.")

        async def odd(*_: object) -> None:
            raise ValueError("a secret")

        monkeypatch.setattr(door.engine.store, "accept", full)
        status, body, headers = raw(door, {"model": "bo", "messages": HELLO})
        assert (status, body["error"]["code"]) == (503, "store_failed")
        assert (body["error"]["type"], headers["retry-after"]) == ("server_error", "1")
        monkeypatch.setattr(door.engine.store, "accept", odd)
        status, body, _ = raw(door, {"model": "bo", "messages": HELLO})
        assert (status, body["error"]["code"]) == (500, "failed")
        assert "secret" not in str(body)
