"""`tertulia init`: what it asks, what it writes, and that it never overwrites unasked."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from tertulia.app import init
from tertulia.app.bots import instructions
from tertulia.app.cli import commands
from tertulia.app.init import ANY, Answers, render
from tertulia.app.settings import Settings, load, settings_of
from tertulia.app.tomlfile import parse
from tertulia.values.bot import ModelSpec
from tertulia.values.errors import SettingsError
from tertulia.values.secret import Secret

pytestmark = pytest.mark.usefixtures("alone")

FILE = Path("tertulia.toml")
OPENAI = ModelSpec(provider="openai", name="gpt-5-mini", api_key=Secret("k", "env:OPENAI_API_KEY"))
OLLAMA = ModelSpec(provider="ollama", name="llama3.2", base_url="http://127.0.0.1:11434/v1")


def run(*words: str, keys: str = "") -> Result:
    result = CliRunner().invoke(commands, words, input=keys, standalone_mode=False)
    if isinstance(result.exception, AssertionError):
        raise result.exception
    return result


def wrong(*words: str) -> str:
    result = run("init", *words)
    assert isinstance(result.exception, SettingsError)
    return str(result.exception)


@pytest.fixture
def keyboard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(init, "interactive", lambda: True)


def read(text: str) -> Settings:
    return settings_of(parse("written", text), FILE.absolute(), os.environ | {"MY_KEY": "k"})


# --- without questions -------------------------------------------------------------------------


def test_nobody_is_there_to_ask():
    result = run("init")
    assert result.return_value == 0
    assert result.output == "Written: tertulia.toml\nNext:    tertulia chat\n"
    loaded = load()
    assert loaded.path == FILE.absolute()
    assert loaded.bots["tertulia"].persona.instructions == instructions("tertulia")
    assert loaded.chosen is not None
    assert '\n# model = "openai:gpt-5-mini"\n' in FILE.read_text()


def test_all_by_options():
    result = run(
        "init",
        "--bot",
        "ana",
        "--persona",
        "You are Ana.",
        "--model",
        "groq:x",
        "--key",
        "env:MY_KEY",
    )
    assert result.output == (
        "Written: tertulia.toml\nSet MY_KEY to the key before you start.\nNext:    tertulia chat\n"
    )
    bot = read(FILE.read_text()).bots["ana"]
    assert bot.persona.instructions == "You are Ana."
    [model] = bot.models
    assert (model.provider, model.name) == ("groq", "x")
    assert model.api_key is not None
    assert model.api_key.origin == "env:MY_KEY"


def test_a_key_that_is_set_is_not_asked_for_again(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MY_KEY", "k")
    result = run("init", "--model", "groq", "--key", "MY_KEY")
    assert "Set MY_KEY" not in result.output
    assert 'model = { provider = "groq", api_key = "env:MY_KEY" }' in FILE.read_text()


def test_the_model_that_is_at_hand_is_taken(at_hand: Callable[..., None]):
    at_hand(OLLAMA, OPENAI)
    run("init", "--yes")
    assert load().bots["tertulia"].models == (ModelSpec(provider="openai", name="gpt-5-mini"),)


@pytest.mark.parametrize("yes", [(), ("--yes",)])
def test_a_file_is_not_replaced_unasked(yes: tuple[str, ...]):
    FILE.write_text("# mine")
    assert wrong(*yes) == "tertulia.toml exists already. Add --force to replace it."
    assert FILE.read_text() == "# mine"
    assert run("init", *yes, "--force", "--bot", "ana").return_value == 0
    assert list(load().bots) == ["ana"]
    assert list(Path().iterdir()) == [FILE]


def test_a_link_is_replaced_where_it_leads(tmp_path: Path):
    real = tmp_path / "real.toml"
    real.write_text("# mine")
    FILE.symlink_to(real)
    run("init", "--force")
    assert FILE.is_symlink()
    assert "[bots.tertulia]" in real.read_text()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--bot", "a b"), "--bot: a name is made of letters, digits, - and _, 64 at most."),
        (("--bot", ""), "--bot: a name is made of letters, digits, - and _, 64 at most."),
        (("--persona", " "), "--persona: say in a sentence who the bot is."),
        (("--persona", "\udcff"), "--persona: this is not UTF-8."),
        (
            ("--persona", "file:gone.md"),
            (
                "tertulia.toml, line 5: bots.tertulia.persona: the file gone.md cannot be read: "
                "No such file or directory."
            ),
        ),
        (
            ("--model", "opnai:x"),
            '--model: there is no provider "opnai". Did you mean "openai"?',
        ),
        (
            ("--model", "openai:x", "--key", "sk-abcdefghijklmnop"),
            (
                "--key: give the name of an environment variable, such as OPENAI_API_KEY, "
                "not the key itself."
            ),
        ),
        (("--key", "MY_KEY"), "--key: a key needs a model. Add --model PROVIDER:NAME."),
        (
            ("--model", "offline", "--key", "MY_KEY"),
            "--key: a key needs a model. Add --model PROVIDER:NAME.",
        ),
    ],
)
def test_a_wrong_option(words: tuple[str, ...], sentence: str):
    assert wrong(*words) == sentence
    assert not FILE.exists()


def test_where_it_is_written(alone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    users = tmp_path / "me" / "config" / "tertulia" / "tertulia.toml"
    assert run("init", "--user").output == f"Written: {users}\nNext:    tertulia chat\n"
    assert load().path == users
    other = run("--config", "my files/x.toml", "init")
    assert other.output == (
        "Written: my files/x.toml\nNext:    tertulia --config 'my files/x.toml' chat\n"
    )
    monkeypatch.setenv("TERTULIA_CONFIG", "~/mine.toml")
    (tmp_path / "me" / "mine.toml").touch()
    assert run("init", "--force").output.endswith("Next:    tertulia chat\n")
    assert load().path == tmp_path / "me" / "mine.toml"


def test_a_home_of_nobody():
    result = run("--config", "~nobody-of-that-name.toml", "init")
    assert result.output.startswith("Written: ~nobody-of-that-name.toml\n")


def test_a_place_that_cannot_be_written():
    Path("file").touch()
    assert run("--config", "file/x.toml", "init").exception is not None
    result = run("--config", "file/x.toml", "init")
    assert str(result.exception) == "file/x.toml cannot be written: File exists."
    FILE.mkdir()
    assert wrong("--force") == "tertulia.toml cannot be written: Is a directory."


# --- with questions ----------------------------------------------------------------------------


@pytest.mark.usefixtures("keyboard")
def test_questions_and_the_usual_answers(at_hand: Callable[..., None], tmp_path: Path):
    at_hand(OLLAMA, OPENAI)
    result = run("init", keys="\n" * 4)
    assert result.output == (
        "Where are the settings to be written?\n"
        "  1  tertulia.toml, for this folder\n"
        f"  2  {tmp_path}/me/config/tertulia/tertulia.toml, for every folder\n"
        "1 or 2 [1]: \n"
        "The bot's name [tertulia]: \n"
        f"Who is it? [{instructions('tertulia')}]: \n"
        "Which model is to answer?\n"
        "  1  openai:gpt-5-mini  OPENAI_API_KEY is set\n"
        "  2  ollama:llama3.2    found on 127.0.0.1:11434\n"
        "  3  offline            answers by rules, with no key and no server; "
        "it is no language model\n"
        "  4  any                the first that is found at each start\n"
        "A number, or PROVIDER:NAME [openai:gpt-5-mini]: \n"
        "Written: tertulia.toml\n"
        "Next:    tertulia chat\n"
    )
    assert load().bots["tertulia"].models[0].name == "gpt-5-mini"


@pytest.mark.usefixtures("keyboard")
def test_answers_of_ones_own(tmp_path: Path):
    wrong_first = [
        "3",
        "2",
        "a b",
        "ana",
        "You are Ana.",
        "9",
        "opnai:x",
        "groq: x",
        "sk-12345678",
        "MY_KEY",
    ]
    result = run("init", keys="\n".join(wrong_first) + "\n")
    assert result.output.count("Error: ") == 5
    assert 'Error: there is no provider "opnai". Did you mean "openai"?' in result.output
    text = (tmp_path / "me" / "config" / "tertulia" / "tertulia.toml").read_text()
    bot = read(text).bots["ana"]
    assert bot.persona.instructions == "You are Ana."
    assert (bot.models[0].provider, bot.models[0].name) == ("groq", "x")
    assert 'api_key = "env:MY_KEY"' in text


@pytest.mark.usefixtures("keyboard")
@pytest.mark.parametrize(
    ("answer", "line"),
    [
        ("1", 'model = "offline"'),
        ("2", '# model = "openai:gpt-5-mini"'),
        ("", '# model = "openai:gpt-5-mini"'),
        (ANY, '# model = "openai:gpt-5-mini"'),
        ("groq:x\n", 'model = "groq:x"'),
    ],
)
def test_the_model_that_is_picked(answer: str, line: str):
    run("init", keys=f"\n\n\n{answer}\n")
    assert f"\n{line}\n" in FILE.read_text()


@pytest.mark.usefixtures("keyboard")
def test_what_an_option_says_is_not_asked():
    words = ("--bot", "ana", "--persona", "You are Ana.", "--model", ANY)
    result = run("--config", "x.toml", "init", *words)
    assert result.output.startswith("Written: x.toml\n")
    result = run("--config", "y.toml", "init", *words[:4], "--model", "groq:x", keys="MY_KEY\n")
    assert result.output.count(":") > 0
    assert 'api_key = "env:MY_KEY"' in Path("y.toml").read_text()


@pytest.mark.usefixtures("keyboard")
def test_a_file_is_replaced_after_a_question():
    FILE.write_text("# mine")
    result = run("init", keys="1\nn\n")
    assert result.return_value == 1
    assert result.output.endswith(
        "tertulia.toml exists already. Replace it? [y/N]: n\nNothing was written.\n"
    )
    assert FILE.read_text() == "# mine"
    assert run("init", keys="1\ny\nana\n\n\n").return_value == 0
    assert list(load().bots) == ["ana"]


@pytest.mark.usefixtures("keyboard")
def test_leaving_in_the_middle_writes_nothing():
    run("init", keys="1\nana\n")
    assert not FILE.exists()


def test_a_pipe_is_no_keyboard():
    assert not init.interactive()


# --- what is written ---------------------------------------------------------------------------


@given(
    bot=st.from_regex(r"[\w-]{1,64}", fullmatch=True),
    persona=st.text(st.characters(exclude_categories=["Cs"])).filter(
        lambda text: text.strip() and "\0" not in text and not text.strip().startswith("file:")
    ),
    model=st.sampled_from(
        [ANY, "offline", "openai:gpt-5-mini", "ollama:llama3.2:3b", 'groq:a"b\\']
    ),
    key=st.sampled_from([None, "MY_KEY"]),
)
@settings(deadline=None)
def test_whatever_is_answered_can_be_read_back(bot: str, persona: str, model: str, key: str | None):
    answers = Answers(bot=bot, persona=init.sentence(persona), model=model, key=key)
    found = read(render(answers)).bots[bot]
    assert found.persona.instructions == persona.strip()
    if model == ANY:
        assert found.models == ()
        return
    provider, _, name = model.partition(":")
    assert (found.models[0].provider, found.models[0].name) == (provider, name or None)
    assert (found.models[0].api_key is None) == (key is None)


def test_what_it_offers_in_comments_is_right_too():
    text = render(Answers(bot="ana", persona="You are Ana."))
    offered = re.findall(r"^# (?=\w+ = |\[)(.*)", text, re.MULTILINE)
    models = [line for line in offered if line.startswith("model")]
    rest = [line for line in offered if not line.startswith("model")]
    assert len(models) == 4
    assert len(rest) == 5
    for line in models:
        assert read("\n".join(["[bots.ana]", line, *rest])).bots["ana"].models
