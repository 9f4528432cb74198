"""What the owner chose: finds `tertulia.toml`, reads it, and says plainly what is wrong in it.

The file is the one that `--config` names, else `tertulia.toml` in the working folder, else the one
that `$TERTULIA_CONFIG` names, else that of the user's own configuration folder. Without any, all
runs on defaults.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from tertulia.app import found
from tertulia.app.bots import bot_spec, default_bot, read_bots
from tertulia.app.embedders import EmbedderSpec, read_embedder
from tertulia.app.entry import TEXT, Entry, Problems, number, shown, whole
from tertulia.app.keys import Surroundings, secret
from tertulia.app.modelspec import model_spec, named
from tertulia.app.nearest import did_you_mean
from tertulia.app.servespec import ServeSpec, read_serve
from tertulia.app.tomlfile import NOTHING, Source, expanded, read
from tertulia.values.bot import BotSpec, ModelSpec, Price
from tertulia.values.errors import SettingsError

__all__ = [
    "FILE",
    "Settings",
    "absolute",
    "bot_spec",
    "find_file",
    "is_there",
    "load",
    "model_spec",
    "settings_of",
    "user_file",
]

FILE = "tertulia.toml"

_PROGRAM = "tertulia"
_TOP = frozenset({"bot", "data", "bots", "embedder", "prices", "channels", "engine", "serve"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All that the owner chose, with defaults for the rest.

    `path` is the file, or None where there is none; `data` the folder that holds the database.
    `bots` is never empty, and has `default_bot`. `prices` are by a model's public name. What stands
    in a table of `channels` is for that channel to read. `turns_at_once` is how many conversations
    are answered at the same time. Without an `embedder` recall goes by words alone. `chosen` is a
    sentence that tells which model was found where none is named, or None where all are named.

    `assumed` are the bots that nobody has described here: one of that name which was described on a
    screen goes before them. `instead` has models that a command line names for a bot, this time.
    """

    path: Path | None
    data: Path
    bots: Mapping[str, BotSpec]
    default_bot: str
    prices: Mapping[str, Price] = field(default_factory=dict[str, Price])
    channels: Mapping[str, Mapping[str, object]] = field(
        default_factory=dict[str, Mapping[str, object]]
    )
    turns_at_once: int = 256
    lease_seconds: float = 15.0
    embedder: EmbedderSpec | None = None
    chosen: str | None = None
    serve: ServeSpec = field(default_factory=ServeSpec)
    assumed: frozenset[str] = frozenset()
    instead: Mapping[str, tuple[ModelSpec, ...]] = field(
        default_factory=dict[str, tuple[ModelSpec, ...]]
    )


def load(
    path: Path | None = None, environ: Mapping[str, str] = os.environ, *, find: bool = True
) -> Settings:
    """Read the settings.

    Where a bot has no model, one is looked for, once for all; with `find` false it is left without.
    Raises: `SettingsError`, with all that is wrong in the file, one a line.
    """
    file = find_file(path, environ)
    settings = settings_of(NOTHING if file is None else read(file), file, environ)
    return _with_models(settings) if find else settings


def settings_of(source: Source, file: Path | None, environ: Mapping[str, str]) -> Settings:
    """What a text that lies, or is to lie, in `file` says; a bot may be without a model in it.

    Raises: `SettingsError`.
    """
    problems = Problems(source)
    around = Surroundings(environ, Path() if file is None else file.parent)
    settings = _read(Entry(source.data, (), problems), around, file)
    problems.tell()
    return settings


def find_file(path: Path | None, environ: Mapping[str, str]) -> Path | None:
    """The settings file, or None where there is none.

    Raises: `SettingsError` where a file is named that does not exist.
    """
    if path is not None:
        return _existing(path, "--config")
    here, told = absolute(Path(FILE)), environ.get("TERTULIA_CONFIG")
    if is_there(here):
        return here
    if told:
        return _existing(Path(told), "TERTULIA_CONFIG")
    return user_file() if is_there(user_file()) else None


def user_file() -> Path:
    """Where the settings file lies that holds for a user in every folder."""
    from platformdirs import user_config_path

    return user_config_path(_PROGRAM, appauthor=False) / FILE


