"""`tertulia init`: asks a few questions and writes `tertulia.toml`."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from tertulia.app.bots import DEFAULT_NAME, NAME, NAME_RULE, instructions
from tertulia.app.entry import secretive
from tertulia.app.found import OFFLINE, at_hand, how_found
from tertulia.app.modelspec import model_spec, named, public_name
from tertulia.app.settings import FILE, absolute, find_file, is_there, settings_of, user_file
from tertulia.app.tomlfile import parse, short
from tertulia.values.bot import ModelSpec
from tertulia.values.errors import SettingsError

T = TypeVar("T")

ANY = "any"
"""What one answers who leaves the model open: the first is taken that is found at each start."""

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ESCAPED = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What the settings file is to say. `key` is the environment variable that holds the key."""

    bot: str
    persona: str
    model: str = ANY
    key: str | None = None


@click.command(epilog="Example: tertulia init --bot ana --model ollama:llama3.2 --yes")
@click.option("--bot", metavar="NAME", help="The bot's name.")
@click.option("--persona", metavar="TEXT", help="Who the bot is, in its instructions.")
@click.option("--model", metavar="NAME", help="PROVIDER:NAME, offline, or any that is found.")
@click.option("--key", metavar="VARIABLE", help="The environment variable that holds its key.")
@click.option("--user", is_flag=True, help="Write the settings for every folder, not this one.")
@click.option("-y", "--yes", is_flag=True, help="Ask nothing: take what is usual.")
@click.option("--force", is_flag=True, help="Replace the file where there is one.")
@click.pass_obj
def init_command(config: str | None, **given: Any) -> int:
    """Ask a few questions and write tertulia.toml.

    What an option says is not asked. Without a keyboard nothing is asked at all. An existing file
    is replaced only after a question, or with --force.
    """
    return run(config, given, asking=interactive() and not given["yes"])


def interactive() -> bool:
    """Whether there is somebody to ask."""
    return sys.stdin.isatty()


def run(config: str | None, given: dict[str, Any], *, asking: bool) -> int:
    """Ask, write, and tell what to do next. Raises: `SettingsError`."""
    path = _place(config, user=given["user"], asking=asking)
    replacing = is_there(path)
    if replacing and not given["force"]:
        if not asking:
            raise SettingsError(f"{short(path)} exists already. Add --force to replace it.")
        if not click.confirm(f"{short(path)} exists already. Replace it?"):
            click.echo("Nothing was written.")
            return 1
    answers = _answers(given, asking=asking)
    text = render(answers)
    environ = {**os.environ, **({answers.key: "set later"} if answers.key else {})}
    settings_of(parse(short(path), text), path, environ)
    _write(path, text, replacing=replacing)
    _tell(path, answers)
    return 0


def _place(config: str | None, *, user: bool, asking: bool) -> Path:
    told = config or os.environ.get("TERTULIA_CONFIG")
    if user:
        return user_file()
    if told or not asking:
        return absolute(Path(told or FILE))
    places = [absolute(Path(FILE)), user_file()]
    click.echo("Where are the settings to be written?")
    click.echo(f"  1  {short(places[0])}, for this folder\n  2  {places[1]}, for every folder")
    return places[click.prompt("1 or 2", type=click.IntRange(1, 2), default=1) - 1]


def _answers(given: dict[str, Any], *, asking: bool) -> Answers:
    bot = _answer("--bot", given["bot"], "The bot's name", DEFAULT_NAME, bot_name, asking=asking)
    usual = instructions(bot)
    persona = _answer("--persona", given["persona"], "Who is it?", usual, sentence, asking=asking)
    model, at_hand_already = _model(given["model"], asking=asking)
    question = "The environment variable that holds its key (empty: the usual one, or none)"
    if given["key"] is None and (at_hand_already or model in (ANY, OFFLINE)):
        return Answers(bot=bot, persona=persona, model=model)
    key = _answer("--key", given["key"], question, "", variable, asking=asking)
    if key and model in (ANY, OFFLINE):
        raise SettingsError("--key: a key needs a model. Add --model PROVIDER:NAME.")
    return Answers(bot=bot, persona=persona, model=model, key=key or None)


def _answer(
    option: str,
    given: str | None,
    question: str,
    usual: str,
    check: Callable[[str], str],
    *,
    asking: bool,
) -> str:
    """What the option says; else what the person answers; else what is usual."""
    if given is not None:
        try:
            return check(given)
        except SettingsError as error:
            raise SettingsError(f"{option}: {error}") from None
    if not asking:
        return usual
    shown = bool(usual)
    return click.prompt(question, default=usual, show_default=shown, value_proc=_again(check))


def _again(check: Callable[[str], T]) -> Callable[[str], T]:
    """`check`, so that click asks again where the answer is wrong."""

    def checked(text: str) -> T:
        try:
            return check(text)
        except SettingsError as error:
            raise click.UsageError(str(error)) from None

    return checked


