"""Commands on Discord that fail, come late, come twice, or are not ours any more."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from channels.discord.botting import server
from channels.discord.slashing import answered, logged, run, said
from discords import Discord as Server
from discords import shapes
from running import Scene, ScriptedModel
from tertulia.channels.discord import slash
from tertulia.values.errors import StoreBusy

__all__ = ["server"]

CALLBACK = "POST /interactions/*/*/callback"


@pytest.mark.parametrize(
    ("error", "told", "noted"),
    [
        (StoreBusy("The database is held."), slash.NOT_NOW, "The database is held."),
        (ZeroDivisionError("by zero"), slash.BROKEN, "ZeroDivisionError: by zero"),
    ],
)
def test_an_error_is_told_and_logged(
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    told: str,
    noted: str,
) -> None:
    ana, general = server.user("ana"), server.channel(server.guild())
    model = ScriptedModel()

    async def body(here: Scene) -> None:
        async def fails(*_: Any, **__: Any) -> str:
            raise error

        monkeypatch.setattr(here.engine, "command", fails)
        monkeypatch.setattr(here.engine, "accept", fails)
        assert await answered(server, ana, general, "memory", words="my secret") == [told]
        assert noted in caplog.text
        assert f"/memory of {ana.id}" in caplog.text
        assert "my secret" not in caplog.text
        asked = server.slash(ana, general, "chat", text="hello")
        await server.until(lambda: asked.answers)
        assert [one.content for one in asked.answers] == [told]
        assert not model.prompts

    run(server, tmp_path, model, body)


def test_an_answer_that_comes_too_late_is_logged(
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    ana, general = server.user("ana"), server.channel(server.guild())
    gate = asyncio.Event()

    async def body(here: Scene) -> None:
        async def late(*_: Any, **__: Any) -> str:
            await gate.wait()
            return 300 * "late words "

        monkeypatch.setattr(here.engine, "command", late)
        asked = server.slash(ana, general, "memory")
        await server.until(lambda: asked.deferred)
        server.expire(asked)
        gate.set()
        await logged(caplog, f"the answer to /memory of {ana.id} could not be shown")
        assert "late words" not in caplog.text
        assert not asked.answers
        assert len(server.calls("POST /webhooks/*/*")) == 1

    run(server, tmp_path, ScriptedModel(), body)


def test_what_is_not_acknowledged_is_not_done(
    server: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ana, general = server.user("ana"), server.channel(server.guild())

    async def body(_: Scene) -> None:
        await said(server, ana, general, "My cat is Mia.", "ok")
        server.fail(CALLBACK, 404, code=10062, message="Unknown")
        asked = server.slash(ana, general, "forget", what="last", sure=True)
        await server.until(lambda: asked.answers)
        assert [one.content for one in asked.answers] == [slash.NOT_NOW]
        assert asked.answers[0].ephemeral
        assert "could not be acknowledged" in caplog.text
        assert "Mia" in (await answered(server, ana, general, "memory", words="Mia"))[0]

    run(server, tmp_path, ScriptedModel(), body)


def test_an_acknowledgement_whose_answer_is_lost_counts(server: Server, tmp_path: Path) -> None:
    ana, general = server.user("ana"), server.channel(server.guild())

    async def body(_: Scene) -> None:
        server.fail(CALLBACK, 500, done=True)
        assert "/new" in (await answered(server, ana, general, "help"))[0]

    run(server, tmp_path, ScriptedModel(), body)


def test_what_is_told_twice_is_done_once(server: Server, tmp_path: Path) -> None:
    ana, general = server.user("ana"), server.channel(server.guild())

    async def body(_: Scene) -> None:
        asked = server.slash(ana, general, "new")
        await server.until(lambda: asked.answers)
        with server.world.changed:
            again = shapes.of_interaction(asked, server.application, server.me)
            server.world.tell("INTERACTION_CREATE", again)
        await answered(server, ana, general, "help")
        assert len(asked.answers) == 1
        assert len(server.calls(CALLBACK)) == 2

    run(server, tmp_path, ScriptedModel(), body)


def test_a_command_of_an_earlier_version_is_refused(
    server: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ana, guild = server.user("ana"), server.guild()
    general = server.channel(guild)
    with server.world.changed:
        server.world.commands[guild.id] = [{"id": "77", "name": "old", "options": []}]

    async def body(_: Scene) -> None:
        asked = server.slash(ana, general, "old")
        await server.until(lambda: asked.answers)
        assert [one.content for one in asked.answers] == [slash.CHANGED]
        assert asked.answers[0].ephemeral
        assert "not ours any more" in caplog.text

    run(server, tmp_path, ScriptedModel(), body)


def test_where_nothing_tells_the_place_it_does_not_talk(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, general = server.user("ana"), server.channel(server.guild())
    tell = server.world.tell

    def without(event: str, shape: dict[str, Any], *more: Any) -> None:
        tell(event, {**shape, "channel": {}}, *more)

    async def body(_: Scene) -> None:
        with server.world.changed, monkeypatch.context() as patched:
            patched.setattr(server.world, "tell", without)
            asked = server.slash(ana, general, "help")
        await server.until(lambda: asked.answers)
        assert [one.content for one in asked.answers] == [slash.SILENT]

    run(server, tmp_path, ScriptedModel(), body)