def _existing(path: Path, named_by: str) -> Path:
    full = absolute(path)
    if is_there(full):
        return full
    raise SettingsError(
        f"{named_by} names {path}, which does not exist. Correct it, or use `tertulia init`."
    )


def is_there(path: Path) -> bool:
    """Whether something stands at `path`, be it unreadable or a link that leads nowhere."""
    try:
        path.lstat()
    except PermissionError:
        return True  # reading it will say so
    except (OSError, ValueError):
        return False
    return True


def absolute(path: Path) -> Path:
    """The path from the root on; `~` is the user's home. Raises: `SettingsError`."""
    try:
        return expanded(path).absolute()
    except OSError:
        raise SettingsError("The working folder is gone. Change to another one.") from None


def _read(root: Entry, around: Surroundings, file: Path | None) -> Settings:
    root.knows(_TOP)
    bots = read_bots(root.get("bots"), around)
    engine = root.get("engine")
    engine.knows({"turns_at_once", "lease_seconds"})
    ours = default_bot()
    settings = Settings(
        path=file,
        data=_data(root.get("data"), around),
        bots=bots or {ours.persona.name: ours},
        default_bot=next(iter(bots), ours.persona.name),
        prices={name: _price(name, price) for name, price in root.get("prices").each()},
        channels={name: _channel(table, around) for name, table in root.get("channels").each()},
        turns_at_once=engine.get("turns_at_once").read(whole(1), 256),
        embedder=read_embedder(root.get("embedder"), around),
        lease_seconds=engine.get("lease_seconds").read(_SECONDS, 15.0),
        assumed=frozenset() if bots else frozenset({ours.persona.name}),
        serve=read_serve(root.get("serve")),
    )
    for table in settings.channels:
        _bot(root.get("channels").get(table).get("bot"), settings)
    return replace(settings, default_bot=_bot(root.get("bot"), settings))


def _channel(table: Entry, around: Surroundings) -> Mapping[str, object]:
    """A channel's own table, for it to read; what is secret in it is read from where it lies."""
    told = table.table()
    hidden = [key for key in told if key.endswith(("token", "secret"))]
    return {**told, **{key: secret(table.get(key), around) for key in hidden}}


_SECONDS = number("a number of seconds, at least 1", 1)
_PRICE = number("a number, at least 0", 0)


def _data(entry: Entry, around: Surroundings) -> Path:
    text = entry.read(TEXT, "")
    told = around.environ.get("TERTULIA_DATA")
    if told:
        return absolute(Path(told))
    if text:
        return absolute(around.path(text))
    from platformdirs import user_data_path

    return user_data_path(_PROGRAM, appauthor=False)


def _bot(entry: Entry, settings: Settings) -> str:
    """The bot that an entry names, or the default one where it names none."""
    if isinstance(entry.value, dict):
        entry.note(f"{entry.named} must be the name of a bot. Describe a bot in [bots.NAME].")
        return settings.default_bot
    name = entry.read(TEXT, settings.default_bot)
    if name not in settings.bots:
        meant = did_you_mean(name, settings.bots)
        entry.note(f"{entry.named}: there is no bot {shown(name)}.{meant}")
    return name


def _price(name: str, entry: Entry) -> Price:
    """What a model costs, by its public name, which needs quotation marks in TOML."""
    try:
        if named(name).name is None:
            entry.note(f'{entry.named}: write the model in quotation marks, as "PROVIDER:NAME".')
    except SettingsError as error:
        entry.note(f"{entry.named}: {error}")
    entry.knows({"prompt", "completion"})
    for part in ("prompt", "completion"):
        if entry.get(part).value is None:
            entry.note(f"{entry.named} has no {part}: what a million tokens of it cost.")
    prompt, completion = (entry.get(part).read(_PRICE, 0.0) for part in ("prompt", "completion"))
    return Price(prompt=prompt, completion=completion)


def _with_models(settings: Settings) -> Settings:
    """Give the bots that have no model the one that is at hand."""
    if all(bot.models for bot in settings.bots.values()):
        return settings
    spec = found.first_at_hand()
    bots = {
        name: bot if bot.models else replace(bot, models=(spec,))
        for name, bot in settings.bots.items()
    }
    return replace(settings, bots=bots, chosen=found.chosen(spec))
