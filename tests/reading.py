"""A conversation as one reads it, worked out from all its messages: what pages are held against."""

from __future__ import annotations

from collections.abc import Sequence

from tertulia.ports.store import Store
from tertulia.values.message import Message
from tertulia.values.shown import Page


class Reading:
    """Knows each message of a conversation, and what is read before it."""

    def __init__(self, messages: Sequence[Message]) -> None:
        self.by_seq = {one.seq: one for one in messages}
        self.said = [one.seq for one in messages if one.role != "notice"]

    def before(self, seq: int) -> int | None:
        """What a message follows; the first one of a window what was said last before it."""
        one = self.by_seq[seq]
        if one.parent is not None:
            return one.parent
        begun = one.seq if one.instead_of is None else one.instead_of
        return max((other for other in self.said if other < begun), default=None)

    def back(self, seq: int | None) -> list[int]:
        """The path that is read back from a message, oldest first, without notices."""
        path: list[int] = []
        while seq is not None:
            path.append(seq)
            seq = self.before(seq)
        return path[::-1]

    def behind(self, seq: int) -> list[int]:
        """All that follows a message, whatever comes between."""
        found = {seq}
        for one in sorted(self.by_seq):
            if self.by_seq[one].parent in found:
                found.add(one)
        return sorted(found & set(self.said))

    def through(self, seq: int, head: int | None) -> list[int]:
        """What is read where `seq` is asked for, notices with it; nothing where it is nowhere."""
        one = self.by_seq[seq]
        at = one.parent if one.role == "notice" else seq
        if at is None:
            return []
        path = self.back(self.newest(head))
        return self.whole(path if at in path else self.back(self.behind(at)[-1]))

    def newest(self, head: int | None) -> int | None:
        """Where reading begins: in an empty window what was said last."""
        return head if head is not None else max(self.said, default=None)

    def whole(self, path: Sequence[int]) -> list[int]:
        """A path with the notices behind what they answer."""
        beside: dict[int | None, list[int]] = {}
        for seq, one in self.by_seq.items():
            if one.role == "notice":
                beside.setdefault(one.parent, []).append(seq)
        return [seq for one in path for seq in (one, *sorted(beside.get(one, ())))]


def seqs(page: Page) -> list[int]:
    return [one.message.seq for one in page.shown]


async def read(store: Store, which: int = 1, most: int = 50, **at: int) -> Page:
    """A page of everything."""
    given = {"before": None, "after": None, "around": None, **at}
    return await store.page(which, None, most=most, **given)


async def walk(store: Store, which: int, most: int, page: Page) -> list[int]:
    """All that one reads from a page, to both ends; each page is full but the last."""
    found = seqs(page)
    older, newer = page, page
    while older.older:
        older = await read(store, which, most, before=found[0])
        assert older.newer
        assert len(older.shown) == most or not older.older
        found = [*seqs(older), *found]
    while newer.newer:
        newer = await read(store, which, most, after=found[-1])
        assert newer.older
        assert len(newer.shown) == most or not newer.newer
        found = [*found, *seqs(newer)]
    return found
