"""A name that somebody gives in one place is told in no other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, text

from making import incoming, place
from tertulia.stores.sql.migrate import MIGRATIONS
from tertulia.stores.sql.sqlite import SQLiteStore
from tertulia.values.message import Author, Measured, Message

Body = Callable[[SQLiteStore], Awaitable[None]]
Run = Callable[[Body], None]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def run(body: Body) -> None:
        async def whole() -> None:
            store = SQLiteStore(tmp_path / "t.db")
            await store.open()
            try:
                await body(store)
            finally:
                await store.close()

        asyncio.run(whole())

    return run


async def say(
    store: SQLiteStore,
    who: str,
    called: str,
    *others: str,
    spot: str,
    told: bool = True,
    named: bool = False,
    circle: str | None = None,
) -> Message:
    """Said by `who`, whose name there is `called`; the others are called as they are known."""
    said = replace(
        incoming(f"zebra {spot} {called}", spot=spot, number=f"{spot}{who}{called}", author=who),
        author=Author(platform_id=who, name=called),
        name=called if named else None,
        present=tuple(Author(platform_id=one, name=one) for one in others) if told else None,
        circle=circle,
    )
    accepted = await store.accept(Measured(incoming=said, tokens=5), 1)
    return (await store.transcript(accepted.conversation))[-1]


async def speakers(store: SQLiteStore, before: Message) -> list[tuple[str, str]]:
    """What is found, and who is told to have said it."""
    await store.index()
    scope = await store.scope(before.audience)
    found = await store.seek(scope, ["zebra"], [])
    told = sorted((m.message.number, m.message.text, m.speaker) for m in found.matches)
    return [(text, speaker) for _, text, speaker in told]


async def names(store: SQLiteStore, before: Message) -> set[str]:
    return set((await store.speakers(await store.scope(before.audience))).values())


def test_a_name_given_in_private_is_not_told_in_a_group(run: Run) -> None:
    async def body(store: SQLiteStore) -> None:
        await say(store, "ana", "Ana", "bo", spot="group")
        await say(store, "ana", "Ana-HIV-support", spot="dm")
        here = await say(store, "bo", "Bo", "ana", spot="group")
        told = await speakers(store, here)
        assert told == [("zebra group Ana", "ana"), ("zebra group Bo", "Bo")]
        assert "Ana-HIV-support" not in await names(store, here)

    run(body)


def test_a_name_is_not_carried_on_to_those_who_join(run: Run) -> None:
    async def body(store: SQLiteStore) -> None:
        await say(store, "ana", "Ana", spot="group", told=False)
        await say(store, "ana", "Ana-HIV-support", spot="dm", told=False)
        here = await say(store, "bo", "Bo", spot="group", told=False)
        assert await names(store, here) == {"Bo"}
        here = await say(store, "ana", "Anita", spot="group", told=False)
        assert await names(store, here) == {"Bo", "Anita"}
        here = await say(store, "ana", "Ana B", spot="group", told=False)
        assert await names(store, here) == {"Bo", "Ana B"}

    run(body)


def test_the_name_of_a_message_counts_before_a_later_one(run: Run) -> None:
    async def body(store: SQLiteStore) -> None:
        await say(store, "ana", "Ana", "bo", spot="group", named=True)
        here = await say(store, "ana", "Ana B", "bo", spot="group", named=True)
        assert [name for _, name in await speakers(store, here)] == ["Ana", "Ana B"]

    run(body)


def test_who_left_a_circle_is_told_no_later_name(run: Run) -> None:
    async def body(store: SQLiteStore) -> None:
        for who, called in (("ana", "Ana"), ("bo", "Bo")):
            await say(store, who, called, spot="square", circle="square")
        await store.left("library", "local", "square", Author(platform_id="bo", name="bo"))
        await say(store, "ana", "Ana-HIV-support", spot="square", circle="square")
        here = await say(store, "bo", "Bo", spot="dm")
        told = await speakers(store, here)
        assert told[0] == ("zebra square Ana", "somebody")
        assert told[-1] == ("zebra dm Bo", "Bo")
        assert len(told) == 3
        assert await names(store, here) == {"Bo"}

    run(body)


def test_the_owner_is_told_names_as_they_are_known(run: Run) -> None:
    async def body(store: SQLiteStore) -> None:
        await say(store, "ana", "Ana", spot="dm")
        await store.index()
        (found,) = (await store.seek(None, ["zebra"], [])).matches
        assert found.speaker == "Ana"
        assert set((await store.speakers(None)).values()) == {"Ana"}
        assert await store.person(place(), Author(platform_id="ana", name="")) is not None

    run(body)


def test_an_older_database_knows_what_people_were_called_where_they_spoke(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for spot, people in (("dm", [(1, None)]), ("group", [(1, "Ana"), (2, "Bo"), (1, "Ann")])):
            _tell(connection, spot, people)
        command.upgrade(config, "head")
        told = connection.execute(
            text("SELECT audience_id, identity_id, name FROM audience_member ORDER BY 1, 2")
        )
        assert [tuple(row) for row in told] == [(1, 1, "latest 1"), (2, 1, "Ann"), (2, 2, "Bo")]
    engine.dispose()


def test_what_was_picked_before_members_could_is_the_owner_s(tmp_path: Path) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    engine = create_engine(f"sqlite:///{tmp_path / 'old.db'}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        for spot in ("picked", "not"):
            _tell(connection, spot, [(1, None)])
        connection.execute(text("UPDATE conversation SET model = 'x:y' WHERE spot = 'picked'"))
        command.upgrade(config, "head")
        told = connection.execute(text("SELECT owners_pick FROM conversation ORDER BY id"))
        assert [bool(pick) for (pick,) in told] == [True, False]
    engine.dispose()


def _tell(connection: Connection, spot: str, people: list[tuple[int, str | None]]) -> None:
    which = connection.execute(
        text(
            "INSERT INTO conversation (channel, account, spot, bot, last_seq, asked_seq, "
            "answered_seq, epoch, created_at, updated_at) "
            "VALUES ('c', 'a', :spot, 'bo', 0, 0, 0, 0, 0, 0) RETURNING id"
        ),
        {"spot": spot},
    ).scalar_one()
    for seq, (who, name) in enumerate(people, 1):
        connection.execute(
            text(
                "INSERT OR IGNORE INTO identity (id, channel, account, platform_id, name) "
                "VALUES (:who, 'c', 'a', :who, 'latest ' || :who)"
            ),
            {"who": who},
        )
        connection.execute(
            text(
                "INSERT INTO message (conversation_id, seq, root, depth, path_tokens, role, "
                "identity_id, name, text, tokens, channel, account, said_at, stored_at) "
                "VALUES (:which, :seq, 1, 0, 0, 'user', :who, :name, 'x', 1, 'c', 'a', 0, 0)"
            ),
            {"which": which, "seq": seq, "who": who, "name": name},
        )
