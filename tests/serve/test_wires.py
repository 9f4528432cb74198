"""Wires to platforms are kept, each by itself."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any, cast

import pytest

from tertulia.app.serve import wires
from tertulia.app.serve.wires import Wires
from tertulia.ports.channel import Floor, Wire
from tertulia.values.check import Check
from tertulia.values.errors import NotHere, SettingsError
from tertulia.values.reply import Delivery


class Breaking(Wire):
    """Does what it is told, one after the other, and then stays."""

    name = "breaking"

    def __init__(self, *ends: Exception | None) -> None:
        self.ends = list(ends)
        self.stays = asyncio.Event()
        self.left = False

    async def run(self, floor: Floor) -> None:
        if self.ends:
            end = self.ends.pop(0)
            if end is not None:
                raise end
            return
        self.stays.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.left = True

    async def check(self) -> Sequence[Check]:
        return ()

    async def send(self, delivery: Delivery) -> tuple[str, ...]:
        return ()


def keep(*made: Breaking, until: Breaking) -> None:
    async def body() -> None:
        kept = Wires({str(number): one for number, one in enumerate(made)})
        kept.begin(lambda _: cast("Floor", None))
        await asyncio.wait_for(until.stays.wait(), 20)
        await kept.end()

    asyncio.run(body())


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wires, "PAUSES", (0.0, 0.001))


def test_one_that_breaks_is_taken_up_again(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Breaking(OSError("no route"), NotHere("down"), None, ValueError("a canary"))
    with caplog.at_level(logging.WARNING):
        keep(one, until=one)
    told: list[Any] = [record.getMessage() for record in caplog.records]
    assert "tried again: no route" in told[0]
    assert "tried again: down" in told[1]
    assert "has ended by itself" in told[2]
    assert "has broken off" in told[3]
    assert [bool(record.exc_info) for record in caplog.records] == [False, False, False, True]
    assert one.left
    monkeypatch.setattr(wires, "LONG", -1.0)
    stood = Breaking(OSError("again"))
    keep(stood, until=stood)


def test_one_that_needs_other_settings_is_off_and_leaves_the_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    wrong, other = Breaking(SettingsError("The token is wrong.")), Breaking()
    keep(wrong, other, until=other)
    assert "off until the settings are mended: The token is wrong." in caplog.text
    assert not wrong.stays.is_set()
