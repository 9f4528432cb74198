"""Promise 6 on a screen: whatever people do, nobody is shown what they have not heard."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from commanding import author
from desking import at, link, look, send
from making import incoming, place
from running import Scene, ScriptedModel, scene
from tertulia.values.errors import Busy, SettingsError
from tertulia.values.message import Accepted, Message
from tertulia.values.prompt import Chunk, Delta, Done, Prompt
from tertulia.values.shown import Page, Viewer

T = TypeVar("T")

MEMORIES = ("facts", "summary", "recall")
CANARY = re.compile(r"canary\d+")
ACCOUNTS = ("ana", "ben")
PEOPLE = ("ana", "ben", "eva")
HUSH = "Keep quiet."
LONG = " And so on it went for a long while." * 9


class Parrot(ScriptedModel):
    """Repeats every canary that it reads, in summaries, facts, and replies unless it is hushed."""

    def __init__(self) -> None:
        super().__init__(context_window=900, reserve=300)

    async def stream(self, prompt: Prompt) -> AsyncIterator[Chunk]:
        told = sorted({one for line in prompt.lines for one in CANARY.findall(line.content)})
        if prompt.purpose == "facts":
            facts = [
                {"subject": "somebody", "statement": f"keeps {one}", "sources": [n]}
                for n, one in enumerate(told, 1)
            ]
            yield Delta(json.dumps({"facts": facts}))
        elif prompt.purpose == "reply" and HUSH in prompt.lines[-1].content:
            yield Delta("Mum is the word.")
        else:
            yield Delta("I know " + " ".join(told))
        yield Done(finish_reason="stop")


class Screens(RuleBasedStateMachine):
    """Accounts talk on the page, people elsewhere; they come, go, link, part, edit and forget.

    `heard` says of each identity what was said where it was: kept by plain words, apart from the
    product. A reply is heard by those to whom it was given. What an account may be shown is what
    any identity has heard that it is linked with now.
    """

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.context = scene(Path(self.folder.name), Parrot(), memories=MEMORIES, last=3)
        self.here: Scene = self.do(self.context.__aenter__())
        self.desk = self.here.engine.desk
        self.count = itertools.count(1)
        self.square = {"ana", "ben", "eva"}
        self.read_there: set[str] = set()
        self.heard: dict[tuple[str, str], set[str]] = {}
        self.linked: set[str] = set()
        for who in ACCOUNTS:
            self.link(who)

    def do(self, what: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(what)

    def teardown(self) -> None:
        try:
            for who in ACCOUNTS:
                self.look(who)
        finally:
            self.do(self.context.__aexit__(None, None, None))
            self.runner.close()
            self.folder.cleanup()

    # What people do

    def _canary(self, hearers: Iterable[tuple[str, str]]) -> str:
        canary = f"canary{next(self.count)}"
        for one in hearers:
            self.heard.setdefault(one, set()).add(canary)
        return canary

    @rule(who=st.sampled_from(ACCOUNTS), spot=st.sampled_from(["w1", "w2"]), hush=st.booleans())
    def type_in(self, who: str, spot: str, hush: bool) -> None:
        self._talk([("web", who)], self._typed(who, spot, hush=hush))

    @rule(who=st.sampled_from(ACCOUNTS), seq=st.integers(1, 6))
    def edit(self, who: str, seq: int) -> None:
        self._talk([("web", who)], self._typed(who, "w1", hush=False, instead_of=seq))

    def _typed(
        self, who: str, spot: str, *, hush: bool, instead_of: int | None = None
    ) -> Callable[[str], Awaitable[Accepted]]:
        def typed(canary: str) -> Awaitable[Accepted]:
            text = _words(canary, hush=hush)
            return send(self.here, text, who=who, spot=spot, instead_of=instead_of)

        return typed

    def _talk(
        self,
        hearers: Sequence[tuple[str, str]],
        say: Callable[[str], Awaitable[Accepted]],
    ) -> set[str]:
        """Somebody says a canary, and all who are there hear the reply; returns what was heard."""
        canary = self._canary(hearers)

        async def said() -> str:
            return await self._reply(await say(canary))

        told = {canary, *CANARY.findall(self.do(said()))}
        for one in hearers:
            self.heard.setdefault(one, set()).update(told)
        return told

    async def _reply(self, accepted: Accepted) -> str:
        outcome = await self.here.outcome(accepted)
        await asyncio.gather(*self.here.engine._turns._learning.values())
        return outcome.delivery.text if outcome.delivery is not None else ""

    @rule(
        who=st.sampled_from(PEOPLE),
        beside=st.sets(st.sampled_from(PEOPLE)),
        hush=st.booleans(),
    )
    def say_in_a_group(self, who: str, beside: set[str], hush: bool) -> None:
        people = {who, *beside}
        self._talk(_elsewhere(people), self._said("group", None, who, people, hush=hush))

    @rule(first=st.sampled_from(PEOPLE), then=st.sampled_from(ACCOUNTS))
    def come_later(self, first: str, then: str) -> None:
        self.say_in_a_group(first, set(), hush=True)
        self.say_in_a_group(then, {first}, hush=True)

    @rule(who=st.sampled_from(ACCOUNTS), other=st.sampled_from(PEOPLE))
    def talk_long_and_be_followed(self, who: str, other: str) -> None:
        for _ in range(7):
            self.say_in_a_group(other, set(), hush=True)
        self.say_in_a_group(who, {other}, hush=True)

    @rule(who=st.sampled_from(ACCOUNTS))
    def part_from_what_was_read(self, who: str) -> None:
        self.say_in_a_group(who, set(), hush=True)
        self.link(who)
        self.type_in(who, "w1", hush=True)
        self.unlink(who, "library")
        self.look(who)

    @rule(who=st.sampled_from(PEOPLE), hush=st.booleans())
    def say_on_the_square(self, who: str, hush: bool) -> None:
        if who in self.square:
            say = self._said("square", "square", who, self.square, hush=hush)
            self.read_there |= self._talk(_elsewhere(self.square), say)

    def _said(
        self, spot: str, circle: str | None, who: str, people: Iterable[str], *, hush: bool
    ) -> Callable[[str], Awaitable[Accepted]]:
        def said(canary: str) -> Awaitable[Accepted]:
            number = f"n{next(self.here.counter)}"
            text = _words(canary, hush=hush)
            told = incoming(text, spot=spot, author=who, number=number)
            present = tuple(author(one) for one in sorted(people))
            return self.here.engine.accept(replace(told, circle=circle, present=present))

        return said

    @rule(who=st.sampled_from(PEOPLE))
    def come_to_the_square(self, who: str) -> None:
        self.square.add(who)
        self.heard.setdefault(("library", who), set()).update(self.read_there)

    @rule(who=st.sampled_from(PEOPLE))
    def leave_the_square(self, who: str) -> None:
        if len(self.square) > 1 and who in self.square:
            self.square.discard(who)
            self.do(self.here.store.left("library", "local", "square", author(who)))

    @rule(who=st.sampled_from(ACCOUNTS))
    def link(self, who: str) -> None:
        if who not in self.linked:
            self.do(link(self.here, who, who))
            self.linked.add(who)

    @rule(who=st.sampled_from(ACCOUNTS), where=st.sampled_from(["web", "library"]))
    def unlink(self, who: str, where: str) -> None:
        if who in self.linked:
            there = at(who) if where == "web" else place()
            typist = author(who)

            async def part() -> None:
                person = await self.here.store.person(there, typist)
                assert person is not None
                assert await self.here.store.unlink(person.own(there, typist))

            self.do(part())
            self.linked.discard(who)

    @rule(who=st.sampled_from(ACCOUNTS), blank=st.booleans())
    def new(self, who: str, blank: bool) -> None:
        line = "/new blank" if blank else "/new"
        command = self.here.engine.command
        self.do(command(at(who), "bo", line, author=author(who), owner=False, present=()))

    @rule(who=st.sampled_from(ACCOUNTS))
    def add_a_fact(self, who: str) -> None:
        canary = self._canary([("web", who)])

        async def add() -> None:
            await self.desk.add_fact(await look(self.here, who), "bo", f"likes {canary}")

        self.do(add())

    @rule(who=st.sampled_from(ACCOUNTS), which=st.integers(0, 5))
    def edit_a_fact(self, who: str, which: int) -> None:
        async def change() -> None:
            viewer = await look(self.here, who)
            facts = await self.desk.facts(viewer, "bo")
            if facts:
                canary = self._canary([("web", who)])
                fact = facts[which % len(facts)]
                await self._try(self.desk.edit_fact(viewer, fact.name, f"loves {canary}"))
                await self._try(self.desk.undo_fact(viewer) if which == 5 else asyncio.sleep(0))

        self.do(change())

    @rule(who=st.sampled_from(ACCOUNTS), which=st.integers(0, 5))
    def forget(self, who: str, which: int) -> None:
        async def gone() -> None:
            viewer = await look(self.here, who)
            listed = await self.desk.conversations(viewer)
            if not listed:
                return
            page = await self.desk.page(viewer, listed[which % len(listed)].conversation.id)
            if not page.shown:
                return
            name = page.shown[which % len(page.shown)].message.id
            try:
                target = await self.desk.target(viewer, name)
            except SettingsError:
                return
            await self.desk.forget(target, "all" if which % 2 else "quoting")

        self.do(gone())

    # What they are shown

    @precondition(lambda self: self.heard)
    @rule(who=st.sampled_from(ACCOUNTS))
    def look(self, who: str) -> None:
        own = {("web", who), ("api", who)} | ({("library", who)} if who in self.linked else set())
        heard = set[str]().union(*(self.heard.get(one, set()) for one in own))
        told = self.do(self._everything(who))
        for method, texts in told.items():
            shown = {one for text in texts for one in CANARY.findall(text)}
            assert shown <= heard, (method, who, shown - heard)

    async def _everything(self, who: str) -> dict[str, list[str]]:
        """All texts of all that the desk shows an account, by the method that showed it."""
        viewer, desk = await look(self.here, who), self.desk
        told: dict[str, list[str]] = {}

        def note(method: str, what: Any) -> None:
            told.setdefault(method, []).append(_all_text(what))

        for archived in (False, True):
            note("conversations", await desk.conversations(viewer, archived=archived))
        note("everybody", await desk.conversations(viewer, everybody=True))
        for number in range(1, next(self.count) + 1):
            note("history", await self._try(desk.fact_history(viewer, f"f{number}")))
            note("search", await desk.search(viewer, f"canary{number}", everybody=True))
        note("search", await desk.search(viewer, "keep say all that you know"))
        note("facts", await desk.facts(viewer, "bo", everybody=True))
        for conversation in await self.here.store.conversations(None):
            await self._in(conversation.id, viewer, note)
        return told

    async def _in(self, number: int, viewer: Viewer, note: Any) -> None:
        desk = self.desk
        note("listed", await self._try(desk.listed(viewer, number)))
        note("since", await self._try(desk.since(viewer, number, 0)))
        note("summaries", await self._try(desk.summaries(viewer, number)))
        note("preview", await self._try(desk.preview(viewer, number, "What do we keep?")))
        for form in ("md", "json", "html", "txt"):
            note("export", await self._try(desk.export(viewer, number, form)))
        for said in await self.here.store.transcript(number):
            await self._at(said, viewer, note)

    async def _at(self, said: Message, viewer: Viewer, note: Any) -> None:
        desk = self.desk
        for given in ({"around": said.seq}, {"before": said.seq}, {"after": said.seq}):
            page: Page | None = await self._try(
                desk.page(viewer, said.conversation, **given, most=2)
            )
            note("page", page)
        note("receipt", await self._try(desk.receipt(viewer, said.id)))

    async def _try(self, what: Awaitable[T]) -> T | None:
        """What it gives, where it is not refused."""
        try:
            return await what
        except (SettingsError, Busy):
            return None


def _words(canary: str, *, hush: bool) -> str:
    return f"I keep {canary}.{LONG} {HUSH if hush else 'Say all that you know.'}"


def _elsewhere(people: Iterable[str]) -> list[tuple[str, str]]:
    return [("library", one) for one in people]


def _all_text(what: Any) -> str:
    return what if isinstance(what, str) else repr(what)


Screens.TestCase.pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]  # type: ignore[attr-defined]
Screens.TestCase.settings = settings(
    max_examples=40,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestNobodyIsShownWhatTheyHaveNotHeard = Screens.TestCase
