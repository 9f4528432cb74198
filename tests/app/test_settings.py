"""`tertulia.toml`: where it is found, how it is read, and what it says."""

import os
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import pytest

from tertulia.app import found, plugins, tomlfile
from tertulia.app.bots import bot_spec, instructions
from tertulia.app.settings import Settings, load, model_spec, settings_of
from tertulia.values.bot import BotSpec, MemorySpec, ModelSpec, Persona, Price
from tertulia.values.errors import SettingsError
from tertulia.values.secret import Secret

pytestmark = pytest.mark.usefixtures("alone")

FILE = Path("tertulia.toml")
KNOWN = ", ".join(plugins.names("models"))
KEY = "sk-proj-5ecret5ecret"
HOW = (
    'Put it into an environment variable and write "env:NAME", '
    'or into a file of its own and write "file:PATH".'
)


def write(text: str | bytes, path: Path = FILE) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def read(text: str, environ: Mapping[str, str] = os.environ) -> Settings:
    return settings_of(tomlfile.parse(str(FILE), text), FILE.absolute(), environ)


# --- where the file is found -------------------------------------------------------------------


def names_of(bot: BotSpec) -> list[str]:
    return [memory.name for memory in bot.memories]


def test_without_any_file_all_runs_on_defaults(tmp_path: Path):
    loaded = load()
    assert loaded.path is None
    assert loaded.data == tmp_path / "me" / "data" / "tertulia"
    assert loaded.default_bot == "tertulia"
    bot = loaded.bots["tertulia"]
    assert bot.persona == Persona(name="tertulia", instructions=instructions("tertulia"))
    assert bot.models == (ModelSpec(provider="offline"),)
    assert names_of(bot) == ["facts", "summary", "recall"]
    assert (bot.last, bot.choices) == (None, {})
    assert (loaded.prices, loaded.channels) == ({}, {})
    assert (loaded.turns_at_once, loaded.lease_seconds) == (256, 15)


def test_the_file_is_looked_for_in_order(alone: Path, tmp_path: Path):
    def bot(path: Path | None = None, **environ: str) -> str:
        loaded = load(path, environ)
        return f"{loaded.default_bot} {loaded.path}"

    users = write("[bots.user]", tmp_path / "me" / "config" / "tertulia" / "tertulia.toml")
    assert bot() == f"user {users}"
    assert bot(TERTULIA_CONFIG="") == f"user {users}"
    write("[bots.environment]", Path("e.toml"))
    write("[bots.home]", tmp_path / "me" / "h.toml")
    assert bot(TERTULIA_CONFIG="e.toml") == f"environment {alone / 'e.toml'}"
    assert bot(TERTULIA_CONFIG="~/h.toml") == f"home {tmp_path / 'me' / 'h.toml'}"
    write("[bots.option]", Path("o.toml"))
    write("[bots.folder]")
    assert bot() == f"folder {alone / FILE}"
    assert bot(TERTULIA_CONFIG="e.toml") == f"folder {alone / FILE}"
    assert bot(Path("o.toml"), TERTULIA_CONFIG="e.toml") == f"option {alone / 'o.toml'}"


@pytest.mark.parametrize("text", ["gone.toml", "~nobody-of-that-name/x.toml"])
def test_a_named_file_must_exist(text: str):
    step = "which does not exist. Correct it, or use `tertulia init`."
    with pytest.raises(SettingsError) as told:
        load(environ={"TERTULIA_CONFIG": text})
    assert str(told.value) == f"TERTULIA_CONFIG names {text}, {step}"
    with pytest.raises(SettingsError) as told:
        load(Path(text), {"TERTULIA_CONFIG": text})
    assert str(told.value) == f"--config names {text}, {step}"


def test_a_link_that_leads_nowhere_is_not_passed_over():
    FILE.symlink_to("gone")
    with pytest.raises(SettingsError) as told:
        load()
    assert str(told.value) == "tertulia.toml cannot be read: No such file or directory."


def test_a_path_that_is_none_is_not_there():
    with pytest.raises(SettingsError, match="does not exist"):
        load(Path("a\0b"))


def test_a_working_folder_that_is_gone(alone: Path):
    alone.rmdir()
    with pytest.raises(SettingsError) as told:
        load()
    assert str(told.value) == "The working folder is gone. Change to another one."
    assert tomlfile.short(Path("/x/y")) == "/x/y"


def test_a_folder_that_may_not_be_looked_into(monkeypatch: pytest.MonkeyPatch):
    def refuse(self: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "lstat", refuse)
    monkeypatch.setattr(Path, "open", lambda self, mode: refuse(self))
    with pytest.raises(SettingsError) as told:
        load()
    assert str(told.value) == "tertulia.toml cannot be read: Permission denied."


