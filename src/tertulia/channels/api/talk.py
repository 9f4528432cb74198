"""Talks with bots: finds the conversation of each request, says what is new, follows the reply."""

from __future__ import annotations

import asyncio
import hashlib
import time
import uuid
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass
from weakref import WeakValueDictionary

from tertulia.channels.api.asked import Asked, Said
from tertulia.channels.api.live import Pieces
from tertulia.channels.api.refused import ONCE, SOON, Refused
from tertulia.channels.api.saying import BLANK, is_command, plain
from tertulia.channels.api.seeking import KEY, RETRY, Seeking, Where
from tertulia.channels.api.seen import Seen, Stand, behind
from tertulia.channels.api.speaking import Speaker, name_of
from tertulia.channels.api.wire import Reply
from tertulia.ports.channel import Floor
from tertulia.values.caller import Caller
from tertulia.values.errors import Stopped
from tertulia.values.events import Restarted, Spoken
from tertulia.values.forgetting import Target
from tertulia.values.message import Accepted, Incoming, message_id
from tertulia.values.prompt import Line, Usage
from tertulia.values.reply import Delivery, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is to be sent, piece by piece; `id` is known before the first."""

    id: str
    pieces: Pieces


class Talk:
    """All conversations over the door, in one process."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._seen = Seen()
        self._locks: WeakValueDictionary[bytes, asyncio.Lock] = WeakValueDictionary()

    async def answer(self, caller: Caller, asked: Asked, headers: Mapping[str, str]) -> Answer:
        """The answer to a request. Raises: `Refused`, `TertuliaError`."""
        if asked.stateless:
            return Answer(id=f"chatcmpl-{uuid.uuid4().hex}", pieces=self._unkept(asked))
        speaker = Speaker(caller=caller, bot=asked.bot, user=asked.user)
        # Two requests at once must not begin the same conversation twice.
        async with self._locks.setdefault(speaker.digest, asyncio.Lock()):
            return await self._said(speaker, asked, headers)

    async def _unkept(self, asked: Asked) -> Pieces:
        lines = [Line(role=one.role, content=one.text) for one in asked.said]
        async with aclosing(self._floor.desk.answer(asked.bot, lines)) as events:
            async for event in events:
                if isinstance(event, Spoken | Restarted):
                    yield event
                elif event.kind == "notice":
                    raise _failed(event.text or "", event.finish_reason)
                else:
                    yield Reply(
                        text=event.text or "",
                        finish_reason=event.finish_reason,
                        usage=event.usage or Usage(prompt_tokens=0, completion_tokens=0),
                        more={"notes": event.notes},
                    )

    async def _said(self, speaker: Speaker, asked: Asked, headers: Mapping[str, str]) -> Answer:
        where = await Seeking(
            floor=self._floor,
            seen=self._seen,
            speaker=speaker,
            asked=asked,
            again=headers.get(RETRY, "0") != "0",
            key=headers.get(KEY),
        ).where()
        if where.blank and where.waiting is None:
            await self._command(speaker, where, BLANK)
        answer = await self._obeyed(speaker, where, asked.new)
        if answer is not None:
            return Answer(id=f"chatcmpl-{uuid.uuid4().hex}", pieces=_one(Reply(text=answer)))
        accepted = where.waiting or await self._accept(speaker, where, asked.new, headers)
        digest = behind(where.digest, "user", asked.new.text, asked.new.pictures)
        self._seen.note(digest, Stand(accepted.conversation, accepted.seq))
        name = message_id(accepted.conversation, accepted.seq)
        return Answer(id=f"chatcmpl-{name}", pieces=self._follow(speaker, accepted, digest))

    async def _obeyed(self, speaker: Speaker, where: Where, new: Said) -> str | None:
        """The answer to a command; None where it is none."""
        if where.waiting is not None or not is_command(new):
            return None
        line = new.text.strip()
        answer = await self._command(speaker, where, line)
        if answer is not None and where.begins:
            self._seen.began(where.digest, line, answer, where.place)
        elif answer is not None:
            self._seen.obeyed(where.digest, line, answer)
        return answer

    async def _command(self, speaker: Speaker, where: Where, line: str) -> str | None:
        return await self._floor.host.command(
            where.place,
            speaker.bot,
            line,
            author=speaker.author,
            owner=speaker.owner,
            present=(),
        )

    async def _accept(
        self, speaker: Speaker, where: Where, new: Said, headers: Mapping[str, str]
    ) -> Accepted:
        if where.past:
            lines = [Line(role=one.role, content=plain(one.text)) for one in where.past]
            await self._floor.desk.bring_past(where.place, speaker.bot, speaker.author, lines)
        lent = await self._lend(speaker, where)
        key = headers.get(KEY)
        accepted = await self._floor.host.accept(
            Incoming(
                place=where.place,
                bot=speaker.bot,
                author=speaker.author,
                platform_id=uuid.uuid4().hex if key is None else _id(speaker, key),
                text=plain(new.text),
                said_at=time.time_ns() // 1_000_000,
                present=(),
                instead_of=where.instead_of,
                attachments=new.pictures,
            )
        )
        if accepted.forgotten:
            if where.begins and lent is not None:
                # What was begun for it is empty, and nobody's.
                await self._floor.desk.forget(Target(kind="conversation", numbers=(lent,)), "all")
            raise Refused(
                422, "This message was forgotten, and stays so.", code="no_reply", headers=ONCE
            )
        return accepted

    async def _lend(self, speaker: Speaker, where: Where) -> int | None:
        """Before any turn needs them; whom a caller speaks for, they do not pay for.

        Tells the conversation's number, where they were lent.
        """
        if speaker.user is not None:
            return None
        number = await self._floor.host.begin(where.place, speaker.bot)
        self._floor.workshop.lend(speaker.caller, number)
        return number

    async def _follow(self, speaker: Speaker, accepted: Accepted, digest: bytes) -> Pieces:
        try:
            async with aclosing(self._floor.host.follow(accepted)) as events:
                async for event in events:
                    ended = isinstance(event, Outcome)
                    yield self._ended(speaker, event, digest) if ended else event
        except Stopped as error:
            raise Refused(503, str(error), code="stopping", headers=SOON) from error

    def _ended(self, speaker: Speaker, outcome: Outcome, digest: bytes) -> Reply:
        made = outcome.delivery
        if made is None and outcome.reason == "stopped":
            return Reply(text="", more={"notes": ["The reply was stopped before its first word."]})
        if made is None:
            why = outcome.reason or "no reason is known"
            raise Refused(422, f"There is no reply: {why}.", code="no_reply", headers=ONCE)
        if made.kind == "notice":
            raise _failed(_sentence(made, owner=speaker.owner), made.finish_reason)
        self._seen.note(behind(digest, "assistant", made.text), Stand(made.conversation, made.seq))
        return Reply(
            text=made.text,
            finish_reason=made.finish_reason,
            usage=made.usage,
            more={
                "conversation": made.conversation,
                "name": name_of(made.place),
                "message": made.message,
                "notes": made.notes,
                "receipt": f"/api/messages/{made.message}/receipt",
            },
        )


async def _one(reply: Reply) -> Pieces:
    yield reply


def _id(speaker: Speaker, key: str) -> str:
    """The same for the same key of one speaker, however long it is."""
    hashed = hashlib.blake2b(f"{speaker.prefix}\0{key}".encode(), digest_size=16)
    return f"key:{hashed.hexdigest()}"


def _sentence(notice: Delivery, *, owner: bool) -> str:
    """What is said in place of a reply; its cause is for the owner."""
    if not owner or notice.cause in (None, notice.text):
        return notice.text
    return f"{notice.text} ({notice.cause})"


def _failed(sentence: str, reason: str) -> Refused:
    if reason == "failed":
        return Refused(502, sentence, code="model_failed", headers=ONCE)
    return Refused(400, sentence, code="content_filter", headers=ONCE)
