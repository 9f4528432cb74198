"""Saying something on the page: accepted once, answered, seen by those who may."""

from __future__ import annotations

from pathlib import Path

from channels.web.served import Opened, served


def test_something_is_said_and_answered(tmp_path: Path):
    async def body(page: Opened) -> None:
        number = await page.talk("hello")
        said, reply = await page.settled(number)
        assert (said["text"], said["mine"], said["name"], said["role"]) == (
            "hello",
            True,
            "Ana",
            "user",
        )
        assert (reply["text"], reply["name"], reply["mine"]) == ("ok", "Bo", False)
        assert reply["model"] == "scripted:one"
        assert reply["receipt"] is True
        assert said["outcome"] == "reply"
        assert said["versions"] == [said["id"]]

    served(tmp_path, body)
