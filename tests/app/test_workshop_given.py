"""A bot as a screen gives it: read by the settings' own reader, and rendered back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given as examples
from hypothesis import settings as how
from hypothesis import strategies as st

from tertulia.app.memories import SHARES
from tertulia.app.settings import bot_spec, settings_of
from tertulia.app.tomlfile import parse
from tertulia.app.workshop.given import as_given, as_shown, read_given
from tertulia.values.bot import BotSpec, MemorySpec, ModelSpec, Persona
from tertulia.values.errors import SettingsError

TEXTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=30
).filter(lambda text: bool(text.strip()) and not text.startswith("file:"))
NUMBERS = st.floats(-1e6, 1e6) | st.integers(-1000, 1000)
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "temperature": NUMBERS,
        "top_p": NUMBERS,
        "presence_penalty": NUMBERS,
        "frequency_penalty": NUMBERS,
        "seed": st.integers(-(2**40), 2**40),
        "stop": st.text("ab \n", min_size=1, max_size=5)
        | st.lists(st.text("ab", min_size=1), min_size=1, max_size=3).map(tuple),
        "logit_bias": st.dictionaries(st.text("xyz", min_size=1), NUMBERS, max_size=2),
        "reasoning_effort": st.sampled_from(["low", "high"]),
    },
)
MODELS = st.builds(
    ModelSpec,
    provider=st.sampled_from(["openai", "offline", "ollama", "mistral"]),
    name=st.none() | TEXTS,
    base_url=st.none() | st.just("http://127.0.0.1:8080/v1"),
    context_window=st.none() | st.integers(5000, 10**6),
    max_tokens=st.none() | st.integers(1, 4999),
    timeout=st.floats(0.1, 600),
    retries=st.integers(0, 9),
    options=OPTIONS,
)
CHAINS = st.lists(MODELS, min_size=1, max_size=3).map(tuple)
PLAIN = st.sampled_from(["openai:gpt-5", "ollama:llama3.2:3b", "offline"])


@st.composite
def memories(draw: st.DrawFn) -> tuple[MemorySpec, ...]:
    names = draw(st.permutations(sorted(SHARES)))[: draw(st.integers(0, len(SHARES)))]
    percents = draw(
        st.lists(st.floats(0.1, 26) | st.integers(1, 26), min_size=3, max_size=3, unique=True)
    )
    return tuple(
        MemorySpec(name=name, share=percent / 100, most=draw(st.integers(1, 9000)))
        for name, percent in zip(names, percents, strict=False)
    )


@st.composite
def specs(draw: st.DrawFn) -> BotSpec:
    named = draw(st.lists(PLAIN, max_size=3, unique=True))
    choices = {name: (_named(name),) for name in named}
    if draw(st.booleans()):
        choices |= draw(st.dictionaries(st.sampled_from(["quick", "deep"]), CHAINS))
    return BotSpec(
        persona=Persona(name=draw(TEXTS), instructions=draw(TEXTS)),
        models=draw(CHAINS),
        memories=draw(memories()),
        last=draw(st.none() | st.integers(3, 1000)),
        choices=choices,
    )


def _named(name: str) -> ModelSpec:
    provider, _, model = name.partition(":")
    return ModelSpec(provider=provider, name=model or None)


@examples(specs())
@how(max_examples=200, deadline=None)
def test_reading_what_is_rendered_gives_the_same_bot(spec: BotSpec) -> None:
    given = json.loads(json.dumps(as_given(spec)))
    assert bot_spec("ana", given) == spec
    if isinstance(given["choices"], list):  # a table is for the settings file
        assert read_given("ana", given) == spec


def test_all_of_a_bot_is_told_also_what_it_left_to_us() -> None:
    given = as_given(read_given("ana", {"model": "openai:gpt-5", "choices": ["offline"]}))
    assert given["persona"]["name"] == "ana"
    assert given["persona"]["instructions"].startswith("You are ana, a kind")
    assert given["model"] == {
        "provider": "openai",
        "name": "gpt-5",
        "timeout": 60.0,
        "retries": 2,
    }
    assert given["memory"] == {
        "facts": {"share": 10.0, "most": 1000},
        "summary": {"share": 30.0, "most": 8000},
        "recall": {"share": 25.0, "most": 4000},
        "window": {},
    }
    assert given["choices"] == ["offline"]


def test_a_choice_that_is_no_model_of_that_name_is_a_table() -> None:
    spec = BotSpec(
        persona=Persona(name="a", instructions="b"),
        models=(),
        choices={"offline": (ModelSpec(provider="openai"),), "none such": ()},
    )
    given = as_given(spec)
    assert given["model"] == {}
    assert given["choices"]["offline"]["provider"] == "openai"


# What a screen may not say


def refused(**given: Any) -> str:
    with pytest.raises(SettingsError) as caught:
        read_given("ana", given)
    return str(caught.value)


@pytest.mark.parametrize("persona", ["file:/etc/passwd", {"instructions": "file:secret.txt"}])
def test_no_file_of_the_server_is_read(persona: Any, tmp_path: Path) -> None:
    told = refused(persona=persona)
    assert "a screen cannot have a file of the server read" in told
    assert "passwd" not in told.replace("file:/etc/passwd", "")


@pytest.mark.parametrize(
    "key", ["env:HOME", "file:/etc/passwd", "sk-canary-1234567890", 7, {"a": 1}]
)
def test_no_key_is_taken_into_a_bot(key: Any) -> None:
    told = refused(model={"provider": "openai", "api_key": key})
    assert told.startswith("model.api_key: a key has no place in a bot.")
    assert "canary" not in told
    nested = {"provider": "openai", "fallback": ["offline", {"provider": "groq", "api_key": key}]}
    assert refused(model=nested).startswith("model.fallback[1].api_key: a key has no place")


@pytest.mark.parametrize(
    "extra",
    [
        {"extra_headers": {"Authorization": "Bearer canary"}},
        {"extra_headers": {"X-Custom": "sk-canary-1234567890"}},
        {"extra_body": {"list": ["x", {"token": "canary"}]}},
        {"tokens": ["canary"]},
    ],
)
def test_what_may_be_a_secret_is_refused_and_not_repeated(extra: Any) -> None:
    told = refused(model={"provider": "openai", "extra": extra})
    assert "model.extra may hold a secret" in told
    assert "canary" not in told
    url = "http://127.0.0.1/v1?api_key=canary"
    assert "canary" not in refused(model={"provider": "openai", "base_url": url})
    assert "may hold a secret" in refused(
        model={"provider": "openai", "base_url": "http://a.b/v1#sk-canary-1234567890"}
    )


def test_what_is_no_secret_passes() -> None:
    model = {
        "provider": "openai",
        "base_url": "https://a.b/v1?api-version=2024",
        "extra": {"reasoning_effort": "low", "max_completion_tokens": 7, "user": "ana", "x": None},
    }
    spec = read_given("ana", {"model": model, "persona": None})
    assert spec.models[0].base_url == "https://a.b/v1?api-version=2024"
    assert spec.models[0].options == {
        "reasoning_effort": "low",
        "max_completion_tokens": 7,
        "user": "ana",
    }


def test_all_mistakes_are_told_at_once() -> None:
    told = refused(
        persona="file:x",
        model={
            "provider": "opnai",
            "api_key": "env:X",
            "temperature": "hot",
            "base_url": "http://[",
        },
        memory={"facts": {"share": 90}, "window": {"last": 2}},
        choices={"quick": "offline"},
        colour="red",
    ).splitlines()
    begins = [
        "choices must be a list",
        "memory.window.last must be a whole number from 3 to 1000",
        "memory: the shares are",
        "model.api_key: a key",
        "model.base_url must be an address",
        "model.provider: there is no provider",
        "model.temperature must be a number",
        "persona: a screen cannot",
        'there is no setting "colour"',
    ]
    assert len(told) == len(begins)
    assert all(line.startswith(begin) for line, begin in zip(told, begins, strict=True)), told


def test_a_wrong_name_is_told() -> None:
    with pytest.raises(SettingsError, match="cannot be a bot's name"):
        read_given("two words", {})


@pytest.mark.parametrize("odd", [{"extra": {"x": object()}}, {"extra": {"x": float("nan")}}])
def test_what_no_page_could_send_is_no_bot(odd: Any) -> None:
    assert refused(model=odd) == "This is no description of a bot."


def test_what_is_too_deep_or_too_large_is_refused() -> None:
    deep: dict[str, Any] = {}
    for _ in range(5000):
        deep = {"x": deep}
    assert refused(model=deep) == "This is no description of a bot."
    assert "at most 250 kB" in refused(persona="a" * 260_000)


def test_odd_texts_are_made_whole() -> None:
    spec = read_given("ana", {"persona": "a\ud800b"})
    assert spec.persona.instructions == "a\ufffdb"


def test_a_bot_of_the_file_is_shown_without_what_may_be_secret(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("sk-canary-1234567890")
    text = """
        [bots.ana]
        choices = { quick = "offline" }
        [bots.ana.model]
        provider = "openai"
        name = "x"
        base_url = "https://a.b/v1?key=canary"
        api_key = "file:key"
        extra = { extra_headers = { Authorization = "Bearer canary" } }
        temperature = 0.5
        fallback = [{ provider = "groq", extra = { user = "canary" } }]
    """
    file = tmp_path / "tertulia.toml"
    spec = settings_of(parse("t.toml", text), file, {}).bots["ana"]
    shown = as_shown(spec)
    assert "canary" not in json.dumps(shown)
    assert shown["model"]["base_url"] == "https://a.b/v1"
    assert shown["model"]["temperature"] == 0.5
    assert shown["model"]["fallback"][0]["provider"] == "groq"
    assert shown["choices"] == ["quick"]
