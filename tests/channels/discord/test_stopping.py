"""The Stop button and `/stop` on Discord: a reply that comes is stopped, also after a restart."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from channels.discord.botting import server
from channels.discord.slashing import bot, buttons, public, quiet, run, said
from discords import Discord as Server
from running import Scene, ScriptedModel
from tertulia.channels.discord import slash
from tertulia.values.errors import ModelUnavailable, StoreBusy

__all__ = ["server"]


def test_stop_stops_what_comes(server: Server, tmp_path: Path) -> None:
    ana, ben, general = server.user("ana"), server.user("ben"), server.channel(server.guild())
    model = ScriptedModel([["One, two,", asyncio.Event()]])

    async def body(here: Scene) -> None:
        asked = server.slash(ben, general, "stop")
        await server.until(lambda: asked.answers)
        assert [one.content for one in asked.answers] == [slash.NOTHING_RUNS]
        assert await here.store.conversation_numbered(1) is None
        server.says(ana, general, "<@BOT> count")
        await server.until(lambda: "One, two," in public(server, general))
        reply = server.answers(general)[1]
        asked = server.slash(ben, general, "stop")
        await server.until(lambda: asked.answers)
        assert [one.content for one in asked.answers] == [slash.STOPPED]
        assert not asked.answers[0].ephemeral
        await server.until(lambda: not buttons(server.message(reply)))
        assert server.message(reply).content == "One, two,"

    run(server, tmp_path, model, body)


def test_a_button_stands_under_what_comes_and_stops_it(server: Server, tmp_path: Path) -> None:
    ana, ben, general = server.user("ana"), server.user("ben"), server.channel(server.guild())
    model = ScriptedModel([["One, two,", asyncio.Event()], ["three."]])

    async def body(_: Scene) -> None:
        server.says(ana, general, "<@BOT> count")
        await server.until(lambda: server.answers(general))
        (reply,) = server.answers(general)
        assert buttons(reply) == ["stop"]
        asked = server.press(ben, reply, "stop")
        await server.until(lambda: not buttons(server.message(reply)))
        assert asked.callback == 6
        assert asked.took is not None
        assert asked.took < 3
        assert not asked.answers
        assert server.message(reply).content == "One, two,"
        await said(server, ana, general, "go on", "three.")
        await server.until(lambda: not buttons(server.answers(general)[-1]))

    run(server, tmp_path, model, body)
    quiet(server)


def test_the_button_stands_under_the_last_part(server: Server, tmp_path: Path) -> None:
    ana, general = server.user("ana"), server.channel(server.guild())
    lines = [f"Line {number} of a long reply.\n" for number in range(90)]
    gates = [asyncio.Event(), asyncio.Event()]
    model = ScriptedModel([[*lines[:40], gates[0], *lines[40:], gates[1]]])

    async def body(_: Scene) -> None:
        server.says(ana, general, "<@BOT> much")
        await server.until(lambda: server.answers(general))
        assert buttons(server.answers(general)[0]) == ["stop"]
        gates[0].set()
        await server.until(lambda: len(server.answers(general)) == 2)
        assert [buttons(one) for one in server.answers(general)] == [[], ["stop"]]
        gates[1].set()
        await server.until(lambda: not any(buttons(one) for one in server.answers(general)))

    run(server, tmp_path, model, body)


def test_without_streaming_there_is_no_button(server: Server, tmp_path: Path) -> None:
    ana, general = server.user("ana"), server.channel(server.guild())

    async def body(_: Scene) -> None:
        await said(server, ana, general, "hello", "ok")

    run(server, tmp_path, ScriptedModel(), body, stream=False)
    assert not any(one.components for one in server.answers(general)[0].revisions)


def test_the_button_works_after_a_restart(server: Server, tmp_path: Path) -> None:
    ana, general = server.user("ana"), server.channel(server.guild())

    async def first() -> None:
        model = ScriptedModel([["One, two,", asyncio.Event()]])
        async with asyncio.timeout(60), bot(server, tmp_path, model, grace=0):
            server.says(ana, general, "<@BOT> count")
            await server.until(lambda: server.answers(general))

    asyncio.run(first())
    (reply,) = server.answers(general)
    assert buttons(reply) == ["stop"]
    model = ScriptedModel([["One again", asyncio.Event()]])

    async def then(here: Scene) -> None:
        async with asyncio.timeout(20):
            while (running := here.engine.running(1)) is None or running.text != "One again":
                await asyncio.sleep(0.005)
        asked = server.press(ana, reply, "stop")
        await server.until(lambda: not buttons(server.message(reply)))
        assert asked.callback == 6
        assert not asked.answers
        assert server.message(reply).content == "One again"

    run(server, tmp_path, model, then)
    assert len(server.answers(general)) == 1


def test_a_press_where_nothing_runs_is_told_and_the_button_goes(
    server: Server, tmp_path: Path
) -> None:
    ana, general = server.user("ana"), server.channel(server.guild())
    gate = asyncio.Event()
    model = ScriptedModel([["One, two,", gate]])

    async def body(here: Scene) -> None:
        server.says(ana, general, "<@BOT> count")
        await server.until(lambda: server.answers(general))
        server.fail("PATCH /channels/*/messages/*", 403, code=50013, message="Missing")
        gate.set()
        await server.until(lambda: server.calls("PATCH /channels/*/messages/*"))
        (reply,) = server.answers(general)
        assert buttons(reply) == ["stop"]
        assert here.engine.running(1) is None
        asked = server.press(ana, reply, "stop")
        await server.until(lambda: asked.answers and not buttons(server.message(reply)))
        assert [one.content for one in asked.answers] == [slash.NOTHING_RUNS]
        assert asked.answers[0].ephemeral

    run(server, tmp_path, model, body)


def test_who_is_not_heard_stops_nothing(server: Server, tmp_path: Path) -> None:
    ana, ben, general = server.user("ana"), server.user("ben"), server.channel(server.guild())
    gate = asyncio.Event()
    model = ScriptedModel([["One, two,", gate, " three."]])

    async def body(_: Scene) -> None:
        server.says(ana, general, "<@BOT> count")
        await server.until(lambda: server.answers(general))
        (reply,) = server.answers(general)
        asked = server.press(ben, reply, "stop")
        await server.until(lambda: asked.answers)
        assert [one.content for one in asked.answers] == [slash.SILENT]
        assert asked.answers[0].ephemeral
        gate.set()
        await server.until(lambda: server.message(reply).content == "One, two, three.")

    run(server, tmp_path, model, body, deny={"users": [str(ben.id)]})


def test_a_press_that_fails_is_told(
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    ana, general = server.user("ana"), server.channel(server.guild())
    gate = asyncio.Event()

    async def body(here: Scene) -> None:
        def fails(_: int) -> bool:
            raise StoreBusy("The database is held.")

        server.says(ana, general, "<@BOT> count")
        await server.until(lambda: server.answers(general))
        monkeypatch.setattr(here.engine, "stop", fails)
        asked = server.press(ana, server.answers(general)[0], "stop")
        await server.until(lambda: asked.answers)
        assert [one.content for one in asked.answers] == [slash.NOT_NOW]
        assert asked.answers[0].ephemeral
        assert f"a button of {ana.id}" in caplog.text
        gate.set()

    run(server, tmp_path, ScriptedModel([["One, two,", gate]]), body)


def test_what_became_void_is_taken_away(server: Server, tmp_path: Path) -> None:
    ana, general = server.user("ana"), server.channel(server.guild())
    shown = asyncio.Event()
    model = ScriptedModel([["One, two,", shown, ModelUnavailable("cut")], [asyncio.Event()]])

    async def body(_: Scene) -> None:
        server.says(ana, general, "<@BOT> count")
        await server.until(lambda: server.answers(general))
        (reply,) = server.answers(general)
        shown.set()
        async with asyncio.timeout(20):
            while len(model.prompts) < 2:
                await asyncio.sleep(0.005)
        server.press(ana, reply, "stop")
        await server.until(lambda: not server.answers(general))

    run(server, tmp_path, model, body)
