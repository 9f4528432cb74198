"""`tertulia doctor`: part by part what is ready, what is missing, and the next step to take."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import click

from tertulia._version import __version__
from tertulia.app import plugins
from tertulia.app.modelspec import public_name
from tertulia.app.settings import FILE, Settings, is_there, load, user_file
from tertulia.app.tomlfile import short
from tertulia.ports.channel import Wire
from tertulia.ports.embedder import Embedder
from tertulia.ports.model import Model
from tertulia.values.bot import BotSpec, ModelSpec
from tertulia.values.check import Check
from tertulia.values.errors import PartMissing, SettingsError, StoreError, TertuliaError

State = Literal["ready", "missing", "none"]

_SECONDS = 20
_LEAST_FREE = 50_000_000
_MARKS: dict[State, str] = {"ready": "✓", "missing": "✗", "none": "\N{EN DASH}"}
_PLAIN: dict[State, str] = {"ready": "+", "missing": "x", "none": "-"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One part: whether it is ready, what was found, and the next step where there is one.

    `none` is for what is not there and need not be, was not tried, or could be better.
    """

    subject: str
    state: State
    found: str
    step: str | None = None


@click.command(
    epilog="Example: tertulia doctor --offline   Exit codes: 0 all that the settings ask for is "
    "ready, 1 something is missing, 2 the settings are wrong.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--offline", is_flag=True, help="Try no model, and ask no platform.")
@click.pass_obj
def doctor_command(config: str | None, *, as_json: bool, offline: bool) -> int:
    """Show what is ready and what is missing, part by part, with the next step to take."""
    settings = load(None if config is None else Path(config))
    findings = asyncio.run(examine(settings, live=not offline))
    ready = all(finding.state != "missing" for finding in findings)
    if as_json:
        listed = [asdict(finding) for finding in findings]
        click.echo(json.dumps({"ready": ready, "version": __version__, "findings": listed}))
    else:
        encoding = sys.stdout.encoding or "ascii"
        for line in report(findings, settings.chosen, encoding):
            click.echo(line)
    return 0 if ready else 1


async def examine(settings: Settings, *, live: bool) -> list[Finding]:
    """Look at every part."""
    from tertulia.app.compose import database

    tried = [_bot(name, bot, live=live) for name, bot in settings.bots.items()]
    channels = [_channel(name, table, live=live) for name, table in settings.channels.items()]
    return [
        _settings(settings),
        _data(settings.data),
        await _database(database(settings.data)),
        await asyncio.to_thread(_tokens),
        *[finding for found in await asyncio.gather(*tried) for finding in found],
        *([await _embedder(settings.embedder.model, live=live)] if settings.embedder else []),
        *[finding for found in await asyncio.gather(*channels) for finding in found],
    ]


def report(findings: Sequence[Finding], chosen: str | None, encoding: str) -> list[str]:
    """The lines for a person; in plain ASCII marks where `encoding` is not UTF-8."""
    marks = _MARKS if encoding.lower().replace("-", "") == "utf8" else _PLAIN
    width = max(len(finding.subject) for finding in findings)
    lines: list[str] = []
    for finding in findings:
        first, *more = finding.found.split("\n")
        lines.append(f"{marks[finding.state]} {finding.subject:<{width}}  {first}")
        steps = finding.step.split("\n") if finding.step else []
        lines += [f"{'':<{width + 4}}{line}" for line in (*more, *steps)]
    missing = sum(finding.state == "missing" for finding in findings)
    lines += ["", *([chosen] if chosen else []), _sum(missing)]
    return [line.encode(encoding, "replace").decode(encoding) for line in lines]


def _sum(missing: int) -> str:
    if not missing:
        return "All that the settings ask for is ready."
    return "One thing is missing." if missing == 1 else f"{missing} things are missing."


def _settings(settings: Settings) -> Finding:
    if settings.path is not None:
        bots = ", ".join(settings.bots)
        what = f"{short(settings.path)} ({'bot' if len(settings.bots) == 1 else 'bots'}: {bots})"
        return Finding(subject="settings", state="ready", found=what)
    return Finding(
        subject="settings",
        state="none",
        found="no file: all runs on defaults",
        step=f"`tertulia init` writes {FILE} here, or {user_file()}.",
    )


def _data(folder: Path) -> Finding:
    import shutil
    import tempfile

    there = next(place for place in (folder, *folder.parents) if is_there(place))
    step = "Make it writable for you, or set TERTULIA_DATA to another folder."
    try:
        with tempfile.TemporaryFile(dir=there):
            free = shutil.disk_usage(there).free
    except OSError as error:
        what = f"{folder} cannot be written: {error.strerror}"
        return Finding(subject="data", state="missing", found=what, step=step)
    what = f"{folder} ({free / 1e9:,.1f} GB free)"
    if free < _LEAST_FREE:
        step = "Free some space, or set TERTULIA_DATA to a folder on another disk."
        return Finding(subject="data", state="missing", found=what, step=step)
    return Finding(subject="data", state="ready", found=what)


async def _database(path: Path) -> Finding:
    if not is_there(path):
        what = f"{path.name} is not there yet: the first message makes it"
        return Finding(subject="database", state="none", found=what)
    try:
        what = await _look_into(path)
    except (StoreError, PartMissing) as error:
        return Finding(subject="database", state="missing", found=str(error))
    return Finding(subject="database", state="ready", found=what)


