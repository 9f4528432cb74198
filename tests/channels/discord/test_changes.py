"""What people edit and delete on Discord is superseded and forgotten here."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from channels.discord.botting import server
from channels.discord.test_talking import read, run
from discords import Discord
from running import Scene, ScriptedModel

__all__ = ["server"]


def texts(server: Discord, channel: object) -> list[str]:
    return [one.content for one in server.answers(channel)]  # type: ignore[arg-type]


def test_a_question_that_is_edited_is_answered_anew_in_the_same_place(
    server: Discord, tmp_path: Path
) -> None:
    ana = server.user("ana")
    dm = server.dm(ana)
    model = ScriptedModel([["Lima."], ["Quito."], ["Bogotá."], ["You asked of Colombia."]])

    async def body(here: Scene) -> None:
        said = server.says(ana, dm, "the capital of Peru?")
        await server.until(lambda: texts(server, dm) == ["Lima."])
        (first,) = server.answers(dm)
        for country, capital in (("Ecuador", "Quito."), ("Colombia", "Bogotá.")):
            server.edits(said, f"the capital of {country}?")
            await server.until(lambda capital=capital: texts(server, dm) == [capital])
        (answer,) = server.answers(dm)
        assert answer.id == first.id
        server.says(ana, dm, "what did I ask?")
        await server.until(lambda: len(server.answers(dm)) == 2)
        assert "Colombia" in read(model)
        assert "Peru" not in read(model)
        assert "Quito" not in read(model)

    run(server, tmp_path, model, body)


def test_while_it_answers_too(server: Discord, tmp_path: Path) -> None:
    ana, general = server.user("ana"), server.channel(server.guild())
    gate = asyncio.Event()
    model = ScriptedModel([["Lim", gate, "a."], ["Quito."]])

    async def body(_: Scene) -> None:
        said = server.says(ana, general, "<@BOT> the capital of Peru?")
        await server.until(lambda: texts(server, general) == ["Lim"])
        server.edits(said, "<@BOT> the capital of Ecuador?")
        await server.until(lambda: server.message(said).content.endswith("Ecuador?"))
        gate.set()
        await server.until(lambda: texts(server, general) == ["Quito."])

    run(server, tmp_path, model, body)


def test_a_mention_may_be_added_later(server: Discord, tmp_path: Path) -> None:
    ana, general = server.user("ana"), server.channel(server.guild())

    async def body(_: Scene) -> None:
        said = server.says(ana, general, "the capital of Peru?")
        server.edits(said, "<@BOT> the capital of Peru?")
        await server.until(lambda: texts(server, general) == ["ok"])

    run(server, tmp_path, ScriptedModel(), body)


def test_a_talk_that_went_on_is_not_turned_back(server: Discord, tmp_path: Path) -> None:
    ana, dm = (user := server.user("ana")), server.dm(user)
    model = ScriptedModel([["Lima."], ["Twelve."], ["ok"]])

    async def body(_: Scene) -> None:
        said = server.says(ana, dm, "the capital of Peru?")
        await server.until(lambda: texts(server, dm) == ["Lima."])
        server.says(ana, dm, "how many months?")
        await server.until(lambda: texts(server, dm) == ["Lima.", "Twelve."])
        server.edits(said, "the capital of Ecuador?")
        server.says(ana, dm, "thank you")
        await server.until(lambda: texts(server, dm) == ["Lima.", "Twelve.", "ok"])
        assert "how many months?" in read(model)

    run(server, tmp_path, model, body)


def test_what_is_deleted_is_forgotten_with_its_versions(server: Discord, tmp_path: Path) -> None:
    ana, dm = (user := server.user("ana")), server.dm(user)
    model = ScriptedModel([["Noted."], ["I see."], ["Nothing."]])

    async def body(here: Scene) -> None:
        said = server.says(ana, dm, "My word is Zanzibar77.")
        await server.until(lambda: texts(server, dm) == ["Noted."])
        server.edits(said, "My word is Zanzibar78.")
        await server.until(lambda: texts(server, dm) == ["I see."])
        server.deletes(said)
        server.says(ana, dm, "What do you know?")
        await server.until(lambda: len(server.answers(dm)) == 2)
        assert "Zanzibar" not in read(model)
        said_here = await here.store.transcript(1)
        assert not [one for one in said_here if "Zanzibar" in one.text]

    run(server, tmp_path, model, body)


@pytest.mark.parametrize("many", [False, True])
def test_what_is_deleted_while_it_is_answered_leaves_nothing(
    server: Discord, tmp_path: Path, many: bool
) -> None:
    ana, general = server.user("ana"), server.channel(server.guild())
    gate = asyncio.Event()
    model = ScriptedModel([["Zanz", gate, "ibar."], ["ok"]])

    async def body(here: Scene) -> None:
        said = server.says(ana, general, "<@BOT> say Zanzibar")
        await server.until(lambda: texts(server, general) == ["Zanz"])
        other = [server.says(ana, general, "unsaid")] if many else []
        server.deletes(said, *other)
        await server.until(lambda: not texts(server, general))
        gate.set()
        server.says(ana, general, "<@BOT> hello")
        await server.until(lambda: texts(server, general) == ["ok"])
        assert not [one for one in await here.store.transcript(1) if "anz" in one.text]

    run(server, tmp_path, model, body)
