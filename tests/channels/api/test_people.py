"""Who a caller is: tokens, end users within a token's, and what each of them may see."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from channels.api.doors import Door, kept, lines, offered, raw, say, scripted
from running import ScriptedModel

COUNTED = [[f"reply {n}"] for n in range(1, 40)]


def ask(door: Door, key: str, *talk: str, **more: object) -> str:
    return say(door.client(key), *talk, model="tertulia", **more)


def test_an_account_remembers_over_its_conversations_and_tokens(tmp_path: Path) -> None:
    with offered(tmp_path) as door:
        ask(door, "ana-laptop", "My name is Ana. I live in Lima.")
        assert "Lima" in ask(door, "ana-laptop", "Where do I live?")
        assert "Lima" in ask(door, "ana-phone", "Where do I live?")


def test_two_accounts_never_see_each_other(tmp_path: Path) -> None:
    with offered(tmp_path) as door:
        hers = ask(door, "ana-laptop", "I live in Lima.", metadata={"conversation": "x"})
        assert "Lima" not in ask(door, "bo-laptop", "Where do I live?")
        assert "Lima" not in ask(
            door, "bo-laptop", "Where do I live?", metadata={"conversation": "x"}
        )
        # The same talk is another's past: it is taken in as theirs, and hers stays as it is.
        ask(door, "bo-laptop", "I live in Lima.", hers, "Where do I live?")
        assert [said[0] for said in kept(door)] == [
            "I live in Lima.",
            "Where do I live?",
            "Where do I live?",
            "I live in Lima.",
        ]
        assert len(kept(door)[0]) == 2


def test_a_conversation_belongs_to_its_token(tmp_path: Path) -> None:
    with scripted(tmp_path, ScriptedModel(COUNTED)) as door:
        for key in ("ana-laptop", "ana-phone", "any"):
            say(door.client(key), "hello", metadata={"conversation": "x"})
        assert [said[0] for said in kept(door)] == ["hello"] * 3
        say(door.client("ana-laptop"), "hello", "reply 1", "more")
        assert [len(said) for said in kept(door)] == [4, 2, 2]


def test_a_caller_s_keys_serve_their_own_talks_and_no_end_user_s(tmp_path: Path) -> None:
    lent_then: list[list[object]] = []

    class Watching(ScriptedModel):
        async def stream(self, prompt: Any) -> Any:
            lent_then.append(list(door.workshop.lent))
            async for chunk in super().stream(prompt):
                yield chunk

    with scripted(tmp_path, Watching(COUNTED)) as door:
        say(door.client("ana-laptop"), "hello", metadata={"conversation": "x"})
        say(door.client("bo-laptop"), "hello")
        say(door.client("ana-laptop"), "hello", user="eva")
        assert lent_then == [[("t1", 1)], [("t1", 1), ("t3", 2)], [("t1", 1), ("t3", 2)]]
        assert len(kept(door)) == 3


@pytest.mark.parametrize("field", ["user", "safety_identifier"])
def test_end_users_are_people_of_their_own(tmp_path: Path, field: str) -> None:
    with offered(tmp_path) as door:
        for who, where in (("eva", "Lima"), ("tom", "Quito")):
            ask(door, "any", f"I live in {where}.", **{field: who})
        assert "Lima" in ask(door, "any", "Where do I live?", **{field: "eva"})
        assert "Quito" in ask(door, "any", "Where do I live?", **{field: "tom"})
        told = ask(door, "any", "Where do I live?")
        assert "Lima" not in told
        assert "Quito" not in told
        # What she was told does not find her conversation for somebody else.
        first = kept(door)[0]
        ask(door, "any", *first, "Where do I live?", **{field: "tom"})
        assert len(kept(door)[0]) == 2


def test_the_same_user_of_another_token_is_somebody_else(tmp_path: Path) -> None:
    with offered(tmp_path) as door:
        ask(door, "ana-laptop", "I live in Lima.", user="eva")
        for key in ("ana-phone", "bo-laptop", "any"):
            assert "Lima" not in ask(door, key, "Where do I live?", user="eva")
        ask(door, "ana-laptop", "hello", user="a/b")
        with sqlite3.connect(tmp_path / "data" / "tertulia.db") as db:
            found = db.execute("SELECT platform_id, name FROM identity WHERE name = 'a/b'")
            assert found.fetchall() == [("laptop/a%2f;b", "a/b")]
        db.close()


def test_an_end_user_is_no_owner(tmp_path: Path) -> None:
    with offered(tmp_path) as door:
        owner = ask(door, "any", "/export json")
        assert owner
        said = ask(door, "any", "I live in Lima.", user="eva")
        with_user = raw(
            door,
            {
                "model": "tertulia",
                "messages": lines("I live in Lima.", said, "/forget 1.1"),
                "user": "tom",
            },
        )
        assert "Lima" in str(kept(door)), with_user
        mine = ask(door, "any", "I live in Lima.", said, "/memory", user="eva")
        assert "Lima" in mine


def test_each_bot_has_conversations_of_its_own(tmp_path: Path) -> None:
    two = '[bots.ana]\nmodel = "offline"\n[bots.bo]\nmodel = "offline"\n'
    with offered(tmp_path, two) as door:
        client = door.client()
        assert [one.id for one in client.models.list()] == [
            "ana",
            "ana:stateless",
            "bo",
            "bo:stateless",
        ]
        more = {"metadata": {"conversation": "x"}}
        first = say(client, "I live in Lima.", model="ana", **more)
        assert "Lima" not in say(client, "Where do I live?", model="bo", **more)
        say(client, "I live in Lima.", first, "Where do I live?", model="bo")
        assert [said[0] for said in kept(door)] == [
            "I live in Lima.",
            "Where do I live?",
            "I live in Lima.",
        ]
