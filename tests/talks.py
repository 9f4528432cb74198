"""Talks in a real store, turn by turn, with receipts as the engine makes them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, insert, select

from making import TOKENIZER, incoming, place
from tertulia.engine.prompt import cost
from tertulia.ports.archive import Past
from tertulia.stores.sql import accept
from tertulia.stores.sql.connect import engine
from tertulia.stores.sql.facts import edit, learn, undo
from tertulia.stores.sql.receipts import unpack
from tertulia.stores.sql.schema import audience, embedding, fact, message, summary, turn
from tertulia.stores.sql.sqlite import SQLiteStore
from tertulia.values.conversation import Lease, Summary
from tertulia.values.fact import Fact, Learned, Repeated, Unread
from tertulia.values.forgetting import Forgotten, Kind, Replies, Target
from tertulia.values.message import Accepted, Author, Measured, Message
from tertulia.values.reply import Delivery, Ending

WINDOW = 120
"""Tokens of a talk's window."""


_engine = cache(engine)
"""One for every path: it knows the statements that it has compiled."""


class Straight(SQLiteStore):
    """The same without threads, one transaction a call: for tests of many thousand calls."""

    async def open(self) -> None:
        self._prepare()
        self.connection = _engine(self.path).connect()

    async def close(self) -> None:
        self.connection.close()
        self._threads.shutdown()

    async def _read(self, work: Callable[[Connection], Any]) -> Any:
        return await self._write(work)

    async def _write(self, work: Callable[[Connection], Any]) -> Any:
        with self.connection.begin():
            return work(self.connection)

    async def accept(self, message: Measured, now: int) -> Accepted:
        (accepted,) = await self._write(lambda c: accept.store(c, [accept.Arrival(message, now)]))
        return accepted