def test_where_the_data_lies(alone: Path, tmp_path: Path):
    path = write('data = "talks"', tmp_path / "elsewhere" / "my.toml")
    assert load(path, {}).data == tmp_path / "elsewhere" / "talks"
    assert load(path, {"TERTULIA_DATA": "here"}).data == alone / "here"
    assert load(path, {"TERTULIA_DATA": "~/there"}).data == tmp_path / "me" / "there"
    write('data = "~/kept"', path)
    assert load(path, {}).data == tmp_path / "me" / "kept"
    write('data = "/kept"', path)
    assert load(path, {}).data == Path("/kept")
    write('data = "~nobody-of-that-name"', path)
    assert load(path, {}).data == tmp_path / "elsewhere" / "~nobody-of-that-name"


# --- a file that cannot be read ----------------------------------------------------------------


def test_a_folder_in_place_of_the_file():
    FILE.mkdir()
    with pytest.raises(SettingsError) as told:
        load()
    assert str(told.value) == "tertulia.toml cannot be read: Is a directory."


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"a = 1\nb = '\xff'", "tertulia.toml, line 2: this is not UTF-8. Save it as UTF-8."),
        ("bot = 1".encode("utf-16"), "tertulia.toml, line 1: this is not UTF-8. Save it as UTF-8."),
        (b"#" * 250_001, "tertulia.toml is larger than 250 kB, which is too much for it."),
        (b"bot = ", "tertulia.toml, line 1 (the end): this is not TOML: Invalid value."),
        (
            b"\n\nbot = sk-abcdef\n",
            "tertulia.toml, line 3, column 7: this is not TOML: Invalid value.",
        ),
        (
            b"[a]\nb = '''\n\n",
            "tertulia.toml, line 2 (the end): this is not TOML: Expected \"'''\".",
        ),
        (
            b"a = 1\na = 2\n",
            "tertulia.toml, line 2, column 6: this is not TOML: Cannot overwrite a value.",
        ),
        (b"a = " + b"[" * 100_000, "tertulia.toml: its tables and lists are nested too deeply."),
    ],
)
def test_a_file_that_is_no_toml(content: bytes, sentence: str):
    write(content)
    with pytest.raises(SettingsError) as told:
        load()
    assert str(told.value) == sentence


def test_a_number_that_python_will_not_read():
    write("seed = " + "9" * 5000)
    with pytest.raises(SettingsError, match=r"^tertulia\.toml is not TOML: Exceeds the limit"):
        load()


def test_a_byte_order_mark_and_foreign_line_ends_are_no_mistake():
    write(b"\xef\xbb\xbfbot = 'a'\r\n[bots.a]\r\n[bots.b]\r\nmodle = 1\r\n")
    with pytest.raises(SettingsError) as told:
        load()
    assert str(told.value) == (
        'tertulia.toml, line 4: bots.b has no setting "modle". Did you mean "model"?'
    )


def test_an_empty_file_is_one_without_settings():
    write("")
    assert load().path == FILE.absolute()
    assert list(load().bots) == ["tertulia"]


# --- what the file says ------------------------------------------------------------------------


