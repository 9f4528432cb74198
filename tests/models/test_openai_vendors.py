"""The vendors: found, opened, asked whether they can be used."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from loopback import free_port
from openai_calls import BAD, KEY, prompt, said, spec_for, talk
from servers import (
    CLOSE,
    DONE,
    RESET,
    STALL,
    STREAM,
    Aimock,
    Answer,
    aimock,
    chunk,
    misbehaving,
    reply,
    response,
)
from tertulia.models import openai as part_under_test
from tertulia.models.openai import gemini, groq, llamacpp, lmstudio, mistral, ollama, openai, vllm
from tertulia.models.openai.listing import names
from tertulia.models.openai.windows import factor, window
from tertulia.values.bot import ModelSpec
from tertulia.values.errors import (
    SettingsError,
)
from tertulia.values.secret import Secret


@pytest.fixture(scope="module")
def server() -> Iterator[Aimock]:
    fixtures = [reply("say hello", "Hello! How are you today?")]
    with aimock(
        [
            {**each, "match": {**each["match"], "model": m}}
            for each in fixtures
            for m in ("gpt-4o", "gpt-5-mini")
        ],
        keys=KEY,
    ) as running:
        yield running


# Asking whether it can be used


def check(server_url: str, **more: Any) -> Any:
    async def run() -> Any:
        model = openai.open(spec_for(server_url, **more))
        try:
            return await model.check()
        finally:
            await model.close()

    return asyncio.run(run())


def test_check_ready(server: Aimock) -> None:
    found = check(server.url)
    assert (found.subject, found.ready, found.step) == ("openai:gpt-4o", True, None)
    assert found.found.endswith("answers.")


def test_check_key_refused(server: Aimock) -> None:
    found = check(server.url, key=BAD)
    assert not found.ready
    assert "refuses the key from env:TEST_KEY (401)" in found.found
    assert found.step == "Put a valid key there."


def test_check_model_not_listed(server: Aimock) -> None:
    found = check(server.url, name="gpt-4oo")
    assert found.ready
    assert 'does not list a model "gpt-4oo"' in found.found
    assert "gpt-4o" in found.step


def test_check_nothing_answers() -> None:
    port = free_port()
    model = replace(ollama, port=port).open(ModelSpec(provider="ollama", name="x"))

    async def run() -> Any:
        found = await model.check()
        await model.close()
        return found

    found = asyncio.run(run())
    assert not found.ready
    assert f"nothing answers at 127.0.0.1:{port}" in found.found
    assert found.step == "Start it with `ollama serve`."


def test_check_of_a_server_without_a_list() -> None:
    with misbehaving([response(404)]) as server:
        assert check(server.url).ready
    with misbehaving([response(503, {"error": "Loading model"})]) as server:
        found = check(server.url)
        assert (found.ready, found.step) == (False, None)
        assert "Loading model" in found.found


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"data": [{"id": "a"}, {"id": ""}, {"id": 7}, 7, {"id": "models/b"}]}, ["a", "b"]),
        ([{"id": "a"}], ["a"]),
        ({"data": None}, []),
        (7, []),
    ],
)
def test_lists_of_models(body: Any, expected: list[str]) -> None:
    assert names(json.dumps(body)) == expected
    assert names(b"<html>") == []


# Looking for one, and opening it


def test_found_by_a_key_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert openai.found() is None
    monkeypatch.setenv("OPENAI_API_KEY", " ")
    assert openai.found() is None
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    found = openai.found()
    assert found is not None
    assert (found.provider, found.name, found.base_url) == ("openai", "gpt-5-mini", None)
    assert found.api_key is not None
    assert found.api_key.origin == "env:OPENAI_API_KEY"


def test_found_by_a_local_server_on_its_port() -> None:
    listed = {"data": [{"id": "nomic-embed-text"}, {"id": "llama3.2:latest"}]}
    with misbehaving([response(200, listed)]) as server:
        vendor = replace(ollama, port=server.port)
        assert vendor.found() == ModelSpec(
            provider="ollama", name="llama3.2:latest", base_url=vendor._usual()
        )
        assert vendor.open(ModelSpec(provider="ollama")).name == "ollama:llama3.2:latest"
    assert server.requests[0].path == "/v1/models"


@pytest.mark.parametrize(
    "answer",
    [
        [response(200, {"data": []})],
        [response(200, {"data": [{"id": "text-embedding-3"}]})],
        [response(200, b"<html>")],
        [response(404, {"data": [{"id": "a"}]})],
        [b"SSH-2.0-OpenSSH\r\n", CLOSE],
        [RESET],
        [STALL],
    ],
)
def test_what_is_no_model_server_is_not_found(answer: Answer) -> None:
    with misbehaving(answer) as server:
        assert replace(vllm, port=server.port).found() is None
    assert replace(vllm, port=free_port()).found() is None


def test_openai_goes_first_and_keys_before_local_servers() -> None:
    every = [getattr(part_under_test, name) for name in part_under_test.__all__ if name.islower()]
    assert len(every) == 12
    ranked = sorted(every, key=lambda vendor: vendor.rank)
    assert ranked[0] is openai
    assert ranked[-4:] == [ollama, lmstudio, llamacpp, vllm]
    assert len({vendor.rank for vendor in every}) == 12
    assert [vendor.port for vendor in ranked[-4:]] == [11434, 1234, 8080, 8000]


def test_a_missing_key_is_told_with_what_to_do() -> None:
    expected = 'There is no key for groq. Set GROQ_API_KEY, or api_key = "env:NAME" in the bot'
    with pytest.raises(SettingsError, match=expected):
        groq.open(ModelSpec(provider="groq"))


def test_a_key_of_odd_characters_is_told_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for key in ("sk-“x”", "sk a", "sk\x00a"):
        with pytest.raises(SettingsError, match="env:K holds characters") as caught:
            openai.open(ModelSpec(provider="openai", api_key=Secret(key, "env:K")))
        assert key not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["localhost:8000", "ftp://a/v1", "http://", "http://[x", "http://a:x"]
)
def test_a_wrong_base_url_is_told(url: str) -> None:
    with pytest.raises(SettingsError, match="no web address"):
        openai.open(ModelSpec(provider="openai", name="x", base_url=url))


def test_a_local_server_without_a_model_is_told() -> None:
    port = free_port()
    with pytest.raises(SettingsError, match=rf"none was found at 127.0.0.1:{port}\. Start it with"):
        replace(llamacpp, port=port).open(ModelSpec(provider="llamacpp"))


def test_base_url_from_the_environment(monkeypatch: pytest.MonkeyPatch, server: Aimock) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    monkeypatch.setenv("OPENAI_API_KEY", f"{KEY}\n")
    model = openai.open(ModelSpec(provider="openai"))
    assert model.name == "openai:gpt-5-mini"
    assert said(asyncio.run(talk(model, "say hello"))) == "Hello! How are you today?"


def test_a_vendor_is_not_told_what_is_openai_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-secret")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-secret")
    monkeypatch.setenv("OPENAI_ADMIN_KEY", "sk-admin-secret")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Gateway: gateway-secret\nrubbish")
    with misbehaving([STREAM, chunk("Hi", "stop"), DONE, CLOSE]) as server:
        key = Secret(KEY, "env:X")
        foreign = gemini.open(ModelSpec(provider="gemini", base_url=server.url, api_key=key))
        asyncio.run(talk(foreign))
        asyncio.run(talk(openai.open(spec_for(server.url))))
    first, second = (each.headers for each in server.requests)
    assert first["authorization"] == f"Bearer {KEY}"
    assert "secret" not in str(first)
    assert second["openai-organization"] == "org-secret"


def test_another_server_is_not_shown_the_key_in_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with misbehaving([STREAM, chunk("Hi", "stop"), DONE, CLOSE]) as server:
        spec = ModelSpec(provider="openai", name="x", base_url=server.url)
        asyncio.run(talk(openai.open(spec)))
    (only,) = server.requests
    assert KEY not in str(only.headers)


def test_windows_and_reserves() -> None:
    model = openai.open(spec_for("https://api.openai.com/v1", name="gpt-4o-mini"))
    assert (model.context_window, model.reserve, model.factor) == (128_000, 4096, 1.0)
    small = openai.open(spec_for("http://a/v1", name="m", context_window=1000, retries=5))
    assert (small.context_window, small.reserve, small.factor) == (1000, 250, 1.2)
    assert small.retries == 5
    assert openai.open(spec_for("http://a/v1", max_tokens=7)).reserve == 7
    local = ollama.open(ModelSpec(provider="ollama", name="llama3.2"))
    assert local.context_window == 4096


@pytest.mark.parametrize(
    ("model", "tokens", "times"),
    [
        ("gpt-5-mini", 272_000, 1.0),
        ("gpt-4.1-nano", 1_047_576, 1.0),
        ("gpt-4-0613", 8_192, 1.2),
        ("gpt-3.5-turbo-0125", 16_385, 1.2),
        ("o3-mini", 200_000, 1.0),
        ("openai/gpt-oss-120b", 131_072, 1.0),
        ("meta-llama/Llama-3.3-70B-Instruct-Turbo", 131_072, 1.2),
        ("meta-llama/Meta-Llama-3-8B", 8_192, 1.2),
        ("models/gemini-2.5-flash", 1_048_576, 1.2),
        ("anthropic/claude-sonnet-4", 200_000, 1.2),
        ("something-new", 8_192, 1.2),
    ],
)
def test_the_table_of_windows(model: str, tokens: int, times: float) -> None:
    assert (window(model), factor(model)) == (tokens, times)


def test_max_tokens_is_named_as_the_server_takes_it() -> None:
    def body(url: str) -> dict[str, Any]:
        return openai.open(spec_for(url, max_tokens=5))._body(prompt("hi"))

    assert body("https://api.openai.com/v1")["max_completion_tokens"] == 5
    assert body("https://me.openai.azure.com/openai/v1")["max_completion_tokens"] == 5
    assert body("https://example.org/v1")["max_tokens"] == 5
    named = mistral.open(ModelSpec(provider="mistral", api_key=Secret(KEY, "env:K")))
    assert "name" not in named._body(prompt("hi", name="Ana"))["messages"][1]


def test_neither_importing_nor_looking_loads_the_sdk() -> None:
    program = (
        "import sys, tertulia.models.openai as part\n"
        "part.openai.found(); part.ollama.found()\n"
        "spec = part.openai.open(part.vendors.ModelSpec(provider='openai', base_url='http://a/v1'))\n"
        "assert not {'openai', 'httpx2', 'pydantic', 'anyio'} & sys.modules.keys()\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=30)
