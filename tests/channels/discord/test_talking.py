"""A bot on Discord: whom it hears, what it answers, and how that is shown."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from channels.discord.botting import bot, server
from discords import Discord
from running import Scene, ScriptedModel

__all__ = ["server"]

Body = Callable[[Scene], Awaitable[None]]


def run(server: Discord, folder: Path, model: ScriptedModel, body: Body, **more: Any) -> None:
    async def whole() -> None:
        async with asyncio.timeout(60), bot(server, folder, model, **more) as here:
            await body(here)

    asyncio.run(whole())


def read(model: ScriptedModel, call: int = -1) -> str:
    """All that the model was given."""
    lines = model.prompts[call].lines
    return "\n".join(f"{line.name or line.role}: {line.content}" for line in lines)


def test_who_mentions_it_is_answered(server: Discord, tmp_path: Path) -> None:
    ana, general = server.user("ana"), server.channel(server.guild())
    model = ScriptedModel([["Hello, Ana."]])

    async def body(_: Scene) -> None:
        said = server.says(ana, general, "<@BOT> hello there")
        answer = (await server.until(lambda: server.answers(general)))[0]
        await server.until(lambda: server.answers(general)[0].content == "Hello, Ana.")
        assert answer.reference == said.id
        assert read(model).endswith("ana: hello there")

    run(server, tmp_path, model, body)
    assert len(server.answers(general)) == 1
    assert not server.violations


def test_in_a_direct_message_nobody_has_to_call_it(server: Discord, tmp_path: Path) -> None:
    ana = server.user("ana")
    dm = server.dm(ana)

    async def body(_: Scene) -> None:
        server.says(ana, dm, "hello")
        await server.until(lambda: [one.content for one in server.answers(dm)] == ["ok"])

    run(server, tmp_path, ScriptedModel(), body)


def test_what_is_not_for_it_is_read_but_not_answered(server: Discord, tmp_path: Path) -> None:
    ana, ben, general = server.user("ana"), server.user("ben"), server.channel(server.guild())
    model = ScriptedModel()

    async def body(here: Scene) -> None:
        server.says(ana, general, "The sky is grey.")
        server.says(ben, general, "So it is.", webhook=True)
        server.says(ben, general, "I am a bot.", bot=True)
        server.says(ben, general, "<@BOT> what is grey?")
        await server.until(lambda: server.answers(general))
        said = read(model)
        assert "ana: The sky is grey." in said
        assert "So it is." not in said
        assert "I am a bot." not in said
        assert len(model.prompts) == 1
        outcome = await here.store.outcome(1, 1)
        assert outcome is not None
        assert outcome.reason == "not addressed"

    run(server, tmp_path, model, body)


@pytest.mark.parametrize(
    ("settings", "text", "answered"),
    [
        ({"answer": "all"}, "hello", True),
        ({"answer": "never"}, "<@BOT> hello", False),
        ({"prefix": "$hello"}, "$hello you", True),
        ({}, "hello", False),
    ],
)
def test_the_owner_says_whom_it_answers(
    server: Discord, tmp_path: Path, settings: dict[str, Any], text: str, answered: bool
) -> None:
    ana, general = server.user("ana"), server.channel(server.guild())
    model = ScriptedModel()

    async def body(_: Scene) -> None:
        server.says(ana, general, text)
        dm = server.dm(ana)
        server.says(ana, dm, "and you?")
        await server.until(lambda: server.answers(dm))
        await server.until(lambda: len(server.answers(general)) == answered)
        assert len(model.prompts) == 1 + answered
        assert all("$hello" not in read(model, call) for call in range(len(model.prompts)))

    run(server, tmp_path, model, body, **settings)


def test_a_thread_of_its_own_is_a_talk_with_it(server: Discord, tmp_path: Path) -> None:
    ana, general = server.user("ana"), server.channel(server.guild())
    own = server.thread(general, owner=server.world.me, joined=True)
    other = server.thread(general, owner=ana, joined=True)

    async def body(_: Scene) -> None:
        server.says(ana, other, "among us")
        server.says(ana, own, "with you")
        await server.until(lambda: server.answers(own))
        assert not server.answers(other)

    run(server, tmp_path, ScriptedModel(), body)


def test_a_reply_is_read_with_what_it_answers_and_nothing_else(
    server: Discord, tmp_path: Path
) -> None:
    ana, ben, general = server.user("ana"), server.user("ben"), server.channel(server.guild())
    model = ScriptedModel([["Lima."], ["Twelve."], ["It has eight million people."]])

    async def body(_: Scene) -> None:
        server.says(ana, general, "<@BOT> the capital of Peru?")
        await server.until(lambda: [one.content for one in server.answers(general)] == ["Lima."])
        server.says(ben, general, "<@BOT> how many months?")
        await server.until(lambda: server.answers(general)[-1].content == "Twelve.")
        server.says(ana, general, "How large is it?", reply_to=server.answers(general)[0])
        await server.until(lambda: "million" in server.answers(general)[-1].content)
        assert read(model).splitlines()[-3:] == [
            "ana: the capital of Peru?",
            "assistant: Lima.",
            "ana: How large is it?",
        ]

    run(server, tmp_path, model, body)


def test_a_reply_comes_as_it_is_made(server: Discord, tmp_path: Path) -> None:
    ana, general = server.user("ana"), server.channel(server.guild())
    gates = [asyncio.Event(), asyncio.Event()]
    model = ScriptedModel([[gates[0], "One, two,", gates[1], " three."]])

    async def body(_: Scene) -> None:
        server.says(ana, general, "<@BOT> count")
        await server.until(lambda: server.typing(general))
        assert not server.answers(general)
        gates[0].set()
        await server.until(lambda: server.answers(general))
        assert server.answers(general)[0].content == "One, two,"
        gates[1].set()
        await server.until(lambda: server.answers(general)[0].content == "One, two, three.")

    run(server, tmp_path, model, body)
    (answer,) = server.answers(general)
    assert answer.revisions[-1].content == "One, two, three."
    assert not server.violations


def test_or_it_comes_whole(server: Discord, tmp_path: Path) -> None:
    ana, general = server.user("ana"), server.channel(server.guild())
    model = ScriptedModel([["One, ", "two, ", "three."]])

    async def body(_: Scene) -> None:
        server.says(ana, general, "<@BOT> count")
        await server.until(lambda: server.answers(general))

    run(server, tmp_path, model, body, stream=False)
    assert [one.content for one in server.answers(general)] == ["One, two, three."]
    assert not server.calls("PATCH /channels/*/messages/*")


def test_a_long_reply_becomes_several_messages(server: Discord, tmp_path: Path) -> None:
    ana, general = server.user("ana"), server.channel(server.guild())
    lines = [f"Line {number} of a very long reply.\n" for number in range(200)]
    model = ScriptedModel([lines])

    async def body(_: Scene) -> None:
        said = server.says(ana, general, "<@BOT> much")
        await server.until(lambda: "199" in "".join(a.content for a in server.answers(general)))
        first, *others = server.answers(general)
        assert first.reference == said.id
        assert others
        assert all(one.reference is None for one in others)

    run(server, tmp_path, model, body)
    told = "\n".join(one.content for one in server.answers(general))
    assert [line for line in told.splitlines() if line] == [line.strip() for line in lines]
    assert not server.violations


@pytest.mark.parametrize("stream", [True, False])
def test_a_very_long_one_becomes_a_file(server: Discord, tmp_path: Path, stream: bool) -> None:
    ana, general = server.user("ana"), server.channel(server.guild())
    lines = ["```py\n", *(f"line = {number}\n" for number in range(400)), "```\nThe end."]

    async def body(_: Scene) -> None:
        server.says(ana, general, "<@BOT> much")
        await server.until(lambda: server.answers(general) and server.answers(general)[-1].files)

    run(server, tmp_path, ScriptedModel([lines]), body, file_over=2500, stream=stream)
    answers = server.answers(general)
    assert 1 < len(answers) < 4
    assert answers[-1].content.endswith("…")
    assert all(one.content.count("```") == 2 for one in answers)
    (file,) = answers[-1].files
    assert (file.name, file.data.decode()) == ("reply.md", "".join(lines))
    assert not any(one.files for one in answers[:-1])


def test_where_no_file_may_be_attached_all_is_shown(server: Discord, tmp_path: Path) -> None:
    ana, general = server.user("ana"), server.channel(server.guild())
    server.permissions(general, attach_files=False)
    lines = [f"Line {number}.\n" for number in range(300)]

    async def body(_: Scene) -> None:
        server.says(ana, general, "<@BOT> much")
        await server.until(lambda: "299" in "".join(a.content for a in server.answers(general)))

    run(server, tmp_path, ScriptedModel([lines]), body, file_over=500, stream=False)
    assert not any(one.files for one in server.answers(general))


def test_nobody_is_ever_pinged(server: Discord, tmp_path: Path) -> None:
    ana, general = server.user("ana"), server.channel(server.guild())
    model = ScriptedModel([[f"@everyone {ana.mention} hello"]])

    async def body(_: Scene) -> None:
        server.says(ana, general, "<@BOT> hello")
        await server.until(lambda: server.answers(general))

    run(server, tmp_path, model, body)
    for call in (*server.calls("POST /channels/*/messages"), *server.calls("PATCH /channels/**")):
        assert call.body["allowed_mentions"] == {"parse": []}


def test_a_command_is_answered_and_kept_out_of_the_talk(server: Discord, tmp_path: Path) -> None:
    ana = server.user("ana")
    dm = server.dm(ana)
    model = ScriptedModel()

    async def body(_: Scene) -> None:
        server.says(ana, dm, "/help")
        await server.until(lambda: any("/new" in one.content for one in server.answers(dm)))
        server.says(ana, dm, "hello")
        await server.until(lambda: server.answers(dm)[-1].content == "ok")
        assert "/help" not in read(model)

    run(server, tmp_path, model, body)


def test_texts_that_come_along_are_read(server: Discord, tmp_path: Path) -> None:
    ana = server.user("ana")
    dm = server.dm(ana)
    model = ScriptedModel()
    much = "word " * 700
    files = [
        ("message.txt", "text/plain; charset=utf-8", much.encode()),
        ("notes.md", "application/octet-stream", "Buy píña.".encode()),
        ("a.png", "image/png", b"\x89PNG"),
        ("a.zip", "application/zip", b"PK"),
    ]

    async def body(here: Scene) -> None:
        server.says(ana, dm, "", attachments=files)
        await server.until(lambda: server.answers(dm))
        said = read(model)
        assert much.strip() in said
        assert "notes.md:\nBuy píña." in said
        assert "[picture: a.png]" in said
        assert "[a file that cannot be read here: a.zip]" in said

    run(server, tmp_path, model, body)


def test_other_bots_are_answered_so_many_times(server: Discord, tmp_path: Path) -> None:
    ana, other = server.user("ana"), server.user("other", bot=True)
    general = server.channel(server.guild())
    model = ScriptedModel()

    async def body(_: Scene) -> None:
        for number in range(4):
            server.says(other, general, f"<@BOT> {number}")
        server.says(ana, general, "<@BOT> stop it")
        server.says(other, general, "<@BOT> once more")
        await server.until(lambda: model.prompts and read(model).endswith("once more"))

    run(server, tmp_path, model, body, bots=True, bot_turns=2)
    said = "\n".join(read(model, call) for call in range(len(model.prompts)))
    assert "other: 1" in said
    assert "other: 2" not in said
    assert "other: 3" not in said


def test_mentions_are_written_as_names(server: Discord, tmp_path: Path) -> None:
    ana, guild = server.user("ana"), server.guild()
    general = server.channel(guild)
    model = ScriptedModel()

    async def body(_: Scene) -> None:
        text = f"<@BOT> tell {ana.mention} in <#{general.id}> <:smile:1234567890123456789>"
        server.says(ana, general, text)
        await server.until(lambda: server.answers(general))
        assert "tell @ana in #general :smile:" in read(model)

    run(server, tmp_path, model, body)