@dataclass
class Talks:
    """One store, in which a test talks and remembers."""

    store: SQLiteStore
    time: int = 1_700_000_000_000
    said: int = 0

    def tick(self) -> int:
        self.time += 1000
        return self.time

    async def rows(self, table: Table) -> list[Any]:
        return await self.store._read(lambda c: list(c.execute(select(table)).all()))

    async def write(self, work: Callable[[Connection], Any]) -> Any:
        return await self.store._write(work)

    async def say(self, text: str, spot: str = "t", author: str = "ana", **more: Any) -> Message:
        self.said += 1
        present = more.pop("present", None)
        circle = more.pop("circle", None)
        beside = {key: more.pop(key) for key in ("instead_of", "attachments") if key in more}
        one = incoming(text, spot=spot, author=author, **{"number": f"n{self.said}", **more})
        told = None if present is None else tuple(Author(platform_id=p, name=p) for p in present)
        one = replace(one, present=told, circle=circle, said_at=self.tick(), **beside)
        tokens = cost(TOKENIZER, text, one.name)
        accepted = await self.store.accept(Measured(incoming=one, tokens=tokens), self.time)
        return await self.message(accepted.conversation, accepted.seq)

    async def message(self, conversation: int, seq: int) -> Message:
        found = await self.store.transcript(conversation)
        return next(one for one in found if one.seq == seq)

    async def claim(self, conversation: int) -> Lease | None:
        now = self.tick()
        taken = await self.store.claim(conversation, "me", now, now + 60_000)
        return taken if isinstance(taken, Lease) else None

    async def answer(
        self,
        conversation: int,
        text: str | None,
        remembered: Sequence[tuple[str, str]] = (),
        **more: Any,
    ) -> Message | None:
        """The turn of what waits; `remembered` is shown beside the window, by origin and id."""
        lease = await self.claim(conversation)
        if lease is None:
            return None
        done = await self.finish(lease, text, remembered, **more)
        return None if done is None else await self.message(conversation, done.seq)

    async def finish(
        self,
        lease: Lease,
        text: str | None,
        remembered: Sequence[tuple[str, str]] = (),
        **more: Any,
    ) -> Delivery | None:
        kind = "reply" if text is not None else "unanswered"
        given = {
            "kind": kind,
            "text": text,
            "tokens": cost(TOKENIZER, text or "", None),
            "finish_reason": "stop",
            "model": "scripted:one",
            "started_at": self.time,
            "ended_at": self.tick(),
            "receipt": await self.receipt(lease, remembered),
        }
        return await self.store.finish(lease, Ending(**{**given, **more}))

    async def receipt(self, lease: Lease, remembered: Sequence[tuple[str, str]]) -> dict[str, Any]:
        waiting = frozenset(one.seq for one in lease.waiting)
        head = lease.conversation.head
        span = await self.store.history(lease.conversation.id, head, WINDOW, waiting, None)
        items = [_item("persona", "bo", 11)]
        items += [{**_item(origin, name, 9), "score": 0.5} for origin, name in remembered]
        window = span.messages[:-1] if span.older else span.messages
        items += [_item("window", one.id, one.tokens) for one in reversed(window)]
        items += [_item("message", one.id, one.tokens) for one in lease.waiting]
        left = [_left(span.messages[-1])] if span.older else []
        tokens = 3 + sum(item["tokens"] for item in items)
        return {"budget": 4096, "prompt_tokens": tokens, "items": items, "left_out": left}

    async def learn(
        self, statement: str, sources: Sequence[Message], about: int | None = None, **more: Any
    ) -> int:
        """A fact; one of the same slot is closed by it. Returns its number."""
        given = {"slot": None, "closes": (), **more}
        heard = sources[0].audience
        learned = Learned(
            subject="Ana",
            about=about,
            statement=statement,
            sources=tuple(one.number for one in sources),
            valid_from=sources[0].said_at,
            **given,
        )
        await self._read_for_facts(heard, [learned])
        return (await self.rows(fact))[-1].id

    async def repeat(self, number: int, again: Message) -> None:
        await self._read_for_facts(again.audience, [Repeated(fact=number, sources=(again.number,))])

    async def _read_for_facts(self, heard: int, changes: list[Any]) -> None:
        generation = await self.store.generation()

        def work(connection: Connection) -> bool:
            connection.execute(audience.update().values(facts_upto=0))
            some = Message(
                conversation=0,
                seq=0,
                parent=None,
                root=0,
                depth=0,
                path_tokens=0,
                role="user",
                name=None,
                text="",
                tokens=0,
                said_at=0,
                number=1,
            )
            unread = Unread(audience=heard, messages=(some,), before=(), upto=1)
            return learn(connection, unread, changes, generation, self.tick())

        assert await self.write(work)

    async def edit(self, number: int, statement: str) -> Fact:
        return await self.write(lambda c: edit(c, number, statement, self.tick()))

    async def undo(self) -> Fact | None:
        return await self.write(lambda c: undo(c, None, self.tick()))

    async def summarise(self, text: str, covered: Sequence[Message]) -> int:
        made = Summary(
            id=0,
            conversation=covered[0].conversation,
            audience=covered[0].audience,
            first=covered[0].seq,
            upto=covered[-1].seq,
            count=len(covered),
            covered=sum(one.tokens for one in covered),
            text=text,
            tokens=cost(TOKENIZER, text, None),
        )
        generation = await self.store.generation()
        assert await self.store.add_summary(made, "scripted:one", generation, self.tick())
        return (await self.rows(summary))[-1].id

    async def take_in(
        self,
        texts: Sequence[str],
        spot: str = "past",
        branch: int | None = None,
        name: str = "x",
        author: str = "ana",
    ) -> int:
        """Import what people and the bot said in turn; the last follows number `branch`."""
        parents = [None, *(f"import:{name}:{n}" for n in range(len(texts) - 1))]
        if branch is not None:
            parents[-1] = f"import:{name}:{branch}"
        told = [
            Past(
                id=f"import:{name}:{n}",
                parent=parents[n],
                role="assistant" if n % 2 else "user",
                name=None,
                text=text,
                tokens=cost(TOKENIZER, text, None),
                said_at=self.tick(),
            )
            for n, text in enumerate(texts)
        ]
        who = Author(platform_id=author, name=author)
        return await self.store.take_in(place(spot), "bo", who, told, told[-1].id, self.tick())

    async def embed(self, one: Message, vector: bytes) -> None:
        row = {"message_id": one.number, "model": "e", "vector": vector}
        await self.write(lambda c: c.execute(insert(embedding), row) and None)

    async def forget(
        self, kind: Kind, *numbers: int, bot: str | None = None, replies: Replies = "all"
    ) -> Forgotten:
        """Forget it; what the dry run said before is what was done."""
        target = Target(kind=kind, numbers=numbers, bot=bot)
        would = await self.store.would_forget(target, replies)
        done = await self.store.forget(target, replies, self.tick())
        assert replace(done, cleaned=True) == would
        return done

    async def texts(self, conversation: int = 1) -> list[str]:
        return [one.text for one in await self.store.transcript(conversation)]

    async def receipts(self) -> dict[int, dict[str, Any]]:
        return {row.id: unpack(row.receipt) for row in await self.rows(turn)}

    async def bytes_of(self) -> bytes:
        """All that is on the disk."""
        return b"".join(file.read_bytes() for file in sorted(self.store.path.parent.glob("*.db*")))

    async def check(self) -> None:
        """Everything that must hold of a store, whatever was forgotten."""
        await self._check_paths()
        for one in (await self.receipts()).values():
            if one:
                assert 3 + sum(item["tokens"] for item in one["items"]) == one["prompt_tokens"]
        await self._check_receipts_name_what_is_there()
        problems = await self.store._read(
            lambda c: c.exec_driver_sql("PRAGMA foreign_key_check").all()
        )
        assert problems == []

    async def _check_paths(self) -> None:
        seen: dict[tuple[int, int], Any] = {}
        for row in sorted(await self.rows(message), key=lambda row: (row.conversation_id, row.seq)):
            before = seen[row.conversation_id, row.parent] if row.parent is not None else None
            assert row.root == (before.root if before else row.seq)
            assert row.depth == (before.depth + 1 if before else 0)
            assert row.path_tokens == (before.path_tokens if before else 0) + row.tokens
            if row.instead_of is not None:
                first = seen[row.conversation_id, row.instead_of]
                assert (first.parent, first.instead_of) == (row.parent, None)
                assert first.role == row.role
            seen[row.conversation_id, row.seq] = row
        for talk in await self.store.conversations(None):
            assert talk.head is None or seen[talk.id, talk.head].role != "notice"
            assert talk.again is None or (talk.id, talk.again) in seen

    async def _check_receipts_name_what_is_there(self) -> None:
        there = {f"{row.conversation_id}.{row.seq}" for row in await self.rows(message)}
        there |= {f"f{row.id}" for row in await self.rows(fact)} | {"bo", "forgotten"}
        for receipt in (await self.receipts()).values():
            for item in receipt.get("items", ()):
                assert item["id"] in there or item["origin"] == "summary"
            for left in receipt.get("left_out", ()):
                assert {left["from"], left["to"]} <= there


def _item(origin: str, name: str, tokens: int) -> dict[str, Any]:
    return {"origin": origin, "id": name, "tokens": tokens, "score": None}


def _left(newest: Message) -> dict[str, Any]:
    return {
        "origin": "window",
        "from": newest.id,
        "to": newest.id,
        "count": newest.depth + 1,
        "tokens": newest.path_tokens,
        "why": "no room in the token budget",
    }


def talking(
    path: Path, body: Callable[[Talks], Awaitable[None]], kind: type[SQLiteStore] = SQLiteStore
) -> None:
    """Run a test's body on an open store; what must always hold is looked at in the end."""

    async def whole() -> None:
        store = kind(path)
        await store.open()
        try:
            talks = Talks(store)
            await body(talks)
            await talks.check()
        finally:
            await store.close()

    asyncio.run(whole())
