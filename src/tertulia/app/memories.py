"""Reads what a bot remembers with: its memories, in order, and their shares of the token budget."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tertulia.app.entry import Entry, Kind, number, one_of, shown, whole
from tertulia.app.nearest import did_you_mean
from tertulia.app.plugins import names
from tertulia.values.bot import MemorySpec

WINDOW = "window"
"""The newest part of the talk: every bot has it, and it gets what the memories leave."""

SHARES: Mapping[str, tuple[float, int]] = {
    "facts": (10, 1000),
    "summary": (30, 8000),
    "recall": (25, 4000),
}
"""Percent of what persona and waiting messages leave of the token budget, and tokens at most."""

USUAL = (*SHARES, WINDOW)
_OTHERS = (15, 2000)
_LEFT_TO_THE_WINDOW = 20
_PERCENT = number("a number of percent, above 0", 0.1)
_LAST: Kind[int] = Kind(
    "a whole number from 3 to 1000",
    lambda value: (
        value
        if isinstance(value, int) and not isinstance(value, bool) and 3 <= value <= 1000
        else None
    ),
)
_OVERFLOW: Kind[str] = one_of("drop", "summarise")


@dataclass(frozen=True, slots=True)
class Remembered:
    """The memories of a bot, in the order of the prompt, and the exchanges of its window."""

    memories: tuple[MemorySpec, ...]
    last: int | None


def read_memories(memory: Entry, overflow: Entry) -> Remembered:
    """What `memory` and `overflow` say; all that there is where neither says anything.

    `overflow` is another word for having the summary or not.
    """
    told = overflow.read(_OVERFLOW, None)
    if memory.value is None:
        usual = [name for name in USUAL if not (told == "drop" and name == "summary")]
        return Remembered(tuple(_usual(name) for name in usual if name != WINDOW), None)
    found = _of_table(memory) if isinstance(memory.value, dict) else _of_list(memory)
    summary = any(spec.name == "summary" for spec in found.memories)
    if told is not None and (told == "summarise") != summary:
        has = "has" if summary else "does not have"
        overflow.note(
            f'{overflow.named} is "{told}", but {memory.named} {has} "summary". '
            "Leave one of the two out."
        )
    return found


def _usual(name: str) -> MemorySpec:
    share, most = SHARES.get(name, _OTHERS)
    return MemorySpec(name=name, share=share / 100, most=most)


def _known(name: str, place: Entry) -> bool:
    known = (*names("memories"), WINDOW)
    if name not in known:
        meant = did_you_mean(name, known)
        place.note(f"{place.named}: there is no memory {shown(name)}.{meant}")
    return name in known


def _of_list(entry: Entry) -> Remembered:
    told = entry.texts('a list such as ["facts", "recall", "window"], or a table')
    kinds = [name for name, place in told if _known(name, place)]
    if isinstance(entry.value, list) and WINDOW not in [name for name, _ in told]:
        entry.note(f'{entry.named} must have "window", which is the newest part of the talk.')
    chosen = dict.fromkeys(name for name in kinds if name != WINDOW)
    return Remembered(tuple(_usual(name) for name in chosen), None)


def _of_table(entry: Entry) -> Remembered:
    memories = tuple(_read(entry))
    whole_share = sum(spec.share for spec in memories) * 100
    if whole_share > 100 - _LEFT_TO_THE_WINDOW:
        entry.note(
            f"{entry.named}: the shares are {whole_share:g} percent together. "
            f"Leave at least {_LEFT_TO_THE_WINDOW} to the window."
        )
    window = entry.get(WINDOW)
    window.knows({"last"})
    return Remembered(memories, window.get("last").read(_LAST, None))


def _read(entry: Entry) -> Iterator[MemorySpec]:
    for name, place in entry.each():
        if name == WINDOW or not _known(name, place):
            continue
        usual = _usual(name)
        percent, most = usual.share * 100, usual.most
        if isinstance(place.value, dict):
            place.knows({"share", "most"})
            percent = place.get("share").read(_PERCENT, percent)
            most = place.get("most").read(whole(1), most)
        else:
            percent = place.read(_PERCENT, percent)
        yield MemorySpec(name=name, share=percent / 100, most=most)
