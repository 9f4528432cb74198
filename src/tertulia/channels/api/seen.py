"""Which transcripts were seen in this process, and where they stand in our conversations."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from tertulia.channels.api.asked import Said
from tertulia.values.attachment import Attachment
from tertulia.values.message import Place

T = TypeVar("T")

MOST = 4096
"""Transcripts that are remembered; of others the database is asked."""


@dataclass(frozen=True, slots=True)
class Stand:
    """A message of ours, with which a transcript ends."""

    conversation: int
    seq: int


class Seen:
    """Transcripts by a digest of all that was said in them, in memory alone."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._stands: OrderedDict[bytes, Stand] = OrderedDict()
        self._same: OrderedDict[bytes, bytes] = OrderedDict()
        self._places: OrderedDict[bytes, list[Place]] = OrderedDict()

    def walk(self, begin: bytes, said: Iterable[Said]) -> bytes:
        """The digest of a transcript, without the commands in it that were obeyed."""
        for one in said:
            begin = behind(begin, one.role, one.text, one.pictures)
            begin = self._same.get(begin, begin)
        return begin

    def stand(self, digest: bytes) -> Stand | None:
        """Where a transcript ends that was seen."""
        found = self._stands.get(digest)
        if found is not None:
            self._stands.move_to_end(digest)
        return found

    def note(self, digest: bytes, stand: Stand) -> None:
        """A transcript ends there."""
        _put(self._stands, digest, stand, self._most)

    def obeyed(self, before: bytes, line: str, answer: str) -> None:
        """A command and its answer are no part of the talk."""
        _put(self._same, _behind_command(before, line, answer), before, self._most)

    def began(self, before: bytes, line: str, answer: str, place: Place) -> None:
        """A talk begins with a command, which was obeyed at `place`: there it goes on."""
        after = _behind_command(before, line, answer)
        _put(self._places, after, [*self._places.get(after, ()), place], self._most)

    def take(self, digest: bytes) -> Place | None:
        """Where a talk goes on that began with commands; of several alike each is taken once."""
        places = self._places.pop(digest, [])
        if len(places) > 1:
            _put(self._places, digest, places[:-1], self._most)
        return places[-1] if places else None


def beginning(*whose: str) -> bytes:
    """The digest of an empty transcript; nobody finds another's."""
    return _digest(b"", *whose)


def behind(digest: bytes, role: str, text: str, pictures: Sequence[Attachment] = ()) -> bytes:
    """The digest of a transcript with one more message."""
    shown = (hashlib.blake2b(one.content).hexdigest() for one in pictures)
    return _digest(digest, role, text.strip(), *shown)


def _behind_command(before: bytes, line: str, answer: str) -> bytes:
    return behind(behind(before, "user", line), "assistant", answer)


def _digest(before: bytes, *texts: str) -> bytes:
    made = hashlib.blake2b(before, digest_size=16)
    for text in texts:
        content = text.encode()
        made.update(b"%d:" % len(content) + content)
    return made.digest()


def _put(kept: OrderedDict[bytes, T], digest: bytes, value: T, most: int) -> None:
    kept[digest] = value
    kept.move_to_end(digest)
    while len(kept) > most:
        kept.popitem(last=False)