def bot_name(text: str) -> str:
    """A bot's name. Raises: `SettingsError`."""
    if not NAME.fullmatch(text.strip()):
        raise SettingsError(f"{NAME_RULE}.")
    return text.strip()


def sentence(text: str) -> str:
    """A persona's instructions. Raises: `SettingsError`."""
    if not text.strip() or "\0" in text:
        raise SettingsError("say in a sentence who the bot is.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise SettingsError("this is not UTF-8.") from None
    return text.strip()


def variable(text: str) -> str:
    """The name of an environment variable, or nothing. Raises: `SettingsError`."""
    name = text.strip().removeprefix("env:")
    if name and (not _VARIABLE.fullmatch(name) or (secretive(name) and name not in os.environ)):
        raise SettingsError(
            "give the name of an environment variable, such as OPENAI_API_KEY, not the key itself."
        )
    return name


def _model(given: str | None, *, asking: bool) -> tuple[str, bool]:
    """The model as the file is to name it, and whether it is at hand without a key of its own."""
    if given is not None:
        return given if given == ANY else public_name(*model_spec(given)), False
    specs = list(at_hand())
    usual = next((public_name(spec) for spec in specs if spec.provider != OFFLINE), ANY)
    if not asking:
        return usual, True
    chosen = _ask_model(specs, usual)
    return chosen, any(chosen == public_name(spec) for spec in specs)


def _ask_model(specs: list[ModelSpec], usual: str) -> str:
    rows = [(public_name(spec), how_found(spec)) for spec in specs]
    rows.append((ANY, "the first that is found at each start"))
    width = max(len(name) for name, _ in rows)
    click.echo("Which model is to answer?")
    for number, (name, how) in enumerate(rows, 1):
        click.echo(f"  {number}  {name:<{width}}  {how}")

    def check(text: str) -> str:
        names = [name for name, _ in rows]
        if text.isdecimal() and 1 <= int(text) <= len(names):
            return names[int(text) - 1]
        return text if text == ANY else public_name(named(text))

    return click.prompt("A number, or PROVIDER:NAME", default=usual, value_proc=_again(check))


def render(answers: Answers) -> str:
    """The text of a settings file."""
    bot = answers.bot if answers.bot.isascii() else _quoted(answers.bot)
    return _TEXT.format(bot=bot, persona=_quoted(answers.persona), model=_model_line(answers))


def _model_line(answers: Answers) -> str:
    if answers.model == ANY:
        return '# model = "openai:gpt-5-mini"'
    if answers.key is None:
        return f"model = {_quoted(answers.model)}"
    spec = named(answers.model)
    parts = [("provider", spec.provider), ("name", spec.name), ("api_key", f"env:{answers.key}")]
    pairs = ", ".join(f"{name} = {_quoted(value)}" for name, value in parts if value)
    return f"model = {{ {pairs} }}"


def _quoted(text: str) -> str:
    """A basic string of TOML."""
    letters = (
        _ESCAPED.get(letter) or (letter if letter.isprintable() else f"\\U{ord(letter):08X}")
        for letter in text
    )
    return f'"{"".join(letters)}"'


_TEXT = """\
# Settings of Tertulia, written by `tertulia init`. `tertulia doctor` says whether all is ready.
# Keys and tokens never stand here: write "env:NAME" for an environment variable, or "file:PATH".

[bots.{bot}]
persona = {persona}

# The model that answers: "PROVIDER:NAME", or "offline", which needs no key and no server. Without
# this line it is the first that is found: by a key in the environment, by a local server, offline.
{model}

# More about the model, in place of the line above:
# model = {{ provider = "openai", name = "gpt-5-mini", temperature = 0.7, max_tokens = 1024 }}
# model = {{ provider = "openai", name = "NAME", base_url = "http://127.0.0.1:8080/v1" }}
# model = {{ provider = "openai", name = "gpt-5-mini", fallback = ["ollama:llama3.2"] }}

# Further models that its people may pick with /model:
# choices = ["openai:gpt-5", "ollama:llama3.2"]

# What it remembers of a talk that has grown too long: the newest part alone, or a summary too.
# memory = ["window", "summary"]

# What a million tokens cost, if each reply is to have its price:
# [prices."openai:gpt-5-mini"]
# prompt = 0.25
# completion = 2.00
"""


def _write(path: Path, text: str, *, replacing: bool) -> None:
    """Write the file, whole or not at all where there was one."""
    target = path.resolve().with_name(f".{path.name}.new") if replacing else path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with target.open("w" if replacing else "x", encoding="utf-8") as file:
            file.write(text)
        if replacing:
            target.replace(path.resolve())
    except OSError as error:
        raise SettingsError(f"{short(path)} cannot be written: {error.strerror}.") from None


def _tell(path: Path, answers: Answers) -> None:
    click.echo(f"Written: {short(path)}")
    if answers.key and answers.key not in os.environ:
        click.echo(f"Set {answers.key} to the key before you start.")
    here = find_file(None, os.environ) == path
    command = "tertulia" if here else f"tertulia --config {shlex.quote(short(path))}"
    click.echo(f"Next:    {command} chat")
