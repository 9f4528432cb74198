"""The models that a vendor's server lists, and the keys that this proves or refuses."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from loopback import free_port
from openai_calls import BAD, KEY, spec_for
from servers import STALL, Answer, Misbehaving, aimock, misbehaving, reply, response
from tertulia.models.offline import provider as offline
from tertulia.models.openai import Vendor, groq, ollama, openai, openrouter
from tertulia.ports.model import Provider
from tertulia.values.bot import ModelSpec
from tertulia.values.errors import (
    ModelNotAllowed,
    ModelRejected,
    ModelUnavailable,
    SettingsError,
)


def listed(url: str, vendor: Vendor = openai, **more: Any) -> Sequence[str]:
    return asyncio.run(vendor.list(spec_for(url, provider=vendor.name, **more)))


def ids(*names: str) -> Answer:
    return [response(200, {"data": [{"id": name} for name in names]})]


def test_chat_models_come_by_their_public_names_the_usual_one_first() -> None:
    told = ["gpt-5", "text-embedding-3-small", "gpt-5-mini", "whisper-1", "dall-e-3", "GPT-4o"]
    more = ["gpt-4o-mini-tts", "omni-moderation-latest", "gpt-4o-realtime-preview", "gpt-5"]
    with misbehaving(ids(*told, *more)) as server:
        assert listed(server.url) == ["openai:gpt-5-mini", "openai:GPT-4o", "openai:gpt-5"]
        assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


def test_a_real_server_lists_with_a_good_key_and_refuses_another() -> None:
    with aimock([reply(None, "hi")], keys=KEY) as server:
        found = listed(server.url)
        assert "openai:gpt-4o" in found
        assert not any("embedding" in name for name in found)
        with pytest.raises(ModelNotAllowed, match=r"refuses the key from env:TEST_KEY \(401"):
            listed(server.url, key=BAD)


def test_a_local_server_is_asked_without_a_key() -> None:
    with misbehaving(ids("llama3.2:3b", "nomic-embed-text")) as server:
        here = replace(ollama, port=server.port)
        assert asyncio.run(here.list(ModelSpec(provider="ollama"))) == ["ollama:llama3.2:3b"]
        assert here.local() == server.url
        assert groq.local() is None


def test_where_nothing_answers_the_next_step_is_told() -> None:
    here = replace(ollama, port=free_port())
    with pytest.raises(ModelUnavailable, match=r"nothing answers at .* Start it with `ollama"):
        asyncio.run(here.list(ModelSpec(provider="ollama")))


def test_a_server_that_keeps_silent_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tertulia.models.openai.wire._LIST", 0.05)
    with (
        misbehaving([STALL]) as server,
        pytest.raises(ModelUnavailable, match=r"said nothing .* Check base_url"),
    ):
        listed(server.url)


@pytest.mark.parametrize("status", [404, 405])
def test_a_server_that_lists_nothing_is_no_failure(status: int) -> None:
    with misbehaving([response(status)]) as server:
        assert listed(server.url) == []


def test_what_is_no_list_is_told() -> None:
    with (
        misbehaving([response(200, b"<html>Welcome</html>")]) as server,
        pytest.raises(ModelRejected, match=r"is no list of models\. Check base_url"),
    ):
        listed(server.url)


def test_without_a_key_both_places_for_one_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GROQ_API_KEY", raising=False)
    with pytest.raises(SettingsError, match=r"no key for groq\. Set GROQ_API_KEY.* on the page"):
        asyncio.run(groq.list(ModelSpec(provider="groq")))


@pytest.mark.parametrize(
    "answer",
    [
        response(401, {"error": {"message": f"No such key: {KEY}."}}),
        response(403, {"error": {"message": f"{KEY[:12]}…{KEY[-4:]} may not do this"}}),
        response(500, {"error": {"message": f"crash at Bearer {KEY}"}}),
    ],
)
def test_no_message_repeats_the_key(answer: bytes) -> None:
    with misbehaving([answer]) as server:
        with pytest.raises((ModelNotAllowed, ModelUnavailable)) as caught:
            listed(server.url)
        assert KEY[:12] not in str(caught.value)
        assert "***" in str(caught.value)


# Where everybody may read the list


def check(server: Misbehaving) -> Any:
    async def run() -> Any:
        model = openrouter.open(spec_for(server.url, provider="openrouter"))
        try:
            return await model.check()
        finally:
            await model.close()

    return asyncio.run(run())


def test_an_open_list_proves_no_key_so_the_key_itself_is_asked_for() -> None:
    refused: Answer = [response(401, {"error": {"message": "No auth credentials found"}})]
    with misbehaving(refused) as server:
        with pytest.raises(ModelNotAllowed, match=r"openrouter: .* refuses the key"):
            listed(server.url, openrouter)
        assert not check(server).ready
        assert {asked.path for asked in server.requests} == {"/v1/key"}
    with misbehaving([response(200, {"data": {}})], ids("a/b")) as server:
        assert listed(server.url, openrouter) == ["openrouter:a/b"]
        assert [asked.path for asked in server.requests] == ["/v1/key", "/v1/models"]
        assert check(server).ready


def test_a_server_that_knows_nothing_of_the_key_is_asked_for_its_list() -> None:
    with misbehaving([response(404)], ids("a/b")) as server:
        assert listed(server.url, openrouter) == ["openrouter:a/b"]


# Other parts


def test_offline_lists_itself() -> None:
    assert asyncio.run(offline.list(ModelSpec(provider="offline"))) == ("offline",)
    assert offline.local() is None


def test_a_part_that_lists_nothing_is_still_a_part() -> None:
    class Plain(Provider):
        rank = 7

    plain = Plain()
    assert asyncio.run(plain.list(ModelSpec(provider="plain"))) == ()
    assert plain.local() is None
