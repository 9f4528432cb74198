"""Commands on Discord: what each does, who sees it, and that Discord is told of them once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from channels.discord.botting import server
from channels.discord.slashing import (
    answered,
    bot,
    buttons,
    in_order,
    logged,
    public,
    quiet,
    run,
    said,
    typed,
)
from discords import Discord as Server
from discords.things import Interaction
from running import Scene, ScriptedModel
from tertulia.channels.discord import slash

__all__ = ["server"]

COMMANDS = "PUT /applications/*/commands"
NAMES = {
    *("chat", "new", "stop", "persona", "help", "memory", "forget", "model", "export", "link"),
    "unlink",
}


def test_the_commands_are_told_once(server: Server, tmp_path: Path) -> None:
    async def body(_: Scene) -> None:
        listed = server.commands()
        assert set(listed) == NAMES
        for command in listed.values():
            assert command["contexts"] == [0, 1]
            assert command["integration_types"] == [0]
            for one in (command, *command["options"]):
                assert 1 <= len(one["name"]) <= 32
                assert 1 <= len(one["description"]) <= 100
        forms = listed["export"]["options"][0]["choices"]
        assert [one["value"] for one in forms] == ["md", "json", "html", "txt"]

    run(server, tmp_path, ScriptedModel(), body)
    assert len(server.calls(COMMANDS)) == 1
    asked = len(server.calls("GET /applications/*/commands"))

    async def again(_: Scene) -> None:
        await server.until(lambda: len(server.calls("GET /applications/*/commands")) > asked)
        dm = server.dm(server.user("ana"))
        await answered(server, server.user("ana"), dm, "help")

    run(server, tmp_path, ScriptedModel(), again)
    assert len(server.calls(COMMANDS)) == 1


def test_they_are_told_anew_where_discord_has_others(server: Server, tmp_path: Path) -> None:
    async def nothing(_: Scene) -> None:
        pass

    run(server, tmp_path, ScriptedModel(), nothing)
    with server.world.changed:
        server.world.commands[None][0]["description"] = "an older one"

    async def body(_: Scene) -> None:
        await server.until(lambda: len(server.calls(COMMANDS)) == 2)

    run(server, tmp_path, ScriptedModel(), body)
    assert "an older one" not in str(server.commands())


def test_what_cannot_be_told_is_logged(
    server: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server.fail(COMMANDS, 403, message="Missing Access")

    async def whole() -> None:
        made = bot(server, tmp_path, ScriptedModel(), known=False)
        async with asyncio.timeout(60), made:
            await logged(caplog, "could not be told of the commands")
            ana = server.user("ana")
            server.says(ana, server.dm(ana), "hello")
            await server.until(lambda: server.answers(server.dm(ana)))

    asyncio.run(whole())
    assert not server.commands()


def test_chat_says_it_as_who_asks(server: Server, tmp_path: Path) -> None:
    ana, guild = server.user("a_na"), server.guild()
    general, ben = server.channel(guild), server.user("ben")
    model = ScriptedModel([["It is ", "grey."]])
    role = server.role(guild, "team")

    async def body(here: Scene) -> None:
        text = f"is it grey, {ben.mention}, <@&{role.id}> in <#{general.id}>? <@1> <#2> <@&3>"
        asked = server.slash(ana, general, "chat", text=text)
        await server.until(
            lambda: [one.content for one in in_order(server, general)][1:] == ["It is grey."]
        )
        quoted, reply = in_order(server, general)
        assert quoted.content == f"> **a\\_na**: {text}"
        assert not quoted.ephemeral
        assert not quoted.pings
        assert asked.deferred
        assert asked.took is not None
        assert asked.took < 3
        await server.until(lambda: not buttons(server.message(reply)))
        line = model.prompts[0].lines[-1]
        assert line.name == "a_na"
        assert line.content == "is it grey, @ben, @team in #general? <@1> <#2> <@&3>"
        stored = await here.store.latest("discord", str(server.me), None)
        assert stored == {str(general.id): str(asked.id)}

    run(server, tmp_path, model, body)
    quiet(server)


def test_chat_in_a_direct_message(server: Server, tmp_path: Path) -> None:
    ana = server.user("ana")
    dm = server.dm(ana)
    model = ScriptedModel()

    async def body(_: Scene) -> None:
        server.slash(ana, dm, "chat", text="<@5> hello")
        await server.until(lambda: [one.content for one in in_order(server, dm)][1:] == ["ok"])
        assert model.prompts[0].lines[-1].content == "<@5> hello"
        assert model.prompts[0].lines[-1].name is None
        assert (await answered(server, ana, dm, "chat", text="  ")) == [slash.EMPTY]
        assert len(model.prompts) == 1

    run(server, tmp_path, model, body)


def test_chat_is_limited_as_messages_are(server: Server, tmp_path: Path) -> None:
    ana, general = server.user("ana"), server.channel(server.guild())
    model = ScriptedModel()

    async def body(here: Scene) -> None:
        here.clock.time = 4_000_000_000_000
        server.slash(ana, general, "chat", text="one")
        await server.until(lambda: [one.content for one in in_order(server, general)][1:] == ["ok"])
        asked = server.slash(ana, general, "chat", text="two")
        await server.until(lambda: len(asked.answers) == 2)
        quoted, told = asked.answers
        assert quoted.content == "> **ana**: two"
        assert "You have reached what you may use in a day: 1 messages" in told.content
        assert told.ephemeral
        outcome = await here.store.outcome(1, 3)
        assert outcome is not None
        assert outcome.reason == "a limit is reached"

    limits = {"person": {"messages": 1}}
    run(server, tmp_path, model, body, limits=limits)
    assert len(model.prompts) == 1


def test_new_begins_with_an_empty_window(server: Server, tmp_path: Path) -> None:
    ana, general = server.user("ana"), server.channel(server.guild())
    model = ScriptedModel([["one"], ["two"], ["three"]])

    async def body(_: Scene) -> None:
        await said(server, ana, general, "My cat is Mia.", "one")
        asked = server.slash(ana, general, "new")
        await server.until(lambda: asked.answers)
        assert "A new window" in asked.answers[0].content
        assert not asked.answers[0].ephemeral
        await said(server, ana, general, "hello", "two")
        assert "Mia" not in str(model.prompts[1].lines)
        asked = server.slash(ana, general, "new", blank=True)
        await server.until(lambda: asked.answers)
        assert "A blank window" in asked.answers[0].content
        await said(server, ana, general, "hello again", "three")
        assert len(model.prompts[2].lines) == 2

    run(server, tmp_path, model, body)
    quiet(server)


def test_memory_is_shown_to_who_asks_alone(server: Server, tmp_path: Path) -> None:
    ana, general = server.user("ana"), server.channel(server.guild())
    dm = server.dm(ana)

    async def body(_: Scene) -> None:
        server.says(ana, dm, "My secret is a tulip.")
        await server.until(lambda: server.answers(dm))
        await said(server, ana, general, "hello", "ok")
        (told,) = await answered(server, ana, dm, "memory", words="tulip")
        assert "My secret is a tulip." in told
        (told,) = await answered(server, ana, dm, "memory")
        assert "2 messages were said" in told
        (told,) = await answered(server, ana, general, "memory", words="receipt")
        assert "ok" in told or "scripted" in told
        # In a channel they are shown what all there have heard, as by the same words.
        (told,) = await answered(server, ana, general, "memory", words="tulip")
        assert "I find nothing about" in told

    run(server, tmp_path, ScriptedModel(), body)
    for one in ("tulip", "were said", "find nothing"):
        assert one not in public(server, general)
    quiet(server)


def test_forgetting_first_tells_what_goes(server: Server, tmp_path: Path) -> None:
    ana, general = server.user("ana"), server.channel(server.guild())

    async def body(_: Scene) -> None:
        await said(server, ana, general, "My cat is Mia.", "ok")
        (told,) = await answered(server, ana, general, "forget", what="last", quoting=True)
        assert "/forget last quoting yes does it." in told
        (told,) = await answered(server, ana, general, "forget", what="last")
        assert "/forget last yes does it." in told
        assert "Mia" in str(await answered(server, ana, general, "memory", words="Mia"))
        await answered(server, ana, general, "forget", what="last", sure=True)
        (told,) = await answered(server, ana, general, "memory", words="Mia")
        assert "I find nothing" in told
        assert await typed(server, ana, general, "forget", what="") == ["last", "here", "me"]
        assert await typed(server, ana, general, "forget", what="conv") == ["here"]

    run(server, tmp_path, ScriptedModel(), body)
    assert "does it." not in public(server, general)


def test_a_model_is_picked_among_those_allowed(server: Server, tmp_path: Path) -> None:
    ana, general = server.user("ana"), server.channel(server.guild())
    two = ScriptedModel([["from two"]], name="scripted:two")

    async def body(_: Scene) -> None:
        await said(server, ana, general, "hello", "ok")
        (told,) = await answered(server, ana, general, "model")
        assert "I use scripted:one." in told
        offered = await typed(server, ana, general, "model", name="")
        assert offered == ["scripted:one", "scripted:two", "default"]
        assert await typed(server, ana, general, "model", name="TWO") == ["scripted:two"]
        (told,) = await answered(server, ana, general, "model", name="scripted:two")
        assert told == "From now on I use scripted:two here."
        await said(server, ana, general, "hello", "from two")
        (told,) = await answered(server, ana, general, "model", name="gpt-9")
        assert "is not among the models" in told

    run(server, tmp_path, ScriptedModel(), body, choices={"scripted:two": [two]})


@pytest.mark.parametrize(
    ("options", "name", "begins"),
    [
        ({}, "conversation.md", "# "),
        ({"form": "json"}, "conversation.json", "{"),
        ({"form": "html"}, "conversation.html", "<!"),
        ({"form": "txt"}, "conversation.txt", ""),
    ],
)
def test_a_conversation_comes_as_a_file(
    server: Server, tmp_path: Path, options: dict[str, str], name: str, begins: str
) -> None:
    ana, general = server.user("ana"), server.channel(server.guild())

    async def body(_: Scene) -> None:
        nothing = await answered(server, ana, general, "export", **options)
        assert nothing == ["There is nothing to export yet."]
        await said(server, ana, general, "My cat is Mía.", "ok")
        asked = server.slash(ana, general, "export", **options)
        await server.until(lambda: asked.answers)
        (answer,) = asked.answers
        assert answer.ephemeral
        (file,) = answer.files
        assert file.name == name
        assert file.data.decode().lower().startswith(begins)
        assert "Mía" in file.data.decode()

    run(server, tmp_path, ScriptedModel(), body)


def test_what_is_too_large_for_discord_is_told(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, general = server.user("ana"), server.channel(server.guild())

    async def body(here: Scene) -> None:
        async def much(*_: Any, **__: Any) -> str:
            return "# Much\n" + 11 * 1024 * 1024 * "x"

        monkeypatch.setattr(here.engine, "command", much)
        assert await answered(server, ana, general, "export") == [slash.LARGE]

    run(server, tmp_path, ScriptedModel(), body)


def test_two_channels_are_linked(server: Server, tmp_path: Path) -> None:
    ana = server.user("ana")
    dm, general = server.dm(ana), server.channel(server.guild())

    async def body(_: Scene) -> None:
        server.says(ana, dm, "hello")
        await server.until(lambda: server.answers(dm))
        await said(server, ana, general, "hello", "ok")
        (told,) = await answered(server, ana, dm, "link")
        assert "Your code is" in told
        code = told.split()[3].rstrip(",")
        assert "given on this channel" in (await answered(server, ana, dm, "link", code=code))[0]
        (told,) = await answered(server, ana, dm, "link", code="AAAA-AAAA", sure=True)
        assert "does not fit" in told
        assert "Others can read" in (await answered(server, ana, general, "link", sure=True))[0]
        (told,) = await answered(server, ana, dm, "unlink")
        assert told == "You are linked with no other channel."

    run(server, tmp_path, ScriptedModel(), body)
    assert "code" not in public(server, general)


def test_persona_and_help(server: Server, tmp_path: Path) -> None:
    ana, general = server.user("ana"), server.channel(server.guild())

    async def body(_: Scene) -> None:
        (told,) = await answered(server, ana, general, "persona")
        assert told == "I am **B\\_o**.\n\nBe kind.\nAnd brief."
        (told,) = await answered(server, ana, general, "help")
        assert "/forget [WHAT]" in told

    run(server, tmp_path, ScriptedModel(), body)
    assert not server.answers(general)


def test_what_is_wrong_in_the_settings_is_said(server: Server, tmp_path: Path) -> None:
    ana, general = server.user("ana"), server.channel(server.guild())

    async def body(_: Scene) -> None:
        told = await answered(server, ana, general, "persona")
        assert told == ["There is no bot 'nobody'."]

    run(server, tmp_path, ScriptedModel(), body, default="nobody")


@pytest.mark.parametrize("settings", [{"answer": "never"}, {"deny": {"users": ["ANA"]}}])
def test_where_it_does_not_talk_it_says_so(
    server: Server, tmp_path: Path, settings: dict[str, Any]
) -> None:
    ana, general = server.user("ana"), server.channel(server.guild())
    if "deny" in settings:
        settings = {"deny": {"users": [str(ana.id)]}}
    model = ScriptedModel()
    calls: Sequence[tuple[str, dict[str, Any]]] = [
        ("chat", {"text": "hello"}),
        ("forget", {"what": "me"}),
        *((name, {}) for name in sorted(NAMES - {"chat", "forget"})),
    ]

    async def body(here: Scene) -> None:
        for name, options in calls:
            asked = server.slash(ana, general, name, **options)
            await server.until(lambda asked=asked: asked.answers)
            assert [one.content for one in asked.answers] == [slash.SILENT]
            assert asked.answers[0].ephemeral
        assert await typed(server, ana, general, "model", name="") == []
        assert not model.prompts
        assert not await here.store.latest("discord", str(server.me), None)

    run(server, tmp_path, model, body, **settings)
    assert not server.answers(general)


def test_it_is_deferred_though_the_engine_is_slow(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, general = server.user("ana"), server.channel(server.guild())
    gate = asyncio.Event()

    async def body(here: Scene) -> None:
        command, begin = here.engine.command, here.engine.begin

        async def slow(*given: Any, **more: Any) -> str | None:
            await gate.wait()
            return await command(*given, **more)

        async def slowly(*given: Any) -> int:
            await gate.wait()
            return await begin(*given)

        monkeypatch.setattr(here.engine, "command", slow)
        monkeypatch.setattr(here.engine, "begin", slowly)
        given: list[Interaction] = [
            server.slash(ana, general, "memory"),
            server.slash(ana, general, "new"),
            server.slash(ana, general, "export"),
            server.slash(ana, general, "chat", text="hello"),
        ]
        await server.until(lambda: all(one.deferred for one in given))
        assert all(one.took is not None and one.took < 3 for one in given)
        assert not any(one.answers for one in given)
        assert [one.private for one in given] == [True, False, True, False]
        gate.set()
        await server.until(lambda: all(one.answers for one in given))
        await server.until(lambda: in_order(server, general)[-1].content == "ok")

    run(server, tmp_path, ScriptedModel(), body)


@pytest.mark.parametrize("lines", [60, 400])
def test_long_answers_come_in_parts_or_as_a_file(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: int
) -> None:
    ana, general = server.user("ana"), server.channel(server.guild())
    text = "\n".join(
        f"{number}: what is remembered of ana, and of her cat" for number in range(lines)
    )

    async def body(here: Scene) -> None:
        async def much(*_: Any, **__: Any) -> str:
            return text

        monkeypatch.setattr(here.engine, "command", much)
        asked = server.slash(ana, general, "memory")
        if lines < 100:
            await server.until(lambda: len(asked.answers) == 2)
            assert "\n".join(one.content for one in asked.answers) == text
        else:
            await server.until(lambda: asked.answers and asked.answers[0].files)
            (answer,) = asked.answers
            assert answer.files[0].data.decode() == text
        assert all(one.ephemeral for one in asked.answers)

    run(server, tmp_path, ScriptedModel(), body)
    assert not server.answers(general)
    quiet(server)
