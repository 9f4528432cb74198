"""What the bot saw for a reply, and what it would see next, with the texts of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tertulia.engine.desk.viewing import Viewing, names_of
from tertulia.engine.going_on import GO_ON
from tertulia.engine.imagining import imagine
from tertulia.engine.targets import FACT, MESSAGE
from tertulia.engine.theirs import fact_number
from tertulia.values.audience import EVER, Scope
from tertulia.values.conversation import Conversation
from tertulia.values.errors import NotThere, SettingsError
from tertulia.values.message import message_id
from tertulia.values.prompt import Line
from tertulia.values.shown import Viewer
from tertulia.values.text import clean

_SUMMARY = re.compile(r"s\d{1,18}")
_ASKED = "request to go on"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What stands behind an item: its text, who said it (or of whom a fact tells), and when."""

    text: str | None = None
    speaker: str | None = None
    said_at: int | None = None


UNTOLD = Source()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looked:
    """Who looks at a receipt of a conversation, and what they may be shown."""

    viewer: Viewer
    scope: Scope | None
    here: Conversation

    def may_see(self, audience: int, number: int) -> bool:
        return self.scope is None or self.scope.allows(audience, number)


class Receipts(Viewing):
    """Those methods of the desk that tell what a model read."""

    async def receipt(self, viewer: Viewer, message: str) -> dict[str, Any]:
        """See the port."""
        said = await self._message(viewer, message)
        here = await self._conversation(viewer, said.conversation)
        found = await self._store.receipt_of(said.conversation, said.seq)
        if not found:
            raise NotThere(f"There is no receipt of {message}.")
        looked = _Looked(viewer=viewer, scope=await self._scope(viewer), here=here)
        return await self._told(looked, found, {})

    async def preview(
        self, viewer: Viewer, number: int, text: str
    ) -> tuple[Sequence[Line], dict[str, Any]]:
        """See the port."""
        here = await self._conversation(viewer, number)
        if not here.audience:
            raise NotThere("Nothing was said here yet: what the model will read is not known.")
        scope = await self._scope(viewer)
        if scope is not None and scope.upto.get(here.audience) != EVER:
            # A prompt holds what all who are there now have heard, and they are not among them.
            raise NotThere("You do not hear what is said here now, nor what the model reads of it.")
        asked = clean(text)
        _, _, made = await imagine(self._tools, here, asked)
        looked = _Looked(viewer=viewer, scope=scope, here=here)
        now = Source(text=asked, speaker=viewer.person.name, said_at=self._tools.clock.now())
        waiting = {message_id(here.id, here.last_seq + 1): now}
        told = await self._told(looked, made.receipt.as_json(), waiting)
        return made.prompt.lines, told

    async def _told(
        self, looked: _Looked, receipt: Mapping[str, Any], known: Mapping[str, Source]
    ) -> dict[str, Any]:
        """The receipt, each item with what stands behind it; `known` need not be looked for."""
        items: Sequence[Mapping[str, Any]] = receipt["items"]
        ids = {str(item["id"]) for item in items if item["origin"] != "persona"} - known.keys()
        sources = {
            **await self._messages(looked, filter(MESSAGE.fullmatch, ids)),
            **await self._facts(looked, filter(FACT.fullmatch, ids)),
            **await self._summaries(looked, filter(_SUMMARY.fullmatch, ids)),
            **known,
        }
        fixed = {"persona": Source(text=self._instructions(looked)), _ASKED: Source(text=GO_ON)}
        return {**receipt, "items": [_with_source(item, sources, fixed) for item in items]}

    async def _messages(self, looked: _Looked, ids: Iterable[str]) -> dict[str, Source]:
        found = await self._store.messages_named(list(ids))
        heard = [one for one in found if looked.may_see(one.audience, one.number)]
        names = {**await self._store.speakers(looked.scope), **names_of(looked.viewer)}
        bot = looked.here.bot
        return {
            one.id: Source(
                text=one.text,
                speaker=bot if one.role == "assistant" else one.name or names.get(one.author or 0),
                said_at=one.said_at,
            )
            for one in heard
        }

    async def _facts(self, looked: _Looked, ids: Iterable[str]) -> dict[str, Source]:
        found = [await self._store.fact(fact_number(name)) for name in ids]
        return {
            one.name: Source(text=one.statement, speaker=one.subject, said_at=one.valid_from)
            for one in found
            if one is not None and looked.may_see(one.audience, one.newest_source)
        }

    async def _summaries(self, looked: _Looked, ids: Iterable[str]) -> dict[str, Source]:
        every = {name: await self._store.summary_numbered(int(name[1:])) for name in ids}
        found = {name: one for name, one in every.items() if one is not None}
        ends = {name: message_id(one.conversation, one.upto) for name, one in found.items()}
        said = await self._store.messages_named(set(ends.values()))
        newest = {one.id: one.number for one in said}
        return {
            name: Source(text=one.text)
            for name, one in found.items()
            if looked.may_see(one.audience, newest.get(ends[name], EVER))
        }

    def _instructions(self, looked: _Looked) -> str | None:
        """The persona's, as they are now."""
        try:
            return self._tools.bot(looked.here.bot).persona.instructions
        except SettingsError:
            return None


def _with_source(
    item: Mapping[str, Any], sources: Mapping[str, Source], fixed: Mapping[str, Source]
) -> dict[str, Any]:
    found = fixed.get(item["origin"]) or sources.get(item["id"], UNTOLD)
    return {**item, "text": found.text, "speaker": found.speaker, "said_at": found.said_at}
