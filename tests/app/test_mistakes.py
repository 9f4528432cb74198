"""Each mistake in a settings file has its sentence, its line, and shows no secret."""

import os
import re
import string
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tertulia.app import cli, plugins, tomlfile
from tertulia.app.entry import secretive, shown
from tertulia.app.settings import Settings, load, settings_of
from tertulia.values.errors import PartMissing, SettingsError

pytestmark = pytest.mark.usefixtures("alone")

FILE = Path("tertulia.toml")
MISTAKES = Path(__file__).with_name("mistakes.txt")
KEY = "sk-proj-5ecret5ecret"
STANDS_FOR = {
    "{KEY}": KEY,
    "{KNOWN}": ", ".join(plugins.names("models")),
    "{HOW}": 'Put it into an environment variable and write "env:NAME", '
    'or into a file of its own and write "file:PATH".',
}
ENVIRON = {"OPENAI_API_KEY": KEY, "EMPTY": " ", "TWO_LINES": f"{KEY}\n{KEY}"}


def write(text: str | bytes, path: Path = FILE) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def read(text: str, environ: Mapping[str, str] = os.environ) -> Settings:
    return settings_of(tomlfile.parse(str(FILE), text), FILE.absolute(), environ)


def wrong(text: str, environ: Mapping[str, str] = os.environ) -> str:
    with pytest.raises(SettingsError) as told:
        read(text, environ)
    return str(told.value)


def mistakes() -> list[tuple[str, str]]:
    """Each of `mistakes.txt`: a file, then its sentence behind an arrow."""
    text = MISTAKES.read_text()
    for name, meant in STANDS_FOR.items():
        text = text.replace(name, meant)
    *cases, rest = re.split(r"\n=> (.*)\n+", text)
    assert not rest
    return list(zip(cases[::2], cases[1::2], strict=True))


@pytest.fixture
def files(alone: Path) -> None:
    write(b"\xff\xfe", Path("binary"))
    write(" \n", Path("blank"))
    write("x" * 64_001, Path("large"))


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(("text", "sentence"), mistakes(), ids=lambda text: text[:60])
def test_each_mistake_has_its_sentence(text: str, sentence: str):
    told = wrong(text, ENVIRON)
    assert told == f"tertulia.toml, {sentence}"
    assert KEY not in told


def test_a_file_whose_name_holds_a_null():
    told = wrong('[bots.a]\npersona = "file:a\\u0000b"')
    assert told == 'tertulia.toml, line 2: bots.a.persona must be a text, not "file:a\\u0000b".'
    told = wrong('[bots.a.model]\nprovider = "openai"\napi_key = "file:a\\u0000b"')
    assert told.endswith("api_key: the file a\0b cannot be read: embedded null byte.")


def test_all_mistakes_are_told_each_on_its_line():
    told = wrong("bot = 3\nx = 1\n[bots.ana]\nmodle = 1\n\n[engine]\nturns_at_once = 'x'")
    assert [line.split(":")[0] for line in told.splitlines()] == [
        "tertulia.toml, line 1",
        "tertulia.toml, line 2",
        "tertulia.toml, line 4",
        "tertulia.toml, line 7",
    ]


def test_a_great_many_mistakes_are_cut_short():
    told = wrong("\n".join(f"x{i} = 1" for i in range(30))).splitlines()
    assert len(told) == 21
    assert told[-1] == "… and 10 more."


def test_a_file_elsewhere_is_named_in_full(tmp_path: Path):
    path = write("bot = 3", tmp_path / "far" / "{my}.toml")
    with pytest.raises(SettingsError, match=rf"^{path.parent}/\{{my\}}\.toml, line 1: bot must"):
        load(path)


def test_the_command_ends_with_code_2_and_no_traceback(capsys: pytest.CaptureFixture[str]):
    write("[bots.ana]\nmodle = 1")
    code = cli.guarded(lambda: cli.commands.main(["doctor"], standalone_mode=False))
    assert code == 2
    assert capsys.readouterr().err == (
        'tertulia: tertulia.toml, line 2: bots.ana has no setting "modle". Did you mean "model"?\n'
    )


def test_a_part_that_is_not_there_is_a_mistake_in_the_settings():
    assert issubclass(PartMissing, SettingsError)


# --- properties --------------------------------------------------------------------------------