def test_a_whole_file(alone: Path):
    write("k\n", Path("key"))
    write("You are Bo.\n", Path("bo.md"))
    loaded = read(
        """
        bot = "bo"
        [bots.ana]
        persona = "You are Ana, a kind guide."
        model = "ollama:llama3.2:3b"
        memory = ["window", "summary"]
        choices = ["openai:gpt-5", "offline"]
        [bots.bo]
        persona = { name = "Doña Bo", instructions = "file:bo.md" }
        overflow = "drop"
        [bots.bo.model]
        provider = "openai"
        name = "gpt-5-mini"
        base_url = "http://127.0.0.1:4010/v1"
        api_key = "env:KEY"
        context_window = 8192
        max_tokens = 512
        timeout = 5
        retries = 0
        temperature = 0.2
        top_p = 1
        presence_penalty = -1
        frequency_penalty = 1.5
        stop = ["END", "STOP"]
        seed = -7
        extra = { reasoning_effort = "low", more = [1, { x = true }] }
        fallback = ["ollama", { provider = "groq", api_key = "file:key", stop = "END" }]
        [bots.bo.choices]
        deep = { provider = "openai", name = "gpt-5" , fallback = ["offline"] }
        fast = "groq"
        [prices."openai:gpt-5-mini"]
        prompt = 0.25
        completion = 2
        [channels.discord]
        bot = "ana"
        anything = { goes = 1979-05-27 }
        [channels.web]
        [engine]
        turns_at_once = 8
        lease_seconds = 2.5
        """,
        {"KEY": " k1\n"},
    )
    ana, bo = loaded.bots["ana"], loaded.bots["bo"]
    assert loaded.default_bot == "bo"
    assert ana.persona == Persona(name="ana", instructions="You are Ana, a kind guide.")
    assert ana.models == (ModelSpec(provider="ollama", name="llama3.2:3b"),)
    assert names_of(ana) == ["summary"]
    assert ana.choices == {
        "openai:gpt-5": (ModelSpec(provider="openai", name="gpt-5"),),
        "offline": (ModelSpec(provider="offline"),),
    }
    assert bo.persona == Persona(name="Doña Bo", instructions="You are Bo.")
    assert names_of(bo) == ["facts", "recall"]
    first, second, third = bo.models
    assert first.api_key is not None
    assert (first.api_key.reveal(), first.api_key.origin) == ("k1", "env:KEY")
    assert first == ModelSpec(
        provider="openai",
        name="gpt-5-mini",
        base_url="http://127.0.0.1:4010/v1",
        api_key=first.api_key,
        context_window=8192,
        max_tokens=512,
        timeout=5,
        retries=0,
        options={
            "temperature": 0.2,
            "top_p": 1,
            "presence_penalty": -1,
            "frequency_penalty": 1.5,
            "stop": ("END", "STOP"),
            "seed": -7,
            "reasoning_effort": "low",
            "more": [1, {"x": True}],
        },
    )
    assert second == ModelSpec(provider="ollama")
    assert third.api_key is not None
    assert (third.api_key.reveal(), third.api_key.origin) == ("k", "file:key")
    assert third.options == {"stop": "END"}
    assert [spec.provider for spec in bo.choices["deep"]] == ["openai", "offline"]
    assert bo.choices["fast"] == (ModelSpec(provider="groq"),)
    assert loaded.prices == {"openai:gpt-5-mini": Price(prompt=0.25, completion=2)}
    assert loaded.channels["discord"] == {"bot": "ana", "anything": {"goes": date(1979, 5, 27)}}
    assert loaded.channels["web"] == {}
    assert (loaded.turns_at_once, loaded.lease_seconds) == (8, 2.5)


@pytest.mark.parametrize(
    ("text", "memories"),
    [
        ("", "facts summary recall"),
        ('overflow = "summarise"', "facts summary recall"),
        ('overflow = "drop"', "facts recall"),
        ('memory = ["window"]', ""),
        ('memory = ["summary", "window"]', "summary"),
        ('memory = ["recall", "facts", "recall", "window"]', "recall facts"),
        ('memory = ["summary", "window"]\noverflow = "summarise"', "summary"),
        ('memory = ["window"]\noverflow = "drop"', ""),
        ("memory = { recall = 20, window = { last = 3 } }", "recall"),
        ("memory = { recall = 20, facts = { share = 5, most = 50 } }", "recall facts"),
    ],
)
def test_the_memories_stand_in_their_order(text: str, memories: str):
    assert names_of(read(f"[bots.ana]\n{text}").bots["ana"]) == memories.split()


def test_the_shares_and_the_window_of_a_memory_table():
    text = "memory = { recall = 20, facts = { share = 5, most = 50 }, window = { last = 12 } }"
    bot = read(f"[bots.ana]\n{text}").bots["ana"]
    assert bot.memories == (
        MemorySpec(name="recall", share=0.2, most=4000),
        MemorySpec(name="facts", share=0.05, most=50),
    )
    assert bot.last == 12


def test_a_persona_that_is_left_out():
    bots = read('[bots.ana]\n[bots.bo]\npersona = { name = "Bo!" }').bots
    assert bots["ana"].persona == Persona(name="ana", instructions=instructions("ana"))
    assert bots["bo"].persona == Persona(name="Bo!", instructions=instructions("Bo!"))


def test_the_first_bot_is_the_default_one():
    assert read("[bots.z]\n[bots.a]").default_bot == "z"


def test_a_repr_tells_no_secret():
    loaded = read("[bots.a.model]\nprovider = 'openai'\napi_key = 'env:K'", {"K": KEY})
    assert KEY not in repr(loaded)


# --- which model is found where none is named --------------------------------------------------


def test_a_model_is_found_once_where_none_is_named(at_hand: Callable[..., None]):
    at_hand(
        None,
        ModelSpec(provider="openai", name="gpt-5-mini", api_key=Secret("k", "env:OPENAI_API_KEY")),
    )
    write('[bots.a]\n[bots.b]\nmodel = "offline"\n[bots.c]')
    loaded = load()
    names = {name: bot.models[0].provider for name, bot in loaded.bots.items()}
    assert names == {"a": "openai", "b": "offline", "c": "openai"}
    assert loaded.bots["a"].models[0] is loaded.bots["c"].models[0]
    assert loaded.chosen == (
        "No model is named: using openai:gpt-5-mini, as OPENAI_API_KEY is set."
    )


