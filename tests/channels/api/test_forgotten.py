"""A client goes on sending what was forgotten: it does not come back."""

from __future__ import annotations

from pathlib import Path

import pytest

from channels.api.doors import Door, kept, say, scripted
from running import ScriptedModel

COUNTED = [[f"reply {n}"] for n in range(1, 40)]
SECRET = "canary"


def bytes_of(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.glob("tertulia.db*"))


def talked(door: Door) -> list[str]:
    """A talk whose second message is the secret."""
    talk = ["a"]
    client = door.client()
    for text in (SECRET, "b"):
        talk += [say(client, *talk), text]
    return [*talk, say(client, *talk)]


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("what", ["1.3", "1.4", "1.5", "1.6"])
def test_one_message(tmp_path: Path, what: str, restart: bool) -> None:
    with scripted(tmp_path, ScriptedModel(COUNTED)) as door:
        talk = talked(door)
        client = door.client()
        for line in (f"/forget {what}", f"/forget {what} yes"):
            talk += [line, say(client, *talk, line)]
        before = kept(door)
        if not restart:
            say(client, *talk, "more")
            assert kept(door) == [[*before[0], "more", kept(door)[0][-1]]]
    if restart:
        with scripted(tmp_path, ScriptedModel(COUNTED)) as door:
            say(door.client(), *talk, "more")
            assert kept(door) == [[*before[0], "more", "reply 1"]]
    if what == "1.3":
        assert SECRET.encode() not in bytes_of(tmp_path)


def test_all_of_it(tmp_path: Path) -> None:
    with scripted(tmp_path, ScriptedModel(COUNTED)) as door:
        talk = talked(door)
        client = door.client()
        for line in ("/forget me", "/forget me yes"):
            talk += [line, say(client, *talk, line)]
        assert kept(door) == []
        talk += ["more", say(client, *talk, "more")]
        assert kept(door) == [["more", "reply 4"]]
    with scripted(tmp_path, ScriptedModel(COUNTED)) as door:
        say(door.client(), *talk, "and more")
        assert kept(door) == [["more", "reply 4", "and more", "reply 1"]]
    assert SECRET.encode() not in bytes_of(tmp_path)


def test_a_key_of_what_was_forgotten(tmp_path: Path) -> None:
    import openai

    with scripted(tmp_path, ScriptedModel(COUNTED)) as door:
        client = door.client()
        key = {"extra_headers": {"Idempotency-Key": "k"}}
        reply = say(client, SECRET, **key)
        talk = [SECRET, reply]
        for line in ("/forget me", "/forget me yes"):
            talk += [line, say(client, *talk, line)]
        with pytest.raises(openai.UnprocessableEntityError, match="forgotten, and stays so"):
            say(client, SECRET, **key)
        assert kept(door) == []