COMMENTS = st.lists(
    st.sampled_from(["", "# a comment", "   ", '# modle = "x"', "#[bots.none]"]), max_size=3
)
BOT_SETTINGS = {
    "persona": [
        '"You are Ana."',
        '"""\nYou are Ana.\nmodel = "x"\n[bots.ana]\n\n# so\n"""',
        '{ name = "A", instructions = "B" }',
    ],
    "choices": ['["offline"]', '[\n  "offline",\n\n  # another\n  "openai:gpt-5",\n]'],
    "memory": ['["window", "summary"]', '[\n"summary",\n"window"]'],
    "overflow": ['"summarise"'],
    "model": ['"offline"', "'''openai:x'''", '{ provider = "openai", fallback = [\n"offline"\n] }'],
}
ENGINE_SETTINGS = {"turns_at_once": ["3"], "lease_seconds": ["2.5"]}


@st.composite
def statements(draw: st.DrawFn) -> list[tuple[str, str, list[str]]]:
    """The statements of a random valid file: its table, its key and its lines."""
    tables = [(f"bots.b{i}", BOT_SETTINGS) for i in range(draw(st.integers(1, 3)))]
    tables.append(("engine", ENGINE_SETTINGS))
    found: list[tuple[str, str, list[str]]] = []
    for table, known in draw(st.permutations(tables)):
        found += [("", "", [line]) for line in draw(COMMENTS)]
        found.append(("", "", [f"[{table}]"]))
        for key in draw(st.lists(st.sampled_from(sorted(known)), unique=True)):
            found += [("", "", [line]) for line in draw(COMMENTS)]
            value = draw(st.sampled_from(known[key]))
            found.append((table, key, f"{key} = {value}".split("\n")))
    return found


@given(data=st.data(), rows=statements(), ending=st.sampled_from(["\n", "\r\n"]))
@settings(deadline=None)
def test_a_mistyped_key_is_told_on_its_line(
    data: st.DataObject, rows: list[tuple[str, str, list[str]]], ending: str
):
    where = [i for i, (_, key, _) in enumerate(rows) if key]
    text = ending.join(line for _, _, lines in rows for line in lines)
    assert read(text).bots
    if not where:
        return
    chosen = data.draw(st.sampled_from(where))
    table, key, lines = rows[chosen]
    typo = data.draw(st.sampled_from([key[:-1], key + "x", "x" + key, key[0] + key]))
    before = sum(len(lines) for _, _, lines in rows[:chosen])
    rows[chosen] = (table, typo, [lines[0].replace(key, typo, 1), *lines[1:]])
    told = wrong(ending.join(line for _, _, lines in rows for line in lines))
    assert told.splitlines()[0] == (
        f'tertulia.toml, line {before + 1}: {table} has no setting "{typo}". Did you mean "{key}"?'
    )


LETTERS = string.ascii_letters + string.digits
SECRETS = st.one_of(
    st.text(LETTERS, min_size=12, max_size=40).map(lambda text: f"sk-{text}"),
    st.text(LETTERS, min_size=24, max_size=60).map(lambda text: f"{text}7"),
)
SECRET_PLACES = [
    "[bots.a.model]\nprovider = 'openai'\napi_key = '{}'",
    "[bots.a.model]\nprovider = 'openai'\napi_key = ['{}']",
    "[bots.a.model]\nprovider = 'openai'\napi_key = 'env:{}'",
    "[bots.a.model]\nprovider = 'openai'\napi_key = 'file:{}'",
    "[bots.a.model]\nprovider = 'openai'\napi_key = '{}' oops",
    "[bots.a.model]\nprovider = 'openai'\napi_key = {}",
    "[bots.a.model]\nprovider = 'openai'\nbase_url = 'http://me:{}@x'",
    "[bots.a.model]\nprovider = 'openai'\nbase_url = '{}'",
    "[bots.a.model]\nprovider = 'openai'\ntimeout = '{}'",
    "[bots.a.model]\nprovider = '{}'",
    "[bots.a]\nmodel = '{}'",
    "[bots.a]\nmodel = 'openai:x'\noverflow = '{}'",
    "[bots.a]\nchoices = ['{}']",
    "[bots.a]\nmemory = ['window', '{}']",
    "bot = '{}'",
]


@given(secret=SECRETS, place=st.sampled_from(SECRET_PLACES))
@settings(deadline=None)
def test_no_message_shows_a_secret(secret: str, place: str):
    assert secret not in wrong(place.format(secret))


@given(secret=SECRETS)
def test_what_looks_like_a_key_is_not_shown(secret: str):
    assert secretive(secret)
    assert shown(secret) == "a text that may be a secret"


@pytest.mark.parametrize(
    "text", ["gpt-5-mini", "asking-for-a-friend", "skeleton", "llama3.2:3b", "OPENAI_API_KEY"]
)
def test_a_word_is_no_secret(text: str):
    assert shown(text) == f'"{text}"'