@pytest.mark.parametrize(
    ("spec", "chosen"),
    [
        (
            ModelSpec(provider="ollama", name="llama3.2", base_url="http://127.0.0.1:11434/v1"),
            "No model is named: using ollama:llama3.2, found on 127.0.0.1:11434.",
        ),
        (
            ModelSpec(provider="guest"),
            "No model is named: using guest, as it is at hand.",
        ),
        (
            None,
            (
                "No model is named, no key is set and no local server answers: using offline, "
                "which is no language model. `tertulia init` helps to connect one."
            ),
        ),
    ],
)
def test_it_is_told_which_was_found(
    at_hand: Callable[..., None], spec: ModelSpec | None, chosen: str
):
    at_hand(spec)
    assert load().chosen == chosen


def test_nothing_is_looked_for_where_all_are_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(found, "_providers", lambda: pytest.fail("looked"))
    write('[bots.a]\nmodel = "openai"')
    assert load().chosen is None
    write("[bots.a]")
    assert load(find=False).bots["a"].models == ()
    write("bot = 1")
    with pytest.raises(SettingsError):
        load()


def test_not_even_offline_is_installed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(found, "_providers", lambda: iter(()))
    with pytest.raises(SettingsError, match="Install Tertulia again"):
        load()


def test_the_real_providers_are_asked(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.undo()
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert found.first_at_hand().provider == "openai"


# --- models in words ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("offline", ModelSpec(provider="offline")),
        ("openai", ModelSpec(provider="openai")),
        (" openai : gpt-5-mini ", ModelSpec(provider="openai", name="gpt-5-mini")),
        ("ollama:llama3.2:3b", ModelSpec(provider="ollama", name="llama3.2:3b")),
    ],
)
def test_a_model_on_the_command_line(text: str, spec: ModelSpec):
    assert model_spec(text) == (spec,)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("opnai:x", '--model: there is no provider "opnai". Did you mean "openai"?'),
        ("openai:", '--model: no model is named behind "openai:".'),
        (
            "gpt-5-mini",
            (
                '--model: there is no provider "gpt-5-mini". Write a model as '
                f'"PROVIDER:NAME", such as "openai:gpt-5-mini". Known: {KNOWN}.'
            ),
        ),
        ("opnai", '--model: there is no provider "opnai". Did you mean "openai"?'),
        ("qqq:x", f'--model: there is no provider "qqq". Known: {KNOWN}.'),
        (
            KEY,
            ('--model: this names no model, and may be a key. Write a model as "PROVIDER:NAME".'),
        ),
    ],
)
def test_a_wrong_model_on_the_command_line(text: str, sentence: str):
    with pytest.raises(SettingsError) as told:
        model_spec(text)
    assert str(told.value) == sentence


def test_a_bot_in_a_program():
    bot = bot_spec("ana", {"persona": "Be kind.", "model": "openai:x", "overflow": "drop"})
    assert bot.persona == Persona(name="ana", instructions="Be kind.")
    assert (bot.models, names_of(bot)) == (
        (ModelSpec(provider="openai", name="x"),),
        ["facts", "recall"],
    )
    key = Secret("k", "the program")
    table = {"provider": "openai", "api_key": key, "stop": ("a", "b"), "fallback": ("offline",)}
    other = bot_spec("ana", {"model": table}, base=bot)
    assert other.persona == bot.persona
    assert other.memories == bot.memories
    assert [spec.provider for spec in other.models] == ["openai", "offline"]
    assert other.models[0].api_key is key
    assert other.models[0].options == {"stop": ("a", "b")}
    assert bot_spec("ana", {}).models == (ModelSpec(provider="offline"),)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"model": "opnai"}, 'model: there is no provider "opnai". Did you mean "openai"?'),
        (
            {"model": {"provider": "openai", "api_key": KEY}},
            f"model.api_key is no place to read a key from, and may be a key itself. {HOW}",
        ),
        ({"overflow": "x"}, 'overflow must be "drop" or "summarise", not "x".'),
        ({"persna": "x"}, 'there is no setting "persna". Did you mean "persona"?'),
    ],
)
def test_a_wrong_bot_in_a_program(given: Mapping[str, object], sentence: str):
    with pytest.raises(SettingsError) as told:
        bot_spec("ana", given)
    assert str(told.value) == sentence


def test_a_wrong_name_of_a_bot_in_a_program():
    with pytest.raises(SettingsError, match=r"^\"a b\" cannot be a bot's name: a name is made"):
        bot_spec("a b", {})