async def _look_into(path: Path) -> str:
    store = plugins.load("stores", "sqlite")(path)
    try:
        await store.open()
        told = await asyncio.to_thread(_ask_sqlite, path)
        count = len(await store.conversations(None))
    finally:
        await store.close()
    return f"{path.name} is sound: {count} conversation{'' if count == 1 else 's'}, {told}"


def _ask_sqlite(path: Path) -> str:
    """Check the whole file, read-only. Raises: `StoreError`."""
    import sqlite3
    from contextlib import closing

    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            version = connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]
    except sqlite3.Error as error:
        raise StoreError(f"{path} cannot be checked: {error}.") from None
    if verdict != "ok":
        raise StoreError(f"{path} is damaged ({verdict}). Keep a copy of it, and restore a backup.")
    return f"tables at {version}, SQLite {sqlite3.sqlite_version}"


def _tokens() -> Finding:
    try:
        tokenizer = plugins.load("tokenizers", "o200k")()
        tokenizer.count("tertulia")
    except (TertuliaError, OSError, ImportError) as error:
        what, step = f"the vocabulary cannot be used: {error}", "Install Tertulia again."
        return Finding(subject="tokens", state="missing", found=what, step=step)
    return Finding(subject="tokens", state="ready", found=f"{tokenizer.name}, the vocabulary whole")


async def _bot(name: str, bot: BotSpec, *, live: bool) -> list[Finding]:
    """Its model, those to fall back on, and those that may be picked, each once."""
    every = [*bot.models, *(spec for specs in bot.choices.values() for spec in specs)]
    once: dict[tuple[str, str | None], ModelSpec] = {}
    for spec in every:
        once.setdefault((public_name(spec), spec.base_url), spec)
    if live:
        tried = await asyncio.gather(*map(_try, once.values()))
        return [_of_model(name, check) for check in tried]
    return [
        Finding(subject=f"bot {name}", state="none", found=f"{public_name(spec)} was not tried")
        for spec in once.values()
    ]


def _of_model(name: str, check: Check) -> Finding:
    return Finding(
        subject=f"bot {name}",
        state="ready" if check.ready else "missing",
        found=check.found if check.subject in check.found else f"{check.subject}: {check.found}",
        step=check.step,
    )


async def _try(spec: ModelSpec) -> Check:
    name = public_name(spec)
    try:
        async with asyncio.timeout(_SECONDS):
            model: Model = plugins.load("models", spec.provider).open(spec)
            try:
                return replace(await model.check(), subject=model.name)
            finally:
                await model.close()
    except TimeoutError:
        why = f"no answer within {_SECONDS} seconds"
    except Exception as error:  # noqa: BLE001 - somebody else's part may raise anything
        why = str(error) or type(error).__name__
    return Check(subject=name, ready=False, found=why)


async def _embedder(spec: ModelSpec, *, live: bool) -> Finding:
    """Whether it answers, and with how many dimensions."""
    name = public_name(spec)
    if not live:
        return Finding(subject="embedder", state="none", found=f"{name} was not tried")
    try:
        async with asyncio.timeout(_SECONDS):
            embedder: Embedder = plugins.load("embedders", spec.provider)(spec)
            try:
                (vector,) = await embedder.embed(["tertulia"])
            finally:
                await embedder.close()
    except TimeoutError:
        why = f"no answer within {_SECONDS} seconds"
    except Exception as error:  # noqa: BLE001 - somebody else's part may raise anything
        why = str(error) or type(error).__name__
    else:
        what = f"{embedder.name} answers, {len(vector)} dimensions"
        return Finding(subject="embedder", state="ready", found=what)
    step = "Until it answers, recall goes by words alone."
    found = why if name in why else f"{name}: {why}"
    return Finding(subject="embedder", state="missing", found=found, step=step)


async def _channel(name: str, table: Mapping[str, object], *, live: bool) -> list[Finding]:
    """What it finds out from its platform, where it can ask; else whether it is installed."""
    subject = f"channel {name}"
    try:
        part: Any = plugins.load("channels", name)
        if not hasattr(part, "check"):
            return [Finding(subject=subject, state="ready", found="installed")]
        wire: Wire = part(table)
    except SettingsError as error:
        return [Finding(subject=subject, state="missing", found=str(error))]
    if not live:
        return [Finding(subject=subject, state="none", found="installed, and not tried")]
    checks = await _asked(wire)
    return [_of_channel(subject, check) for check in checks] or [
        Finding(subject=subject, state="ready", found="installed")
    ]


async def _asked(wire: Wire) -> Sequence[Check]:
    try:
        async with asyncio.timeout(_SECONDS):
            return await wire.check()
    except TimeoutError:
        why = f"no answer within {_SECONDS} seconds"
    except Exception as error:  # noqa: BLE001 - somebody else's part may raise anything
        why = str(error) or type(error).__name__
    return [Check(subject=wire.name, ready=False, found=why)]


def _of_channel(subject: str, check: Check) -> Finding:
    """What is ready and has a step all the same is a hint: nothing is missing."""
    ready: State = "ready" if check.step is None else "none"
    state: State = ready if check.ready else "missing"
    return Finding(subject=subject, state=state, found=check.found, step=check.step)
